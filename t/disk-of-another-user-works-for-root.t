#!/bin/sh
# SPDX-License-Identifier: MIT
# Root's VM uses images in directories that QEMU's user could never enter, and QEMU could not open them anew.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/vm.sh
. "$ROOT/t/vm.sh"
need root bootsector socat

mkdir "$T/closed"
bootsector_disk "$T/closed/root.raw" 1M
bootsector_disk "$T/closed/nobody.raw" 1M
chown nobody "$T/closed/nobody.raw"
chmod 600 "$T/closed"/*.raw
chmod 700 "$T/closed"
for owner in root nobody; do
	small "disk closed/$owner.raw" >"$T/x.vm"
	boots x "an image of $owner, mode 0600, in a closed directory"
	ok "$owner: the guest writes to it" types x '\0033wZ' ok
	pid=$(json "$HUSK_RUNDIR/x/state.json" qemu.pid)
	uid=$(sed -n 's/^Uid:\t\([0-9]*\).*/\1/p' "/proc/$pid/status")
	isnt "$uid" 0 "$owner: QEMU is user $uid"
	isnt "$uid" "$(stat -c %u "$T/closed/$owner.raw")" "$owner: and not the image's owner"
	fails "$owner: who cannot open it" setpriv --reuid "$uid" --regid "$uid" --clear-groups cat "$T/closed/$owner.raw" 2>/dev/null
	ends_now x
	is "$(stat -c '%U %a' "$T/closed/$owner.raw")" "$owner 600" "$owner: it is still $owner's"
done
done_testing
