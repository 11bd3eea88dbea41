#!/bin/sh
# SPDX-License-Identifier: MIT
# A record of another boot of this host is a stopped VM, whatever its pids are now.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
fake rebooted normal
qemu=$(qemu_of rebooted) keeper=$(keeper_of rebooted)
sed -i 's/"boot_id":"[^"]*"/"boot_id":"00000000-1111-2222-3333-444444444444"/' "$HUSK_RUNDIR/rebooted/state.json"
run "$HUSK" status rebooted
exits 3 'status: it does not run'
run "$HUSK" stop rebooted
exits 0 'stop has nothing to do'
like "$out" '*was not running*' '... and says so'
ok '... its process is not touched' kill -0 "$qemu"
kill -KILL "$keeper" "$qemu"
ok 'they are gone' wait_until 5 gone "$keeper"
run fake rebooted normal
exits 0 'run takes the name'
done_testing
