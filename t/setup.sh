#!/bin/sh
# SPDX-License-Identifier: MIT
# t/setup.sh [demo|lint|fuzz]... - see that what the tests (or the demo, or these checks too) need is here.
# As root on Debian and its kin it installs what is missing; elsewhere it says what to install.
set -eu
PATH=$PATH:/usr/sbin:/sbin

build='cc:gcc make:make pkg-config:pkg-config
/usr/include/seccomp.h:libseccomp-dev /usr/include/jsmn.h:libjsmn-dev'
guest='qemu-system-x86_64:qemu-system-x86 /usr/share/seabios/bios-256k.bin:seabios
/bin/busybox:busybox-static cpio:cpio modprobe:kmod'
tests='qemu-img:qemu-utils socat:socat mandoc:mandoc /usr/share/automake-*/tap-driver.sh:automake
passt:passt mke2fs:e2fsprogs zstd:zstd mmdebstrap:mmdebstrap strace:strace setpriv:util-linux ip:iproute2'
lint='clang-tidy:clang-tidy cppcheck:cppcheck shellcheck:shellcheck mandoc:mandoc'
fuzz='clang:clang /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a:libclang-rt-dev'

case ${1:-} in
demo) wanted="$build $guest"; shift ;;
*) wanted="$build $guest $tests" ;;
esac
for extra; do
	case $extra in
	lint) wanted="$wanted $lint" ;;
	fuzz) wanted="$wanted $fuzz" ;;
	*) echo "usage: t/setup.sh [demo|lint|fuzz]..." >&2; exit 2 ;;
	esac
done

# missing - the packages of WANTED of which the file or command is not here.
missing() {
	set -f
	# shellcheck disable=SC2086 # one word a pair; the globs are for the test below
	set -- $wanted
	set +f
	for pair; do
		what=${pair%:*}
		case $what in
		/*) # shellcheck disable=SC2086 # a glob
			set -- $what; [ -e "$1" ] ;;
		*) command -v "$what" >/dev/null ;;
		esac || printf '%s ' "${pair#*:}"
	done
}

packages=$(missing)
[ -n "$packages" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	echo "installing: $packages"
	export DEBIAN_FRONTEND=noninteractive
	# shellcheck disable=SC2086 # one word a package
	{ apt-get install -y -q --no-install-recommends $packages ||
		{ apt-get update -q && apt-get install -y -q --no-install-recommends $packages; }; } >/dev/null
	exit 0
fi
echo "not installed here: $packages(the names are Debian's)" >&2
echo "on Debian or Ubuntu, as root: apt-get install --no-install-recommends $packages" >&2
# What nothing works without; without the rest, tests are skipped.
for package in $packages; do
	case $package in gcc | make | pkg-config | lib*-dev | automake) exit 1 ;; esac
done
