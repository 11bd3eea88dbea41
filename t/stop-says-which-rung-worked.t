#!/bin/sh
# SPDX-License-Identifier: MIT
# The receipt of stop names the rung that worked and what the others met, as text and as JSON.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need bootsector socat
boot vm
run "$HUSK" stop vm
exits 0 'a guest that obeys'
like "$out" 'vm: stopped by acpi in *(agent: not tried: the VM has no agent port)' '... is stopped by ACPI'
boot vm --agent
run "$HUSK" stop --json vm
exits 0 'with an agent port where nobody listens'
is "$(json "$T/.out" rung)" acpi '... is stopped by ACPI too'
is "$(json "$T/.out" rungs.0.rung) $(json "$T/.out" rungs.0.result)" 'agent not tried: no agent runs in the guest' '... the agent was not asked'
is "$(json "$T/.out" was_running)" true '... it was running'

boot vm
type_at vm '\033h'
run "$HUSK" stop --timeout 1800ms vm
exits 0 'a deaf guest'
like "$out" '*stopped by quit*acpi: the guest did not answer the power button*' '... makes QEMU quit'
boot vm
run "$HUSK" stop --now --json vm
exits 0 'stop --now'
is "$(json "$T/.out" rung)" quit '... begins at quit'
is "$(json "$T/.out" rungs.0.rung)" quit '... which is all it tried'
fails 'the guest was not asked' grep -q POWERDOWN "$HUSK_RUNDIR/vm/events.jsonl"

fake stubborn ignore-quit
run "$HUSK" stop --now --timeout 900ms stubborn
exits 0 'a QEMU that does not quit'
like "$out" '*stopped by kill*quit: QEMU did not quit in time*' '... is killed'
is "$(reason_of stubborn)" stopped '... and on record as stopped'
run "$HUSK" wait stubborn
exits 0 '... on request'
done_testing
