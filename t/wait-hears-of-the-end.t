#!/bin/sh
# SPDX-License-Identifier: MIT
# wait ends when the VM does, with the code that says how; at once where it has ended; with 6 at its deadline.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need bootsector socat
boot vm
run "$HUSK" wait --timeout 100ms vm
exits 6 'a deadline'
like "$err" '*vm still runs*' '... is said'
ok '... and changes nothing' is_running vm
"$HUSK" wait vm >"$T/wait.1" 2>&1 &
first=$!
"$HUSK" wait --json vm >"$T/wait.2" 2>&1 &
second=$!
type_at vm '\033p'
for waiter in $first $second; do
	rc=0
	wait "$waiter" || rc=$?
	is "$rc" 11 'a waiter hears of the panic'
done
like "$(cat "$T/wait.1")" 'vm: stopped: the guest panicked*' '... and says so'
is "$(json "$T/wait.2" ended.reason)" guest-panic '... as JSON too'
run "$HUSK" wait vm
exits 11 'one that comes later hears the same'

boot vm
"$HUSK" wait vm >/dev/null 2>&1 &
waiter=$!
"$HUSK" stop -q vm
rc=0
wait $waiter || rc=$?
is "$rc" 0 'a stop on request is 0'
done_testing
