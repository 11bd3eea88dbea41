#!/bin/sh
# SPDX-License-Identifier: MIT
# Which machine a QEMU emulates is told by its name, also behind a link and with an ending; else it is the host's.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/qemus.sh
. "$ROOT/t/qemus.sh"
host=q35
case $(uname -m) in x86_64 | i?86) ;; *) host=virt ;; esac
mkdir "$T/links"
while read -r name machine; do
	[ "$machine" != host ] || machine=$host
	qemu=$(qemu_of 7.2.22 "${name#qemu-system-}")
	if [ "${qemu##*/}" = "$name" ]; then
		run "$HUSK" run -q --dry-run --name x --accel tcg --qemu "$qemu"
		like "$rc$out" "0*-machine $machine,dump-guest-core=off*" "$name makes a $machine"
	fi
	ln -s "$qemu" "$T/links/$name"
	run "$HUSK" run -q --dry-run --name x --accel tcg --qemu "$T/links/$name"
	like "$rc$out" "0*-machine $machine,dump-guest-core=off*" "a link $name makes a $machine"
done <<'END'
qemu-system-x86_64 q35
qemu-system-i386 q35
qemu-system-x86_64-microvm q35
qemu-system-x86_64.real q35
qemu-system-aarch64 virt
qemu-system-riscv64 virt
qemu-kvm host
END
done_testing
