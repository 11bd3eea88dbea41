# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# An agent that plays faults.  Sourced behind t/lib.sh and t/life.sh.
#	play [--fault FAULT]...	the agent of VM "f" (a fake one) from now on; $T/log has the commands it got
# shellcheck disable=SC2154 # T and the like are t/lib.sh's

agent=''
play() {
	if [ -n "$agent" ]; then
		kill -KILL "$agent" 2>/dev/null
		wait "$agent" 2>/dev/null
	fi
	rm -f "$T/ready" "$T/log"
	"$HUSK_BUILD/t/fake-agent" --log "$T/log" "$@" --listen "$HUSK_RUNDIR/f/agent.sock" >"$T/ready" 2>/dev/null &
	agent=$!
	ends "$agent"
	wait_until 10 has "$T/ready" ready
}
# logged COMMAND - how often the agent got it.
logged() { grep -cx "$1" "$T/log"; }
