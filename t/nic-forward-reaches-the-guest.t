#!/bin/sh
# SPDX-License-Identifier: MIT
# SLOW: a guest or QEMU itself takes the time, not husk
# A forwarded TCP port of the host leads to the guest and a UDP one is bound, by passt and, in the host's network, by QEMU itself.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/vm.sh
. "$ROOT/t/vm.sh"
need guest socat ip
[ -n "$(ip route show default)" ] || { plan '0 # SKIP no default route here, which user networking copies'; exit 0; }

free_port() {
	_port=$((20000 + ($$ + ${1:-0}) % 20000))
	while socat -u OPEN:/dev/null "TCP:127.0.0.1:$_port" 2>/dev/null; do _port=$((_port + 1)); done
	echo $_port
}
tcp=$(free_port 0) udp=$(free_port 7)
cat >"$T/x.vm" <<END
memory 256M
accel tcg
kernel $HUSK_TEST_CACHE/linux/vmlinuz
initrd $HUSK_TEST_CACHE/linux/initramfs.cpio
append console=ttyS0 quiet panic=-1 husk.run=ip+link+set+eth0+up;udhcpc+-q+-n+-i+eth0+-s+/bin/udhcpc-script;nc+-ll+-p+7000+-e+/bin/uname+-n&echo+serving
nic user,forward=$tcp:7000,forward=udp:127.0.0.1:$udp:53
END
# ask ADDRESS - what comes back from there
ask() { echo hello | timeout 15 socat -T 10 - "$1" 2>/dev/null; }
# the guest has nothing that serves UDP
bound() { grep -q ": 0100007F:$(printf %04X "$udp") " /proc/net/udp; }
answers() { [ -n "$(ask "$1")" ]; }

for without in '' netns; do
	by=passt
	[ -z "$without" ] || by=QEMU
	if [ $by = passt ] && ! command -v passt >/dev/null; then
		skip "$by" 'no passt here'
		continue
	fi
	run "$HUSK" run -q -d ${without:+--sandbox-without=$without} "$T/x.vm"
	exits 0 "$by: it starts" || continue
	ok "$by: the guest gets an address and serves" wait_until 60 has "$HUSK_RUNDIR/x/console.log" serving
	ok "$by: TCP reaches it" wait_until 20 answers "TCP:127.0.0.1:$tcp"
	ok "$by: the UDP port is bound, on the address that was named" bound
	quiet_qemu x "$by: QEMU warns of nothing"
	ends_now x
	fails "$by: with the VM the TCP port is gone" answers "TCP:127.0.0.1:$tcp"
	fails "$by: and the UDP port" bound
done
done_testing
