#!/bin/sh
# SPDX-License-Identifier: MIT
# Twenty concurrent run -d of one name: one VM runs, nineteen end with 5.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need qemu
name=race$$
none first && "$HUSK" stop -q --now first	# QEMU's version is known from here on
pids=
for i in 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20; do
	(
		rc=0
		none $name 2>"$T/err.$i" || rc=$?
		echo "$rc" >"$T/rc.$i"
	) &
	pids="$pids $!"
	# and somebody looks, all the time
	"$HUSK" list -q >/dev/null &
	pids="$pids $!"
done
for pid in $pids; do wait "$pid"; done
is "$(cat "$T"/rc.* | grep -cx 0)" 1 'one wins'
is "$(cat "$T"/rc.* | grep -cx 5)" 19 'nineteen are told that it is busy' || diag "$(tail -n 3 "$T"/err.*)"
is "$(qemus $name)" "$(qemu_of $name)" 'there is one QEMU, and it is the recorded one'
ok 'it runs' is_running $name
run "$HUSK" stop --now $name
exits 0 'it can be stopped'
ok 'nothing of it is left' wait_until 5 none_left $name
done_testing
