#!/bin/sh
# SPDX-License-Identifier: MIT
# A run directory that belongs to somebody else or that others can write is refused, and its records are not read.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
fake one normal
chmod 0777 "$HUSK_RUNDIR"
for command in 'status one' list 'stop one' 'why one' 'remove --force one'; do
	# shellcheck disable=SC2086 # words
	run "$HUSK" $command
	exits 1 "$command, writable by all"
	like "$err" '*can be written by others*' '... says why'
done
run fake two normal
exits 1 'run, writable by all'
chmod 0770 "$HUSK_RUNDIR"
run "$HUSK" list
exits 1 'list, writable by a group'
chmod 0700 "$HUSK_RUNDIR"
ok 'nothing was done to the VM' is_running one
if [ "$(id -u)" = 0 ]; then
	chown 65534 "$HUSK_RUNDIR"
	run "$HUSK" list
	exits 1 "list, somebody else's"
	like "$err" '*belongs to user 65534*' '... says whose'
	chown 0 "$HUSK_RUNDIR"
fi
is "$(stat -c %a "$HUSK_RUNDIR/one")" 700 "a VM's directory is its owner's alone"
is "$(stat -c %a "$HUSK_RUNDIR/one/control.sock" "$HUSK_RUNDIR/one/state.json" | tr '\n' ' ')" '600 600 ' '... and so are its socket and record'
done_testing
