#!/bin/sh
# SPDX-License-Identifier: MIT
# Killing the husk run -d that waits, at any stage, undoes the launch; it is never half done.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need qemu
for stage in $(stages); do
	name=$stage$$
	HUSK_PAUSE_AT=$stage "$HUSK" run -d --accel tcg --machine none --memory 16M --name "$name" &
	waiter=$!
	wait_until 10 stopped_process "$name" >"$T/stopped" || { not_ok "$stage is reached"; continue; }
	kill -KILL $waiter
	wait $waiter 2>/dev/null
	kill -CONT "$(cat "$T/stopped")"
	ok "$stage: everything is ended" wait_until 10 none_left "$name"
	run "$HUSK" status "$name"
	exits 4 "$stage: and forgotten"
done
run none "claimed$$"
exits 0 'the name is free'
done_testing
