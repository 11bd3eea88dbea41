#!/bin/sh
# SPDX-License-Identifier: MIT
# SLOW: a guest or QEMU itself takes the time, not husk
# Real guests, on every bus and with every extra: by the kernel's word each one's QEMU is confined as was promised.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need bootsector
chmod 711 "$T" "$HUSK_RUNDIR"

mounts=$(wc -l </proc/self/mountinfo)
run boot a
exits 0 'the boot sector guest boots'
ok '... its sandbox is whole' audit a
run none b
exits 0 'a second one beside it'
ok '... its sandbox is whole' audit b
if [ "$(id -u)" = 0 ]; then isnt "$(record a uid)" "$(record b uid)" '... and it has another user'; fi
is "$(wc -l </proc/self/mountinfo)" "$mounts" "the host's mounts are as they were"
"$HUSK" stop -q --now b
run setarch "$(uname -m)" -R -X "$HUSK" run -d --accel tcg --machine none --memory 16M --name b
exits 0 'started without address randomisation, all memory executable'
is "$(cat "/proc/$(qemu_of b)/personality")" 00000000 '... QEMU has none of that'
"$HUSK" stop -q --now b

# audited while a client is connected to each socket
mkfifo "$T/hold"
for socket in monitor console; do
	socat -u "PIPE:$T/hold" "UNIX-CONNECT:$HUSK_RUNDIR/a/$socket.sock" &
	ends $!
done
exec 8>"$T/hold"
connected() { "$HUSK" inspect --sandbox a 2>/dev/null | grep -c "a client's connection" | grep -qx 2; }
ok 'with clients' wait_until 5 connected
ok '... it is whole, too' audit a
exec 8>&-
"$HUSK" stop -q --now a

for bus in virtio scsi nvme ide usb; do
	truncate -s 1M "$T/$bus.raw" "$T/$bus.ro.raw"
	chmod 400 "$T/$bus.ro.raw"
	second="$T/$bus.ro.raw,bus=$bus,readonly=on"
	[ $bus != ide ] || second=$T/$bus.ro.raw,bus=virtio,readonly=on
	run boot d --disk "$T/$bus.raw,bus=$bus" --disk "$second"
	exits 0 "$bus: it boots"
	ok "$bus: ... its sandbox is whole" audit d
	like "$("$HUSK" inspect --sandbox d)" "*fd *$bus.ro.raw read-only: disk2*" "$bus: ... what is read-only is so in QEMU, too"
	"$HUSK" stop -q --now d
done

truncate -s 1M "$T/x.raw"
for extra in '--agent=on --rng=on' "--disk $T/x.raw,cache=none,aio=native" "--disk $T/x.raw,cache=none,aio=io_uring" \
	'--console virtio' '--cpus 2' '--limit pids=500'; do
	# shellcheck disable=SC2086 # words
	run boot e $extra
	if [ "$rc" = 7 ] && [ "$extra" = '--limit pids=500' ]; then
		skip "$extra" 'no cgroup to be had here'
		continue
	fi
	[ "$extra" != '--console virtio' ] || rc=0	# the boot sector speaks to a serial port only
	exits 0 "$extra: it boots"
	ok "$extra: ... its sandbox is whole" audit e
	"$HUSK" stop -q --now e
done

if _have passt; then
	run boot n --nic user
	exits 0 'with user networking'
	ok '... its sandbox is whole' audit n
	"$HUSK" stop -q --now n
fi

run "$HUSK" run -d --accel tcg --memory 64M --name q35 --cdrom "$T/virtio.raw"
exits 0 'the machine that is taken by itself, with a CD'
ok '... its sandbox is whole' audit q35
"$HUSK" stop -q --now q35
run "$HUSK" run -d --accel kvm --machine none --memory 16M --name k
if [ "$rc" = 0 ]; then
	ok 'with KVM its sandbox is whole' audit k
	"$HUSK" stop -q --now k
else
	skip 'with KVM' 'KVM cannot be used here'
fi

if _have guest; then
	linux=$HUSK_TEST_CACHE/linux
	run "$HUSK" run -d --accel tcg --memory 256M --name linux --kernel "$linux/vmlinuz" --initrd "$linux/initramfs.cpio" \
		--append 'console=ttyS0 quiet panic=-1' --agent=on --rng=on
	exits 0 'a Linux guest'
	ok '... boots' wait_until 90 has "$HUSK_RUNDIR/linux/console.log" 'demo guest up'
	ok '... its sandbox is whole' audit linux
	"$HUSK" stop -q --now linux
	# a kernel that only root may read is copied into the jail
	cp "$linux/vmlinuz" "$T/vmlinuz"
	chmod 600 "$T/vmlinuz"
	run "$HUSK" run -d --accel tcg --memory 64M --name copied --kernel "$T/vmlinuz"
	exits 0 'a kernel that nobody else may read'
	ok '... the sandbox with a copy of it is whole' audit copied
	"$HUSK" stop -q --now copied
else
	skip 'a Linux guest' 'there is none in the cache'
fi
done_testing
