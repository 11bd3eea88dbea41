#!/bin/sh
# SPDX-License-Identifier: MIT
# -device takes JSON from QEMU 6.2 on; before that the same object is flattened, before 6.0 nothing is done at all.
# HUSK_GOLDEN=write as in plan-matches-its-golden-text.t.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/qemus.sh
. "$ROOT/t/qemus.sh"

# devices VERSION - the -device arguments of some plans for this QEMU
devices() {
	for name in disk-buses nic-user agent-rng console-virtio; do
		"$HUSK" run --dry-run --sandbox-without=netns --qemu "$(qemu_of "$1" x86_64)" "$ROOT/t/plan/$name.vm" || return
	done | plan_text | sed -n 's/^ *-device //p'
}
[ "${HUSK_GOLDEN:-}" != write ] || devices 6.0.0 >"$ROOT/t/plan/devices-6.0.0.txt"
golden=$ROOT/t/plan/devices-6.0.0.txt
for version in 6.0.0 6.1.9; do
	devices $version >"$T/devices"
	ok "QEMU $version: the devices are flat" cmp "$T/devices" "$golden" || diag "$(diff "$golden" "$T/devices")"
done

sed -n 's/^ *-device //p' "$ROOT/t/plan/disk-buses.plan" "$ROOT/t/plan/nic-user.plan" "$ROOT/t/plan/agent-rng.plan" \
	"$ROOT/t/plan/console-virtio.plan" >"$T/json"
for version in 6.2.0 9.0.0 10.1.50 11.0.0; do
	devices $version >"$T/devices"
	ok "QEMU $version: the devices are JSON" cmp "$T/devices" "$T/json"
done

run "$HUSK" run --dry-run --sandbox-without=netns --qemu "$(qemu_of 5.2.0 x86_64)" "$ROOT/t/plan/minimal.vm"
exits 8 'QEMU 5.2 is refused'
like "$err" '*/qemu-system-x86_64 is version 5.2.0; husk needs QEMU 6.0 or newer' 'and it is said why'
done_testing
