#!/bin/sh
# SPDX-License-Identifier: MIT
# Without format= the ending of the file's name decides; what it does not tell is refused, never probed.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
need qemu
cd "$T" || exit 1

# format WANTED VALUE - of the node for a disk
format() {
	run "$HUSK" run --dry-run --name x --accel tcg --disk "$2"
	got=$(printf '%s\n' "$out" | sed -n 's/.*"driver":"\([^"]*\)","node-name":"disk0",.*/\1/p')
	is "$rc $got" "0 $1" "$2 is $1"
}
format raw a.raw
format raw a.img
format qcow2 a.qcow2
format qcow2 a.raw.qcow2
format raw a.qcow2.raw
format qcow2 a.raw,format=qcow2
format raw a.qcow2,format=raw
format raw a.vmdk,format=raw
format raw a,format=raw
format qcow2 a.qcow2,format=auto
for name in a a.vmdk a.RAW a.qcow a.iso raw .raw .qcow2 a.raw/b a.raw.; do
	run "$HUSK" run --dry-run --name x --accel tcg --disk "$name"
	is "$rc $err" "2 husk: --disk: $name: the name does not tell the format; write format=raw or format=qcow2" "$name is refused"
done
done_testing
