#!/bin/sh
# SPDX-License-Identifier: MIT
# stop of a launch that was killed half way ends its QEMU; of one under way it is busy or stops it.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=t/life.sh
. "$(dirname "$0")/life.sh"
need qemu
name=half$$
HUSK_PAUSE_AT=armed "$HUSK" run --accel tcg --machine none --memory 16M --name "$name" 2>/dev/null &
pid=$!
wait_until 10 in_state $pid T
{ kill -KILL $pid; wait $pid; } 2>/dev/null
qemu=$(qemu_of "$name")
ok 'its QEMU lives, waiting' kill -0 "$qemu"
run "$HUSK" stop "$name"
exits 0 'stop'
like "$out" '*stopped by kill*' '... kills it'
ok '... it is gone' gone "$qemu"
run none "$name"
exits 0 'run takes the name'

HUSK_PAUSE_AT=claimed "$HUSK" run --accel tcg --machine none --memory 16M --name early$$ 2>/dev/null &
pid=$!
wait_until 10 in_state $pid T
run "$HUSK" stop early$$
exits 5 'a launch that has no QEMU yet cannot be stopped, and that is no success'
run "$HUSK" status early$$
exits 0 'status: it is being started'
like "$out" '*starting*' '... says so'
kill -CONT $pid
ok 'it goes on' wait_until 10 is_running early$$
ends $pid
done_testing
