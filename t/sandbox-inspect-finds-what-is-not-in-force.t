#!/bin/sh
# SPDX-License-Identifier: MIT
# inspect --sandbox believes the kernel: whatever the record promises and is not so makes it exit 1, and is named.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need user socat
# shellcheck source=t/probe.sh
. "${0%/*}/probe.sh"
as root

inspect() { run "$HUSK" inspect --sandbox p; }
# promise EXPRESSION - change what the record says was promised.
promise() { sed -i "$1" "$HUSK_RUNDIR/p/state.json"; }
# missing FACT NAME - of the last inspect.
missing() { like "$err" "*not in force:*$1*" "$2"; }

run "$HUSK" inspect --sandbox p
exits 4 'a VM that does not exist'
for part in mntns pidns netns ipcns utsns cgroupns uid seccomp; do
	run probe p "$part"
	inspect
	exits 0 "without $part, as was said"
	promise 's/"without":\["[a-z]*"\]/"without":[]/'
	inspect
	exits 1 "without $part, though it was promised"
	case $part in
	mntns) missing 'namespace mnt' '... the namespace is named'; missing root '... and the root directory' ;;
	seccomp | uid) missing "$part" '... it is named' ;;
	*) missing "namespace ${part%ns}" '... it is named' ;;
	esac
	"$HUSK" stop -q --now p
done

# what a QEMU that was taken over has got hold of
run probe_run p seccomp,mdwe --qemu-arg -probe --qemu-arg keep=1
ok 'a QEMU that does what it should not' wait_until 10 has "$log" kept
promise 's/"seccomp","mdwe"\|"mdwe","seccomp"/"seccomp"/'
inspect
exits 1 '... is found out'
like "$out" '*! fd [0-9]*socket:*no socket of husk*' '... a socket'
like "$out" '*! fd [0-9]*inotify*not in the plan*' '... a descriptor of another kind'
like "$out" '*! memory *1 of * are both writable and executable*' '... memory both writable and executable'
like "$out" '*! signals *' '... signals that it takes again'
run "$HUSK" inspect --sandbox --json p
exits 1 '... and as JSON'
printf '%s\n' "$out" >"$T/json"
is "$(json "$T/json" ok)" false '... ok is false'
is "$(json -l "$T/json" facts 2>/dev/null | head -c 1)" '[' '... with the facts'

promise 's/"nofile":512/"nofile":256/'
inspect
missing 'limit nofile' 'a limit that is wider than planned'
promise 's/"role":"disk0",/"role":"other",/; s|"path":"'"$image"'"|"path":"/etc/hostname"|'
inspect
missing 'fd 8' 'a file that is not of the plan'
like "$out" '*! fd 8 *root.raw: not in the plan*' '... is named'
"$HUSK" stop -q --now p

# mounts: one that the plan has not; one that the plan wants tighter
run probe p ''
promise 's|{"path":"/dev/null",|{"path":"/dev/zero",|'
inspect
exits 1 'a mount that is not of the plan'
missing 'mount /dev/null' '... is named'
promise 's|"exec":true|"exec":false|'
inspect
missing "mount $T/qemu-system-x86_64" 'a mount that may execute, though it should not'
like "$out" '*which should be ro,nosuid,nodev,noexec*' '... with what it should be'
"$HUSK" stop -q --now p

# who may not read does not say that all is well
run probe p ''
run setpriv --inh-caps=-all --bounding-set=-sys_ptrace,-dac_read_search,-dac_override "$HUSK" inspect --sandbox p
exits 1 'root without the right to look into other processes'
like "$err" '*unreadable*' '... says that it cannot'
like "$out" '*? namespace mnt*' '... at what'

keeper=$(keeper_of p)
kill -KILL "$keeper"
wait_until 5 gone "$keeper"
inspect
exits 0 'without a keeper the rest is judged'
like "$out" '*keeper *gone*' '... and it is said'
"$HUSK" stop -q --now p
inspect
exits 3 'a VM that has ended'
done_testing
