#!/bin/sh
# SPDX-License-Identifier: MIT
# Keeper and QEMU both killed: status ends with 3, wait with 1, and the next run starts afresh.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
fake lost normal
keeper=$(keeper_of lost) qemu=$(qemu_of lost)
kill -KILL "$keeper" "$qemu"
wait_until 5 gone "$keeper" && wait_until 5 gone "$qemu"
run "$HUSK" status lost
exits 3 'status'
like "$out" '*stopped*nobody saw how it ended*' '... says what is known'
run "$HUSK" wait lost
exits 1 'wait'
run "$HUSK" why lost
like "$out" 'lost: *nobody saw*' 'why'
run "$HUSK" list
like "$out" '*lost*stopped*' 'list'
run "$HUSK" stop lost
exits 0 'stop has nothing to do'
run fake lost normal
exits 0 'run'
ok '... runs it' is_running lost
done_testing
