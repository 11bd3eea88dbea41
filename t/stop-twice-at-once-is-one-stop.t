#!/bin/sh
# SPDX-License-Identifier: MIT
# Several stops of one VM at once all end with 0, and it is stopped once.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need bootsector socat
for round in ladder now; do
	boot vm
	qemu=$(qemu_of vm)
	pids=
	for i in 1 2 3 4 5; do
		if [ $round = now ]; then set -- --now; else set --; fi
		"$HUSK" stop "$@" vm >"$T/stop.$i" 2>&1 &
		pids="$pids $!"
	done
	codes=
	for pid in $pids; do
		rc=0
		wait "$pid" || rc=$?
		codes="$codes $rc"
	done
	is "$codes" ' 0 0 0 0 0' "$round: all are told that it is done" || diag "$(cat "$T"/stop.*)"
	ok "$round: it is gone" gone "$qemu"
	is "$(reason_of vm)" stopped "$round: ... stopped on request"
	is "$(grep -c '"SHUTDOWN"' "$HUSK_RUNDIR/vm/events.jsonl")" 1 "$round: ... once"
	fails "$round: nobody had to kill" grep -l 'stopped by kill' "$T"/stop.*
done
done_testing
