#!/bin/sh
# SPDX-License-Identifier: MIT
# The first disk boots, unless boot= names an order; what that does not name is never booted.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/vm.sh
. "$ROOT/t/vm.sh"
need bootsector

# disk NAME - its boot sector says NAME, three letters, instead of "husk"
disk() {
	sed "s/husk boot/$1. boot/" "$BOOTSECTOR" >"$T/$1.raw" && truncate -s 1M "$T/$1.raw"
}
disk aaa
disk bbb
disk ccc
truncate -s 1M "$T/none.raw"

# boots_from NAME SAID LINE...
boots_from() {
	name=$1 said=$2; shift 2
	small "$@" >"$T/x.vm"
	starts x "$said: it starts" || return
	ok "$said" says x bootsector
	is "$(head -c 3 "$HUSK_RUNDIR/x/console.log")" "$name" "$said: from $name"
	ends_now x
}
boots_from aaa 'the first one written' 'disk aaa.raw' 'disk bbb.raw'
boots_from bbb 'on another bus too' 'disk bbb.raw,bus=nvme' 'disk aaa.raw'
boots_from bbb 'the one that is named' 'disk aaa.raw' 'disk bbb.raw,boot=1'
boots_from ccc 'the lowest of those named' 'disk aaa.raw,boot=200' 'disk bbb.raw,boot=9,bus=ide' 'disk ccc.raw,boot=1,bus=scsi'

small 'disk aaa.raw' 'disk none.raw,boot=0' >"$T/x.vm"
run "$HUSK" run --dry-run "$T/x.vm"
unlike "$out" '*"id":"disk0",*bootindex*disk1-file*' 'what is not named has no place in the order'
done_testing
