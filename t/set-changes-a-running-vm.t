#!/bin/sh
# SPDX-License-Identifier: MIT
# husk set: limits, cables and actions are in force as QEMU or the guest tells; what cannot be is refused before anything
# is changed.
# shellcheck disable=SC2016 # the guest expands it
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "$ROOT/t/life.sh"
# shellcheck source=t/vm.sh
. "$ROOT/t/vm.sh"
need guest

linux=$HUSK_TEST_CACHE/linux
truncate -s 1M "$T/a.img" "$T/b.img" "$T/c.iso"
run "$HUSK" run -q -d --name s --accel tcg --machine q35 --memory 256M --disk "$T/a.img" --disk "$T/b.img,bus=scsi" --cdrom "$T/c.iso" \
	--nic user --sandbox-without=netns --kernel "$linux/vmlinuz" --initrd "$linux/initramfs.cpio" --append 'console=ttyS0 quiet'
exits 0 "a guest with disks, a drive and a card" || done_testing

# limit DISK KEY - what QEMU says is in force; query-block has the disks in an order of its own
limit() {
	"$HUSK" qmp s query-block >"$T/block"
	for _i in 0 1 2; do
		case $(json "$T/block" $_i.qdev) in
		"$1" | "/machine/peripheral/$1/"*) json "$T/block" "$_i.inserted.$2" 2>/dev/null ;;
		esac
	done
}
run "$HUSK" set s --disk disk0,iops=500,iops-max=1000,bps-rd=10M,bps-wr=5M,bps-rd-max=20M --disk disk1,bps=1M
exits 0 "limits on two disks"
is "$(limit disk0 iops) $(limit disk0 iops_max) $(limit disk0 bps_rd) $(limit disk0 bps_wr) $(limit disk0 bps_rd_max)" \
	'500 1000 10485760 5242880 20971520' "the first has them"
is "$(limit disk1 bps)" 1048576 "the second too"
run "$HUSK" set s --json --disk disk0,iops=0
exits 0 "one limit ended"
is "$(limit disk0 iops)-$(limit disk0 iops_max)-$(limit disk0 bps_rd)" '0--10485760' "its burst has gone with it, the others stay"
is "$(echo "$out" | json - drives.0.name) $(echo "$out" | json - drives.0.limits.bps_wr)" 'disk0 5242880' "--json says what is in force"
run "$HUSK" set s --disk disk0,bps=1M
like "$rc $err" '2 *disk0: a limit bps of both*' "a total beside reads is refused"
run "$HUSK" set s --disk disk0,bps=1M,bps-rd=0,bps-wr=0,bps-rd-max=0
exits 0 "unless they end"
is "$(limit disk0 bps) $(limit disk0 bps_rd)" '1048576 0' "and then it is in force"
run "$HUSK" set s --disk disk1,iops-max=5
like "$rc $err" '2 *a burst iops-max needs a limit iops*' "a burst without a limit"
run "$HUSK" set s --disk disk1,iops=5,iops-max=4
like "$rc $err" '2 *iops-max is below iops*' "a burst below its limit"
run "$HUSK" set s --disk disk1,bsp=5
like "$rc $err" '2 *bsp*did you mean "bps"*' "a wrong key"
run "$HUSK" set s --disk disk1,bps=-5
exits 2 "a negative limit"

run "$HUSK" set s --disk web0,bps=1M
like "$rc $err" '2 *s: no disk web0; there are disk0, disk1*' "a disk that there is not"
run "$HUSK" set s --eject disk0
like "$rc $err" '2 *no CD-ROM drive disk0; there is cdrom0*' "a drive that there is not"
run "$HUSK" set s --nic net1,link=down
like "$rc $err" '2 *no network card net1; there is net0*' "a card that there is not"
run "$HUSK" set s --disk disk0,bps=7M --nic net0,link=down --eject nosuch
exits 2 "one of three is wrong"
is "$(limit disk0 bps)" 1048576 "and nothing is changed"
run "$HUSK" set s --disk disk0,bps=7M --disk disk0,bps=8M
like "$rc $err" '2 *disk0 is named twice*' "a disk twice"
run "$HUSK" set s --cdrom "cdrom0,file=$T/c.iso" --eject cdrom0
like "$rc $err" '2 *cdrom0 is named twice*' "a drive twice"
run "$HUSK" set s
like "$rc $err" '2 *nothing to change*' "nothing"

ok "the guest is up" wait_until 60 has "$HUSK_RUNDIR/s/console.log" 'demo guest up'
# cable STATE - the guest's own word for it, asked on its console
cable() { types s "cat /sys/class/net/eth0/carrier | sed s,^,cable-,\n" "cable-$1"; }
ok "its card is up" types s 'ip link set eth0 up; echo up-$((1+1))\n' up-2
ok "the cable is in" cable 1
run "$HUSK" set s --nic net0,link=down
exits 0 "unplugged"
ok "the guest sees it" cable 0
run "$HUSK" set --json s --nic net0,link=up
is "$rc $(echo "$out" | json - links.net0)" '0 up' "plugged again"
ok "the guest sees that" cable 1
ok "the sandbox is in order" audit s

run "$HUSK" set s --on-reboot stop --on-panic pause
exits 0 "other actions"
types s 'echo c >/proc/sysrq-trigger\n' panic || :
# shellcheck disable=SC2317
paused() { [ "$("$HUSK" status --json s | json - runstate)" = guest-panicked ]; }
ok "a panic now pauses the guest" wait_until 20 paused
run "$HUSK" reset s
ok "and a reset ends the VM" wait_until 20 ended s

boot r >/dev/null
run "$HUSK" set r --on-reboot stop
exits 0 "a guest that may not reboot any more"
type_at r '\033r'
ok "its reboot ends the VM" wait_until 20 ended r
is "$(reason_of r)" guest-reset "for that reason"
run "$HUSK" set r --on-reboot reset
exits 3 "a VM that has ended"
boot n --on-panic none >/dev/null
run "$HUSK" set n --on-panic stop
like "$rc $err" '1 *no device to report a panic*' "a guest that cannot report a panic"
run "$HUSK" set n --nic net0,link=down
like "$rc $err" '2 *no network card net0; there is none*' "a VM without cards"
done_testing
