#!/bin/sh
# SPDX-License-Identifier: MIT
# A run directory and a name that leave no room for a socket's path are refused before anything is made, and by --dry-run.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
need qemu
rmdir "$HUSK_RUNDIR"
HUSK_RUNDIR=$T/a-run-directory-of-some-length-xxxxxxxxxxxxxxx

# a name for which NAME/monitor.sock ends at byte LEN of the socket's path
name() { printf "%0$(($1 - ${#HUSK_RUNDIR} - 1 - 13))d" 0; }
for mode in -d --dry-run; do
	run "$HUSK" run $mode --name "$(name 108)" --accel tcg
	exits 2 "run $mode: 108 bytes are refused"
	is "$err" "husk: $HUSK_RUNDIR/$(name 108)/monitor.sock: 108 bytes are too long for a socket's path, 107 is the most; use a shorter name or --rundir" \
		"run $mode: and it says what to do"
	ok "run $mode: nothing was made" test ! -e "$HUSK_RUNDIR"
done
run "$HUSK" run -d --name "$(name 107)" --machine none --accel tcg
exits 0 '107 bytes run'
run "$HUSK" stop --now "$(name 107)"
exits 0 'and can be stopped'
done_testing
