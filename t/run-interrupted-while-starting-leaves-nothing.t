#!/bin/sh
# SPDX-License-Identifier: MIT
# SIGINT or SIGTERM before the CPUs run ends the launch with 1 and leaves nothing.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need qemu
for stage in claimed recorded negotiated continued; do
	name=$stage$$
	HUSK_PAUSE_AT=$stage "$HUSK" run --accel tcg --machine none --memory 16M --name "$name" 2>"$T/err" &
	pid=$!
	wait_until 10 in_state $pid T || { not_ok "$stage is reached"; continue; }
	kill -TERM $pid
	kill -CONT $pid
	rc=0
	wait $pid || rc=$?
	is "$rc" 1 "$stage: husk run ends with 1"
	like "$(cat "$T/err")" '*interrupted by signal 15*' "$stage: ... and says why"
	ok "$stage: no process is left" none_left "$name"
	run "$HUSK" status "$name"
	exits 4 "$stage: no VM either"
done

# When the CPUs run it is a VM, and a signal that comes before the keeper listens is not lost.
HUSK_PAUSE_AT=running ASAN_OPTIONS=$no_leaks "$HUSK" run --accel tcg --machine none --memory 16M --name ran \
	--stop-timeout 900ms 2>"$T/err" &
pid=$!
wait_until 10 in_state $pid T
kill -TERM $pid
kill -CONT $pid
rc=0
wait $pid || rc=$?
is "$rc" 0 'running: husk run ends with 0'
is "$(json "$HUSK_RUNDIR/ran/exit.json" shutdown)" host-qmp-quit '... by the ladder'
done_testing
