#!/bin/sh
# SPDX-License-Identifier: MIT
# A guest and a QEMU that write for ever fill at most twice --log-size each.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
for mode in spam-console spam-stderr; do
	fake $mode $mode --log-size 64K
	case $mode in *console) log=console.log ;; *) log=qemu.log ;; esac
	dir=$HUSK_RUNDIR/$mode
	# rotated again and again: the old file is another one each time
	wait_until 20 test -e "$dir/$log.1"
	first=$(stat -c %i "$dir/$log.1")
	rotated() { [ "$(stat -c %i "$dir/$log.1" 2>/dev/null)" != "$first" ]; }
	ok "$mode is rotated twice" wait_until 20 rotated
	kill -STOP "$(keeper_of $mode)"
	wait_until 5 in_state "$(keeper_of $mode)" T
	size=$(cat "$dir/$log" "$dir/$log.1" 2>/dev/null | wc -c)	# it may have been stopped between the two
	ok "... and keeps $size bytes" test "$size" -le 131072 -a "$size" -gt 32768
	kill -CONT "$(keeper_of $mode)"
	run "$HUSK" stop --now $mode
	exits 0 '... and can be stopped'
done

# the smallest size is smaller than what comes at once
fake small spam-console --log-size 4K
wait_until 20 test -e "$HUSK_RUNDIR/small/console.log.1"
ok 'a small log is kept too' grep -q spam "$HUSK_RUNDIR/small/console.log.1"
kill -STOP "$(keeper_of small)"
wait_until 5 in_state "$(keeper_of small)" T
size=$(cat "$HUSK_RUNDIR/small/console.log" "$HUSK_RUNDIR/small/console.log.1" 2>/dev/null | wc -c)
ok "... within its bound: $size bytes" test "$size" -le 8192
kill -CONT "$(keeper_of small)"
done_testing
