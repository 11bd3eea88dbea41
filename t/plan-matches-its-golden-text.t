#!/bin/sh
# SPDX-License-Identifier: MIT
# The plan of every t/plan/*.vm is what stands beside it: descriptors and QEMU's command line.
# HUSK_GOLDEN=write sh t/plan-matches-its-golden-text.t writes them anew, to be read before they are believed.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/qemus.sh
. "$ROOT/t/qemus.sh"

for vm in "$ROOT"/t/plan/*.vm; do
	name=$(basename "$vm" .vm)
	if grep -q '^nic' "$vm" && ! grep -q '^sandbox' "$vm" && ! command -v passt >/dev/null; then
		skip "$name" 'no passt here'
		continue
	fi
	arch=x86_64
	[ "$name" != aarch64 ] || arch=aarch64
	run "$HUSK" run --dry-run --qemu "$(qemu_of 7.2.22 $arch)" "$vm"
	exits 0 "$name: a plan is made" || continue
	printf '%s\n' "$out" | plan_text >"$T/$name.plan"
	[ "${HUSK_GOLDEN:-}" != write ] || cp "$T/$name.plan" "${vm%.vm}.plan"
	ok "$name: it is the golden one" cmp "$T/$name.plan" "${vm%.vm}.plan" || diag "$(diff "${vm%.vm}.plan" "$T/$name.plan")"
done
done_testing
