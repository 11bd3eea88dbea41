#!/bin/sh
# SPDX-License-Identifier: MIT
# A QEMU that was taken over answers with floods, garbage, descriptors and escape sequences: every command stays
# right, in time, and small, and nothing it says reaches a terminal as it is.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
chmod 711 "$T"
cp "$HUSK_BUILD/t/tool-static-hostile" "$T/qemu-system-x86_64"

most=unlimited
# A command may not take more memory than this, but for sanitizers, which need it all.
grep -q __asan_init "$HUSK" || most=200000000
small() { prlimit --as="$most" "$@"; }

hostile() {
	_vm=$1 _mode=$2; shift 2
	small "$HUSK" run -d --accel tcg --memory 16M --name "$_vm" --qemu "$T/qemu-system-x86_64" \
		--qemu-arg -hostile --qemu-arg "$_mode" "$@"
}
# in_time SECONDS COMMAND... - run it; $took is in hundredths.
in_time() {
	_most=$1; shift
	_start=$(now)
	run timeout -k 1 30 prlimit --as="$most" "$@"
	took=$(($(now) - _start))
	[ "$took" -le $((_most * 100)) ] || { not_ok "$mode: $2: within $_most s"; diag "took $took hundredths"; }
}
# harmless NAME - no byte that a terminal obeys.
harmless() {
	_bad=$(printf '%s%s' "$out" "$err" | tr -d '\n\t' | LC_ALL=C grep -c '[[:cntrl:]]')
	_c1=$(printf '%s%s' "$out" "$err" | LC_ALL=C tr -dc '\200-\237' | wc -c)
	is "$_bad$_c1" 00 "$1"
}
# memory of its own, in kB
keeper_memory() { sed -n 's/^RssAnon:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$(json "$HUSK_RUNDIR/$1/state.json" keeper.pid)/status"; }
keeper_fds() { find "/proc/$(json "$HUSK_RUNDIR/$1/state.json" keeper.pid)/fd" -type l | wc -l; }

for mode in fds giant endless slow half garbage nested escape types stay; do
	run hostile h $mode
	exits 0 "$mode: it runs" || continue
	fds=$(keeper_fds h)
	in_time 4 "$HUSK" status --timeout 500ms h
	case $mode in
	fds | stay) exits 0 "$mode: status" ;;
	escape) exits 0 "$mode: status is what it says" ;;
	*) ok "$mode: status says that it does not know" test "$rc" = 6 ;;
	esac
	harmless "$mode: status shows nothing that a terminal obeys"
	in_time 4 "$HUSK" list
	exits 0 "$mode: list"
	like "$out" '*h *' "$mode: list shows it"
	harmless "$mode: list is harmless"
	in_time 4 "$HUSK" status --timeout 500ms --json h
	printf '%s\n' "$out" >"$T/status"
	is "$(json "$T/status" name)" h "$mode: status --json is JSON"
	in_time 4 "$HUSK" inspect --timeout 500ms h
	harmless "$mode: inspect is harmless"
	in_time 4 "$HUSK" inspect --sandbox h
	exits 0 "$mode: by the kernel's word it has what it should have"
	harmless "$mode: inspect --sandbox is harmless"
	in_time 4 "$HUSK" why --timeout 500ms h
	exits 0 "$mode: why"
	harmless "$mode: why is harmless"
	in_time 4 "$HUSK" logs h
	exits 0 "$mode: logs"
	in_time 4 "$HUSK" events h
	exits 0 "$mode: events"
	harmless "$mode: events is harmless"
	in_time 4 "$HUSK" wait --for paused --timeout 100ms h
	case $mode in
	fds | stay) exits 6 "$mode: wait --for ends with its time" ;;
	*) ok "$mode: wait --for ends" test "$rc" -le 6 ;;
	esac
	harmless "$mode: wait --for is harmless"
	in_time 4 "$HUSK" wait --timeout 100ms h
	exits 6 "$mode: wait ends with its time"
	is "$(keeper_fds h)" "$fds" "$mode: the keeper has as many descriptors as before"
	in_time 12 "$HUSK" stop --timeout 1s h
	exits 0 "$mode: stop"
	harmless "$mode: stop is harmless"
	run "$HUSK" status h
	exits 3 "$mode: it is gone"
	harmless "$mode: and how it ended is harmless"
	in_time 4 "$HUSK" why --timeout 500ms h
	harmless "$mode: why, afterwards, is harmless"
done

# The keeper takes what it is sent, keeps some of it, and grows by nothing.
mode=events
run hostile h events=1000
wait_until 20 has "$HUSK_RUNDIR/h/qemu.log" 'events done'
before=$(keeper_memory h)
"$HUSK" stop -q --now h
events=${HUSK_EVENTS:-50000}
run hostile h events="$events"
exits 0 'a flood of events: run'
ok "... $events of them are taken" wait_until 60 has "$HUSK_RUNDIR/h/qemu.log" 'events done'
run "$HUSK" status h
exits 0 '... status'
after=$(keeper_memory h)
ok "... the keeper's memory is what it was after a thousand" test "$after" -le $((before + 128))
size=$(du -sk "$HUSK_RUNDIR/h" | cut -f1)
ok '... what it keeps of them is bounded' test "$size" -lt 8000
"$HUSK" stop -q --now h

mode=logs
run hostile h logs=50000
exits 0 'a flood of log lines: run'
ok '... are taken' wait_until 60 has "$HUSK_RUNDIR/h/qemu.log" 'logs done'
size=$(du -sk "$HUSK_RUNDIR/h" | cut -f1)
ok '... what is kept of them is bounded' test "$size" -lt 8000
in_time 4 "$HUSK" why --timeout 500ms h
harmless '... why is harmless'
in_time 4 "$HUSK" status --timeout 500ms h
exits 0 '... status'
"$HUSK" stop -q --now h
done_testing
