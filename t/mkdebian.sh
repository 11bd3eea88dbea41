#!/bin/sh
# SPDX-License-Identifier: MIT
# t/mkdebian.sh [NAME [PACKAGE...]] - a Debian guest with systemd and qemu-guest-agent in the cache, made as root from
# the machine's own apt sources: $HUSK_TEST_CACHE/NAME/{vmlinuz,initrd.img,disk.raw,disk.qcow2,cmdline}, NAME is
# "debian" unless said.  The disk is one unpartitioned ext4 file system, to be found as /dev/vda; root logs in on ttyS0
# without a password; systemd-networkd is set up for DHCP, but not started.  What husk and QEMU need is in it: it is a
# host, too (t/realhost-systemd.t).  What costs seconds under TCG and serves no test is left out of its boot.
# Tests work on copies.  Does nothing when all is up to date.
# DEBIAN_TREE: a directory copied over the guest's root.  DEBIAN_SIZE: of the file system, 2G.
set -eu
PATH=$PATH:/usr/sbin:/sbin
name=${1:-debian}
[ $# = 0 ] || shift
out=${HUSK_TEST_CACHE:-/var/cache/husk-test}/$name
size=${DEBIAN_SIZE:-2G}
kernel=linux-image-cloud-amd64
packages=systemd,systemd-sysv,dbus,udev,kmod,qemu-guest-agent,initramfs-tools,zstd,iproute2,$kernel
packages=$packages,qemu-system-x86,seabios,libseccomp2,passt,util-linux,socat
for package; do packages=$packages,$package; done

mkdir -p "$out"
exec 9>"$out/.lock"
flock 9
tree=${DEBIAN_TREE:+$(cd "$DEBIAN_TREE" && find . -type f -exec cksum {} + | LC_ALL=C sort | cksum | cut -d' ' -f1)}
stamp="size=$size packages=$packages tree=$tree script=$(cksum <"$0" | cut -d' ' -f1)"
[ "$(cat "$out/guest.stamp" 2>/dev/null)" != "$stamp" ] || exit 0
[ "$(id -u)" = 0 ] || { echo "$0: only root can make the Debian guest" >&2; exit 1; }
for tool in mmdebstrap mke2fs qemu-img zstd; do
	command -v $tool >/dev/null || { echo "$0: $tool is missing (t/setup.sh names its package)" >&2; exit 1; }
done

# This machine's release and archives, with updates and security; nothing is hard-wired.
# shellcheck source=/dev/null
suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
# shellcheck disable=SC2016 # apt's own variables
sources=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' 2>/dev/null | awk -v s="$suite" \
	'$2 == s || $2 == s "-updates" || $2 == s "-security" { print "deb " $1 " " $2 " main" }' | sort -u)
[ -n "$sources" ] || { echo "$0: apt has no sources for '$suite' (run apt-get update)" >&2; exit 1; }
echo "making the Debian guest in $out (about a minute)"
rm -f "$out/guest.stamp"
work=$(mktemp -d "$out/.build.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
root=$work/root
mkdir -m 755 "$root"

# What the kernel's installation must find, so that the initramfs is made once, and small.
mkdir -p "$work/first/etc/initramfs-tools/conf.d"
printf 'MODULES=list\nCOMPRESS=zstd\nRESUME=none\n' >"$work/first/etc/initramfs-tools/conf.d/guest"
printf '%s\n' virtio_pci virtio_mmio virtio_blk virtio_scsi virtio_console virtio_net virtio_rng sd_mod nvme ext4 \
	crc32c_generic 9p 9pnet_virtio virtiofs isofs >"$work/first/etc/initramfs-tools/modules"
# its disk is known: waiting for udev in the initramfs takes longer than all the rest there
mkdir -p "$work/first/etc/dpkg/dpkg.cfg.d"
printf 'path-exclude=/usr/share/initramfs-tools/%s/udev\n' hooks scripts/init-top scripts/init-bottom \
	>"$work/first/etc/dpkg/dpkg.cfg.d/guest"
echo "$sources" | mmdebstrap --quiet --mode=root --variant=minbase --architectures=amd64 --include="$packages" \
	--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
	--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt=force-confold \
	--essential-hook="cp -a '$work/first/.' \"\$1/\"" "$suite" "$root" -

# No questions, no timers, nothing that waits.
echo guest >"$root/etc/hostname"
printf '127.0.0.1 localhost guest\n' >"$root/etc/hosts"
: >"$root/etc/machine-id"
printf '/dev/vda / ext4 errors=remount-ro,noatime 0 0\n' >"$root/etc/fstab"
chroot "$root" passwd -d root >/dev/null
units=$root/etc/systemd/system
mkdir -p "$units/serial-getty@.service.d" "$root/etc/systemd/network"
# shellcheck disable=SC2016 # systemd's own variable
printf '[Service]\nExecStart=\nExecStart=-/sbin/agetty --autologin root --keep-baud 115200,38400,9600 %%I $TERM\n' \
	>"$units/serial-getty@.service.d/autologin.conf"
printf '[Match]\nName=en* eth*\n[Network]\nDHCP=yes\n' >"$root/etc/systemd/network/80-dhcp.network"
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service \
	fstrim.timer systemd-networkd-wait-online.service systemd-pstore.service \
	dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount \
	sys-fs-fuse-connections.mount proc-sys-fs-binfmt_misc.automount kmod-static-nodes.service \
	modprobe@configfs.service modprobe@dm_mod.service modprobe@drm.service modprobe@fuse.service modprobe@loop.service \
	systemd-fsck-root.service systemd-random-seed.service systemd-sysusers.service systemd-journal-flush.service \
	systemd-machine-id-commit.service systemd-modules-load.service systemd-sysctl.service; do
	ln -sf /dev/null "$units/$unit"
done
rm -rf "$root"/var/cache/apt/*.bin "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/archives/*.deb
[ -z "${DEBIAN_TREE:-}" ] || cp -a "$DEBIAN_TREE/." "$root/"

# The kernel comes out, and the disk is filled without loop device or mount.
cp "$root"/boot/vmlinuz-* "$work/vmlinuz"
cp "$root"/boot/initrd.img-* "$work/initrd.img"
mke2fs -q -t ext4 -d "$root" -O ^has_journal -E lazy_itable_init=0 "$work/disk.raw" "$size"
tune2fs -O has_journal "$work/disk.raw" >/dev/null
qemu-img convert -f raw -O qcow2 "$work/disk.raw" "$work/disk.qcow2"
echo 'root=/dev/vda rw console=ttyS0 quiet loglevel=1 mitigations=off systemd.show_status=false' >"$work/cmdline"
# A jailed QEMU has a uid that owns nothing: what it boots must be readable for all.
chmod 644 "$work/vmlinuz" "$work/initrd.img"
mv "$work/vmlinuz" "$work/initrd.img" "$work/disk.raw" "$work/disk.qcow2" "$work/cmdline" "$out/"
echo "$stamp" >"$out/guest.stamp"
