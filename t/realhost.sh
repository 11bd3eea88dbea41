#!/bin/sh
# SPDX-License-Identifier: MIT
# The part of t/realhost-systemd.t that runs on the real host: a Debian guest with systemd, as root.
. "${0%/*}/lib.sh"

C=/sys/fs/cgroup
none() { printf 'machine none\naccel tcg\nstop-timeout 2s\n'; [ $# = 0 ] || printf '%s\n' "$@"; }
# value FILE WANTED - of a cgroup that is named in $leaf.
value() { is "$(cat "$leaf/$1" 2>&1)" "$2" "$1 is $2"; }
qemu_of() { json "$HUSK_RUNDIR/$1/state.json" qemu.pid; }
in_leaf() { grep -qx "$1" "$leaf/cgroup.procs"; }
no_leaf() { [ ! -e "$leaf" ]; }
alone() { [ -z "$(find "$C/husk" -mindepth 1 -type d 2>/dev/null)" ]; }

# ---- what this host is ----
run "$HUSK" check --json
row() { printf '%s\n' "$out" | sed 's/{"name"/\n&/g' | grep "^{\"name\":\"$1\""; }
like "$(row cgroup)" "*\"mode\":\"v2\",\"path\":\"$C/husk\",\"writable\":true,\"memory\":true,\"cpu\":true,\"pids\":true,\"io\":true*" \
	'check: limits are set below husk'
like "$(row landlock)" '*"abi":[1-9]*' 'check: Landlock is there'

# ---- root, without anything handed over: husk at the top of the hierarchy ----
truncate -s 1M /root/disk.raw "$T/disk.raw"
none 'limit memory=96M,cpu=50%,pids=64,io-read=1M,io-write-ops=50' >"$T/web.vm"
run "$HUSK" run -d "$T/web.vm"
exits 0 'a VM with limits runs'
leaf=$C/husk/web
value memory.max 100663296
value memory.swap.max 0
value memory.oom.group 1
value cpu.max '50000 100000'
value pids.max 64
qemu=$(qemu_of web)
ok 'QEMU is in it' in_leaf "$qemu"
is "$(grep ^0:: "/proc/$qemu/cgroup")" 0::/husk/web 'as the kernel says'
is "$(json "$HUSK_RUNDIR/web/state.json" cgroup)" $leaf 'the record says so'
ok 'its keeper is not' sh -c "! grep -qx $(json "$HUSK_RUNDIR/web/state.json" keeper.pid) $leaf/cgroup.procs"
run "$HUSK" stop --now web
exits 0 'it is stopped'
ok 'its cgroup is gone' no_leaf

# ---- the last rung takes everything ----
# passt wants an interface that leads outside
ip link add outside type dummy
ip addr add 192.0.2.2/24 dev outside
ip link set outside up
ip route add default via 192.0.2.1
mkdir $C/husk/deep
{ printf 'machine pc\naccel tcg\nmemory 32M\nlimit io-read=1M,io-write-ops=50\nnic user\ndisk /root/disk.raw\n'; } >"$T/deep.vm"
run "$HUSK" run -d "$T/deep.vm"
exits 0 'a VM with a helper runs, over what a killed launch had left'
leaf=$C/husk/deep
like "$(cat $leaf/io.max)" '254:0 rbps=1048576 wbps=max riops=max wiops=50*' "io.max limits the disk's device"
helper=$(grep -vx "$(qemu_of deep)" $leaf/cgroup.procs | head -n 1)
is "$(cut -c1-5 "/proc/$helper/comm" 2>&1)" passt 'its helper is in its cgroup'
tail -f /dev/null &
stray=$!
ends $stray
echo $stray >$leaf/cgroup.procs
kill -STOP "$(qemu_of deep)"
run "$HUSK" stop --json deep
exits 0 'a QEMU that is mute is stopped'
is "$(printf '%s\n' "$out" | json - rung)" kill 'by the last rung'
ok 'which takes whatever is in its cgroup' wait_until 10 gone $stray
ok 'the helper too' wait_until 10 gone "$helper"
ok 'and removes it' wait_until 10 no_leaf

# ---- without a keeper ----
none >"$T/orphan.vm"
run "$HUSK" run -d "$T/orphan.vm"
leaf=$C/husk/orphan
ok 'without limits there is a cgroup too' test -d $leaf
kill -KILL "$(json "$HUSK_RUNDIR/orphan/state.json" keeper.pid)"
run "$HUSK" stop --now orphan
exits 0 'a VM whose keeper was killed is stopped'
ok 'and its cgroup is gone' no_leaf

# ---- out of memory ----
none 'limit memory=96M' >"$T/oom.vm"
"$HUSK" run "$T/oom.vm" >"$T/oom.out" 2>&1 &
pid=$!
ends $pid
ok 'a VM with little memory runs' wait_until 60 "$HUSK" status -q oom
{
	printf '{"execute": "qmp_capabilities"}\n{"execute": "object-add", "arguments": %s}\n' \
		'{"qom-type": "memory-backend-ram", "id": "much", "size": 268435456, "prealloc": true}'
	wait_until 60 gone "$(qemu_of oom)"
} | socat -t 0 - "UNIX-CONNECT:$HUSK_RUNDIR/oom/monitor.sock" >/dev/null 2>&1
wait $pid
is $? 15 'a QEMU that exceeds its limit ends with 15' || diag "$(cat "$T/oom.out")"
run "$HUSK" why oom
like "$out" '*memory*' 'and why says so'
is "$(json "$HUSK_RUNDIR/oom/exit.json" reason)" out-of-memory 'exit.json too'
run "$HUSK" run -d "$T/oom.vm" --qemu-arg -object --qemu-arg memory-backend-ram,id=much,size=256M,prealloc=on
exits 15 'as does one that exceeds it before its guest runs'
like "$err" '*memory limit*' 'which is said'

# ---- what cannot be limited ----
cp /root/disk.raw "$T/shm.raw"
printf 'machine pc\naccel tcg\nmemory 16M\nlimit io-read=1M\ndisk %s\n' "$T/shm.raw" >"$T/shm.vm"
run "$HUSK" run -d "$T/shm.vm"
exits 7 'I/O to a tmpfs cannot be limited'
like "$err" '*tmpfs*' 'which is said'
ok 'nothing of all these is left' wait_until 10 alone

# ---- systemd: a unit of its own ----
systemctl start dbus.socket
none 'limit memory=128M,cpu=150%,pids=80' >"$T/unit.vm"
run systemd-run -q --unit=hd -p Delegate=yes -p Type=notify -p KillMode=mixed -E HUSK_RUNDIR="$HUSK_RUNDIR" \
	"$HUSK" run "$T/unit.vm"
exits 0 'systemd-run returns when the VM runs'
leaf=$C/system.slice/hd.service/unit
value memory.max 134217728
value cpu.max '150000 100000'
value pids.max 80
ok 'QEMU is in it' in_leaf "$(qemu_of unit)"
is "$(cat $C/system.slice/hd.service/keeper/cgroup.procs)" "$(json "$HUSK_RUNDIR/unit/state.json" keeper.pid)" \
	'the keeper is beside it'
ok 'nothing is at the top of the hierarchy' alone
run systemctl stop hd
exits 0 'the unit is stopped'
run "$HUSK" status unit
exits 3 'and so is the VM'
like "$(json "$HUSK_RUNDIR/unit/exit.json" reason)" stopped 'on request, by the ladder'

run systemd-run -q --scope --unit=sc -p Delegate=yes "$HUSK" run -d "$T/unit.vm"
exits 0 'a detached VM gets a scope of its own too'
leaf=$C/system.slice/sc.scope/unit
value memory.max 134217728
run "$HUSK" stop --now unit
exits 0 'and is stopped'
ok 'and the scope ends with it' wait_until 20 test ! -e $C/system.slice/sc.scope

# ---- systemd: the example's unit ----
mkdir -p /etc/husk
none 'limit memory=96M' >/etc/husk/web.vm
ln -sf "$HUSK" /usr/local/bin/husk
cp "$ROOT/examples/systemd/husk@.service" /run/systemd/system/
# a user's manager without a login: what logind and its PAM module would do is done here
mkdir /run/systemd/system/user@.service.d
printf '[Service]\nEnvironment=XDG_RUNTIME_DIR=/run/user/%%i\n' >/run/systemd/system/user@.service.d/rundir.conf
printf '[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n' >/run/systemd/system/user-runtime-dir@.service
systemctl daemon-reload
HUSK_RUNDIR=/run/husk
run systemctl start husk@web
exits 0 'systemctl start returns when the VM runs'
run "$HUSK" status web
exits 0 'and it does'
leaf=$C/system.slice/system-husk.slice/husk@web.service/web
value memory.max 100663296
like "$(systemctl show -p StatusText husk@web)" '*running*' 'systemd knows its state'
kill -KILL "$(qemu_of web)"
active() { [ "$(systemctl is-active husk@web)" = active ] && "$HUSK" status -q web; }
dead=$(qemu_of web)
again() { active && [ "$(qemu_of web)" != "$dead" ]; }
ok 'a VM that was killed is started again' wait_until 60 again
run systemctl stop husk@web
exits 0 'systemctl stop stops it'
is "$(systemctl show -p Result -p ExecMainStatus husk@web | sort | tr '\n' ' ')" 'ExecMainStatus=0 Result=success ' 'in good order'
run "$HUSK" status web
exits 3 'the VM has ended'
echo 'nonsense 1' >/etc/husk/bad.vm
run systemctl start husk@bad
isnt "$rc" 0 'systemctl start of a VM that cannot run fails'
isnt "$(systemctl show -p ActiveState husk@bad)" ActiveState=activating 'and is not tried again'
ok 'nothing is at the top of the hierarchy' alone

# ---- a user ----
useradd -m joe
uid=$(id -u joe)
mkdir -p "/run/user/$uid"
chown joe: "/run/user/$uid"
chmod 755 "$T"
user() { setpriv --reuid joe --regid joe --init-groups env -u HUSK_RUNDIR HOME=/home/joe XDG_RUNTIME_DIR="/run/user/$uid" "$@"; }
none >"$T/mine.vm"
run user "$HUSK" run -d "$T/mine.vm"
exits 0 'a user runs a VM'
run user "$HUSK" status mine
exits 0 'and sees it run'
run user "$HUSK" stop --now mine
exits 0 'and stops it'
run user "$HUSK" run -d --limit memory=96M "$T/mine.vm"
exits 7 'without a cgroup of his own he can set no limit'
like "$err" '*Delegate=yes*' 'and is told how to get one'
run user "$HUSK" run -d --limit memory=96M --sandbox-without cgroup "$T/mine.vm"
exits 0 'or he gives it up'
run user "$HUSK" stop --now mine
exits 0 'that one is stopped'
if systemctl start "user@$uid.service" && user test -S "/run/user/$uid/systemd/private"; then
	run user systemd-run --user -q --unit=mine -p Delegate=yes -p Type=notify "$HUSK" run --limit memory=96M,pids=70 "$T/mine.vm"
	exits 0 'his own manager gives him one'
	leaf=$(json "/run/user/$uid/husk/mine/state.json" cgroup)
	like "$leaf" "$C/user.slice/*/mine.service/mine" 'in which the VM is'
	value memory.max 100663296
	value pids.max 70
	run user systemctl --user stop mine
	exits 0 'he stops the unit'
	ok 'and nothing is left' no_leaf
	run user systemd-run --user -q --scope -p Delegate=yes "$HUSK" run -d --limit memory=96M "$T/mine.vm"
	exits 0 'and what the message proposed works'
	run user "$HUSK" stop --now mine
	exits 0 'that one is stopped too'
else
	not_ok 'the user has a service manager'
	diag "$(systemctl status "user@$uid.service" 2>&1)"
	diag "$(journalctl -n 30 --no-pager 2>&1)"
fi
done_testing
