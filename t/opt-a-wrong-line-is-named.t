#!/bin/sh
# SPDX-License-Identifier: MIT
# A wrong line of a .vm file is refused with its file, line, column, key and the nearest valid name; nothing is made.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
rmdir "$HUSK_RUNDIR"

# LINE | what is said of it behind the file and the line's number, which is 2; it is indented by two blanks
sed "s,@T@,$T," >"$T/cases" <<'END'
memory 1X | 10: memory: "1X" is not a size (a whole number with K, M, G or T behind it)
memory 0 | 10: memory: 0 is out of range (1M to 64T)
memory 512 | 10: memory: 512 is out of range (1M to 64T)
memory 65T | 10: memory: 65T is out of range (1M to 64T)
memory -1 | 10: memory: -1 is out of range (1M to 64T)
memory 1.5G | 10: memory: "1.5G" is not a size (a whole number with K, M, G or T behind it)
memory 99999999999999999999G | 10: memory: 99999999999999999999G is out of range (1M to 64T)
memory |  memory: a value is missing
memory= | 10: memory: empty value
memory = 1G | 10: memory: no blanks around "=": write "memory VALUE" or "memory=VALUE"
memory 1G extra | 10: memory: "1G extra" is not a size (a whole number with K, M, G or T behind it)
memry 1G |  memry: unknown option (did you mean "memory"?)
--memory 1G | 3: options stand without dashes in a file: write "memory"
Memory 1G | 3: "Memory" is not the name of an option
cpus 0 | 8: cpus: 0 is out of range (1 to 1024)
cpus 1025 | 8: cpus: 1025 is out of range (1 to 1024)
cpus two | 8: cpus: "two" is not a whole number
cpus 2K | 8: cpus: "2K" is not a whole number
accel kvn | 9: accel: "kvn" is not one of auto, kvm, tcg (did you mean "kvm"?)
accel KVM | 9: accel: "KVM" is not one of auto, kvm, tcg
console serail | 11: console: "serail" is not one of serial, virtio, off (did you mean "serial"?)
on-reboot restart | 13: on-reboot: "restart" is not one of reset, stop
on-panic pause2 | 12: on-panic: "pause2" is not one of stop, pause, none (did you mean "pause"?)
agent yes | 9: agent: "yes" is neither on nor off
rng=1 | 7: rng: "1" is neither on nor off
name -x | 8: name: "-x" is not a name (A-Z a-z 0-9 _ . -, at most 63, a letter or digit first)
name a/b | 8: name: "a/b" is not a name (A-Z a-z 0-9 _ . -, at most 63, a letter or digit first)
name  |  name: a value is missing
timeout 5x | 11: timeout: "5x" is not a time (a whole number with ms, s, m or h behind it)
timeout 50ms | 11: timeout: 50ms is out of range (100ms to 24h)
timeout 2d | 11: timeout: "2d" is not a time (a whole number with ms, s, m or h behind it)
stop-timeout 25h | 16: stop-timeout: 25h is out of range (0 to 24h)
log-size 1K | 12: log-size: 1K is out of range (4K to 1G)
log-size 2G | 12: log-size: 2G is out of range (4K to 1G)
limit cpu=0% | 13: limit: cpu: "0%": expected a percentage of one CPU between 1% and 1000000%, such as 150%
limit cpu=150%% | 13: limit: cpu: "150%%": expected a percentage of one CPU between 1% and 1000000%, such as 150%
limit cpu=x | 13: limit: cpu: "x": expected a percentage of one CPU between 1% and 1000000%, such as 150%
limit memory=1M | 16: limit: memory: 1M is out of range (at least 16M)
limit pids=0 | 14: limit: pids: 0 is out of range (1 to 1000000)
limit disk=1 | 9: limit: unknown key "disk"
limit memory=1G,memory=2G | 19: limit: key "memory" given twice (first at column 9)
limit |  limit: a value is missing
disk a.raw,formt=raw | 14: disk: unknown key "formt" (did you mean "format"?)
disk a.raw,format=vmdk | 21: disk: format: "vmdk" is not one of auto, raw, qcow2
disk a.raw,readonly | 14: disk: key "readonly" needs a value (readonly=on or readonly=off)
disk a.raw,readonly=yes | 23: disk: readonly: "yes" is neither on nor off
disk a.raw,bus=sata | 18: disk: bus: "sata" is not one of virtio, scsi, nvme, ide, usb
disk a.raw,cache=writebak | 20: disk: cache: "writebak" is not one of writeback, none, writethrough, directsync, unsafe (did you mean "writeback"?)
disk a.raw,aio=uring | 18: disk: aio: "uring" is not one of threads, native, io_uring
disk a.raw,boot=256 | 19: disk: boot: 256 is out of range (0 to 255)
disk a.raw,boot=-1 | 19: disk: boot: -1 is out of range (0 to 255)
disk a.raw,serial= | 21: disk: serial: empty value
disk a.raw,,x | 8: disk: @T@/a.raw,x: the name does not tell the format; write format=raw or format=qcow2
disk a.raw, | 14: disk: empty element (a comma inside a value is doubled)
disk ,format=raw | 8: disk: empty element (a comma inside a value is doubled)
disk format=raw | 8: disk: key "file" is missing
disk a.raw,bus=ide,bus=ide | 22: disk: key "bus" given twice (first at column 14)
disk a.raw,file=b.raw | 14: disk: key "file" given twice (first at column 8)
disk a.raw,extra | 14: disk: "extra" is not KEY=VALUE (a comma inside a value is doubled)
cdrom a.iso,format=raw | 15: cdrom: unknown key "format"
nic tap | 7: nic: mode: "tap" is not one of user
nic user,mode=user | 12: nic: key "mode" given twice (first at column 7)
nic user,mac= | 16: nic: mac: empty value
nic user,bridge=br0 | 12: nic: unknown key "bridge"
kernel |  kernel: a value is missing
append |  append: a value is missing
qemu-arg |  qemu-arg: a value is missing
machine q35;x | 11: machine: q35;x: expected a machine type of QEMU
cpu host$ | 7: cpu: host$: expected a CPU model of QEMU
foo bar |  foo: unknown option
= x | 3: "" is not the name of an option
=x | 3: "" is not the name of an option
disk=a.raw,bus= | 18: disk: bus: empty value
dry-run on |  dry-run: unknown option
json on |  json: unknown option
detach |  detach: unknown option
quiet |  quiet: unknown option
nic user,forward=8080 | 7: nic: forward=8080: expected [tcp:|udp:][ADDRESS:]PORT:GUESTPORT
nic user,forward=8080:x | 7: nic: forward=8080:x: a port is a number from 1 to 65535
nic user,forward=0:80 | 7: nic: forward=0:80: a port is a number from 1 to 65535
nic user,forward=65536:80 | 7: nic: forward=65536:80: a port is a number from 1 to 65535
nic user,forward=sctp:1:2 | 7: nic: forward=sctp:1:2: the address must be numeric, such as 0.0.0.0 or [::1]
nic user,forward=localhost:1:2 | 7: nic: forward=localhost:1:2: the address must be numeric, such as 0.0.0.0 or [::1]
nic user,mac=52:54:00:12:34 | 7: nic: mac=52:54:00:12:34: expected six bytes in hex, the first one even, such as 52:54:00:12:34:56
nic user,mac=53:54:00:12:34:56 | 7: nic: mac=53:54:00:12:34:56: expected six bytes in hex, the first one even, such as 52:54:00:12:34:56
nic user,mac=52-54-00-12-34-56 | 7: nic: mac=52-54-00-12-34-56: expected six bytes in hex, the first one even, such as 52:54:00:12:34:56
nic user,model=e1000;x | 7: nic: model=e1000;x: expected the name of a QEMU device
disk a.vmdk | 8: disk: @T@/a.vmdk: the name does not tell the format; write format=raw or format=qcow2
disk a | 8: disk: @T@/a: the name does not tell the format; write format=raw or format=qcow2
disk .raw | 8: disk: @T@/.raw: the name does not tell the format; write format=raw or format=qcow2
disk a.raw,aio=native | 8: disk: aio=native needs cache=none or cache=directsync
disk a.raw,serial=123456789012345678901 | 8: disk: serial=123456789012345678901: longer than 20 bytes
disk a.raw,discard=on,readonly=on | 8: disk: discard and readonly contradict each other
disk a.raw,bus=ide,readonly=on | 8: disk: an IDE disk cannot be readonly; use another bus, or cdrom
initrd x | 10: initrd: needs a kernel
append x | 10: append: needs a kernel
END
while IFS= read -r case; do
	line=${case%% | *}
	printf '# a comment\n  %s\nrng on\n' "$line" >"$T/x.vm"
	run "$HUSK" run -d "$T/x.vm"
	is "$rc $err" "2 husk: $T/x.vm:2:${case#* | }" "$line"
done <"$T/cases"
ok 'no run directory was made' test ! -e "$HUSK_RUNDIR"
done_testing
