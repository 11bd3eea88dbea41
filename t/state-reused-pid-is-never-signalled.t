#!/bin/sh
# SPDX-License-Identifier: MIT
# A record that names a living process which is not its QEMU (other start time) is a stopped VM, and nobody is signalled.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
sleep 300 &
bystander=$!
ends $bystander
fake forged normal
"$HUSK" stop -q --now forged
rm -f "$HUSK_RUNDIR/forged/exit.json"
start=$(record forged qemu.start)
sed -i "s/\"qemu\":{\"pid\":[0-9]*/\"qemu\":{\"pid\":$bystander/; s/\"keeper\":{\"pid\":[0-9]*/\"keeper\":{\"pid\":$bystander/" \
	"$HUSK_RUNDIR/forged/state.json"
is "$(qemu_of forged) $(keeper_of forged)" "$bystander $bystander" 'the record names somebody else'
isnt "$(cut -d' ' -f22 "/proc/$bystander/stat")" "$start" '... who started at another time'
run "$HUSK" status forged
exits 3 'status: it does not run'
run "$HUSK" list
like "$out" '*forged*stopped*' 'list: stopped'
run "$HUSK" stop forged
exits 0 'stop has nothing to do'
like "$out" '*was not running*' '... and says so'
run "$HUSK" stop --now forged
exits 0 'stop --now neither'
run "$HUSK" wait --timeout 5s forged
exits 1 'wait does not wait for him'
run fake forged normal
exits 0 'run takes the name'
"$HUSK" stop -q --now forged
run "$HUSK" remove --force forged
exits 0 'remove --force'
ok 'the bystander lives' in_state $bystander S
done_testing
