#!/bin/sh
# SPDX-License-Identifier: MIT
# serial= is what the device says, on every bus; discard= is what the nodes do.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/vm.sh
. "$ROOT/t/vm.sh"
need qemu socat

buses='virtio scsi nvme ide usb'
for bus in $buses; do
	truncate -s 1M "$T/$bus.raw"
	discard=off
	[ "$bus" != scsi ] || discard=on
	printf 'disk %s.raw,bus=%s,serial=%s "1,,2\\,discard=%s\n' "$bus" "$bus" "$bus" "$discard"
done >"$T/lines"
small "$(cat "$T/lines")" >"$T/x.vm"
starts x 'a disk on every bus'
i=0
for bus in $buses; do
	is "$(qmp x qom-get "{\"path\": \"/machine/peripheral/disk$i\", \"property\": \"serial\"}")" "$bus \"1,2\\" \
		"$bus: the serial number"
	i=$((i + 1))
done
qmp x query-named-block-nodes '{"flat": true}' >"$T/nodes"
is "$(grep -o '"node-name": "disk[0-9]*\(-file\)*"' "$T/nodes" | sort | tr -d '\n' | sed 's/"node-name": //g')" \
	'"disk0""disk0-file""disk1""disk1-file""disk2""disk2-file""disk3""disk3-file""disk4""disk4-file"' 'two nodes for each'
quiet_qemu x 'QEMU warns of nothing'
ends_now x

run "$HUSK" run --dry-run "$T/x.vm"
is "$(printf '%s\n' "$out" | grep -c '"discard":"unmap"')" 2 'discard=on stands at both nodes of that disk'
is "$(printf '%s\n' "$out" | grep -c '"discard":"ignore"')" 8 'and at no others'
done_testing
