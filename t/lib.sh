# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# What every t/*.t sources first: TAP, a temporary directory, a run directory of its own, and their clean end.
#
# A test ends with done_testing.  It may use:
#	$T $HUSK_RUNDIR		its own directories, removed on exit; every VM in the second one is stopped
#	$HUSK $HUSK_BUILD $ROOT	the binary, the build directory, the source tree
#	$BOOTSECTOR		the 512 bytes of lib/qemu/bootsector.S, for bootsector_disk
#	need WORD...		skip the whole test where one is missing (see need below)
#	run COMMAND...		sets $rc, $out and $err
#	wait_until SECONDS COMMAND...	polls it every 20 ms, later every 100
#	ends PID		this process is to be ended when the test is over
#	json FILE|- [PATH]	one value of a JSON text;  json -l FILE PATH: of every line
set -u
umask 022
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL PATH
exec </dev/null

ROOT=${ROOT:-$(cd "${0%/*}/.." && pwd)}
HUSK_BUILD=${HUSK_BUILD:-$ROOT/build}
HUSK=${HUSK:-$HUSK_BUILD/husk}
BOOTSECTOR=$HUSK_BUILD/gen/bootsector.bin
if [ -z "${HUSK_TEST_CACHE:-}" ]; then
	if [ "$(id -u)" = 0 ]; then HUSK_TEST_CACHE=/var/cache/husk-test
	else HUSK_TEST_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/husk-test; fi
fi
# Looking for leaks takes as long as all the rest of a command: with QUICK=1 only where the commands themselves are tested.
case ${QUICK:+${0##*/}} in
'' | opt-* | plan-* | qmp-* | agent-* | events-* | set-* | stats-counts-* | state-json-* | run-exit-codes-* | unit-*) ;;
*) HUSK_LEAKS=${HUSK_LEAKS:-0} ;;
esac
# A sanitizer's complaint must not look like one of husk's own exit codes.
ASAN_OPTIONS=exitcode=99:detect_leaks=${HUSK_LEAKS:-1}
UBSAN_OPTIONS=print_stacktrace=1:exitcode=99
export HUSK HUSK_BUILD HUSK_TEST_CACHE ASAN_OPTIONS UBSAN_OPTIONS

# Both are short: a socket's path has 108 bytes.  t/run names them, so that it can sweep up after a test that was killed.
T=${TEST_T:-$(mktemp -d /tmp/husk-t.XXXXXX)} || exit 1
HUSK_RUNDIR=${TEST_RUNDIR:-$(mktemp -d /tmp/husk-r.XXXXXX)} || exit 1
unset TEST_T TEST_RUNDIR
export T HUSK_RUNDIR

# ---- the end: whatever this test started is over, and nothing of it is left ----
_clean() {
	_rc=$?
	trap - EXIT HUP INT TERM
	for _dir in "$HUSK_RUNDIR"/*/; do
		[ -f "$_dir/state.json" ] || continue
		_name=${_dir%/} _name=${_name##*/}
		timeout -k 1 10 "$HUSK" stop --now "$_name" >/dev/null 2>&1 || :
		# husk may be what is broken: then by pid, where that is a program a VM consists of
		for _key in qemu keeper helper; do
			_pid=$(json "$_dir/state.json" "$_key.pid" 2>/dev/null) || continue
			case $(cat "/proc/$_pid/comm" 2>/dev/null) in
			qemu* | husk* | fake-qemu* | passt* | keeper*) kill -CONT "$_pid"; kill -KILL "$_pid" ;;
			esac 2>/dev/null
		done
	done
	[ ! -s "$T/.pids" ] || while read -r _pid; do
		kill -CONT "$_pid" 2>/dev/null
		kill -TERM "$_pid" 2>/dev/null || continue
		wait_until 2 gone "$_pid" || kill -KILL "$_pid" 2>/dev/null
	done <"$T/.pids"
	if [ -n "${HUSK_KEEP:-}" ]; then
		echo "# kept: $T $HUSK_RUNDIR"
	else
		rm -rf "$T" "$HUSK_RUNDIR"
	fi
	exit "$_rc"
}
trap _clean EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

ends() { printf '%s\n' "$@" >>"$T/.pids"; }

# gone PID - no such process, or only its zombie.
gone() {
	[ -r "/proc/$1/stat" ] || return 0
	read -r _stat <"/proc/$1/stat" 2>/dev/null || return 0
	case ${_stat##*) } in Z*) return 0 ;; esac
	return 1
}

# ---- TAP ----
_count=0
plan() { echo "1..$1"; _planned=1; }
diag() { printf '%s\n' "$*" | sed 's/^/# /'; }
# TEST_FIRST=1: the first failure ends it
_say() {
	_count=$((_count + 1))
	printf '%s %d - %s\n' "$1" "$_count" "$2"
	[ "$1" = ok ] || [ -z "${TEST_FIRST:-}" ] || exit 1
}
pass() { _say ok "$1"; }
not_ok() { _say 'not ok' "$1"; return 1; }
# ok NAME COMMAND... - passes where the command succeeds.
ok() {
	_name=$1; shift
	if "$@"; then _say ok "$_name"; else _say 'not ok' "$_name"; diag "failed: $*"; return 1; fi
}
# fails NAME COMMAND... - passes where it does not.
fails() {
	_name=$1; shift
	if "$@"; then _say 'not ok' "$_name"; diag "succeeded: $*"; return 1; else _say ok "$_name"; fi
}
# is GOT WANTED NAME
is() {
	if [ "$1" = "$2" ]; then _say ok "$3"; else
		_say 'not ok' "$3"; diag "got:    $1"; diag "wanted: $2"; return 1; fi
}
isnt() { if [ "$1" != "$2" ]; then _say ok "$3"; else _say 'not ok' "$3"; diag "got: $1"; return 1; fi; }
# like GOT PATTERN NAME, unlike - a shell pattern; put stars around what may stand anywhere.
like() {
	# shellcheck disable=SC2254 # it is meant as a pattern
	case $1 in $2) _say ok "$3" ;; *) _say 'not ok' "$3"; diag "got: $1"; diag "no match for: $2"; return 1 ;; esac
}
unlike() {
	# shellcheck disable=SC2254
	case $1 in $2) _say 'not ok' "$3"; diag "got: $1"; diag "matches: $2"; return 1 ;; *) _say ok "$3" ;; esac
}
# skip NAME WHY - one test that cannot run here.
skip() { _count=$((_count + 1)); echo "ok $_count - $1 # SKIP $2"; }
done_testing() { [ -n "${_planned:-}" ] || echo "1..$_count"; exit 0; }
bail() { echo "Bail out! $*"; exit 1; }

