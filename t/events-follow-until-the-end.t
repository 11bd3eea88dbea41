#!/bin/sh
# SPDX-License-Identifier: MIT
# events -f goes on with what happens and ends with the VM, with its reader, at its deadline, or where nobody records any more.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need qemu
# follow FILE COMMAND... - in the background; $follower is its pid
follow() {
	_to=$1; shift
	"$HUSK" "$@" >"$_to" 2>"$_to.err" &
	follower=$!
	ends $follower
}
ends_with() { rc=0; wait $follower || rc=$?; out=$(cat "$2") err=$(cat "$2.err"); exits "$1" "$3"; }

none vm
follow "$T/vm" events -f --json vm
all=$follower
follow "$T/some" events -f --json --type stop vm
ok 'what was before is shown' wait_until 10 has "$T/vm" RESUME
"$HUSK" pause vm
ok 'what comes is shown' wait_until 10 has "$T/vm" STOP
ok '... and what is chosen' wait_until 10 has "$T/some" STOP
"$HUSK" stop -q --now vm
ends_with 0 "$T/some" 'it ends with the VM'
is "$(json -l "$T/some" event)" STOP '... and showed nothing else'
follower=$all
ends_with 0 "$T/vm" '... the other one too'
is "$(json -l "$T/vm" event | tr '\n' ' ')" 'HUSK_START RESUME STOP SHUTDOWN HUSK_END ' '... after the last event, each once'

none killed
follow "$T/killed" events -f --json killed
wait_until 10 has "$T/killed" RESUME
kill -KILL "$(qemu_of killed)"
ends_with 0 "$T/killed" 'a QEMU that is killed'
is "$(json -l "$T/killed" data.reason | tail -n 1)" killed '... its end is the last event'

none quiet
run "$HUSK" events -f --timeout 200ms quiet
exits 6 'a deadline'
like "$err" '*quiet still runs*' '... is said'
like "$out" '*RESUME*' '... after what there was'

"$HUSK" events -f quiet | head -n 1 >"$T/head"
like "$(cat "$T/head")" '*HUSK_START*' 'a reader that goes away'
mkfifo "$T/pipe"
"$HUSK" events -f quiet >"$T/pipe" 2>"$T/gone" &
follower=$!
head -n 1 <"$T/pipe" >"$T/head"
"$HUSK" pause quiet
rc=0
wait $follower || rc=$?
is "$rc$(cat "$T/gone")" 0 '... ends it without a word'

follow "$T/orphan" events -f quiet
wait_until 10 has "$T/orphan" STOP
kill -KILL "$(keeper_of quiet)"
ends_with 1 "$T/orphan" 'a keeper that is killed'
like "$err" '*quiet runs, but its keeper is gone: nothing is recorded any more' '... is said in a line'
is "$(grep -c . "$T/orphan.err")" 1 '... one'
ok '... and the VM runs' is_running quiet
run "$HUSK" events -f quiet
exits 1 'without a keeper it does not wait'
like "$out" '*STOP*' '... but shows what there is'
run "$HUSK" logs -f --events quiet
exits 1 'nor does logs'
run "$HUSK" wait --for event=RESUME --since 0s --timeout 20s quiet
exits 1 'nor does wait'
run "$HUSK" wait --for paused quiet
exits 0 '... but for what QEMU itself knows'
kill -KILL "$(qemu_of quiet)"
wait_until 5 gone "$(qemu_of quiet)"
run "$HUSK" events -f quiet
exits 0 'when QEMU is gone as well it has ended'

# a keeper that is slow to die and a QEMU that is gone: the end is not lost
none slow
keeper=$(keeper_of slow)
kill -STOP "$keeper"
wait_until 5 in_state "$keeper" T
follow "$T/slow" events -f --json slow
kill -KILL "$(qemu_of slow)"
wait_until 5 gone "$(qemu_of slow)"
kill -CONT "$keeper"
ends_with 0 "$T/slow" 'a keeper that comes late'
like "$(json -l "$T/slow" event | tr '\n' ' ')" '*HUSK_END ' '... is waited for'
done_testing
