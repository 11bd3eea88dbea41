#!/bin/sh
# SPDX-License-Identifier: MIT
# SLOW: a guest or QEMU itself takes the time, not husk
# A guest boots from a raw and from a qcow2 image on every bus, and QEMU has nothing to warn of.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/vm.sh
. "$ROOT/t/vm.sh"
need bootsector qemu-img socat

bootsector_disk "$T/a.raw" 1M
qemu-img convert -O qcow2 -f raw "$T/a.raw" "$T/a.qcow2"
for bus in virtio scsi nvme ide usb; do
	for machine in pc:raw q35:qcow2; do
		format=${machine#*:} machine=${machine%:*}
		{ echo "machine $machine"; small "disk a.$format,bus=$bus" | sed 1d; } >"$T/x.vm"
		boots x "$bus, $format: it boots" || continue
		qmp x query-block >"$T/block"
		is "$(json "$T/block" 0.inserted.node-name) $(json "$T/block" 0.inserted.drv)" "disk0 $format" \
			"$bus, $format: the node is in place"
		quiet_qemu x "$bus, $format: QEMU warns of nothing"
		ends_now x
	done
done
done_testing
