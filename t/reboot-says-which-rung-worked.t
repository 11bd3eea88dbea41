#!/bin/sh
# SPDX-License-Identifier: MIT
# husk reboot makes the guest boot again, says what made it, and leaves the VM as it was.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need bootsector socat

boots() { [ "$(grep -c "$ready" "$HUSK_RUNDIR/$1/console.log")" = "$2" ]; }
clean() { [ ! -e "$HUSK_RUNDIR/$1/rebooting" ]; }

boot vm
qemu=$(qemu_of vm)
run "$HUSK" reboot vm
exits 0 'a guest that obeys the power button'
like "$out" 'vm: rebooted by acpi in * (agent: not tried: the VM has no agent port)' '... says so'
ok 'it boots again' wait_until 20 boots vm 2
is "$(qemu_of vm)" "$qemu" '... in the same QEMU'
like "$(json -l "$HUSK_RUNDIR/vm/events.jsonl" event | tr '\n' ' ')" '*POWERDOWN SHUTDOWN STOP RESET RESUME *' 'it went down, and was reset'
ok 'no mark is left' clean vm
run "$HUSK" reboot --now --json vm
exits 0 'reboot --now'
is "$(json "$T/.out" rung) $(json "$T/.out" rungs.1 2>/dev/null)" 'reset ' '... presses reset, and nothing else'
ok 'it boots again' wait_until 20 boots vm 3

run "$HUSK" pause vm
run "$HUSK" reboot --json vm
exits 0 'a paused guest'
is "$(json "$T/.out" rung) $(json "$T/.out" rungs.1.result)" 'reset not tried: the guest is paused' '... is reset'
isnt "$("$HUSK" status --json vm | json - state)" running '... and still does not run'
run "$HUSK" resume vm
ok '... until it is resumed' wait_until 20 boots vm 4

type_at vm '\033i'
run "$HUSK" reboot --timeout 1800ms vm
exits 0 'a guest that is deaf'
like "$out" 'vm: rebooted by reset in * (agent: *; acpi: the guest did not answer the power button)' '... is reset in the end'
ok 'it boots again' wait_until 20 boots vm 5

# Another reboot meanwhile, and a guest that reboots by itself at the power button's time.
type_at vm '\033i'
"$HUSK" reboot vm >"$T/first" 2>&1 &
first=$!
ok 'a reboot is under way' wait_until 10 test -e "$HUSK_RUNDIR/vm/rebooting"
run "$HUSK" reboot vm
exits 5 'another one is told that it is'
run "$HUSK" status vm
like "$out" 'vm: running*' 'status gets through meanwhile'
type_at vm '\033r'
wait $first
is $? 0 'the guest resets by itself: that counts'
like "$(cat "$T/first")" '*rebooted by acpi*' '... for the rung that was tried'
ok 'no mark is left' clean vm
ok 'it boots again' wait_until 20 boots vm 6
run "$HUSK" powerdown vm
run "$HUSK" wait --timeout 20s vm
exits 0 'a shutdown is the end again'
is "$(reason_of vm)" guest-shutdown '... and known as such'

# Without a keeper husk listens itself.
boot vm
kill -KILL "$(keeper_of vm)"
run "$HUSK" reboot vm
exits 0 'without a keeper'
like "$out" 'vm: rebooted by acpi*' '... all the same'
ok 'it boots again' is_running vm
# QEMU that waits after a shutdown, left by a husk that was killed, and nobody there to finish it
"$HUSK" qmp vm set-action shutdown=pause >/dev/null
wait_until 20 sh -c "'$HUSK' powerdown vm; '$HUSK' status vm | grep -q shutdown" || diag 'not down'
: >"$HUSK_RUNDIR/vm/rebooting"
run "$HUSK" reboot vm
exits 0 'one that was left half-way'
is "$("$HUSK" status --json vm | json - runstate)" running '... runs again'
ok 'no mark is left' clean vm
run "$HUSK" stop --now vm

boot ends --on-reboot stop
run "$HUSK" reboot ends
exits 1 'on-reboot stop'
like "$err" '*ends has on-reboot stop: a reboot would end it' '... is said beforehand'
ok '... and nothing is done' is_running ends
kill -STOP "$(qemu_of ends)"
"$HUSK" stop --now -q ends
run "$HUSK" reboot ends
exits 3 'one that does not run'
run "$HUSK" reboot nosuch
exits 4 'no such VM'

fake mute no-reply@query-status
run "$HUSK" reboot --json --timeout 1s mute
exits 6 'a QEMU that does not answer'
is "$(json "$T/.out" rung) $(json "$T/.out" rungs.0.result)" 'null not tried: QEMU does not answer' '... has a receipt too'
fake old refuse@set-action
run "$HUSK" reboot --timeout 5s old
exits 0 'a QEMU that cannot wait after a shutdown'
like "$out" '*rebooted by reset*acpi: set-action: refused*' '... is reset'
is "$(json -l "$HUSK_RUNDIR/old/events.jsonl" event | grep -c POWERDOWN)" 0 '... without pressing the power button'
fake liar answer={}@system_reset
run "$HUSK" reboot --now --timeout 500ms liar
exits 6 'a reply is no proof of a reset'
fake stopped normal
kill -STOP "$(qemu_of stopped)"
run "$HUSK" reboot stopped
exits 6 'a QEMU that is stopped'
done_testing
