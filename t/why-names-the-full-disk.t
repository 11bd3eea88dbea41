#!/bin/sh
# SPDX-License-Identifier: MIT
# A full disk under an image pauses the guest; why names the image and the cause, and stop ends the VM.
# In a mount namespace with a small tmpfs.  The boot sector writes one sector of a qcow2 that must grow for it.
if [ "$(id -u)" = 0 ] && [ -z "${HUSK_TEST_MOUNTS:-}" ]; then HUSK_TEST_MOUNTS=1 exec unshare -m sh "$0"; fi
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need root bootsector socat qemu-img
mkdir "$T/small"
mount -t tmpfs -o size=2m small "$T/small" || bail 'no tmpfs'
image=$T/small/disk.qcow2
# Sectors of other data until the image ends where a page does: behind that a new cluster needs a new page.
for sectors in 0 1 2 3 4 5 6 7; do
	bootsector_disk "$T/boot.raw" 1M
	[ $sectors = 0 ] || head -c $((sectors * 512)) /dev/zero | tr '\0' x |
		dd of="$T/boot.raw" bs=512 seek=8 conv=notrunc status=none
	qemu-img convert -f raw -O qcow2 -S 512 -o cluster_size=512 "$T/boot.raw" "$image" || bail 'no image'
	[ $(($(stat -c %s "$image") % 4096)) != 0 ] || break
done
cat /dev/zero >"$T/small/filler" 2>/dev/null
run "$HUSK" run -d --accel tcg --machine pc --memory 16M --name full --disk "$image"
exits 0 'run from an image on a full disk'
wait_until 20 has "$HUSK_RUNDIR/full/console.log" "$ready"
type_at full '\033wX'
wait_until 20 has "$HUSK_RUNDIR/full/events.jsonl" '"STOP"'
run "$HUSK" status full
exits 0 'it is not gone'
like "$out" '*paused*io-error*' '... but paused'
run "$HUSK" why full
exits 0 'why'
like "$(head -n 1 "$T/.out")" "full: paused by QEMU: write error on *$image*no space left*" '... names the image and the cause'
like "$out" '*BLOCK_IO_ERROR*' '... with the event as evidence'
run "$HUSK" stop --timeout 5s full
exits 0 'stop'
like "$out" '*stopped by quit*acpi: not tried: the guest is paused*' '... knows that a paused guest cannot obey'
umount "$T/small"
done_testing
