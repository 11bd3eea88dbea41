#!/bin/sh
# SPDX-License-Identifier: MIT
# A qcow2 image that needs another file or a key, or is broken, is refused with its line before QEMU sees it.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/vm.sh
. "$ROOT/t/vm.sh"
need qemu qemu-img
cd "$T" || exit 1

# refused CODE SAID FILE [KEYS] - by the second disk line, which is line 5
refused() {
	small 'disk good.raw' "disk $3${4:-}" >x.vm
	run "$HUSK" run -q -d x.vm
	is "$rc $err" "$1 husk: $2" "$3${4:-}"
	ok "$3: nothing is left" test ! -e "$HUSK_RUNDIR/x"
}
# patch FILE OFFSET BYTES - with printf's escapes
patch() { printf %b "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null; }
truncate -s 1M good.raw base.raw
qemu-img create -q -f qcow2 good.qcow2 1M
at=x.vm:5:6:

qemu-img create -q -f qcow2 -b base.raw -F raw backed.qcow2
refused 2 "$at disk: $T/backed.qcow2: has a backing file, which cannot be used yet" backed.qcow2
refused 2 "$at disk: $T/backed.qcow2: has a backing file, which cannot be used yet" backed.qcow2 ,readonly=on
qemu-img create -q -f qcow2 -o compat=0.10 -b base.raw -F raw backed-v2.qcow2
refused 2 "$at disk: $T/backed-v2.qcow2: has a backing file, which cannot be used yet" backed-v2.qcow2
cp good.qcow2 named-json.qcow2
patch named-json.qcow2 8 '\0000\0000\0000\0000\0000\0000\0002\0000\0000\0000\0000\0047'
patch named-json.qcow2 512 'json:{"driver":"file","filename":"/etc/passwd"}'
refused 2 "$at disk: $T/named-json.qcow2: has a backing file, which cannot be used yet" named-json.qcow2
qemu-img create -q -f qcow2 -o data_file="$T/data.raw" data.qcow2 1M
refused 2 "$at disk: $T/data.qcow2: keeps its data in another file, which cannot be used yet" data.qcow2
for method in 1 2; do
	cp good.qcow2 encrypted$method.qcow2
	patch encrypted$method.qcow2 32 "\\0000\\0000\\0000\\000$method"
	refused 2 "$at disk: $T/encrypted$method.qcow2: encrypted images cannot be used yet" encrypted$method.qcow2
done
cp good.qcow2 corrupt.qcow2
patch corrupt.qcow2 79 '\0002'
refused 1 "$at disk: $T/corrupt.qcow2: the image is marked corrupt; repair it with qemu-img check -r all" corrupt.qcow2

as='but its format is to be qcow2'
refused 2 "$at disk: $T/base.raw: no qcow2 header, $as" base.raw ,format=qcow2
refused 2 "$at disk: $T/base.raw: no qcow2 header, $as" base.raw ,format=qcow2,cache=none
: >empty.qcow2
refused 2 "$at disk: $T/empty.qcow2: no qcow2 header, $as" empty.qcow2
printf 'QFI\373\0\0\0\3' >short.qcow2
refused 2 "$at disk: $T/short.qcow2: no qcow2 header, $as" short.qcow2
head -c 100 good.qcow2 >cut.qcow2
refused 2 "$at disk: $T/cut.qcow2: qcow2 header is too short, $as" cut.qcow2
cp good.qcow2 v4.qcow2
patch v4.qcow2 7 '\0004'
refused 2 "$at disk: $T/v4.qcow2: qcow2 version 4 is not known, $as" v4.qcow2
cp good.qcow2 v1.qcow2
patch v1.qcow2 7 '\0001'
refused 2 "$at disk: $T/v1.qcow2: qcow2 version 1 is not known, $as" v1.qcow2
cp good.qcow2 bits.qcow2
patch bits.qcow2 23 '\0037'
refused 2 "$at disk: $T/bits.qcow2: qcow2 cluster size of 31 bits is out of range, $as" bits.qcow2

# a name that lies; what was said plainly is believed
cp good.qcow2 cloud.img
refused 2 "$at disk: $T/cloud.img: begins like a qcow2 image, but its name says raw; write format=qcow2 or format=raw" cloud.img
refused 2 "$at disk: $T/cloud.img: begins like a qcow2 image, but its name says raw; write format=qcow2 or format=raw" cloud.img ,cache=none
for format in qcow2 raw; do
	small "disk cloud.img,format=$format" >x.vm
	starts x "cloud.img,format=$format"
	"$HUSK" remove -q --force x
done
refused 1 "$at disk: open $T/none.raw: No such file or directory" none.raw
done_testing
