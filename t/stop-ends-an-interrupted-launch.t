#!/bin/sh
# SPDX-License-Identifier: MIT
# stop of a launch that was killed half way ends its QEMU; of one under way it waits for a QEMU to end.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
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
run "$HUSK" stop --timeout 100ms early$$
exits 5 'a launch that has no QEMU yet cannot be stopped, and that is no success'
run "$HUSK" status early$$
exits 0 'status: it is being started'
like "$out" '*starting*' '... says so'
"$HUSK" stop --now early$$ >"$T/stop" 2>&1 &
stop=$!
wait_until 10 in_state $stop S
kill -CONT $pid
rc=0
wait $stop || rc=$?
is "$rc" 0 'a stop that comes too early waits for it'
like "$(cat "$T/stop")" '*early*stopped by *' '... and stops it'
wait $pid
run "$HUSK" status early$$
isnt "$rc" 0 '... it does not run'

# Its QEMU is there, but the guest does not run yet; with an accelerator that was only chosen, it must not be tried again.
HUSK_PAUSE_AT=armed "$HUSK" run --accel tcg --machine none --memory 16M --name "late$$" 2>"$T/run" &
pid=$!
wait_until 10 in_state $pid T
qemu=$(qemu_of "late$$")
"$HUSK" stop --now "late$$" >"$T/stop" 2>&1 &
stop=$!
ok 'a launch under way: its QEMU ends' wait_until 10 gone "$qemu"
kill -CONT $pid
rc=0
wait $stop || rc=$?
is "$rc" 0 '... stop is content'
rc=0
wait $pid || rc=$?
is "$rc $(cat "$T/run")" "1 husk: late$$: stopped by husk stop before the guest's CPUs ran" '... and run says why it fails'
is "$(reason_of "late$$")" stopped '... which is on record'
fails '... and leaves no mark' test -e "$HUSK_RUNDIR/late$$/stopping"
done_testing
