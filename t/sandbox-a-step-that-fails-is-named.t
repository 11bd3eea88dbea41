#!/bin/sh
# SPDX-License-Identifier: MIT
# SLOW: a guest or QEMU itself takes the time, not husk
# Each step of the sandbox, when it fails, ends the launch with 7, says which step on what, and leaves nothing behind.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need user strace
chmod 711 "$T" "$HUSK_RUNDIR"
cp "$HUSK" "$T/husk"
cp "$HUSK_BUILD/t/tool-static-probe" "$T/qemu-system-x86_64"
vm=step$$

as_root() { "$@"; }
as_user() { setpriv --reuid 65534 --regid 65534 --clear-groups env -u XDG_RUNTIME_DIR HUSK_RUNDIR="$T/user" "$@"; }
mkdir "$T/user"
chown 65534 "$T/user"

# start [PROGRAM...] - a VM, by whoever it is, under that program.
detach=-d
start() { "$who" timeout -k 1 20 "$@" "$T/husk" run ${detach:+"$detach"} --accel tcg --memory 16M --name "$vm" --qemu "$T/qemu-system-x86_64"; }
stops() { "$who" "$T/husk" stop -q --now "$vm" 2>/dev/null; }	# not before its launch has recorded it
runs() { "$who" "$T/husk" status -q "$vm" 2>/dev/null; }
# refused STEP OBJECT WHAT - of what has just been run.
refused() {
	exits 7 "$3" || { "$who" "$T/husk" stop -q --now "$vm"; return; }
	like "$err" "*sandbox: $1*$2*" "... the step is said, and on what"
	ok '... no process is left' wait_until 5 none_left $vm
	run "$who" "$T/husk" status $vm
	exits 4 '... and no VM'
}
# fault STEP OBJECT INJECTION [STRACE-OPTION...] - the kernel is made to refuse that.
fault() {
	_step=$1 _object=$2 _inject=$3; shift 3
	run start strace -f -qqq -o /dev/null -e trace="${_inject%%:*}" -e inject="$_inject" "$@"
	refused "$_step" "$_object" "$who: $_step: ${_inject%%:*} is refused"
}
# prctl_fault STEP OBJECT OPTION ERRNO - strace counts in each process by itself: the how-manieth prctl() is it?
prctl_fault() {
	_n=$(awk -v option="$3" '{ n[$1]++ } index($0, "prctl(" option) { print n[$1]; exit }' "$T/user/prctl")
	[ -n "$_n" ] || { skip "$who: $1" "there is no prctl($3) in it"; return; }
	fault "$1" "$2" "prctl:error=$4:when=$_n"
}

for who in as_root as_user; do
	# a trace of one that works, to count in; strace stays until the VM is gone
	rm -f "$T/user/prctl"
	start strace -f -qqq -o "$T/user/prctl" -e trace=prctl >/dev/null 2>&1 &
	tracer=$!
	ends $tracer
	ok "$who: it works where nothing is refused" wait_until 30 runs
	ok "$who: ... and it is stopped" wait_until 20 stops
	wait $tracer
	fault 'clone into new namespaces' 'Operation not permitted' clone3:error=EPERM
	detach=			# which calls setsid() itself
	fault 'new session' setsid setsid:error=EPERM
	detach=-d
	fault 'new session' 'host name' sethostname:error=EPERM
	fault 'new session' 'block signals' rt_sigprocmask:error=EINVAL
	fault 'build root' 'mounts private' mount:error=EPERM
	fault 'build root' tmpfs fsopen:error=EPERM
	fault 'build root' tmpfs fsconfig:error=EINVAL
	fault 'build root' tmpfs fsmount:error=EPERM
	fault 'build root' 'new root' move_mount:error=EPERM
	fault 'build root' "bind $T/qemu-system-x86_64" mount:error=EPERM:when=2
	fault 'build root' "make $T/qemu-system-x86_64 in the root" mknodat:error=ENOSPC
	fault 'build root' 'restrict the mount of /dev/null' mount_setattr:error=EPERM
	fault 'build root' 'the new root read-only' mount_setattr:error=EPERM:when=2
	fault 'build root' 'restrict the mount of /dev/null' mount_setattr:error=EPERM:when=3
	fault 'build root' pivot_root pivot_root:error=EPERM
	fault 'build root' 'old root' umount2:error=EPERM
	fault 'open program' qemu-system-x86_64 dup3:error=EMFILE
	fault 'pass descriptors' 'the descriptor of' dup2:error=EBADF
	# the sanitizer's own start asks for limits too, and gives up without them
	if grep -q __asan_init "$HUSK"; then skip "$who: limit resources: prlimit64 is refused" 'built with a sanitizer'
	else fault 'limit resources' nofile prlimit64:error=EPERM:when=2+; fi
	prctl_fault 'drop privileges' securebits PR_SET_SECUREBITS EPERM
	prctl_fault 'drop privileges' 'bounding set' PR_CAPBSET_DROP EPERM
	fault 'drop privileges' capabilities capset:error=EPERM
	prctl_fault 'no new privileges' no_new_privs PR_SET_NO_NEW_PRIVS EPERM
	fault 'restrict paths' 'Landlock' landlock_create_ruleset:error=EPERM
	fault 'restrict paths' 'Landlock rule for /' landlock_add_rule:error=EINVAL
	fault 'restrict paths' enforce landlock_restrict_self:error=E2BIG
	prctl_fault 'refuse write-exec' PR_SET_MDWE 'PR_SET_MDWE\|0x41' EPERM
	fault 'load filter' filter seccomp:error=EACCES
done
who=as_root
fault 'drop privileges' 'become user' setresuid:error=EAGAIN
fault 'drop privileges' 'become user' setresgid:error=EPERM
fault 'drop privileges' 'become user' setgroups:error=EPERM
who=as_user
fault 'map users' /proc/self/uid_map openat:error=EACCES -P /proc/self/uid_map
fault 'map users' /proc/self/gid_map openat:error=EACCES -P /proc/self/gid_map
fault 'map users' /proc/self/setgroups openat:error=EACCES -P /proc/self/setgroups

# what it becomes is not part of the sandbox: the code says so
who=as_root
run start strace -f -qqq -o /dev/null -e trace=execveat -e inject=execveat:error=EACCES
exits 8 'a program that cannot be executed'
like "$err" '*exec*qemu-system-x86_64*' '... is named'

# hosts as they are met
who=as_user
run start prlimit --nofile=512:512
refused 'open program' 'nofile to 1001' 'a hard limit on descriptors below the number that husk needs'
run start unshare -U
refused 'clone into new namespaces' '' 'a user namespace without this user'
run as_user unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_mnt_namespaces && exec timeout -k 1 20 "$@"' sh "$T/husk" run -d --accel tcg \
	--memory 16M --name $vm --qemu "$T/qemu-system-x86_64" --sandbox-without=uid
refused 'clone into new namespaces' '' 'a host that allows no more mount namespaces'
if [ "$rc" = 7 ]; then
	like "$err" '*husk check*' '... husk check is named'
fi

# a library that is remembered and gone
who=as_root
run start
as_root "$T/husk" stop -q --now $vm
as_root "$T/husk" remove -q $vm
for profile in "$HUSK_RUNDIR"/.qemu-*; do echo "lib /nowhere/libgone.so.1" >>"$profile"; done
run start
refused 'build root' 'bind /nowhere/libgone.so.1: No such file' 'a library that has gone since QEMU was asked for its libraries'
done_testing
