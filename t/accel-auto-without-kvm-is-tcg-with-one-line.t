#!/bin/sh
# SPDX-License-Identifier: MIT
# accel=auto without a usable KVM runs with TCG and says so in exactly one line; with -q, or where TCG was asked for, in none.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/kvm.sh
. "$ROOT/t/kvm.sh"
need root qemu

# runs KIND SAID ARGUMENT... - where /dev/kvm is KIND it starts with TCG and says this on stderr
runs() {
	kind=$1 said=$2; shift 2
	run where_kvm_is "$kind" "$HUSK" "$@" --name x --machine none
	is "$rc $err$out" "0 $said" "/dev/kvm $kind, $*"
	is "$(json "$HUSK_RUNDIR/x/state.json" accel)" tcg "/dev/kvm $kind, $*: it is TCG"
	"$HUSK" stop -q --now x
}
using="husk: x: using TCG, QEMU's translator: "
runs none "$using/dev/kvm: No such file or directory" run -d
runs none '' run -q -d
runs none '' run -d --accel tcg
runs null "$using/dev/kvm opens, but does not answer as KVM" run -d
runs null '' run -q -d
runs null '' run -d --accel tcg
runs yes "$using/dev/kvm opens, but does not answer as KVM" run -d

run where_kvm_is none "$HUSK" run --name x --machine none --dry-run --json
is "$err" "${using}/dev/kvm: No such file or directory" 'the line does not disturb what goes to stdout'
is "$(printf '%s\n' "$out" | json - accel) $(printf '%s\n' "$out" | json - accel_fallback)" 'tcg false' 'which is JSON'
done_testing
