#!/bin/sh
# SPDX-License-Identifier: MIT
# remove takes away what has ended or was left by an interrupted launch; what runs only with --force.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need qemu
none vm
run "$HUSK" remove vm
exits 5 'one that runs is refused'
ok '... and runs on' is_running vm
run "$HUSK" remove --force vm
exits 0 '--force stops it first'
fails '... and takes its directory' test -e "$HUSK_RUNDIR/vm"
run "$HUSK" remove vm
exits 4 'there is none any more'

fake vm normal
kill -KILL "$(qemu_of vm)"
"$HUSK" wait -q vm
mkdir "$HUSK_RUNDIR/vm/sub" && ln -s "$T" "$HUSK_RUNDIR/vm/link"
touch "$T/kept"
run "$HUSK" remove vm
exits 0 'one that has ended'
fails '... is gone with everything in it' test -e "$HUSK_RUNDIR/vm"
ok '... but no link was followed' test -e "$T/kept"

for stage in claimed released; do
	name=$stage$$
	HUSK_PAUSE_AT=$stage "$HUSK" run --accel tcg --machine none --memory 16M --name "$name" 2>/dev/null &
	pid=$!
	wait_until 10 in_state $pid T || not_ok "$stage is reached"
	run "$HUSK" remove "$name"
	exits 5 "$stage: one that is being started is refused"
	{ kill -KILL $pid; wait $pid; } 2>/dev/null
	run "$HUSK" status "$name"
	exits 3 "$stage: one whose launch was killed does not run"
	like "$out" '*broken*interrupted*' "$stage: ... and says why"
	run "$HUSK" remove "$name"
	exits 0 "$stage: ... and is removed"
	ok "$stage: ... with its processes" wait_until 5 none_left "$name"
	fails "$stage: ... and its directory" test -e "$HUSK_RUNDIR/$name"
done
done_testing
