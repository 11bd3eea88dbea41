#!/bin/sh
# SPDX-License-Identifier: MIT
# SLOW: a guest or QEMU itself takes the time, not husk
# husk reboot of a real guest: by its agent where one runs, else by its power button; the RESET event is the proof.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need guest
[ "$(cat "$HUSK_TEST_CACHE/linux/agent")" = yes ] || { echo '1..0 # SKIP the guest has no agent'; exit 0; }

linux=$HUSK_TEST_CACHE/linux
ok 'a Linux guest with an agent' "$HUSK" run -q -d --accel tcg --machine q35 --memory 160M --name linux --agent \
	--kernel "$linux/vmlinuz" --initrd "$linux/initramfs.cpio" --append 'console=ttyS0 quiet husk.do=agent'
ups() { [ "$(grep -c "$1" "$HUSK_RUNDIR/linux/console.log")" = "$2" ]; }
ok '... is up' wait_until 180 ups 'agent runs' 1
resets() { json -l "$HUSK_RUNDIR/linux/events.jsonl" data.reason 2>/dev/null | grep -cx guest-reset; }
before=$(resets)
run "$HUSK" reboot --trace --json --timeout 90s linux
exits 0 'reboot'
is "$(json "$T/.out" rung) $(json "$T/.out" rungs.0.result)" 'agent worked' '... is done by the agent'
ok '... and the guest reset by itself' test "$(resets)" -gt "$before"
fails '... without the power button' grep -q POWERDOWN "$HUSK_RUNDIR/linux/events.jsonl"
like "$err" '*husk: +[0-9]* qga>: *guest-sync-delimited*husk: +[0-9]* qga>: *guest-shutdown*"mode": "reboot"*husk: +[0-9]* reboot: agent: worked*' \
	'--trace has every line of it'
ok 'it boots again' wait_until 180 ups 'agent runs' 2
# The agent stopped answering: its rung fails, the button works.
ok 'another guest without an agent that listens' "$HUSK" run -q -d --accel tcg --machine q35 --memory 160M --name plain --agent \
	--kernel "$linux/vmlinuz" --initrd "$linux/initramfs.cpio" --append 'console=ttyS0 quiet modprobe.blacklist=virtio_console'
up() { [ "$(grep -c 'demo guest up' "$HUSK_RUNDIR/plain/console.log")" = "$1" ]; }
ok '... is up' wait_until 180 up 1
run "$HUSK" reboot --json --timeout 90s plain
exits 0 'reboot without an agent'
is "$(json "$T/.out" rung) $(json "$T/.out" rungs.0.result)" 'acpi not tried: no agent runs in the guest' '... is done by the power button'
ok 'it boots again' wait_until 180 up 2
is "$(grep -c 'power button' "$HUSK_RUNDIR/plain/console.log")" 1 '... and it had heard it'
kill -KILL "$(keeper_of linux)"
run "$HUSK" reboot --json --timeout 90s linux
exits 0 'without a keeper'
is "$(json "$T/.out" rung)" agent '... the agent does it too'
done_testing
