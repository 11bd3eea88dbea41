#!/bin/sh
# SPDX-License-Identifier: MIT
# A wrong argument is refused with its option and the nearest valid name; nothing is made.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
rmdir "$HUSK_RUNDIR"
cd "$T" || exit 1

# wrong SAID ARGUMENT...
wrong() {
	said=$1; shift
	run "$HUSK" run -d "$@"
	is "$rc $err" "2 husk: $said" "$*"
}
wrong '--memroy: unknown option (did you mean --memory?)' --name x --memroy 1G
wrong '--zzz: unknown option' --name x --zzz
wrong '--memory: "1Q" is not a size (a whole number with K, M, G or T behind it)' --name x --memory 1Q
wrong '--memory: "1Q" is not a size (a whole number with K, M, G or T behind it)' --name x --memory=1Q
wrong '--memory: "1Q" is not a size (a whole number with K, M, G or T behind it)' --name x -m1Q
wrong '--memory: a value is missing' --name x --memory
wrong '--memory: a value is missing (one that begins with -- is written --memory=VALUE)' --name x --memory --rng
wrong '--memory: empty value' --name x --memory=
wrong '--memory: given twice (first as argument 5)' --name x --memory 1G --memory 1G
wrong '--accel: "kmv" is not one of auto, kvm, tcg (did you mean "kvm"?)' --name x --accel kmv
wrong '--agent: "maybe" is neither on nor off' --name x --agent=maybe
wrong '--name: "-x" is not a name (A-Z a-z 0-9 _ . -, at most 63, a letter or digit first)' --name -x
wrong '--name: "../x" is not a name (A-Z a-z 0-9 _ . -, at most 63, a letter or digit first)' --name ../x
wrong '--disk: unknown key "readonyl" (did you mean "readonly"?)' --name x --disk a.raw,readonyl=on
wrong '--disk: bus: "sata" is not one of virtio, scsi, nvme, ide, usb' --name x --disk a.raw,bus=sata
wrong '--disk: key "boot" given twice' --name x --disk a.raw,boot=1,boot=2
wrong '--disk: aio=native needs cache=none or cache=directsync' --name x --disk a.raw,aio=native
wrong '--disk: a.iso: the name does not tell the format; write format=raw or format=qcow2' --name x --disk a.iso
wrong '--disk: boot=3 is taken by a.raw already' --name x --disk a.raw,boot=3 --disk b.raw,boot=3
wrong '--cdrom: boot=3 is taken by a.raw already' --name x --disk a.raw,boot=3 --cdrom c.iso,boot=3
wrong '--initrd: needs a kernel' --name x --initrd i
wrong '--append: needs a kernel' --name x --append quiet
wrong '--nic: forward=80: expected [tcp:|udp:][ADDRESS:]PORT:GUESTPORT' --name x --nic user,forward=80
wrong '--nic: forward=udp:0.0.0.0:53:54: port 53 is forwarded already' \
	--name x --nic user,forward=udp:0.0.0.0:53:53,forward=tcp:0.0.0.0:53:53 --nic user,forward=udp:0.0.0.0:53:54
wrong 'a VM needs a name: give a .vm file or --name' --memory 1G
wrong '--memory: not valid UTF-8' --name x --memory "$(printf '1\377')"
wrong '--append: control character' --name x --kernel k --append "$(printf 'a\033[31m')"
ok 'no run directory was made' test ! -e "$HUSK_RUNDIR"
done_testing
