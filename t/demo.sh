#!/bin/sh
# SPDX-License-Identifier: MIT
# `make demo`: boots a small Linux guest with husk, looks at it, stops it, and asks how that went.
# The guest is made once (t/mkinitramfs.sh) and kept in the cache; nothing of it is installed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if [ -z "${HUSK_TEST_CACHE:-}" ]; then
	if [ "$(id -u)" = 0 ]; then HUSK_TEST_CACHE=/var/cache/husk-test
	else HUSK_TEST_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/husk-test; fi
fi
export HUSK_TEST_CACHE
PATH=${HUSK_BUILD:-$here/../build}:$PATH
"$here/mkinitramfs.sh"

# A run directory of its own, so that no VM of yours is in the way.
HUSK_RUNDIR=$(mktemp -d /tmp/husk-demo.XXXXXX)
export HUSK_RUNDIR
finish() {
	rc=$?
	trap - EXIT
	husk stop --now demo >/dev/null 2>&1 || :
	rm -rf "$HUSK_RUNDIR"
	exit $rc
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

vm=$HUSK_TEST_CACHE/linux/demo.vm
cat >"$vm" <<-END
	# one small Linux guest; everything it gets is named here
	memory  256M
	kernel  $HUSK_TEST_CACHE/linux/vmlinuz
	initrd  $HUSK_TEST_CACHE/linux/initramfs.cpio
	append  console=ttyS0 quiet panic=-1
END

say() { printf '\n$ %s\n' "$*"; }
show() { say "$@"; "$@"; }

show cat "$vm"
show husk run -d "$vm"
show husk status demo
show husk list
# The kernel boots in a second with KVM and in three without.
tries=0
until husk logs demo 2>/dev/null | grep -q 'demo guest up'; do
	tries=$((tries + 1))
	[ $tries -lt 600 ] || { echo "the guest does not come up; husk why demo says:" >&2; husk why demo >&2; exit 1; }
	sleep 0.1
done
say 'husk logs demo | grep guest'
husk logs demo | grep 'demo guest'
show husk stop demo
show husk why demo
