#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: MIT
# /init of the small Linux guest that t/mkinitramfs.sh packs.  It says "demo guest up: RELEASE" on the console,
# obeys the power button, serves the guest agent where QEMU gives it a port, and ends in a shell.
#
# husk.do=WORD[,WORD...] on the kernel command line is done in that order, once it is up:
#	poweroff reboot halt panic	end that way
#	agent		wait until the guest agent runs before going on
#	deaf		ignore the power button, and start no agent
#	flood		write to the console for ever
#	spin		burn every CPU
#	dhcp		ask for an address on eth0 and print it
#	disk		write and read back the first sector of /dev/vda
#	shell		(what comes last anyway) a shell on the console
# husk.run=COMMAND (blanks as '+') runs that and prints "husk.run exit CODE".
export PATH=/sbin:/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev 2>/dev/null
mkdir -p /dev/pts /tmp /run
mount -t devpts devpts /dev/pts
mount -t tmpfs tmp /tmp
echo 1 >/proc/sys/kernel/sysrq
ip link set lo up

todo='' command=''
read -r cmdline </proc/cmdline
for word in $cmdline; do
	case $word in
	husk.do=*) todo=${word#*=} ;;
	husk.run=*) command=${word#*=} ;;
	esac
done
case ,$todo, in *,deaf,*) deaf=1 ;; *) deaf= ;; esac

modprobe -a virtio_pci button evdev 2>/dev/null
# Drivers for what this VM has, and those of what may be plugged in later.
cat /sys/bus/virtio/devices/*/modalias /sys/bus/pci/devices/*/modalias /sys/bus/acpi/devices/*/modalias 2>/dev/null |
	sort -u | while read -r alias; do modprobe -q "$alias" 2>/dev/null; done
modprobe -a virtio_blk virtio_net 2>/dev/null

# power_button - waits for the first event of the input device of that name; nothing else comes from it.
power_button() {
	for name in /sys/class/input/event*/device/name; do
		[ "$(cat "$name")" = "Power Button" ] || continue
		event=${name%/device/name}
		head -c 24 "/dev/input/${event##*/}" >/dev/null && echo "power button" >/dev/console && poweroff -f
	done
}
agent() {
	for name in /sys/class/virtio-ports/*/name; do
		[ "$(cat "$name" 2>/dev/null)" = org.qemu.guest_agent.0 ] || continue
		port=${name%/name}
		/sbin/qemu-ga -m virtio-serial -p "/dev/${port##*/}" -t /run -f /run/qemu-ga.pid -d
		return
	done
}
if [ -z "$deaf" ]; then
	power_button &
	[ ! -x /sbin/qemu-ga ] || agent
fi
echo "demo guest up: $(uname -r)"

try_disk() {
	echo "husk wrote this" | dd of=/dev/vda bs=512 count=1 conv=sync,fsync 2>/dev/null &&
		echo 3 >/proc/sys/vm/drop_caches && echo "disk says: $(head -n 1 /dev/vda)"
}
try_dhcp() {
	ip link set eth0 up && udhcpc -q -n -i eth0 -s /bin/udhcpc-script
}
if [ -n "$command" ]; then
	echo "$command" | tr + ' ' >/tmp/command
	sh /tmp/command
	echo "husk.run exit $?"
fi
IFS=,
for word in $todo; do
	unset IFS
	echo "husk.do $word"
	case $word in
	poweroff) poweroff -f ;;
	reboot) reboot -f ;;
	halt) halt -f ;;
	panic) echo c >/proc/sysrq-trigger ;;
	agent) while [ ! -s /run/qemu-ga.pid ]; do sleep 0.1; done; echo "agent runs" ;;
	flood) while :; do cat /proc/cmdline /proc/cpuinfo; done ;;
	spin) grep ^processor /proc/cpuinfo | while read -r _; do while :; do :; done & done; wait ;;
	dhcp) try_dhcp || echo "no address" ;;
	disk) try_disk || echo "no disk" ;;
	deaf | shell) ;;
	*) echo "husk.do: unknown word $word" ;;
	esac
done
unset IFS
# This is process 1: it may not end, and the shell gets a terminal of its own.
while :; do
	setsid cttyhack sh -l
done
