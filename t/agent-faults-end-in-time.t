#!/bin/sh
# SPDX-License-Identifier: MIT
# An agent that is mute, late, broken or hostile: each command ends in time with its exit code, and the lock is free again.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
# shellcheck source=t/agent.sh
. "${0%/*}/agent.sh"
need qemu

fake f normal --agent || bail 'no fake VM'
# within SECONDS CODE NAME ARGUMENT... - husk agent f ARGUMENT... ends so fast and so, and leaves the lock free; two tests
within() {
	seconds=$1 code=$2 name=$3
	shift 3
	start=$(now)
	run timeout -k 1 60 "$HUSK" agent f "$@"
	took=$(($(now) - start))
	exits "$code" "$name"
	ok "... in time ($took hundredths), and the lock is free" sh -c "[ $took -le $((seconds * 100)) ] && flock -n '$HUSK_RUNDIR/f/agent.lock' true"
}

play
within 5 0 'a sound agent' ping
within 5 7 'a program and its exit code' exec -- exit 7
within 5 127 'a program that is not there' exec -- nosuch

play --fault silence
within 5 6 'silence' --timeout 1s ping
like "$err" 'husk: f: no answer from the guest agent within *' '... says so'
within 5 6 'silence for exec' --timeout 1s exec -- true
play --fault half-sync
within 5 6 'half a sync' --timeout 1s ping
play --fault wrong-sync
within 5 6 'the wrong sync id' --timeout 1s ping
play --fault half-line
within 5 6 'half a line' --timeout 1s exec -- true
play --fault odd-ff
within 5 1 '0xFF where none belongs' ping
play --fault stale-first
within 5 0 'what was said to somebody else is skipped' ping
play --fault late
within 5 6 'an answer after the deadline' --timeout 1s ping
within 5 6 '... is not the answer to the next command' --timeout 1s osinfo
play --fault die
within 5 125 'an agent that ends' exec -- true
like "$err" 'husk: guest-exec: the guest agent*connection ended' '... is said'
play
within 5 0 '... and one that has started again answers' exec -- true

play --fault huge
within 30 125 'a line of 100 MiB' exec -- true
like "$err" '*more than 48 MiB*' '... is too long'
for fault in bad-utf8 double-key deep; do
	play --fault "$fault"
	within 5 125 "$fault" exec -- true
	like "$err" '*broke the protocol*' '... breaks the protocol'
done

play --fault exec-never-exits
within 5 6 'a program that does not end' --timeout 1s exec -- true
like "$err" 'husk: the program has not ended within * ms; it goes on in the guest as pid 1000' '... goes on, and is named'
ok '... the agent was asked more and more slowly' test "$(grep -c guest-exec-status "$T/log")" -lt 25
play --fault exec-cut
within 5 0 'output that the agent cut' -q exec -- echo text
is "$out" text '... is printed as far as it goes'
like "$err" '*standard output is cut*' '... and that is said even with -q'
run "$HUSK" agent f exec --json -- echo text
is "$(json "$T/.out" stdout_cut)" true '... and in the JSON'
play --fault exec-garbage
within 5 125 'garbage instead of base64' exec -- echo text
play --fault 'error=no way [31m'
within 5 125 'an error of the agent' exec -- true
is "$err" 'husk: guest-exec: no way [31m' '... with its text'
play --fault disabled=guest-exec
within 5 125 'an agent that does not allow exec' exec -- true
is "$err" 'husk: the agent does not allow guest-exec: guest-info says it is disabled' '... is said clearly'
within 5 1 'a command that no agent knows' raw guest-nonsense
like "$err" 'husk: the agent does not know guest-nonsense*' '... is said too'
within 5 0 'a copy without guest-exec' get /x "$T/got" --json
is "$(json "$T/.out" check) $(json "$T/.out" bytes)" 'size 18' '... is compared by size'
is "$(grep -c . "$T/got")" 3 '... and is whole'

play --fault unanswered=guest-file-read
echo before >"$T/got"
within 5 6 'a read that is not answered' --timeout 1s get /x "$T/got"
is "$(tail -n 1 "$T/log")" guest-file-close '... the handle is closed'
is "$(cat "$T/got")" before '... the target is as it was'
is "$(echo "$T"/got*)" "$T/got" '... and nothing lies beside it'
play --fault disabled=guest-file-write
within 5 1 'a write that is refused' put "$T/got" /x
like "$err" '*does not allow guest-file-write*' '... is explained'
is "$(grep -c guest-file-close "$T/log")" 1 '... the handle is closed'

"$HUSK" stop -q --now f
within 5 3 'a VM that has ended' ping
fake g normal || bail 'no second VM'
run "$HUSK" agent g ping
is "$rc $err" '1 husk: g has no port for a guest agent (option agent)' 'a VM without the port says so'
run "$HUSK" agent nosuch ping
is "$rc" 4 'no such VM'
done_testing
