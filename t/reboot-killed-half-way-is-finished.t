#!/bin/sh
# SPDX-License-Identifier: MIT
# husk reboot killed at any point: the VM runs on or boots again, a shutdown is the end again, and stop works.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need bootsector socat

boots() { [ "$(grep -c "$ready" "$HUSK_RUNDIR/vm/console.log")" = "$1" ]; }
event() { json -l "$HUSK_RUNDIR/vm/events.jsonl" event 2>/dev/null | grep -qx "$1"; }
runstate() { [ "$("$HUSK" status --json vm | json - runstate)" = "$1" ]; }
# asked - a guest that does not hear the power button, and a reboot ($rebooter) that has pressed it
asked() {
	rm -f "$T/boot.raw"
	boot vm
	type_at vm '\033i'
	"$HUSK" reboot vm >"$T/reboot" 2>&1 &
	rebooter=$!
	ok "$1: QEMU has been told to wait" wait_until 10 event POWERDOWN
}
killed() { kill -KILL $rebooter; wait $rebooter 2>/dev/null; }

asked 'killed before the guest is down'
killed
ok '... it runs on' is_running vm
type_at vm '\033o'
ok '... when the guest goes down, the keeper resets it' wait_until 10 event HUSK_REBOOT_FINISHED
ok '... it boots again' wait_until 20 boots 2
ok '... no mark is left' test ! -e "$HUSK_RUNDIR/vm/rebooting"
type_at vm '\033o'
run "$HUSK" wait --timeout 20s vm
is "$rc $(reason_of vm)" '0 guest-shutdown' '... and the next shutdown is the end'

asked 'killed when the guest is down'
kill -STOP $rebooter
type_at vm '\033o'
ok '... QEMU waits' wait_until 10 event STOP
fails '... and the keeper, while somebody is there to finish it' event HUSK_REBOOT_FINISHED
killed
ok '... then the keeper finishes it' wait_until 10 event HUSK_REBOOT_FINISHED
ok '... it boots again' wait_until 20 boots 2
run "$HUSK" stop --timeout 20s vm
like "$rc $out" '0 vm: stopped by acpi*' '... and stop works as ever'

asked 'killed long ago'
killed
touch -d '10 minutes ago' "$HUSK_RUNDIR/vm/rebooting"
type_at vm '\033o'
run "$HUSK" wait --timeout 20s vm
is "$rc $(reason_of vm)" '0 guest-shutdown' '... the guest shuts down because it wants to: that is the end'

asked 'killed, and then stop'
killed
run "$HUSK" stop --timeout 4500ms vm
like "$rc $out" '0 vm: stopped by quit*' '... a deaf guest is stopped as ever'
fails '... and not reset' event RESET

asked 'a stop while it waits'
type_at vm '\033o' &
run "$HUSK" stop --timeout 10s vm
exits 0 '... stops it'
wait $rebooter
code=$?
ok "... and the reboot is told ($code)" test $code -eq 1 -o $code -eq 0
ok '... it has ended' ended vm

asked 'killed without a keeper'
kill -KILL "$(keeper_of vm)"
killed
type_at vm '\033o'
ok '... QEMU waits' wait_until 10 runstate shutdown
run "$HUSK" status vm
like "$out" 'vm: paused*shutdown*' '... as status says'
run "$HUSK" reboot --timeout 20s vm
exits 0 '... the next reboot finishes it'
ok '... it runs' runstate running
run "$HUSK" stop --timeout 20s vm
exits 0 '... and stop works'

rm -f "$T/boot.raw"
boot vm
kill -KILL "$(keeper_of vm)"
"$HUSK" qmp vm set-action shutdown=pause >/dev/null
: >"$HUSK_RUNDIR/vm/rebooting"
run "$HUSK" stop --timeout 20s vm
like "$rc $out" '0 vm: stopped by acpi*' 'stop undoes what a killed reboot left'
done_testing
