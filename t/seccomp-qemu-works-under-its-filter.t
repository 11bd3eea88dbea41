#!/bin/sh
# SPDX-License-Identifier: MIT
# SLOW: a guest or QEMU itself takes the time, not husk
# QEMU boots, serves its disk on every bus and by every way of I/O, and ends, under the filter that husk would choose.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
need bootsector qemu-img
QEMU=$(command -v qemu-system-x86_64)
filterrun=$HUSK_BUILD/t/tool-filterrun

# typed - what the guest is told, each piece after its answer.
typed() {
	wait_until 60 has "$T/said" 'husk bootsector ready' || return
	printf '\033wX'
	wait_until 20 has "$T/said" ok || return
	printf '\033g'
	wait_until 20 has "$T/said" X || return
	printf '\033o'
}
qemu() {
	features=$1; shift
	# shellcheck disable=SC2086 # words
	timeout 90 $trace "$filterrun" "$features" "$QEMU" -nodefaults -no-user-config -display none -m 32 \
		-chardev stdio,id=com,signal=off -serial chardev:com "$@" 7<>"$T/disk" 8>>"$T/log"
}
# guest FEATURES ARGUMENT... - runs to its end; the disk is descriptor 7, a log is 8.
guest() {
	: >"$T/said"
	rc=0
	typed | qemu "$@" >"$T/said" 2>"$T/err" || rc=$?
	err=$(cat "$T/err") out=$(cat "$T/said")
}
trace=''
split='-accel tcg,split-wx=on'
raw='-add-fd fd=7,set=1 -blockdev driver=raw,node-name=d,discard=unmap,file.driver=file,file.filename=/dev/fdset/1'
qcow2='-add-fd fd=7,set=1 -blockdev driver=qcow2,node-name=d,file.driver=file,file.filename=/dev/fdset/1'
virtio='-device virtio-blk-pci,drive=d'
new_disk() { bootsector_disk "$T/disk" 4M; }

# works NAME FEATURES ARGUMENT...
works() {
	name=$1; shift
	new_disk
	guest "$@"
	exits 0 "$name: QEMU ends well"
	like "$out" '*husk bootsector ready*ok*X*' "$name: the guest wrote to its disk and read it back"
	is "$(dd if="$T/disk" bs=1 skip=512 count=1 2>/dev/null)" X "$name: so it stands there"
}
# shellcheck disable=SC2086 # words
{
	works 'tcg, pc' tcg -M pc $split $raw $virtio
	works 'tcg, q35' tcg -M q35 $split $raw $virtio
	works 'tcg without split-wx' tcg-rwx -M pc -accel tcg $raw $virtio
	works 'an iothread' tcg -M pc $split $raw -object iothread,id=i $virtio,iothread=i
	works 'aio=threads' tcg -M pc $split $raw,file.aio=threads $virtio
	works 'scsi' tcg -M pc $split $raw -device virtio-scsi-pci -device scsi-hd,drive=d
	works 'nvme' tcg -M q35 $split $raw -device nvme,serial=x,drive=d
	works 'ide' tcg -M pc $split $raw -device ide-hd,drive=d
	works 'ahci' tcg -M q35 $split $raw -device ide-hd,drive=d
	works 'usb' tcg -M q35 $split $raw -device qemu-xhci -device usb-storage,drive=d
	works 'all the rest' tcg,slirp,unix -M q35 $split $raw $virtio -device virtio-rng-pci -device virtio-balloon-pci \
		-device pvpanic -device virtio-serial-pci -add-fd fd=8,set=8 -chardev file,id=log,path=/dev/fdset/8 \
		-device virtserialport,chardev=log,name=org.qemu.guest_agent.0 -device usb-ehci -device usb-tablet \
		-netdev user,id=n -device e1000,netdev=n,romfile= -vnc "unix:$T/vnc" \
		-object memory-backend-memfd,id=m,size=32M,share=on,prealloc=on -machine memory-backend=m
	new_disk
	qemu-img convert -O qcow2 -f raw "$T/disk" "$T/q" && mv "$T/q" "$T/disk"
	guest tcg -M pc $split $qcow2 $virtio
	exits 0 'qcow2: QEMU ends well'
	like "$out" '*husk bootsector ready*ok*X*' 'qcow2: the guest wrote to its disk and read it back'
}

# Ways of I/O that a file system or a kernel may not have: asked without a filter first.
can() { new_disk; timeout 20 qemu-io -f raw "$@" -c 'read 0 512' "$T/disk" >/dev/null 2>&1; }
# shellcheck disable=SC2086
{
	if can -n -i native; then
		works 'aio=native' tcg -M pc $split -blockdev driver=raw,node-name=d,file.driver=file,file.filename="$T/disk",file.aio=native,file.cache.direct=on $virtio
	else
		skip 'aio=native' 'not on this file system'
	fi
	if can -i io_uring; then
		works 'aio=io_uring' tcg,io_uring -M pc $split $raw,file.aio=io_uring $virtio
		run qemu tcg -M pc $split $raw,file.aio=io_uring $virtio
		isnt "$rc" 0 'aio=io_uring is refused where the filter has not got it'
		like "$err" '*io_uring*' 'and QEMU says so'
	else
		skip 'aio=io_uring' 'not with this kernel'
	fi

	# What was not asked for is refused, with a message of QEMU's own.
	run qemu tcg -M pc -accel tcg $raw $virtio
	isnt "$rc" 0 'translated code that is writable and executable is refused'
	like "$err" '*jit*' 'and QEMU says so'
	run qemu tcg -M pc $split $raw $virtio -netdev user,id=n,hostfwd=tcp:127.0.0.1:0-:22 -device e1000,netdev=n,romfile=
	isnt "$rc" 0 'a forwarded port is refused'
	run qemu tcg -M pc $split $raw $virtio -vnc "unix:$T/other"
	isnt "$rc" 0 'a socket of its own is refused'
	ok 'and there is none' test ! -e "$T/other"
	run qemu tcg -M pc $split $raw $virtio -pidfile "$T/pid"
	isnt "$rc" 0 'a new file is refused'
}

# Nothing is refused that QEMU had a use for: what is, is known to be tried in vain.
if command -v strace >/dev/null && strace -f -o /dev/null true 2>/dev/null; then
	trace="strace -f -qq -o $T/trace -e trace=!futex,read,write,poll,ppoll,madvise"
	# shellcheck disable=SC2086
	works 'traced' tcg -M q35 $split $raw $virtio
	# TCSETS: a chardev on stdio resets a terminal that it is not
	# clone3: falls back; io_uring_setup, seccomp: probed; getdents64, fchdir: libnuma looks around in /sys
	refused=$(grep -v TCSETS "$T/trace" | sed -n 's/^[0-9]* *\([a-z0-9_]*\)(.*= -1 E\(PERM\|NOSYS\) .*/\1/p' | sort -u |
		grep -vxE 'clone3|io_uring_setup|seccomp|getdents64|fchdir')
	is "$refused" '' 'what the filter refused is what was meant to be'
else
	skip 'what the filter refuses' 'no strace'
fi
done_testing
