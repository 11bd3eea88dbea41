#!/bin/sh
# SPDX-License-Identifier: MIT
# A guest cannot write to a readonly disk, and QEMU has no descriptor that could.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/vm.sh
. "$ROOT/t/vm.sh"
need bootsector socat

bootsector_disk "$T/a.raw" 1M
sum=$(cksum <"$T/a.raw")
for bus in virtio scsi nvme usb; do
	small "disk a.raw,readonly=on,bus=$bus" >"$T/x.vm"
	boots x "$bus: it boots" || continue
	ok "$bus: a write fails" types x '\0033wZ' 'io error'
	qmp x query-block >"$T/block"
	is "$(json "$T/block" 0.inserted.ro)" true "$bus: QEMU calls it read-only"
	pid=$(json "$HUSK_RUNDIR/x/state.json" qemu.pid)
	modes=$(for fd in "/proc/$pid/fd"/*; do
		[ "$(readlink "$fd")" = "$T/a.raw" ] && sed -n 's/^flags:.*\(.\)$/\1/p' "/proc/$pid/fdinfo/${fd##*/}"
	done | sort -u)
	is "$modes" 0 "$bus: its descriptors are for reading only"
	ends_now x
done
is "$(cksum <"$T/a.raw")" "$sum" 'the image is what it was'
done_testing
