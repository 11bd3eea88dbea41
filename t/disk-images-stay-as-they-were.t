#!/bin/sh
# SPDX-License-Identifier: MIT
# A run changes no owner, mode, label or time of an image, nor of its directory; what is not written to keeps its ctime too.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/vm.sh
. "$ROOT/t/vm.sh"
need bootsector qemu-img socat

mkdir "$T/images"
cd "$T/images" || exit 1
bootsector_disk a.raw 1M
bootsector_disk b.raw 1M
cp a.raw c.iso
cp a.raw written.raw
qemu-img convert -O qcow2 -f raw a.raw a.qcow2
qemu-img convert -O qcow2 -f raw -o compat=0.10 a.raw old.qcow2
qemu-img convert -O qcow2 -f raw -o lazy_refcounts=on a.raw lazy.qcow2
chmod 600 a.raw
chmod 640 a.qcow2
chmod 444 b.raw
touch -d '2001-02-03 04:05:06' ./*
small 'disk images/a.raw' 'disk images/a.qcow2' 'disk images/old.qcow2' 'disk images/lazy.qcow2' \
	'disk images/b.raw,readonly=on' 'cdrom images/c.iso' 'disk images/written.raw,bus=ide,boot=0' >"$T/x.vm"

# everything but the time of access
facts() { find . ! -name written.raw -printf '%p %m %u %g %s %T@ %C@ %i %n\n' | sort; }
owner() { stat -c '%a %u %g %s %i %h' written.raw; }
sums() { cksum ./*.raw ./*.qcow2 ./*.iso | grep -v written; }
before=$(facts) owner=$(owner) sums=$(sums)
boots x 'it boots'
ok 'and writes to one disk' types x '\0033wZ' ok
ends_now x
is "$(facts)" "$before" 'all the others are as they were'
is "$(sums)" "$sums" 'to the last byte'
is "$(owner)" "$owner" 'the written one has its owner, mode and size'
is "$(stat -c %Y written.raw | cut -c1-3)" 1"$(date +%s | cut -c2-3)" 'and a new time'
done_testing
