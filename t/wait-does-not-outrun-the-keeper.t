#!/bin/sh
# SPDX-License-Identifier: MIT
# wait gives the right code, stop says nothing too early and run waits for the name, when they come between the end of
# QEMU and the record of it.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
# QEMU has ended; the keeper is slow to hear of it
slow() {
	fake "$1" normal
	keeper=$(keeper_of "$1") qemu=$(qemu_of "$1")
	kill -STOP "$keeper"
	wait_until 5 in_state "$keeper" T
	kill -KILL "$qemu"
	wait_until 5 gone "$qemu"
}
slow vm
run "$HUSK" status vm
exits 3 'status knows that it is gone'
start=$(now)
run none vm --timeout 300ms
exits 5 'run does not take the name from under its keeper'
ok '... but gave it the time there was' test $(($(now) - start)) -ge 29
"$HUSK" wait vm >/dev/null 2>&1 &
waiter=$!
run "$HUSK" wait --timeout 100ms vm
exits 6 'wait waits for what the keeper has to say'
run timeout 1 "$HUSK" stop vm
exits 124 'stop does not say that it is over before it is'
kill -CONT "$keeper"
rc=0
wait $waiter || rc=$?
is "$rc" 13 'and then knows how it ended'

slow again
none again 2>"$T/run" &
next=$!
ends $next
wait_until 5 in_state $next S
kill -CONT "$keeper"
rc=0
wait $next || rc=$?
is "$rc" 0 'the next run of that name waits until it is free'
is "$(cat "$T/run")" '' '... without a word'
done_testing
