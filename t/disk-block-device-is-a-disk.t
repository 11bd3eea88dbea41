#!/bin/sh
# SPDX-License-Identifier: MIT
# A block device is a disk too, and under a second name it is the same one.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/vm.sh
. "$ROOT/t/vm.sh"
need root bootsector socat losetup

bootsector_disk "$T/a.img" 1M
if ! loop=$(losetup -f --show "$T/a.img" 2>"$T/why"); then
	skip 'a loop device' "$(cat "$T/why")"
	done_testing
fi
trap 'losetup -d "$loop"; _clean' EXIT
mknod "$T/second" b $((0x$(stat -c %t "$loop"))) $((0x$(stat -c %T "$loop")))

for cache in 'writeback' 'none,aio=native'; do
	small "disk $loop,format=raw,cache=$cache" >"$T/x.vm"
	boots x "cache=$cache: it boots"
	ok "cache=$cache: the guest writes to it" types x '\0033wZ' ok
	is "$(qmp x query-named-block-nodes '{"flat": true}' | grep -o '"drv": "host_device"')" '"drv": "host_device"' \
		"cache=$cache: QEMU knows that it is a device"
	quiet_qemu x "cache=$cache: QEMU warns of nothing"
	ends_now x
done
is "$(dd if="$loop" bs=512 skip=1 count=1 2>/dev/null | head -c 3)" ZZZ 'what was written is there'

small "disk $loop,format=raw" 'disk second,format=raw' >"$T/x.vm"
run "$HUSK" run -q -d "$T/x.vm"
is "$rc $err" "5 husk: $T/x.vm:5:6: disk: $T/second: the image is used twice, as disk0 and as disk1" 'the same device by two names is refused'
small "disk $loop,format=raw,readonly=on" 'disk second,format=raw,readonly=on' >"$T/x.vm"
starts x 'but not where it is only read'
ends_now x
done_testing
