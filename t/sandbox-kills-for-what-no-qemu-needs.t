#!/bin/sh
# SPDX-License-Identifier: MIT
# SLOW: a guest or QEMU itself takes the time, not husk
# A system call that no QEMU ever makes ends it, and husk says which one it was.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
need user socat
# shellcheck source=t/probe.sh
. "${0%/*}/probe.sh"

# killed ROW - the VM's end for that.
killed() {
	run probe_run k '' --qemu-arg -probe --qemu-arg "kill=$1"
	[ "$rc" = 0 ] || { exits 0 "$who: $1: start"; return; }
	run by "$T/husk" wait --timeout 20s k
	# a kernel without the 32-bit calls makes a fault of the instruction itself
	[ "$1$rc" != 'a 32-bit system call12' ] || rc=14
	is "$rc$(sed -n 's/^# survived/, it survived/p' "$log")" 14 "$who: $1 ends QEMU" || by "$T/husk" stop -q --now k
}
# the kernel's log has pids of the first namespace
kmsg() { [ "$(readlink /proc/self/ns/pid)" = 'pid:[4026531836]' ] && [ -r /dev/kmsg ] && head -c 1 /dev/kmsg >/dev/null 2>&1; }

as root
"$T/qemu-system-x86_64" --rows >"$T/rows"
ok 'there are some fifty' test "$(wc -l <"$T/rows")" -ge 45
unproved=$(sed -n 's/^\([a-z0-9_]*\) kill.*/\1/p' "$ROOT/seccomp/never.policy" | while read -r call; do
	grep -q "^${call%2}" "$T/rows" || echo "$call"
done)
is "$unproved" '' 'all that the policy kills for are among them'
while read -r row; do
	killed "$row"
	case $row in
	mount | ptrace | bpf | setns | kexec_load | keyctl)
		if kmsg; then
			like "$(by "$T/husk" why k)" "*seccomp filter killed QEMU: it called $row*" "$row is named"
		else
			skip "$row is named" 'the kernel log is not readable'
		fi ;;
	esac
done <"$T/rows"

as user
for row in mount ptrace bpf 'unshare user' 'setuid 0'; do killed "$row"; done
done_testing
