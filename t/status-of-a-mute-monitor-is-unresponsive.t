#!/bin/sh
# SPDX-License-Identifier: MIT
# Whatever QEMU's monitor does instead of answering, status ends with 6 in time, and stop ends the VM.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
modes='silence half-greeting garbage eof-after-greeting never-reads no-reply half-line huge-line bad-utf8 deep dup-keys wrong-id flood late-reply=60000'
for mode in $modes; do fake "${mode%=*}" "$mode@control" || bail "$mode does not start"; done
for mode in $modes; do
	vm=${mode%=*}
	run "$HUSK" status --timeout 100ms "$vm"
	exits 6 "$mode"
	like "$out" "$vm: unresponsive*" '... is unresponsive'
done
fake sound normal
start=$(now)
run "$HUSK" list
took=$(($(now) - start))
exits 0 'list'
is "$(echo "$out" | grep -c unresponsive)" "$(echo "$modes" | wc -w)" '... shows all of them'
like "$out" '*sound*running*' '... and the sound one'
# 250 ms for all of them together; the rest is a loaded machine's
ok "... and waits once, not for each: ${took}0 ms" test $took -lt 200
for mode in $modes; do
	"$HUSK" stop --timeout 1s "${mode%=*}" >"$T/stop.${mode%=*}" 2>&1 &
	pids="${pids:-} $!"
done
failed=0
for pid in $pids; do wait "$pid" || failed=$((failed + 1)); done
is $failed 0 'stop ends them all' || diag "$(tail -n 1 "$T"/stop.*)"
is "$("$HUSK" list --running --names)" sound '... and no other'
done_testing
