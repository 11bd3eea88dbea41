#!/bin/sh
# SPDX-License-Identifier: MIT
# t/mutants.sh BUILD MAKE [NAME...] - proves the proof: in a copy of the source one step of the sandbox is left out, or one
# rule widened, and the tests must notice; then the next.  Ends with a table; 1 where one of them went unnoticed.
# The copy and its build are in BUILD/mutants.  Needs root.
set -u
build=$1 make=$2; shift 2
root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$build/mutants" || exit 1
place=$(cd "$build/mutants" && pwd)
tree=$place/tree out=$place/build

# Groups that must be dropped, a host name that must not be seen.
if [ -z "${MUTANTS_INSIDE:-}" ]; then
	[ "$(id -u)" = 0 ] || { echo "$0: must be run by root" >&2; exit 1; }
	MUTANTS_INSIDE=1 exec unshare -u setpriv --groups 5,20 "$0" "$build" "$make" "$@"
fi
hostname mutants

# NAME % FILE % SED PROGRAM % TESTS (without "sandbox-"; refuses is the probe under everything, without is the probe with one
# part given up after the other)
cat >"$place/list" <<'END'
new session: setsid % lib/sandbox/child.c % s/setsid() < 0/0/
new session: host name % lib/sandbox/child.c % s/sethostname("vm", 2) < 0/0/
new session: keyring % lib/sandbox/child.c % /syscall(SYS_keyctl/d % without
new session: signals % lib/sandbox/child.c % s/sigprocmask(SIG_SETMASK, &blocked, NULL) < 0/0/
new session: personality % lib/sandbox/child.c % s/personality(PER_LINUX) < 0/0/ % inspect-finds-real
new session: directory % lib/sandbox/child.c % s/chdir("\/") < 0/0/ % without
build root: left out % lib/sandbox/child.c % /STEP("build root"/s/sandbox_build_root(&c)/0/
build root: private % lib/sandbox/root.c % s/sys_mount(NULL, "\/", MS_RECURSIVE | MS_PRIVATELY) < 0/0/ % inspect-finds-real
build root: noexec % lib/sandbox/root.c % s/ | (m->exec ? 0 : MOUNT_ATTR_NOEXEC)//
build root: noexec of a blob % lib/sandbox/root.c % s/sys_mount_setattr(tree, "", AT_EMPTY_PATH, MOUNT_ATTR_NOEXEC, 0) < 0 ||// % inspect-finds-real
build root: nosuid % lib/sandbox/root.c % s/MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV/MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV/
build root: nodev % lib/sandbox/root.c % s/MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV/MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID/
build root: read-only % lib/sandbox/root.c % s/MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV/MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV/
build root: all that is bound % lib/sandbox/root.c % s/"", AT_EMPTY_PATH | AT_RECURSIVE, MOUNT_ATTR_RDONLY/"", AT_EMPTY_PATH, MOUNT_ATTR_RDONLY/
build root: old root detached % lib/sandbox/root.c % s/syscall(SYS_umount2, ".", MNT_DETACH_FLAG) < 0/0/
pass descriptors: stdin % lib/sandbox/child.c % s/dup2(null, 0) < 0 || //
limit resources % lib/sandbox/child.c % s/STEP("limit resources", .*/;/
limit resources: nofile % lib/sandbox/plan.c % /RLIMIT_NOFILE, QEMU_NOFILE/d
limit resources: core % lib/sandbox/plan.c % /RLIMIT_CORE, 1/d
limit resources: nproc % lib/sandbox/plan.c % s/if (p->own_uid)$/if (0)/
drop privileges: left out % lib/sandbox/child.c % s/STEP("drop privileges", .*/;/
drop privileges: securebits % lib/sandbox/privileges.c % s/if (prctl(PR_SET_SECUREBITS/if (0 \&\& prctl(PR_SET_SECUREBITS/ % without
drop privileges: bounding set % lib/sandbox/privileges.c % s/		rc = caps_bound();/		;/; s/rc >= 0 \&\& may ? check_bounding_set() : rc/(void)check_bounding_set, rc/
drop privileges: sets % lib/sandbox/privileges.c % s/rc = caps_set(0);/;/ % a-step-that-fails-is-named
drop privileges: groups % lib/sandbox/privileges.c % s/setgroups(ngroups, &group) < 0 || //
drop privileges: gid % lib/sandbox/privileges.c % s/setresgid(uid, uid, uid) < 0 || //
drop privileges: uid % lib/sandbox/privileges.c % s/ || setresuid(uid, uid, uid) < 0//
map users: not 0 % lib/sandbox/privileges.c % s/define INNER_ID 1000/define INNER_ID 0/
no new privileges % lib/sandbox/child.c % s/STEP("no new privileges", .*/;/
restrict paths % lib/sandbox/child.c % s/STEP("restrict paths", .*/;/ % without
restrict paths: network % lib/sandbox/landlock.c % /attr.net = NET_TCP/d % without
restrict paths: scopes % lib/sandbox/landlock.c % s/attr.scoped = SCOPE_ALL/attr.scoped = 2/ % without
refuse write-exec % lib/sandbox/child.c % s/STEP("refuse write-exec", .*/;/ % without
load filter % lib/sandbox/child.c % s/STEP("load filter", .*/;/
exec: environment % lib/sandbox/child.c % s/(char \*)"LC_ALL=C", NULL/(char *)"LC_ALL=C", (char *)"X=1", NULL/
plan: mnt namespace % lib/sandbox/plan.c % s/{ PART_MNTNS, CLONE_NEWNS }, //
plan: pid namespace % lib/sandbox/plan.c % s/{ PART_PIDNS, CLONE_NEWPID }, //
plan: net namespace % lib/sandbox/plan.c % s/{ PART_NETNS, CLONE_NEWNET },//
plan: ipc namespace % lib/sandbox/plan.c % s/{ PART_IPCNS, CLONE_NEWIPC }, //
plan: uts namespace % lib/sandbox/plan.c % s/{ PART_UTSNS, CLONE_NEWUTS }, //
plan: cgroup namespace % lib/sandbox/plan.c % s/{ PART_CGROUPNS, CLONE_NEWCGROUP },//
plan: a uid of its own % lib/sandbox/plan.c % s/p->own_uid = .*/p->own_uid = false;/
plan: a root of its own % lib/sandbox/plan.c % s/p->jailed = .*/p->jailed = false;/
plan: filter without W^X % lib/sandbox/plan.c % s/FILTER_TCG_RWX : FILTER_TCG;/FILTER_TCG_RWX : FILTER_TCG_RWX;/
plan: filter with io_uring % lib/sandbox/plan.c % s/aio == AIO_IO_URING/aio >= 0/
one uid for all % lib/state/uid.c % s/\*uid = UID_BASE + slot/*uid = UID_BASE/ % inspect-finds-real
address of the sockets % lib/base/fd.c % s/rc = bind_below(.*/rc = bind_below(fd, -1, dir, name);/
keeper: capabilities % lib/vm/keeper.c % s/if (caps_set(.*) < 0 ||/if (/
keeper: filter % lib/vm/keeper.c % s/if (filter_keeper() < 0)/if (0)/
policy: default % seccomp/qemu.policy % s/^@default errno EPERM/@default allow/
policy: newer calls % seccomp/qemu.policy % s/^@newer errno ENOSYS/@newer errno EPERM/
policy: other architectures % seccomp/qemu.policy % s/^@badarch kill/@badarch errno ENOSYS/ % kills
policy: never % seccomp/qemu.policy % /^@include never/d % kills
policy: clone % seccomp/qemu.policy % 0,/^clone if.*/s//clone	# mutant/; /^clone if/d
policy: clone3 % seccomp/qemu.policy % s/^clone3 errno ENOSYS/clone3/
policy: execveat % seccomp/qemu.policy % s/^execveat if [^#]*/execveat /
policy: mmap % seccomp/qemu.policy % 0,/^mmap if.*/s//mmap	# mutant/; /^mmap if/d
policy: mprotect % seccomp/qemu.policy % s/^mprotect if [^#]*/mprotect /
policy: openat % seccomp/qemu.policy % s/^openat if [^#]*/openat /
policy: fcntl % seccomp/qemu.policy % 0,/^fcntl if.*/s//fcntl	# mutant/; /^fcntl if/d
policy: ioctl % seccomp/qemu.policy % 0,/^ioctl if.*/s//ioctl	# mutant/; /^ioctl if/d
policy: getsockopt % seccomp/qemu.policy % 0,/^getsockopt if.*/s//getsockopt	# mutant/; /^getsockopt if/d
policy: prctl % seccomp/qemu.policy % 0,/^prctl if.*/s//prctl	# mutant/; /^prctl if/d
policy: prlimit64 % seccomp/qemu.policy % s/^prlimit64 if [^#]*/prlimit64 /
policy: socketpair % seccomp/qemu.policy % s/^socketpair if [^#]*/socketpair /
policy: socket % seccomp/qemu.policy % $a socket	# mutant
policy: kill % seccomp/qemu.policy % $a kill	# mutant
policy: execve % seccomp/qemu.policy % $a execve	# mutant
policy: fork % seccomp/qemu.policy % $a clone if arg0 == SIGCHLD	# mutant
END

fresh() {
	rm -rf "$tree"
	mkdir -p "$tree" && cp -r "$root/Makefile" "$root/cmd" "$root/lib" "$root/seccomp" "$root/t" "$root/examples" "$tree/"
}
compile() {
	"$make" -C "$tree" O="$out" all "$out/t/tool-json" "$out/t/tool-static-probe" "$out/gen/bootsector.bin" >"$place/make.log" 2>&1
}
# run_test NAME - 0: it passed; else $why has its first failure.
run_test() {
	case $1 in
	refuses) set -- refuses-all-that-the-probe-tries ;;
	without) set -- without-a-part-loses-only-that ;;
	kills) set -- kills-for-what-no-qemu-needs ;;
	inspect-finds-real) set -- inspect-finds-real-guests-in-order ;;
	esac
	# in namespaces of its own: a mutant may cover the root directory, or leave processes
	TEST_T=$(mktemp -d /tmp/husk-t.XXXXXX) TEST_RUNDIR=$(mktemp -d /tmp/husk-r.XXXXXX)
	export TEST_T TEST_RUNDIR TEST_FIRST=1
	# shellcheck disable=SC2016 # for the shell inside
	ROOT=$tree HUSK_BUILD=$out unshare -m -p --fork --kill-child --mount-proc --propagation private sh -c \
		'mount --make-rshared / && cd "$1" && exec timeout -k 5 300 sh "t/sandbox-$2.t"' sh "$tree" "$1" >"$place/test.log" 2>&1
	rm -rf "$TEST_T" "$TEST_RUNDIR"
	why=$(sed -n 's/^not ok [0-9]* - //p' "$place/test.log" | head -n 1)
	[ -n "$why" ] || grep -q '^1\.\.[1-9]' "$place/test.log" || why='the test did not come to its end'
	[ -z "$why" ]
}

fresh || exit 1
compile || { cat "$place/make.log"; exit 1; }
for test in refuses without kills inspect-finds-real; do
	run_test $test || { echo "without any change sandbox-$test fails: $why" >&2; exit 1; }
done

unnoticed=0 n=0
: >"$place/table"
while IFS=% read -r name file program tests; do
	name=${name% } file=$(echo "$file" | tr -d ' ') program=${program# } tests=${tests:-refuses}
	program=${program% }
	if [ $# -gt 0 ]; then case " $* " in *" ${name%%:*} "*) ;; *) continue ;; esac; fi
	n=$((n + 1))
	sed "$program" "$root/$file" >"$tree/$file"
	if cmp -s "$root/$file" "$tree/$file"; then
		result='INVALID: it changes nothing'
	elif ! compile; then
		result="INVALID: it does not compile: $(grep -m 1 -E 'error|policy' "$place/make.log")"
	else
		result=UNNOTICED
		for test in $tests; do
			run_test "$test" || { result="noticed: $why"; break; }
		done
	fi
	cp "$root/$file" "$tree/$file"	# with a new time, by which make goes
	case $result in noticed*) ;; *) unnoticed=$((unnoticed + 1)) ;; esac
	printf '%-32s %s\n' "$name" "$result" | cut -c1-150 | tee -a "$place/table"
done <"$place/list"
echo "$n mutants, $unnoticed unnoticed"
[ $unnoticed = 0 ]
