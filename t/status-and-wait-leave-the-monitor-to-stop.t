#!/bin/sh
# SPDX-License-Identifier: MIT
# A husk wait on a QEMU that does not answer keeps neither status nor stop from its monitor.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
fake mute no-reply@control
"$HUSK" wait mute >"$T/wait" 2>&1 &
waiter=$!
# it holds the lock for its one look, and then no more
looked() { has "$HUSK_RUNDIR/mute/lock" "pid $waiter "; }
wait_until 5 looked
free() { flock -n "$HUSK_RUNDIR/mute/lock" true; }
ok 'the lock is free soon' wait_until 5 free
run "$HUSK" status --timeout 300ms mute
exits 6 'status'
run "$HUSK" stop --now --timeout 900ms mute
exits 0 'stop'
rc=0
wait $waiter || rc=$?
is "$rc" 0 'wait hears of it'
done_testing
