#!/bin/sh
# SPDX-License-Identifier: MIT
# t/mkinitramfs.sh - a small Linux guest in the cache: $HUSK_TEST_CACHE/linux/{vmlinuz,initramfs.cpio,release,agent}.
# Debian's cloud kernel is downloaded and unpacked there, never installed; around it go busybox, the drivers QEMU's
# devices need, t/guest-init.sh and, where it can be had, the QEMU guest agent.  Does nothing when all is up to date.
set -eu
PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "$0")" && pwd)
if [ -z "${HUSK_TEST_CACHE:-}" ]; then
	if [ "$(id -u)" = 0 ]; then HUSK_TEST_CACHE=/var/cache/husk-test
	else HUSK_TEST_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/husk-test; fi
fi
out=$HUSK_TEST_CACHE/linux
modules='virtio_pci virtio_mmio virtio_blk virtio_scsi sd_mod sr_mod virtio_console virtio_net virtio_rng virtio_balloon
button evdev pvpanic_pci pvpanic_mmio nvme ahci e1000 e1000e i6300esb 9p 9pnet_virtio virtiofs
vmw_vsock_virtio_transport isofs vfat nls_cp437 nls_ascii nls_iso8859_1 uhci_hcd ehci_pci xhci_pci usb_storage usbhid
tpm_tis tpm_crb virtio_gpu virtio_input virtio_mem rtc_cmos'

mkdir -p "$out"
exec 9>"$out/.lock"
flock 9

stamp="scripts=$(cat "$0" "$here/guest-init.sh" | cksum | cut -d' ' -f1) kernel=${HUSK_TEST_KERNEL:-newest}"
[ "$(cat "$out/stamp" 2>/dev/null)" != "$stamp" ] || exit 0

# The kernel's own package, by the name the machine's apt offers.
kernel=${HUSK_TEST_KERNEL:-}
if [ -z "$kernel" ] && command -v apt-cache >/dev/null; then
	kernel=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null |
		sed -n 's/.*Depends: \(linux-image-[0-9][^ ]*\)$/\1/p' | head -n 1)
fi
[ -n "$kernel" ] || {
	echo "$0: apt knows no package linux-image-cloud-amd64 (it is Debian's; run apt-get update, or name another" >&2
	echo "kernel package in HUSK_TEST_KERNEL)" >&2
	exit 1
}
for tool in dpkg-deb cpio depmod modprobe busybox; do
	command -v $tool >/dev/null || { echo "$0: $tool is missing (t/setup.sh names its package)" >&2; exit 1; }
done
echo "making the Linux guest in $out ($kernel)"

work=$(mktemp -d "$out/.build.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
root=$work/root
download() ( mkdir "$work/$1" && cd "$work/$1" && apt-get -q download "$1" >/dev/null 2>"$work/log" &&
	dpkg-deb -x ./*.deb x ) || { cat "$work/log" >&2; return 1; }
download "$kernel"
src=$work/$kernel/x
release=$(basename "$src"/boot/vmlinuz-*); release=${release#vmlinuz-}

mkdir -p "$root/bin" "$root/sbin" "$root/dev" "$root/proc" "$root/sys" "$root/etc" "$root/root" "$root/lib/modules/$release"
cp "$(command -v busybox)" "$root/bin/busybox"
"$root/bin/busybox" --list | while read -r applet; do
	[ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
done
cp "$here/guest-init.sh" "$root/init"
chmod 755 "$root/init"
printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
# shellcheck disable=SC2016 # for the shell in the guest
printf '%s\n' '#!/bin/sh' '[ "$1" = bound ] && ip addr add "$ip/$mask" dev "$interface" && echo "address $ip"' \
	'[ "$1" != bound ] || [ -z "$router" ] || ip route add default via "$router"' >"$root/bin/udhcpc-script"
# What the guest agent calls for guest-shutdown (qga/commands-posix.c).
# shellcheck disable=SC2016
printf '%s\n' '#!/bin/sh' 'case " $* " in *" -r "*) reboot -f ;; *" -H "*) halt -f ;; *) poweroff -f ;; esac' >"$root/sbin/shutdown"
chmod 755 "$root/bin/udhcpc-script" "$root/sbin/shutdown"

# The modules and what they need, unpacked (busybox's modprobe reads plain ones only), with lists of their own.
[ -d "$src/lib/modules" ] || ln -s usr/lib "$src/lib"
depmod -b "$src" "$release"
for module in $modules; do
	modprobe -d "$src" -S "$release" -q --show-depends "$module" || :	# built in, or not in this kernel
done | sed -n "s,^insmod $src/,,p" | cut -d' ' -f1 | sort -u | while read -r file; do
	mkdir -p "$root/$(dirname "$file")"
	cp "$src/$file" "$root/$file"
	case $file in
	*.xz) xz -d "$root/$file" ;;
	*.zst) zstd -q -d --rm "$root/$file" ;;
	esac
done
cp "$src/lib/modules/$release/modules.order" "$src/lib/modules/$release"/modules.builtin* "$root/lib/modules/$release/"
depmod -b "$root" "$release"
rm -f "$root/lib/modules/$release"/*.bin

# The agent brings the libraries this machine resolves it to; QEMU's own package depends on all of them.
: >"$work/agent"
if download qemu-guest-agent && ! ldd "$work/qemu-guest-agent/x/usr/sbin/qemu-ga" | grep -q 'not found'; then
	cp "$work/qemu-guest-agent/x/usr/sbin/qemu-ga" "$root/sbin/qemu-ga"
	ldd "$root/sbin/qemu-ga" | sed -n 's,^[^/]*\(/[^ ]*\) (0x.*,\1,p' | while read -r library; do
		mkdir -p "$root/$(dirname "$library")"
		cp -L "$library" "$root/$library"
	done
	echo yes >"$work/agent"
fi

(cd "$root" && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0) >"$work/initramfs.cpio"
rm -f "$out/stamp"
cp "$src/boot/vmlinuz-$release" "$work/vmlinuz"
echo "$release" >"$work/release"
# A jailed QEMU has a uid that owns nothing: what it boots must be readable for all.
chmod 644 "$work/vmlinuz" "$work/initramfs.cpio"
mv "$work/vmlinuz" "$work/initramfs.cpio" "$work/release" "$work/agent" "$out/"
echo "$stamp" >"$out/stamp"
