#!/bin/sh
# SPDX-License-Identifier: MIT
# wait --for job=ID: with its result, whether it runs, has ended, was dismissed, or has not begun.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need qemu
none vm
for node in a b; do
	"$HUSK" qmp vm blockdev-add driver=null-co node-name=$node size=16777216 read-zeroes=true
done >/dev/null
"$HUSK" qmp vm '{"execute": "blockdev-add", "arguments": {"driver": "blkdebug", "node-name": "full", "image": "b",
	"inject-error": [{"event": "none", "errno": 28}]}}' >/dev/null
# job ID TARGET [KEY=VALUE...]
job() {
	_id=$1 _target=$2; shift 2
	"$HUSK" qmp vm blockdev-backup job-id="$_id" device=a target="$_target" sync=full on-target-error=report "$@" >/dev/null
}
wait_for() { "$HUSK" wait --timeout 20s --for "$@" >"$T/out" 2>"$T/err" & waiter=$!; ends $waiter; }
waits() { rc=0; wait $waiter || rc=$?; out=$(cat "$T/out") err=$(cat "$T/err"); exits "$1" "$2"; }
parked() { find "/proc/$waiter/fd" -lname 'anon_inode:inotify' 2>/dev/null | grep -q . && in_state "$waiter" S; }

job slow b speed=1
wait_for job=slow vm
wait_until 5 parked
run "$HUSK" wait --for job=slow --timeout 100ms vm
exits 6 'it runs'
"$HUSK" qmp vm block-job-set-speed device=slow speed=0 >/dev/null
waits 0 'its end is heard of'
run "$HUSK" wait --for job=slow vm
exits 0 '... and remembered'

job kept b auto-dismiss=false
run "$HUSK" wait --timeout 10s --for job=kept vm
exits 0 'one that is kept until it is dismissed'
run "$HUSK" wait --json --for job=kept vm
is "$out" '{"name":"vm","for":"job=kept","event":null}' '... again, as JSON'
is "$("$HUSK" qmp vm query-jobs | json - 0.status)" concluded '... wait does not dismiss it'
"$HUSK" qmp vm job-dismiss id=kept >/dev/null
run "$HUSK" wait --for job=kept vm
exits 0 '... dismissed'

for dismiss in true false; do
	job fails-$dismiss full auto-dismiss=$dismiss
	run "$HUSK" wait --timeout 10s --for job=fails-$dismiss vm
	exits 1 "one that fails (auto-dismiss=$dismiss)"
	like "$err" "husk: vm: job fails-$dismiss failed: No space left on device" '... says why'
	run "$HUSK" wait --for job=fails-$dismiss vm
	like "$rc $err" '1 *No space left on device' '... later too'
done
"$HUSK" qmp vm job-dismiss id=fails-false >/dev/null
run "$HUSK" wait --for job=fails-false vm
like "$rc $err" '1 *No space left on device' '... and when it was dismissed'

job cancelled b speed=1
wait_for job=cancelled vm
wait_until 5 parked
"$HUSK" qmp vm block-job-cancel device=cancelled >/dev/null
waits 1 'one that is cancelled has failed'
like "$err" '*job cancelled failed: it was cancelled' '... which is said'
job cancelled b
run "$HUSK" wait --timeout 10s --for job=cancelled vm
exits 0 'a new one of the same name is another one'

wait_for job=later vm
wait_until 5 parked
job later b
waits 0 'one that had not begun'
job ever b speed=1
wait_for job=ever vm
wait_until 5 parked
kill -KILL "$(qemu_of vm)"
waits 3 'QEMU ends before it'
done_testing
