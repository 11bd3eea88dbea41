#!/bin/sh
# SPDX-License-Identifier: MIT
# SLOW: a guest or QEMU itself takes the time, not husk
# Every combination of cache and aio that is allowed boots, with the flags it stands for, on an image opened accordingly.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/vm.sh
. "$ROOT/t/vm.sh"
need bootsector qemu-img socat

bootsector_disk "$T/a.raw" 1M
qemu-img convert -O qcow2 -f raw "$T/a.raw" "$T/a.qcow2"
# tmpfs knew no O_DIRECT for long
direct=yes
dd if="$T/a.raw" of=/dev/null bs=4096 count=1 iflag=direct 2>/dev/null || direct=

# cache, aio, and what QEMU is to say: direct, no-flush, writeback
while read -r cache aio is_direct no_flush writeback; do
	name="$cache, $aio"
	if [ "$is_direct" = true ] && [ -z "$direct" ]; then
		skip "$name" "no O_DIRECT in $T"
		continue
	fi
	# on the SCSI bus, where the firmware does not change the write cache
	small "disk a.raw,bus=scsi,cache=$cache,aio=$aio" "disk a.qcow2,bus=scsi,cache=$cache,aio=$aio,discard=on" >"$T/x.vm"
	boots x "$name: it boots" || continue
	qmp x query-block >"$T/block"
	for i in 0 1; do
		is "$(json "$T/block" $i.inserted.cache.direct) $(json "$T/block" $i.inserted.cache.no-flush) $(json "$T/block" $i.inserted.cache.writeback)" \
			"$is_direct $no_flush $writeback" "$name: image $i is cached so"
	done
	ok "$name: the guest's write succeeds" types x '\0033wZ' ok
	quiet_qemu x "$name: QEMU warns of nothing"
	ends_now x
	is "$(dd if="$T/a.raw" bs=512 skip=1 count=1 2>/dev/null | head -c 3)" ZZZ "$name: and is in the image"
	dd if=/dev/zero of="$T/a.raw" bs=512 seek=1 count=1 conv=notrunc 2>/dev/null
done <<'END'
writeback threads false false true
writeback io_uring false false true
none threads true false true
none native true false true
none io_uring true false true
writethrough threads false false false
writethrough io_uring false false false
directsync threads true false false
directsync native true false false
directsync io_uring true false false
unsafe threads false true true
unsafe io_uring false true true
END
done_testing
