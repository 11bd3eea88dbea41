#!/bin/sh
# SPDX-License-Identifier: MIT
# A signal to the whole process group of a foreground run reaches husk, which asks the guest; a second one stops at once.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need bootsector socat
for signal in INT TERM HUP; do
	[ -e "$T/boot.raw" ] || bootsector_disk "$T/boot.raw" 1M
	rm -f "$T/console"	# the last one's word is not this one's
	ASAN_OPTIONS=$no_leaks setsid "$HUSK" run --accel tcg --machine pc --memory 16M --name polite --disk "$T/boot.raw" >"$T/console" 2>"$T/err" &
	group=$!
	ends $group
	wait_until 20 has "$T/console" "$ready"
	kill -$signal -$group
	rc=0
	wait $group || rc=$?
	is "$rc" 0 "SIG$signal to the group: husk ends with 0"
	is "$(reason_of polite)" stopped '... stopped on request'
	is "$(json "$HUSK_RUNDIR/polite/exit.json" shutdown)" guest-shutdown '... by the guest itself, so the signal did not reach QEMU'
	like "$(cat "$T/console")" '*power button*' '... which felt the power button'
done

rm -f "$T/console"
ASAN_OPTIONS=$no_leaks setsid "$HUSK" run --accel tcg --machine pc --memory 16M --name deaf --disk "$T/boot.raw" >"$T/console" 2>"$T/err" &
group=$!
ends $group
wait_until 20 has "$T/console" "$ready"
type_at deaf '\033h'
kill -INT -$group
wait_until 10 has "$HUSK_RUNDIR/deaf/events.jsonl" '"POWERDOWN"'
ok 'a deaf guest lives on after the first' is_running deaf
kill -INT -$group
rc=0
wait $group || rc=$?
is "$rc" 0 'a second one ends it at once'
is "$(json "$HUSK_RUNDIR/deaf/exit.json" shutdown)" host-qmp-quit '... by telling QEMU to quit'
done_testing
