#!/bin/sh
# SPDX-License-Identifier: MIT
# husk agent NAME frozen thaws the guest on every way out, however husk, its child, the command and the agent behave.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
# shellcheck source=t/agent.sh
. "${0%/*}/agent.sh"
need qemu

fake f normal --agent || bail 'no fake VM'
status() { "$HUSK" agent f fsstatus; }
is_thawed() { [ "$(status)" = thawed ]; }
# frozen OPTION... -- COMMAND... - run it
frozen() { run timeout -k 1 60 "$HUSK" agent f frozen "$@"; }

play
frozen -- sh -c "cat '$T/log' >'$T/seen'; echo said; exit 3"
is "$rc $out" '3 said' "the command's exit code and output are handed on"
is "$(tail -n 1 "$T/seen")" guest-fsfreeze-freeze '... it ran while the guest was frozen'
is "$(status)" thawed '... and the guest is thawed'
# shellcheck disable=SC2016 # for that shell
frozen -- sh -c 'kill -9 $$'
exits 137 'a command that a signal ends'
frozen -- /nosuch
exits 127 'a command that is not there'
is "$(status)" thawed '... the guest is thawed'
frozen -- /etc/passwd
exits 126 'a command that cannot be executed'
is "$(status)" thawed '... the guest is thawed'
frozen --timeout 1s -- tail -f /dev/null
exits 6 'a command that takes too long'
like "$err" '*tail had not ended at the deadline*' '... is ended'
is "$(status)" thawed '... the guest is thawed'
run "$HUSK" agent f frozen -- "$HUSK" agent f ping
exits 5 'nobody else speaks to the agent meanwhile'
like "$err" '*agent.lock is held by pid * (agent frozen) since *' '... and the holder is named'

# running SIGNAL... - start one in the background; $husk is its pid, $command that of its command
running() {
	rm -f "$T/pid"
	# a shell starts what is in the background deaf to SIGINT
	setsid env --default-signal=INT "$HUSK" agent f frozen -- sh -c "echo \$\$ >'$T/pid.new'; mv '$T/pid.new' '$T/pid'; exec tail -f /dev/null" 2>"$T/err" &
	husk=$!
	ends "$husk"
	wait_until 10 test -s "$T/pid"
	command=$(cat "$T/pid")
	ends "$command"
}
for signal in INT:130 TERM:143 HUP:129; do
	running
	kill "-${signal%:*}" "$husk"
	code=0
	wait "$husk" || code=$?
	is "$code" "${signal#*:}" "SIG${signal%:*}"
	ok '... the command has ended' gone "$command"
	is "$(status)" thawed '... and the guest is thawed'
done
running
kill -KILL "$husk"
ok 'husk killed: its child thaws' wait_until 10 is_thawed
ok '... and the command ends' wait_until 10 gone "$command"
running
guard=$(pgrep -P "$husk" husk)
kill -KILL "$guard"
kill -TERM "$command"
code=0
wait "$husk" || code=$?
is "$code" 143 'the child killed: husk goes on'
is "$(status)" thawed '... and thaws itself'

play --fault thaw-fails=3
frozen -- true
exits 0 'a thaw that fails at first'
is "$(logged guest-fsfreeze-thaw)" 4 '... is tried again'
is "$(status)" thawed '... until it works'
play --fault thaw-fails=1000000
frozen --thaw-timeout 1s -- true
exits 1 'a thaw that never works'
like "$err" "*f: THE GUEST'S FILE SYSTEMS MAY STILL BE FROZEN*(guest-fsfreeze-thaw: failed to thaw); husk agent f fsthaw" '... is said loudly'
play --fault unanswered=guest-fsfreeze-freeze
frozen --timeout 1s -- touch "$T/ran"
exits 6 'a freeze that is not answered'
fails '... does not run the command' test -e "$T/ran"
is "$(status)" thawed '... and is undone, for it may have happened'
play --fault 'disabled=guest-fsfreeze-freeze'
frozen -- touch "$T/ran"
exits 1 'a freeze that is refused'
like "$err" '*does not allow guest-fsfreeze-freeze*' '... with the reason'
is "$(logged guest-fsfreeze-thaw)" 0 '... leaves nothing to thaw'
play --fault frozen
frozen -- touch "$T/ran"
exits 1 'a guest that is frozen already'
is "$(logged guest-fsfreeze-thaw)" 0 '... is not thawed for whoever froze it'
play --fault die-at=guest-fsfreeze-thaw
run setsid sh -c "'$HUSK' agent f frozen --thaw-timeout 500ms -- true"
exits 3 'an agent that is gone for good, and QEMU with it, as it seems'
fails 'the command ran in none of these' test -e "$T/ran"
done_testing
