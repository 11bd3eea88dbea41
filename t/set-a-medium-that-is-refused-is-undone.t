#!/bin/sh
# SPDX-License-Identifier: MIT
# husk set --cdrom where QEMU refuses the new medium after the old one is out: the old one is put back, the tray is as it was.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
truncate -s 1M "$T/new.iso"
drive() {
	run "$HUSK" qmp "$1" query-block
	echo "$out" >"$T/block"
	echo "$(json "$T/block" 0.inserted.node-name) $(json "$T/block" 0.tray_open)"
}

fake good cd=old
run "$HUSK" set good --cdrom "cdrom0,file=$T/new.iso"
exits 0 'a medium that is not refused'
is "$(drive good)" 'cdrom0 false' '... is in the drive'

for tray in closed open; do
	case $tray in closed) mode=cd=old state=false ;; *) mode=cd=old,open state=true ;; esac
	fake $tray $mode --qemu-arg -fake --qemu-arg 'refuse-once=not this one@blockdev-insert-medium'
	is "$(drive $tray)" "old $state" "$tray: the drive as it is"
	run "$HUSK" set $tray --cdrom "cdrom0,file=$T/new.iso"
	exits 1 "$tray: a medium that is refused"
	like "$err" 'husk: *blockdev-insert-medium: not this one' '... is said to be'
	is "$(drive $tray)" "old $state" '... and the drive is as it was'
	fails '... with no file of it on record' grep -q new.iso "$HUSK_RUNDIR/$tray/passed.json"
done
done_testing
