#!/bin/sh
# SPDX-License-Identifier: MIT
# A VM whose keeper was killed runs on: status, list, inspect, logs and stop work, and stop writes how it ended.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need bootsector socat
boot orphan
keeper=$(keeper_of orphan) qemu=$(qemu_of orphan)
kill -KILL "$keeper"
wait_until 5 gone "$keeper"
run "$HUSK" status orphan
exits 0 'status'
like "$out" '*running*unsupervised*' '... says that it has no keeper'
run "$HUSK" list
like "$out" '*orphan*running*unsupervised*' 'list too'
run "$HUSK" inspect orphan
is "$(json "$T/.out" status.supervised) $(json "$T/.out" status.pid)" "false $qemu" 'inspect too'
type_at orphan 'still here'
ok 'the guest itself runs on' is_running orphan
run "$HUSK" logs orphan
like "$out" "*$ready*" 'logs shows what was kept'
run guest orphan -d
exits 5 'the name is taken'
like "$err" '*without keeper*husk stop orphan*' '... and what helps is said'
run "$HUSK" remove orphan
exits 5 'remove refuses'
"$HUSK" wait orphan >"$T/wait" 2>&1 &
waiter=$!
run "$HUSK" stop orphan
exits 0 'stop'
like "$out" '*stopped by acpi*' '... through the guest, as ever'
is "$(reason_of orphan)" stopped '... and writes how it ended'
is "$(json "$HUSK_RUNDIR/orphan/exit.json" recorded_by)" stop '... and who saw it'
rc=0
wait $waiter || rc=$?
is "$rc" 0 'wait hears of it'
run "$HUSK" status orphan
exits 3 'status: it does not run'
run guest orphan -d
exits 0 'the name is free'

# Between the end of QEMU and the record of it: without a keeper it is stop that writes it down.
fake mute never-reads@control
keeper=$(keeper_of mute) qemu=$(qemu_of mute)
kill -KILL "$keeper"
wait_until 5 gone "$keeper"
"$HUSK" stop mute >/dev/null 2>&1 &
stop=$!
wait_until 5 test -e "$HUSK_RUNDIR/mute/stopping"
kill -STOP $stop
wait_until 5 in_state $stop T
kill -KILL "$qemu"
wait_until 5 gone "$qemu"
run "$HUSK" wait --timeout 100ms mute
exits 6 'wait waits for a stop that has not said yet how it ended'
"$HUSK" wait mute >/dev/null 2>&1 &
waiter=$!
kill -CONT $stop
rc=0
wait $waiter || rc=$?
is "$rc $(reason_of mute)" '0 stopped' '... and then knows it'
wait $stop
done_testing
