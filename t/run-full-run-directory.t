#!/bin/sh
# SPDX-License-Identifier: MIT
# On a full run directory a launch fails cleanly, and a VM that runs can still be watched and stopped.
# All of it in a mount namespace with a small tmpfs.
if [ "$(id -u)" = 0 ] && [ -z "${HUSK_TEST_MOUNTS:-}" ]; then HUSK_TEST_MOUNTS=1 exec unshare -m sh "$0"; fi
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need root qemu
HUSK_SMALL=$(mktemp -d /tmp/husk-f.XXXXXX)
mount -t tmpfs -o size=256k,mode=700 small "$HUSK_SMALL" || bail 'no tmpfs'
rmdir "$HUSK_RUNDIR"
HUSK_RUNDIR=$HUSK_SMALL
fill() { cat /dev/zero >"$HUSK_SMALL/filler" 2>/dev/null; }
none first
none runs
fill

run "$HUSK" status runs
exits 0 'status on a full disk'
run "$HUSK" list
exits 0 'list on a full disk'
like "$out" '*first*running*runs*running*' '... shows both'

# from no space at all to nearly enough
for pages in 0 1 2 3 4 5; do
	name=full$pages-$$
	truncate -s "-$((pages * 4096))" "$HUSK_SMALL/filler"
	run none "$name"
	if [ "$rc" = 0 ]; then
		ok "$pages pages: it runs" is_running "$name"
		run "$HUSK" stop --now "$name"
		exits 0 '... and is stopped'
	else
		exits 1 "$pages pages: the launch fails with 1"
		like "$err" '*No space left*' '... and says why'
	fi
	ok '... and no process is left' wait_until 5 none_left "$name"
	"$HUSK" remove -q "$name" 2>/dev/null
	fill
done

run "$HUSK" stop --now runs
exits 0 'a VM is stopped on a full disk'
fails '... QEMU is gone' kill -0 "$(qemu_of runs)" 2>/dev/null
run "$HUSK" status runs
exits 3 '... and status says so'
rm "$HUSK_SMALL/filler"
run none runs
exits 0 'with space it starts again'
for name in first runs; do "$HUSK" stop -q --now $name; done
umount "$HUSK_SMALL" && rmdir "$HUSK_SMALL"
done_testing
