#!/bin/sh
# SPDX-License-Identifier: MIT
# SLOW: a guest or QEMU itself takes the time, not husk
# TIMEOUT=400
# On a host with systemd and cgroup v2, husk's limits hold, its units behave, and its users need no root.
# That host is a Debian guest, which husk runs here; what is tested stands in t/realhost.sh and runs in there.
HUSK_LEAKS=0	# in a keeper's end the leak checker meets the keeper's filter
. "${0%/*}/lib.sh"
need debian mke2fs

cache=$HUSK_TEST_CACHE/debian
cp --sparse=always "$cache/disk.qcow2" "$T/root.qcow2"
mkdir -p "$T/bring/build/t" "$T/bring/t" "$T/bring/examples"
cp "$HUSK" "$T/bring/build/husk"
cp "$HUSK_BUILD/t/tool-json" "$T/bring/build/t/"
cp "$ROOT/t/lib.sh" "$ROOT/t/realhost.sh" "$T/bring/t/"
cp -R "$ROOT/examples/systemd" "$T/bring/examples/"
# What the guest lacks of the libraries, a sanitizer's for instance, comes along.
mkdir "$T/bring/lib"
ldd "$HUSK" | awk '/=> \/.*(asan|ubsan|lsan|gcov)/ { print $3 }' | xargs -r cp -t "$T/bring/lib"
cat >"$T/bring/start" <<-'END'
	exec >/dev/ttyS0 2>&1 </dev/null
	mount -o remount,rw /
	mount -t tmpfs tmpfs /tmp
	[ -z "$(ls /mnt/lib)" ] || { echo /mnt/lib >/etc/ld.so.conf.d/husk.conf; ldconfig; }
	systemctl set-environment ASAN_OPTIONS=detect_leaks=0
	HUSK_LEAKS=0 HUSK_BUILD=/mnt/build sh /mnt/t/realhost.sh
	echo "# the tests in the guest ended with $? after $(cut -d' ' -f1 /proc/uptime) s"
	systemctl poweroff --force --force
END
mke2fs -q -t ext4 -O ^has_journal -d "$T/bring" "$T/bring.raw" 48M >/dev/null
chmod 644 "$T/root.qcow2" "$T/bring.raw"

# The tests need no devices that udev would make, and seconds count under TCG.
mask=
for unit in systemd-udev-trigger.service systemd-udevd.service systemd-update-utmp.service systemd-tmpfiles-setup.service \
	systemd-tmpfiles-setup-dev.service systemd-remount-fs.service; do
	mask="$mask systemd.mask=$unit"
done
cat >"$T/realhost.vm" <<-END
	memory 1G
	cpus   2
	cpu    qemu64
	accel  tcg
	kernel $cache/vmlinuz
	initrd $cache/initrd.img
	append $(cat "$cache/cmdline") panic=-1$mask systemd.run="/bin/mount -o ro /dev/vdb /mnt" systemd.run="/bin/sh /mnt/start"
	disk   $T/root.qcow2,cache=unsafe
	disk   $T/bring.raw,readonly=on
	rng    on
	on-reboot stop
END
run timeout -k 10 380 "$HUSK" run "$T/realhost.vm"
exits 0 'the host boots, and shuts down when it is done'
tr -d '\r' <"$HUSK_RUNDIR/realhost/console.log" >"$T/console"

# Its results become ours.
sed -n 's/^\(\(not \)\{0,1\}ok\) [0-9]* - /\1 /p; /^# /p; /^Bail out/p' "$T/console" >"$T/tap"
while read -r line; do
	case $line in
	'ok '*) pass "${line#ok }" ;;
	'not ok '*) not_ok "${line#not ok }" ;;
	*) printf '%s\n' "$line" ;;
	esac
done <"$T/tap"
ended=$(sed -n 's/^1\.\.\([0-9][0-9]*\)$/\1/p' "$T/console")
if ! is "${ended:-none}" "$(grep -cE '^(not )?ok ' "$T/tap")" 'all of its results arrived'; then
	diag "the console's end:"
	diag "$(tail -n 40 "$T/console")"
fi
done_testing
