#!/bin/sh
# SPDX-License-Identifier: MIT
# A cdrom is a read-only drive with its medium in, on IDE for pc and q35, on SCSI where there is no IDE.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/vm.sh
. "$ROOT/t/vm.sh"
need qemu socat

truncate -s 1M "$T/a.iso" "$T/b"
while read -r machine type; do
	{ echo "machine $machine"; small 'cdrom a.iso' 'cdrom b' | sed 1d; } >"$T/x.vm"
	starts x "$machine: it starts" || continue
	qmp x query-block >"$T/block"
	for i in 0 1; do
		is "$(json "$T/block" $i.inserted.node-name) $(json "$T/block" $i.inserted.ro) $(json "$T/block" $i.removable)" \
			"cdrom$i true true" "$machine: drive $i has its medium"
		is "$(qmp x qom-get "{\"path\": \"/machine/peripheral/cdrom$i\", \"property\": \"type\"}")" "$type" \
			"$machine: and is a $type"
	done
	quiet_qemu x "$machine: QEMU warns of nothing"
	ends_now x
done <<'END'
pc ide-cd
q35 ide-cd
microvm scsi-cd
END
done_testing
