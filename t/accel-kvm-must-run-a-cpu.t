#!/bin/sh
# SPDX-License-Identifier: MIT
# A KVM is believed when a virtual CPU has run in it: whatever goes wrong before that is the reason for TCG.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/kvm.sh
. "$ROOT/t/kvm.sh"
# shellcheck source=t/qemus.sh
. "$ROOT/t/qemus.sh"
need root cc nm
need_preload
shim=$(kvm_shim) || bail 'the shim does not compile'
qemu=$(qemu_of 7.2.22 x86_64)

# plan_with KIND MODE - what husk would do
plan_with() {
	run where_kvm_is "$1" env LD_PRELOAD="$shim" HUSK_SHIM_KVM="$2" "$HUSK" run --dry-run --name x --qemu "$qemu"
	said=$(printf '%s\n' "$out" | sed -n 's/^accel  *//p')
}
plan_with yes fine
is "$rc $said $err" '0 kvm (tcg if it fails) ' 'a KVM that works is taken'
like "$out" '*-accel kvm *-cpu host *' 'with the CPU of the host'
while read -r mode why; do
	plan_with yes "$mode"
	is "$rc $said" '0 tcg' "$mode: TCG"
	is "$err" "husk: x: using TCG, QEMU's translator: /dev/kvm opens, but $why" "$mode: and that is why"
done <<'END'
no-vm it refuses to make a virtual machine
no-cpu it refuses to make a virtual CPU
no-run a virtual CPU does not run
wrong a virtual CPU ran, but not the instructions it was given
hangs a virtual CPU hangs in it
END

if grep -Eq '^flags.* (vmx|svm)( |$)' /proc/cpuinfo; then
	skip 'KVM in software' 'this CPU has hardware for it'
else
	plan_with null fine
	is "$said $err" "tcg husk: x: using TCG, QEMU's translator: /dev/kvm is KVM in software: the CPU has neither vmx nor svm" \
		'a KVM in software is not taken'
	run where_kvm_is null env LD_PRELOAD="$shim" "$HUSK" run --dry-run --name x --qemu "$qemu" --accel kvm
	is "$rc $err" '0 ' 'unless it is asked for'
	like "$out" '*accel    kvm*' 'then it is'
fi
done_testing
