#!/bin/sh
# SPDX-License-Identifier: MIT
# husk stats: the numbers of a real guest are those of /proc and of QEMU, by the right process, thread, disk and card.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need bootsector guest root passt netns

linux=$HUSK_TEST_CACHE/linux
ok 'a Linux guest with a card, a disk, a balloon and two CPUs, one of which is busy' "$HUSK" run -q -d --accel tcg --machine q35 \
	--memory 192M --cpus 2 --name busy --kernel "$linux/vmlinuz" --initrd "$linux/initramfs.cpio" \
	--append 'console=ttyS0 quiet husk.do=disk husk.run=while+:;do+:;done+&' \
	--disk "$(bootsector_disk "$T/d.raw" 1M; echo "$T/d.raw")" --disk "$(bootsector_disk "$T/e.raw" 1M; echo "$T/e.raw"),bus=ide" \
	--nic user --qemu-arg -device --qemu-arg virtio-balloon-pci,id=b
ok '... is up' wait_until 120 has "$HUSK_RUNDIR/busy/console.log" 'demo guest up'
qemu=$(qemu_of busy)

stat() { json "$T/.out" "vms.0.$1"; }
run "$HUSK" stats --json busy
exits 0 'stats --json'
is "$(stat name) $(stat up) $(stat status.state)" 'busy true running' 'it is up'
is "$(stat processes.0.name) $(stat processes.0.pid)" "qemu $qemu" 'the first process is QEMU'
is "$(stat processes.1.name) $(stat processes.1.pid)" "keeper $(keeper_of busy)" 'the second one is its keeper'
is "$(stat helpers_known) $(stat processes.2.name)" 'true passt' 'the third one is passt'
like "$(readlink "/proc/$(stat processes.2.pid)/exe")" '*/passt*' '... really'
rss=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$qemu/status")
got=$(($(stat processes.0.rss_bytes) / 1024))
ok "QEMU's resident memory is what the kernel says ($got and $rss kB)" test "$got" -gt $((rss / 2)) -a "$got" -le "$rss"
pss=$(stat processes.0.pss_bytes) private=$(stat processes.0.private_bytes) whole=$(stat processes.0.rss_bytes)
ok 'private <= proportional <= resident' test "$private" -gt 0 -a "$private" -le "$pss" -a "$pss" -le "$whole"

inner=$("$HUSK" qmp busy query-cpus-fast | json - 1.thread-id)
thread=$(stat vcpus.1.thread)
is "$(sed -n 's/^NSpid:.*[^0-9]\([0-9]*\)$/\1/p' "/proc/$qemu/task/$thread/status")" "$inner" \
	'the thread of vCPU 1 is that of the host which QEMU means by a number of its own'
is "$(stat vcpus.1.name)$(json "$T/.out" vms.0.vcpus.2)" 1 'there are two vCPUs'
before=$(($(stat vcpus.0.run_ns) + $(stat vcpus.1.run_ns)))
ok '... that have run' test "$before" -gt 100000000
grew() {
	run "$HUSK" stats --json busy
	[ $(($(stat vcpus.0.run_ns) + $(stat vcpus.1.run_ns))) -gt $((before + 200000000)) ]
}
ok '... and run on' wait_until 30 grew
like "$(stat processes.0.user_us)" '[1-9]?????*' 'QEMU has used CPU time'

is "$(stat disks.0.name) $(stat disks.1.name)" 'disk0 disk1' 'the disks have their names, whatever their bus'
ok 'the first one was written to by the guest' wait_until 60 sh -c \
	"\"$HUSK\" stats --json busy >'$T/.out' && [ \"\$('$HUSK_BUILD/t/tool-json' '$T/.out' vms.0.disks.0.write_bytes)\" -ge 512 ]"
ok '... and it took some time' test "$(stat disks.0.write_ns)" -gt 0 -a "$(stat disks.0.writes)" -gt 0
is "$(stat nics.0.name) $(stat nics.0.rx_bytes)" 'net0 null' 'a card that nobody counts has no numbers'

