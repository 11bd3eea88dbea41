#!/bin/sh
# SPDX-License-Identifier: MIT
# An image is written by one disk of one VM and then read by no other; several may read it. Else exit code 5 and its name.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/vm.sh
. "$ROOT/t/vm.sh"
need qemu qemu-img
cd "$T" || exit 1

truncate -s 1M a.raw b.raw
qemu-img create -q -f qcow2 c.qcow2 1M
ln -s a.raw link.raw
ln a.raw hard.raw

# busy NAME SAID LINE... - exit code 5, this text behind the last line's place, and nothing left of the VM
busy() {
	name=$1 said=$2; shift 2
	small "$@" >busy.vm
	run "$HUSK" run -q -d busy.vm
	for last; do key=${last%% *}; done
	is "$rc $err" "5 husk: busy.vm:$(wc -l <busy.vm):$((${#key} + 2)): $key: $said" "$name"
	ok "$name: nothing is left" test ! -e "$HUSK_RUNDIR/busy"
}
busy 'twice in one VM' "$T/a.raw: the image is used twice, as disk0 and as disk1" 'disk a.raw' 'disk a.raw'
busy 'by a link' "$T/link.raw: the image is used twice, as disk0 and as disk1" 'disk a.raw' 'disk link.raw'
busy 'by a hard link' "$T/hard.raw: the image is used twice, as disk0 and as disk2" 'disk a.raw' 'disk b.raw' 'disk hard.raw'
busy 'once to read, once to write' "$T/a.raw: the image is used twice, as disk0 and as disk1" 'disk a.raw,readonly=on' 'disk a.raw'
busy 'as a CD-ROM too' "$T/a.raw: the image is used twice, as disk0 and as cdrom0" 'disk a.raw' 'cdrom a.raw'
small 'disk a.raw,readonly=on' 'disk a.raw,readonly=on,bus=scsi' 'cdrom a.raw' >x.vm
starts x 'three times to read is fine'
ends_now x

small 'disk a.raw' 'disk c.qcow2' >writer.vm
small 'disk b.raw,readonly=on' 'cdrom b.raw' >reader.vm
starts writer 'one VM writes'
starts reader 'another one reads'
used='the image is in use by another process'
busy 'a second writer' "$T/a.raw: $used" 'disk a.raw'
busy 'a second writer of a qcow2 image' "$T/c.qcow2: $used" 'disk c.qcow2'
busy 'a reader of what is written' "$T/a.raw: $used that writes to it" 'disk a.raw,readonly=on'
busy 'a CD-ROM of what is written' "$T/hard.raw: $used that writes to it" 'cdrom hard.raw'
busy 'a writer of what is read' "$T/b.raw: $used" 'disk b.raw'
small 'disk b.raw,readonly=on' 'cdrom b.raw' >x.vm
starts x 'a second reader is fine'
ends_now x
ends_now writer
starts x 'and goes on being fine'
ends_now x
small 'disk a.raw' >x.vm
starts x 'a writer may follow another one'
ends_now x
done_testing
