#!/bin/sh
# SPDX-License-Identifier: MIT
# What an older QEMU would be given, this one understands as well: flat devices, the older network backend.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/vm.sh
. "$ROOT/t/vm.sh"
need bootsector socat

bootsector_disk "$T/a.raw" 1M
truncate -s 64K "$T/b.raw"
{
	echo 'machine q35'
	small 'disk a.raw,serial=a,,b' 'disk b.raw,bus=scsi,readonly=on' 'cdrom b.raw' 'agent on' 'rng on' | sed 1d
	! command -v passt >/dev/null || echo 'nic user,mac=52:54:00:00:00:02'
} >"$T/x.vm"
starts x 'the version of this QEMU is learnt'
ends_now x
# and forged: a run believes what the run directory remembers
sed -i 's/version [0-9]*\.[0-9]*\.[0-9]*/version 6.0.0/' "$HUSK_RUNDIR"/.qemu-*
boots x 'with the arguments for QEMU 6.0 it boots'
like "$(tr '\0' ' ' <"/proc/$(json "$HUSK_RUNDIR/x/state.json" qemu.pid)/cmdline")" '* -device virtio-blk-pci,id=disk0,*' \
	'they are flat'
is "$(qmp x qom-get '{"path": "/machine/peripheral/disk0", "property": "serial"}')" 'a,b' 'commas are doubled as QEMU wants it'
quiet_qemu x 'QEMU warns of nothing'
done_testing
