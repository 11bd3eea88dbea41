# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Hosts with and without KVM, whatever this one has.  Sourced behind t/lib.sh; needs root.

# where_kvm_is KIND COMMAND... - run it where /dev/kvm is missing (none), or a device that opens and is no KVM (null);
# "yes" is null on a CPU that has vmx, for t/shim/kvm.c to answer.
where_kvm_is() {
	# shellcheck disable=SC2016 # for the shell inside; T is exported
	unshare -m sh -c '
		mkdir -p "$T/dev" && mount -t tmpfs -o mode=755 dev "$T/dev" && cd "$T/dev" || exit 125
		for node in null zero full random urandom tty; do
			mknod -m 666 "$node" c $((0x$(stat -c %t /dev/$node))) $((0x$(stat -c %T /dev/$node))) || exit 125
		done
		[ "$1" = none ] || mknod -m 666 kvm c 1 3 || exit 125
		ln -s /proc/self/fd fd
		[ ! -d /dev/shm ] || { mkdir shm && mount --rbind /dev/shm shm; }
		cd / && mount --rbind "$T/dev" /dev || exit 125
		if [ "$1" = yes ]; then
			sed "s/^flags.*/& vmx/" /proc/cpuinfo >"$T/cpuinfo" && mount --bind "$T/cpuinfo" /proc/cpuinfo || exit 125
		fi
		shift
		exec "$@"' sh "$@"
}

# kvm_shim - builds t/shim/kvm.c; prints its path, for LD_PRELOAD.
kvm_shim() {
	cc -shared -fPIC -D_GNU_SOURCE -o "$T/shim-kvm.so" "$ROOT/t/shim/kvm.c" 2>"$T/cc" || { cat "$T/cc" >&2; return 1; }
	echo "$T/shim-kvm.so"
}
# need_preload - skips the test where husk takes no shim: linked statically, with a sanitizer that wants to be first
# itself, or for a machine of which the shim knows nothing.
need_preload() {
	if [ "$(uname -m)" = x86_64 ] && nm -D "$HUSK" 2>/dev/null | grep -q ' U .*ioctl' &&
		! nm -D "$HUSK" 2>/dev/null | grep -q asan_init; then
		return
	fi
	echo '1..0 # SKIP husk takes no shim here'
	exit 0
}