is "$(stat balloon.actual_bytes) $(stat balloon.interval_s)" "$((192 << 20)) 0" 'the balloon has its size, and the guest is not asked'
first=$(stat balloon.updated_s)
run "$HUSK" stats --json busy
is "$(stat balloon.updated_s) $("$HUSK" qmp busy qom-get path=/machine/peripheral/b property=guest-stats-polling-interval)" "$first 0" \
	'... nor does looking make QEMU ask'
"$HUSK" qmp busy qom-set path=/machine/peripheral/b property=guest-stats-polling-interval value=1 >/dev/null
asked() { run "$HUSK" stats --json busy; [ "$(stat balloon.updated_s)" != "$first" ] && [ "$(stat balloon.interval_s)" = 1 ]; }
ok 'asked every second, the guest says how its memory is' wait_until 60 asked
total=$(stat balloon.total_bytes) free=$(stat balloon.free_bytes)
ok "... free $free of $total bytes" test "$free" -gt 0 -a "$free" -lt "$total" -a "$total" -le $((192 << 20))
is "$(stat balloon.interval_s)" 1 '... and how often it is asked'
is "$(stat cgroup)" "$(if [ -n "$(record busy cgroup)" ]; then stat cgroup; else echo null; fi)" 'a cgroup only where there is one'

run "$HUSK" stats busy
exits 0 'stats as a table'
like "$out" 'NAME *STATE *CPU *RSS *
busy * running *' '... has a line for it'
ok 'another one' boot small
run "$HUSK" stats
is "$(printf '%s\n' "$out" | awk '{ print $1 }' | tr '\n' ' ')" 'NAME busy small ' 'without a name all are shown'
run "$HUSK" stats --json small busy small
is "$(json "$T/.out" vms.0.name) $(json "$T/.out" vms.1.name) $(json "$T/.out" vms.2.name 2>&1)" \
	"small busy $(json "$T/.out" vms.2 2>&1)" 'named ones are shown in their order, each once'

# a cgroup's files as the kernel writes them, in a directory that the record names
mkdir "$T/cgroup"
echo 4096000 >"$T/cgroup/memory.current"
echo max >"$T/cgroup/memory.peak"
echo 7 >"$T/cgroup/pids.current"
printf 'usage_usec 30\nuser_usec 20\nsystem_usec 10\nnr_periods 3\nnr_throttled 2\nthrottled_usec 99\n' >"$T/cgroup/cpu.stat"
printf 'low 0\noom 1\noom_kill 1\n' >"$T/cgroup/memory.events"
qemu_of small >"$T/cgroup/cgroup.procs"
sed "s|\"cgroup\":\"[^\"]*\"|\"cgroup\":\"$T/cgroup\"|" "$HUSK_RUNDIR/small/state.json" >"$T/state" &&
	cp "$HUSK_RUNDIR/small/state.json" "$T/state.old" && cp "$T/state" "$HUSK_RUNDIR/small/state.json"
run "$HUSK" stats --json small
cp "$T/state.old" "$HUSK_RUNDIR/small/state.json"
for key in memory_bytes memory_peak_bytes pids user_us system_us throttled_us throttled oom_kills swap_bytes; do stat "cgroup.$key"; done |
	tr '\n' ' ' >"$T/got"
is "$(cat "$T/got")" '4096000 null 7 20 10 99 2 1 null ' "a cgroup's numbers are those of its files"

run "$HUSK" stats nosuch
exits 4 'no such VM'
run "$HUSK" stats --prometheus --json
exits 2 'two formats at once'
"$HUSK" stop -q --now small
run "$HUSK" stats small
exits 3 'a VM that was named and does not run'
like "$out" '*small * stopped * - *' '... is shown all the same'
run "$HUSK" stats
exits 0 'without a name that is no failure'
done_testing
