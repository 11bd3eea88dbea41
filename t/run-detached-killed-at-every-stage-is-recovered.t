#!/bin/sh
# SPDX-License-Identifier: MIT
# husk run -d killed by SIGKILL at any stage: nothing unknown lives on, and the next run recovers.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need qemu
mode=detached
all=$(stages)
ok 'a trace tells the stages' test "$(echo "$all" | wc -l)" -ge 5
is "$(echo "$all" | tail -n 1)" running '... the last is "running"'

# known_or_gone NAME - no QEMU of it lives that its record does not name.
known_or_gone() {
	_known=$(qemu_of "$1" 2>/dev/null)
	for _pid in $(qemus "$1"); do [ "$_pid" = "$_known" ] || return 1; done
}
for stage in $all; do
	name=$stage$$
	set --
	[ $mode = foreground ] || set -- -d
	HUSK_PAUSE_AT=$stage "$HUSK" run "$@" --accel tcg --machine none --memory 16M --name "$name" 2>"$T/err" &
	run_pid=$!
	wait_until 10 stopped_process "$name" >"$T/stopped" || { not_ok "$stage is reached"; continue; }
	kill -KILL "$(cat "$T/stopped")"
	rc=0
	wait $run_pid 2>/dev/null || rc=$?
	isnt "$rc" 0 "$stage: whoever waits for a run that was killed is told"
	ok "$stage: no QEMU lives on but the recorded one" wait_until 5 known_or_gone "$name"
	run none "$name"
	if [ "$stage" = running ]; then
		exits 5 "$stage: it runs without keeper, so the name is taken"
		run "$HUSK" status --json "$name"
		is "$(json "$T/.out" state) $(json "$T/.out" supervised)" 'running false' "$stage: ... and status says so"
		run "$HUSK" stop --now "$name"
		exits 0 "$stage: ... and stop works"
		"$HUSK" remove -q "$name"
		continue
	fi
	exits 0 "$stage: the next run recovers"
	is "$(qemus "$name")" "$(qemu_of "$name")" "$stage: ... with one QEMU"
	"$HUSK" remove -q --force "$name"
	ok "$stage: ... and one end" none_left "$name"
done
done_testing
