#!/bin/sh
# SPDX-License-Identifier: MIT
# Whatever stands in a journal: what is shown drives no terminal, JSON stays JSON, and the good lines are all there.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
fake vm normal
"$HUSK" stop -q --now vm
journal=$HUSK_RUNDIR/vm/events.jsonl
# Escapes as JSON has them, control characters and C1 as UTF-8 and as bytes, giants, halves, other things.
{
	printf '{"timestamp": {"seconds": 1, "microseconds": 2}, "event": "\\u001b]0;x\\u0007", "data": {"\\u001b[2J": "\\u009b31m\\n"}}\n'
	printf '{"timestamp": {"seconds": 1, "microseconds": 2}, "event": "C_ONE", "data": {"x": "\302\2331m\342\200\256\360\237\230\200"}}\n'
	printf '{"timestamp": {"seconds": -1, "microseconds": "x"}, "event": "NO_TIME"}\n'
	printf '{"timestamp": {"seconds": 9223372036854775807, "microseconds": 9}, "event": "LATE"}\n'
	printf '{"event": "BAD_UTF", "data": {"x": "\377\376"}}\n'
	printf '{"event": "CONTROL", "data": {"x": "\033[2J"}}\n'
	printf '\0\0\0\n\n{}\n[]\n{"return": {}}\n'
	printf '{"event": "GIANT", "data": {"x": "'
	head -c 102400 /dev/zero | tr '\0' x
	printf '"}}\n'
	printf '{"event": "WIDE", "data": {"x": "'
	head -c 30000 /dev/zero | tr '\0' x
	printf '"}}\n'
	printf '{"event": "DEEP", "data": {"x": %s%s}}\n' "$(printf '%060d' 0 | tr 0 '[')" "$(printf '%060d' 0 | tr 0 ']')"
	printf '{"event": "LAST"}\n{"event": "HALF'
} >"$journal"
run "$HUSK" events vm
exits 0 'they are shown'
is "$(printf %s "$out$err" | tr -d '\n' | LC_ALL=C grep -c '[[:cntrl:]]')" 0 '... no control character'
is "$(printf %s "$out$err" | sed 's/\o360\o237\o230\o200//' | LC_ALL=C tr -dc '\200-\377' | wc -c)" 0 '... nothing else that drives a terminal'
is "$(printf '%s\n' "$out" | grep -oE '(^| )(C_ONE|NO_TIME|LATE|WIDE|DEEP|LAST)' | tr -d ' ' | tr '\n' ' ')" \
	'C_ONE NO_TIME LATE WIDE DEEP LAST ' '... all that are events'
is "$(printf '%s\n' "$out" | grep -c -e BAD_UTF -e CONTROL -e GIANT -e HALF)" 0 '... and nothing that is none'
ok '... a giant is cut' test "$(printf '%s\n' "$out" | awk '{ if (length > n) n = length } END { print n }')" -lt 5000
is "$err" 'husk: warning: vm: the journal has lines that are no events; they are left out' '... which is said once'
run "$HUSK" events --json vm
exits 0 'as JSON'
is "$(json -l "$T/.out" event | grep -c .)" 7 '... each line is an object'
is "$(LC_ALL=C tr -d '\n' <"$T/.out" | LC_ALL=C tr -dc '\000-\037\177-\377' | wc -c)" 0 '... of plain characters'
is "$(json -l "$T/.out" data.x | sed -n 's/.*\(....\)$/\1/p' | head -n 1 | od -An -tx1 | tr -d ' \n')" \
	"$(printf '\360\237\230\200\n' | od -An -tx1 | tr -d ' \n')" '... that mean what was meant'
run "$HUSK" events -q vm
is "$err" '' '-q is quiet about it'
run "$HUSK" wait --for event=LAST vm
exits 0 'wait finds its event behind all that'
run "$HUSK" wait --for event=HALF vm
exits 3 '... but not in half a line'

rm "$journal"
mkdir "$journal"
run "$HUSK" events vm
exits 1 'a directory in its place'
like "$err" "husk: $journal is no file" '... is named'
run "$HUSK" wait --for event=STOP vm
exits 1 '... to wait too'
rmdir "$journal"
ln -s /etc/passwd "$journal"
run "$HUSK" events vm
exits 1 'a link is not followed'
rm "$journal"
run "$HUSK" events vm
is "$rc$out" 0 'none at all has no events'
: >"$journal"
run "$HUSK" events -f vm
is "$rc$out" 0 'an empty one neither'
head -c 100000 /dev/urandom >"$journal"
run timeout 10 "$HUSK" events vm
exits 0 'noise'
done_testing
