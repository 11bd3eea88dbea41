#!/bin/sh
# SPDX-License-Identifier: MIT
# SLOW: a guest or QEMU itself takes the time, not husk
# The guest has the devices its file names and no others, on every machine; QEMU warns of none of them.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/vm.sh
. "$ROOT/t/vm.sh"
need qemu socat
passt=yes
command -v passt >/dev/null || passt=

# shellcheck disable=SC2120 # of a reply on stdin
types_of() { grep -o '"type": "child<[^>]*>"' | sed 's/.*<\(.*\)>.*/\1/' | sort | tr '\n' ' '; }

# MACHINE, OPTION (- for none), the devices it is to have with their types, the chardevs beside the monitors
while read -r machine option devices chardevs; do
	case $option in nic*) [ "$passt" ] || { skip "$machine, $option" 'no passt here'; continue; } ;; esac
	printf 'machine %s\nmemory 16M\naccel tcg\n' "$machine" >"$T/x.vm"
	[ "$option" = - ] || echo "$option" | sed 's/:/ /' >>"$T/x.vm"
	starts x "$machine, $option: it starts" || continue
	is "$(qmp x qom-list '{"path": "/machine/peripheral"}' | types_of | tr ' ' ,)" "$(echo "$devices" | sed 's/-$//')" \
		"$machine, $option: the devices"
	is "$(qmp x query-chardev | grep -o '"label": "[^"]*"' | cut -d'"' -f4 | grep -vE '^(control|monitor|keeper)$' | sort | tr '\n' ,)" \
		"$(echo "$chardevs" | sed 's/-$//')" "$machine, $option: the chardevs"
	# what nobody named: no default NIC, display, floppy or CD-ROM
	is "$(qmp x qom-list '{"path": "/machine/peripheral-anon"}' | types_of)" '' "$machine, $option: and none without a name"
	quiet_qemu x "$machine, $option: QEMU warns of nothing"
	ends_now x
done <<'END'
pc - pvpanic, console,
q35 - pvpanic, console,
microvm - - console,
pc on-panic:none - console,
q35 rng:on pvpanic,virtio-rng-pci, console,
microvm rng:on virtio-rng-device, console,
q35 agent:on pvpanic,virtio-serial-pci,virtserialport, agent,console,
microvm agent:on virtio-serial-device,virtserialport, agent,console,
q35 console:virtio pvpanic,virtconsole,virtio-serial-pci, console,
microvm console:virtio virtconsole,virtio-serial-device, console,
q35 console:off pvpanic, -
q35 nic:user pvpanic,virtio-net-pci, console,
pc nic:user,model=e1000 e1000,pvpanic, console,
q35 nic:user,model=rtl8139 pvpanic,rtl8139, console,
microvm nic:user virtio-net-device, console,
END
done_testing
