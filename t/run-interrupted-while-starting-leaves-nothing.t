#!/bin/sh
# SPDX-License-Identifier: MIT
# SIGINT or SIGTERM before the CPUs run ends the launch with 1 and leaves nothing.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=t/life.sh
. "$(dirname "$0")/life.sh"
need qemu
for stage in claimed recorded negotiated continued; do	# at "running" it is the keeper that obeys
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
done_testing
