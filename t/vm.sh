# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Small VMs for tests of disks and devices.  Sourced behind t/lib.sh.
#	small LINE...		the lines of a .vm file for a guest of 16M under TCG, on machine pc, and these
#	starts NAME SAID	starts $T/NAME.vm; a test
#	boots NAME SAID		starts it and waits for the boot sector's greeting; a test
#	says NAME TEXT		waits for a text on its console
#	types NAME KEYS TEXT	sends keys (printf's escapes) to its console and waits for a text behind them
#	qmp NAME COMMAND [ARGUMENTS]	prints the reply's "return": JSON, or a string decoded
#	ends_now NAME		ends it, so that its images are free again
#	quiet_qemu NAME SAID	QEMU itself had nothing to say; a test

small() { printf 'machine pc\nmemory 16M\naccel tcg\n'; [ $# = 0 ] || printf '%s\n' "$@"; }

starts() {
	run "$HUSK" run -q -d "$T/$1.vm"
	exits 0 "$2"
}

boots() {
	run "$HUSK" run -q -d "$T/$1.vm"
	# shellcheck disable=SC2154 # run sets it
	if [ "$rc" != 0 ]; then exits 0 "$2"; return 1; fi
	ok "$2" says "$1" 'husk bootsector ready'
}

says() { wait_until 20 has "$HUSK_RUNDIR/$1/console.log" "$2"; }

said_since() { tail -c "+$(($2 + 1))" "$HUSK_RUNDIR/$1/console.log" | grep -qF -e "$3"; }
# The connection stays open until the answer is there: QEMU forgets what a client that has gone had typed.
types() {
	_size=$(wc -c <"$HUSK_RUNDIR/$1/console.log")
	{ printf %b "$2"; wait_until 20 said_since "$1" "$_size" "$3"; } |
		socat -u - "UNIX-CONNECT:$HUSK_RUNDIR/$1/console.sock"
	said_since "$1" "$_size" "$3"
}

# As above: the commands of a client that has gone are forgotten too.
# shellcheck disable=SC2094 # it waits for what is written
qmp() {
	: >"$T/.qmp"
	{
		printf '{"execute": "qmp_capabilities"}\n{"execute": "%s"%s, "id": "asked"}\n' "$2" "${3:+, \"arguments\": $3}"
		wait_until 10 has "$T/.qmp" '"id": "asked"'
	} | socat -t 0 - "UNIX-CONNECT:$HUSK_RUNDIR/$1/monitor.sock" >"$T/.qmp" 2>"$T/.qmp.err"
	grep -F '"id": "asked"' "$T/.qmp" | tail -n 1 | json - return
}

ends_now() { "$HUSK" stop -q --now "$1" >/dev/null; }

# The log of QEMU itself: whatever stands there is a warning.
quiet_qemu() { is "$(cat "$HUSK_RUNDIR/$1/qemu.log")" '' "$2"; }
