#!/bin/sh
# SPDX-License-Identifier: MIT
# wait gives the right code even when it comes between the end of QEMU and the record of it.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=t/life.sh
. "$(dirname "$0")/life.sh"
fake vm normal
keeper=$(keeper_of vm) qemu=$(qemu_of vm)
# the keeper is slow to hear of it
kill -STOP "$keeper"
wait_until 5 in_state "$keeper" T
kill -KILL "$qemu"
wait_until 5 gone "$qemu"
run "$HUSK" status vm
exits 3 'status knows that it is gone'
run "$HUSK" run -d --accel tcg --machine none --memory 16M --name vm
exits 5 'run does not take the name from under its keeper'
"$HUSK" wait vm >/dev/null 2>&1 &
waiter=$!
run "$HUSK" wait --timeout 100ms vm
exits 6 'wait waits for what the keeper has to say'
kill -CONT "$keeper"
rc=0
wait $waiter || rc=$?
is "$rc" 13 'and then knows how it ended'
done_testing