# _slurp FILE - $_text=$(cat FILE); without two processes where it has a few lines, as nearly all have.
_newline='
'
# shellcheck disable=SC2094 # it is read twice, and not written
_slurp() {
	_text='' _break='' _lines=0
	while IFS= read -r _line || [ -n "$_line" ]; do
		_lines=$((_lines + 1))
		[ $_lines -lt 12 ] || { _text=$(cat "$1"); return; }
		[ -z "$_line" ] || { _text=$_text$_break$_line; _break=; }
		_break=$_break$_newline
	done <"$1"
}
# run COMMAND... - never ends the test; $rc, $out and $err tell.  Give it input with run ... <FILE.
rc=0 out='' err=''
run() {
	rc=0
	"$@" >"$T/.out" 2>"$T/.err" || rc=$?
	out='' err=''
	[ ! -s "$T/.out" ] || { _slurp "$T/.out"; out=$_text; }
	[ ! -s "$T/.err" ] || { _slurp "$T/.err"; err=$_text; }
}
# exits CODE NAME - of the last run; shows what it said where the code is another.
exits() {
	if [ "$rc" = "$1" ]; then _say ok "$2"; else
		_say 'not ok' "$2"; diag "exit code $rc, wanted $1"; diag "stdout: $out"; diag "stderr: $err"; return 1; fi
}

# now - hundredths of a second since boot.
now() { read -r _up _ </proc/uptime; echo "${_up%.*}${_up#*.}"; }
wait_until() {
	_until=$(($(now) + $1 * 100)) _looks=0; shift
	while ! "$@"; do
		[ "$(now)" -lt "$_until" ] || return 1
		_looks=$((_looks + 1))
		# what takes long is not helped by being looked at all the time: each look costs a guest its processor
		if [ $_looks -lt 40 ]; then sleep 0.02; else sleep 0.1; fi
	done
}
# has FILE TEXT - for wait_until.
has() { grep -qsF -e "$2" "$1"; }

json() { "$HUSK_BUILD/t/tool-json" "$@"; }
# audit NAME - by the kernel's word, all that the VM's plan promised is in force.
audit() { "$HUSK" inspect --sandbox "$1" >"$T/.audit" 2>&1 || { grep -v '^ ' "$T/.audit" | sed 's/^/# /'; return 1; }; }

# ---- what a test needs ----
# HUSK_FORGETFUL=1 before it: husk asks QEMU anew what it is.
# The words of HUSK_MUST_RUN may not be missing: where they are, the test fails instead of being skipped.
need() {
	for _word; do
		# the leak sanitizer is a tracer itself and cannot work under another one
		[ "$_word" != strace ] || ASAN_OPTIONS=exitcode=99:detect_leaks=0
		_have "$_word" && continue
		case " ${HUSK_MUST_RUN:-} " in
		*" $_word "* | *" all "*) echo 1..1; echo "not ok 1 - this machine must have: $_word"; exit 1 ;;
		esac
		echo "1..0 # SKIP no $_word here"
		exit 0
	done
	# what husk has found out about QEMU in this run of the suite (t/run); a test of that itself does without
	[ -z "${TEST_MEMORY:-}" ] || [ -n "${HUSK_FORGETFUL:-}" ] || cp "$TEST_MEMORY"/.qemu-* "$HUSK_RUNDIR" 2>/dev/null || :
}
_have() {
	case $1 in
	root) [ "$(id -u)" = 0 ] ;;
	user) _have root && command -v setpriv && id nobody ;;		# root that can become somebody else
	qemu) command -v qemu-system-x86_64 ;;
	qemu-img) command -v qemu-img ;;
	kvm) [ -r /dev/kvm ] && [ -w /dev/kvm ] ;;
	nokvm) [ ! -e /dev/kvm ] ;;
	bootsector) [ -s "$BOOTSECTOR" ] && _have qemu ;;
	guest) [ -s "$HUSK_TEST_CACHE/linux/initramfs.cpio" ] && _have qemu ;;	# t/mkinitramfs.sh
	debian) [ -s "$HUSK_TEST_CACHE/debian/guest.stamp" ] && _have qemu ;;	# t/mkdebian.sh
	userns) unshare -Ur true ;;
	netns) unshare -n true ;;
	cgroup) _have root && [ -w /sys/fs/cgroup/cgroup.subtree_control ] ;;
	tun) [ -w /dev/net/tun ] ;;
	*) command -v "$1" ;;
	esac >/dev/null 2>&1
}

# bootsector_disk FILE [SIZE] - a raw disk that boots lib/qemu/bootsector.S.
bootsector_disk() { cp "$BOOTSECTOR" "$1" && { [ $# -lt 2 ] || truncate -s "$2" "$1"; }; }
