#!/bin/sh
# SPDX-License-Identifier: MIT
# A VM file that is not there is exit code 4, one that cannot be read is 1; images and kernels are 1 and are named.
HUSK_FORGETFUL=1	# its run directory is to stay as it is
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
need qemu
rmdir "$HUSK_RUNDIR"
cd "$T" || exit 1

# refused CODE SAID ARGUMENT... - and leaves nothing of the VM
refused() {
	code=$1 said=$2; shift 2
	run "$HUSK" run -q -d "$@"
	is "$rc $err" "$code husk: $said" "$*"
}
HUSK_CONFDIR=$T/conf
export HUSK_CONFDIR
refused 4 'read ./nix.vm: No such file or directory' ./nix.vm
refused 4 "no VM file for nix: looked for $T/conf/nix.vm" nix
mkdir dir.vm
refused 1 'read ./dir.vm: Is a directory' ./dir.vm
ln -s loop.vm loop.vm
refused 1 'read ./loop.vm: Too many levels of symbolic links' ./loop.vm
ok 'no run directory was made' test ! -e "$HUSK_RUNDIR"

mkdir d
: >empty
mkfifo fifo
truncate -s 1M a.raw
chmod 755 "$T"
refused 1 "open $T/nix.raw: No such file or directory" --name x --disk nix.raw
refused 1 "open $T/nix.iso: No such file or directory" --name x --cdrom nix.iso
refused 1 "open $T/nix: No such file or directory" --name x --kernel nix
refused 1 "open $T/nix: No such file or directory" --name x --kernel "$HUSK" --initrd nix
refused 2 "$T/empty: empty" --name x --kernel empty
refused 2 "$T/d: not a file" --name x --kernel d
refused 2 "$T/fifo: not a file" --name x --kernel fifo
refused 2 "$T/d: neither a file nor a block device" --name x --disk d,format=raw,readonly=on
refused 2 "$T/fifo: neither a file nor a block device" --name x --disk fifo,format=raw
refused 2 '/dev/null: neither a file nor a block device' --name x --disk /dev/null,format=raw
refused 1 "open $T/a.raw/b.raw: Not a directory" --name x --disk a.raw/b.raw
refused 8 "$T/nix: No such file or directory" --name x --qemu ./nix
refused 8 "$T/a.raw: not a program" --name x --qemu ./a.raw
refused 8 'qemu-system-nix is not installed (looked in /usr/bin, /usr/local/bin, /usr/libexec, /opt/qemu/bin)' \
	--name x --qemu qemu-system-nix
is "$(find "$HUSK_RUNDIR" -mindepth 1 ! -name '.qemu-*')" '' 'no VM was left in the run directory'
done_testing
