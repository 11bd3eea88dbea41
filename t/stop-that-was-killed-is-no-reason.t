#!/bin/sh
# SPDX-License-Identifier: MIT
# A stop that is killed on its way does not make what kills the VM later look like a stop.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need bootsector socat
boot vm
type_at vm '\033h'
"$HUSK" stop vm >/dev/null 2>&1 &
stop=$!
wait_until 10 has "$HUSK_RUNDIR/vm/events.jsonl" '"POWERDOWN"'
kill -KILL $stop
wait $stop 2>/dev/null
kill -KILL "$(qemu_of vm)"
run "$HUSK" wait vm
exits 13 'the VM was killed from outside'
is "$(reason_of vm)" killed '... and that is on record'
done_testing
