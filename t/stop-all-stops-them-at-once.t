#!/bin/sh
# SPDX-License-Identifier: MIT
# husk stop with several names or --all: every VM has a ladder of its own, all at the same time, and a receipt of its own.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need bootsector socat

# up NAME... - each with a disk of its own
up() { for _each; do rm -f "$T/boot.raw"; boot "$_each" || return 1; done; }

run "$HUSK" stop
exits 2 'without a name'
run "$HUSK" stop --all --json
is "$rc $out" '0 []' '--all of nothing'
up one two && none other
run "$HUSK" stop --all one
exits 2 '--all and a name'
run "$HUSK" stop one nosuch
exits 4 'a name that is wrong'
ok '... stops nothing' is_running one

run "$HUSK" stop --json two one two
exits 0 'several names'
is "$(json "$T/.out" 0.name) $(json "$T/.out" 0.rung) $(json "$T/.out" 0.error)" 'two acpi null' 'a receipt each, in the order of the names'
is "$(json "$T/.out" 1.name) $(json "$T/.out" 1.rung) $(json "$T/.out" 2 2>/dev/null)" 'one acpi ' '... once each'
is "$(reason_of one) $(reason_of two)" 'stopped stopped' 'both have ended on request'
ok 'the one that was not named runs' is_running other

# One that obeys, three that are deaf, one that QEMU itself is stopped of: as long as one of them alone.
up one deaf1 deaf2 deaf3
for vm in deaf1 deaf2 deaf3; do type_at $vm '\033h'; done
kill -STOP "$(qemu_of other)"
start=$(now)
run "$HUSK" stop --all --timeout 4500ms
took=$(($(now) - start))
exits 0 'stop --all'
for line in 'one: stopped by acpi*' 'other: stopped by kill*' 'deaf1: stopped by quit*' 'deaf2: stopped by quit*' 'deaf3: stopped by quit*'; do
	like "$out" "*$line" "${line%:*} has its receipt: $line"
done
unlike "$out" '*two*' 'nothing is said of what did not run'
ok "they were stopped at the same time ($took hundredths of a second)" test "$took" -lt 800
is "$("$HUSK" list --names --running)" '' 'nothing runs'

# One that cannot be stopped now, and one that can.
up one
mkdir -m 700 "$HUSK_RUNDIR/born"
exec 7<"$HUSK_RUNDIR/born"
flock 7
run "$HUSK" stop --all --json --now --timeout 1s
exits 5 'one that is being started: the highest code'
is "$(json "$T/.out" 0.name) $(json "$T/.out" 0.rung) $(json "$T/.out" 0.error)" \
	'born null born is being started by another husk' '... its reason stands in its receipt'
is "$(json "$T/.out" 1.name) $(json "$T/.out" 1.rung)" 'one quit' '... and the other one was stopped'
like "$err" '*born is being started by another husk*' '... and on stderr'
run "$HUSK" stop --all --timeout 1s
is "$rc $out" '5 ' 'with nothing to be proud of'
exec 7<&-
rmdir "$HUSK_RUNDIR/born"

# Killed in between: its children do not go on, and nothing is locked.
up deaf1 deaf2
type_at deaf1 '\033h'
type_at deaf2 '\033h'
"$HUSK" stop --all 2>/dev/null &
stopper=$!
ok 'both are being asked' wait_until 10 sh -c "grep -qs POWERDOWN '$HUSK_RUNDIR/deaf1/events.jsonl' && grep -qs POWERDOWN '$HUSK_RUNDIR/deaf2/events.jsonl'"
read -r child _ <"$HUSK_RUNDIR/deaf1/stopping"
isnt "$child" "$stopper" 'each by a process of its own'
kill -KILL $stopper
wait $stopper 2>/dev/null
ok 'whose end is the end of the others' wait_until 5 gone "$child"
run "$HUSK" status deaf1
exits 0 'the VMs run on'
run "$HUSK" stop --now --timeout 3s deaf1 deaf2
exits 0 'and the next stop finds nothing locked'
done_testing
