#!/bin/sh
# SPDX-License-Identifier: MIT
# Where accel=auto took KVM and QEMU dies of it before the guest runs, the VM is started once more with TCG, with one line.
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

# start ARGUMENT... - a VM whose QEMU aborts where it is to use KVM
start() {
	run where_kvm_is yes env LD_PRELOAD="$shim" "$HUSK" run -d --name x --qemu "$qemu" --qemu-arg=-fake \
		--qemu-arg=abort-if-kvm "$@"
}
start
is "$rc $err" "0 husk: x: QEMU does not run with this host's KVM; using TCG, its translator" 'it runs, with one line'
is "$(json "$HUSK_RUNDIR/x/state.json" accel) $(json "$HUSK_RUNDIR/x/state.json" phase)" 'tcg running' 'with TCG'
is "$("$HUSK" status --json x | json - state)" running 'and is found as running'
"$HUSK" stop -q --now x

start -q
is "$rc $err" '0 ' 'with -q without a line'
"$HUSK" stop -q --now x

start --accel kvm
exits 1 'where KVM was asked for it is an error'
# which signal: an abort() of a namespace's first process ends in another one
like "$err" "husk: x: QEMU ended before the guest's CPUs ran (signal *kvm_buf_set_msrs: Assertion*failed." \
	'which says how QEMU ended, and its last words'
run "$HUSK" status x
exits 3 'and nothing runs'
done_testing
