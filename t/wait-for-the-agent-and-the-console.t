#!/bin/sh
# SPDX-License-Identifier: MIT
# SLOW: a guest or QEMU itself takes the time, not husk
# wait --for agent and console=TEXT with a Linux guest: from before it has booted, and afterwards.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need guest socat
"$HUSK" run -d --accel tcg --memory 256M --name vm --agent --kernel "$HUSK_TEST_CACHE/linux/vmlinuz" \
	--initrd "$HUSK_TEST_CACHE/linux/initramfs.cpio" --append 'console=ttyS0 quiet panic=-1'
run "$HUSK" wait --for agent --timeout 100ms vm
exits 6 'before it has booted there is no agent'
"$HUSK" wait --for 'console=demo guest up' --timeout 60s vm >"$T/console" 2>&1 &
console=$!
run "$HUSK" wait --for agent --timeout 60s vm
exits 0 'the agent answers'
rc=0
wait $console || rc=$?
is "$rc$(cat "$T/console")" 0 'the guest is up'
run "$HUSK" wait --for agent --timeout 10s vm
exits 0 'the agent still answers'
run "$HUSK" wait --for event=VSERPORT_CHANGE vm
like "$out" '* VSERPORT_CHANGE *open=true*' 'the event that says so is there'

# somebody else has the port: husk waits for its turn
socat -u "UNIX-CONNECT:$HUSK_RUNDIR/vm/agent.sock" - >/dev/null 2>&1 &
other=$!
ends $other
held() { "$HUSK" qmp vm query-chardev | json - | grep -q '"filename": *"disconnected[^}]*"label": *"agent"' && return 1; return 0; }
wait_until 5 held
"$HUSK" wait --for agent --timeout 60s vm >"$T/agent" 2>&1 &
waiter=$!
ends $waiter
run "$HUSK" wait --for agent --timeout 300ms vm
exits 6 'where another client has the port it waits'
kill "$other"
rc=0
wait $waiter || rc=$?
is "$rc$(cat "$T/agent")" 0 '... until that is gone'

# the agent is stopped, and comes again; $ is for the guest's shell
# shellcheck disable=SC2016
type_at vm 'kill $(cat /run/qemu-ga.pid); sync; echo agent-"gone"\n'
run "$HUSK" wait --for console=agent-gone --timeout 20s vm
exits 0 'the agent is stopped'
closed() { "$HUSK" events -n 1 --type VSERPORT_CHANGE vm | grep -q open=false; }
ok '... which the journal knows' wait_until 10 closed
run "$HUSK" wait --for agent --timeout 300ms vm
exits 6 '... and wait'
"$HUSK" wait --for agent --timeout 60s vm >"$T/agent" 2>&1 &
waiter=$!
ends $waiter
# shellcheck disable=SC2016
type_at vm 'for p in /dev/vport*; do qemu-ga -m virtio-serial -p $p -t /run -f /run/qemu-ga.pid -d; done\n'
rc=0
wait $waiter || rc=$?
is "$rc$(cat "$T/agent")" 0 'a new one is found'

"$HUSK" wait --for 'console=never said' --timeout 60s vm >"$T/never" 2>&1 &
waiter=$!
ends $waiter
run "$HUSK" stop vm
like "$out" '*stopped by agent*' 'the agent is free for others'
rc=0
wait $waiter || rc=$?
is "$rc" 3 'the end ends the wait for a text'
run "$HUSK" wait --for 'console=demo guest up' vm
exits 0 'what was said can be found in the end'
run "$HUSK" wait --for agent vm
exits 3 '... but no agent'
done_testing
