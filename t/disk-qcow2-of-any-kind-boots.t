#!/bin/sh
# SPDX-License-Identifier: MIT
# Images as qemu-img makes them boot: version 2 and 3, any cluster size, compressed, lazy refcounts, left dirty.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/vm.sh
. "$ROOT/t/vm.sh"
need bootsector qemu-img

bootsector_disk "$T/a.raw" 1M
while read -r name options; do
	# shellcheck disable=SC2086 # words
	qemu-img convert -f raw -O qcow2 $options "$T/a.raw" "$T/$name.qcow2"
	[ "$name" != dirty ] || printf '\1' | dd of="$T/dirty.qcow2" bs=1 seek=79 conv=notrunc 2>/dev/null
	small "disk $name.qcow2" >"$T/x.vm"
	boots x "$name: it boots"
	ends_now x
	run qemu-img check -q "$T/$name.qcow2"
	exits 0 "$name: and is whole"
done <<'END'
version-2 -o compat=0.10
version-3 -o compat=1.1
clusters-512 -o cluster_size=512
clusters-2M -o cluster_size=2M
compressed -c
zstd -c -o compression_type=zstd
extended-l2 -o extended_l2=on,cluster_size=128k
preallocated -o preallocation=metadata
lazy -o lazy_refcounts=on
dirty -o lazy_refcounts=on
END
done_testing
