#!/bin/sh
# SPDX-License-Identifier: MIT
# TERM, INT and HUP sent to QEMU itself do not power the guest off.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need qemu
none steady
qemu=$(qemu_of steady)
for signal in TERM INT HUP; do
	kill -$signal "$qemu"
	# its answer comes from the main loop, which is where QEMU would end after a signal
	run "$HUSK" status --json steady
	exits 0 "it answers after SIG$signal"
done
is "$(json "$T/.out" runstate)" running 'and runs'
fails 'there was no shutdown' grep -q SHUTDOWN "$HUSK_RUNDIR/steady/events.jsonl"
done_testing
