#!/bin/sh
# SPDX-License-Identifier: MIT
# accel=kvm where KVM cannot be used is exit code 8 with the reason, and nothing is made.
HUSK_FORGETFUL=1	# its run directory is to stay as it is
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/kvm.sh
. "$ROOT/t/kvm.sh"
# shellcheck source=t/qemus.sh
. "$ROOT/t/qemus.sh"
need root qemu
rmdir "$HUSK_RUNDIR"

while read -r kind why; do
	run where_kvm_is "$kind" "$HUSK" run -d --name x --machine none --accel kvm
	is "$rc $err" "8 husk: accel=kvm: KVM cannot be used: $why" "/dev/kvm $kind"
done <<'END'
none /dev/kvm: No such file or directory
null /dev/kvm opens, but does not answer as KVM
yes /dev/kvm opens, but does not answer as KVM
END

qemu=$(qemu_of 7.2.22 aarch64)
case $(uname -m) in aarch64) qemu=$(qemu_of 7.2.22 x86_64) ;; esac
run "$HUSK" run -d --name x --accel kvm --qemu "$qemu"
is "$rc $err" "8 husk: accel=kvm: $qemu emulates ${qemu##*qemu-system-}, this host is $(uname -m)" 'another architecture'
run "$HUSK" run --dry-run --name x --qemu "$qemu"
is "$rc $err" '0 ' 'with accel=auto that is no line: nobody expects KVM there'
ok 'no run directory was made' test ! -e "$HUSK_RUNDIR"
done_testing
