#!/bin/sh
# SPDX-License-Identifier: MIT
# husk qmp with a QEMU that is silent, late, endless, or answers what is no answer: the right code within the deadline, a
# reason in one line, and the monitor is free for the next command.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"

# fault MODE CODE REASON - what "qmp query-block" says of it, and that the monitor is not held afterwards
fault() {
	fake f "$1@query-block" || { not_ok "$1: it starts"; return; }
	start=$(now)
	run "$HUSK" qmp --timeout "${budget:-700ms}" f query-block
	took=$(($(now) - start))
	exits "$2" "$1"
	like "$err" "husk: *$3*" '... says why'
	is "$(printf '%s\n' "$err" | wc -l)" 1 '... in one line'
	ok "... within its deadline ($took hundredths)" test "$took" -lt "${most:-300}"
	if [ -n "${4:-}" ]; then
		run "$HUSK" qmp --timeout 5s f query-status
		is "$rc" "$4" '... and the next command gets through'
	fi
	ok '... nothing is locked' flock -n "$HUSK_RUNDIR/f/lock" true
	run "$HUSK" stop -q --now --timeout 9s f
	exits 0 '... stop works'
}
fault no-reply 6 'query-block: *within*' 0
fault half-line 6 'query-block: *within*'
fault wrong-id 1 'query-block: *' 0
fault late-reply=1200 6 'query-block: *within*' 0
fault bad-utf8 1 'query-block: *' 0
fault deep 1 'query-block: *' 0
fault dup-keys 1 'query-block: *' 0
fault refuse=no 1 'query-block: GenericError: no' 0
fault die-between-replies 1 'query-block: *'
budget=10s most=1500
fault huge-line 1 'query-block: *more than 16384 KiB*'
budget=2s most=800
fault flood 6 'query-block: *within*'
budget=

# a monitor that says nothing at all, or nothing that is QMP
for mode in silence half-greeting never-reads; do
	fake g "$mode@control" || not_ok "$mode: it starts"
	run "$HUSK" qmp --timeout 700ms g query-block
	exits 6 "$mode"
	"$HUSK" stop -q --now --timeout 3s g
done
for mode in garbage eof-after-greeting; do
	fake g "$mode@control" || not_ok "$mode: it starts"
	run "$HUSK" qmp --timeout 5s g query-block
	exits 1 "$mode"
	"$HUSK" stop -q --now --timeout 3s g
done
done_testing
