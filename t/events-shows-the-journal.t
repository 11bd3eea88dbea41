#!/bin/sh
# SPDX-License-Identifier: MIT
# events shows what happened, of a running VM and of one that has ended, by type, time and number, as text and as JSON.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need qemu
types() { json -l "$T/.out" event | tr '\n' ' '; }

none vm
"$HUSK" pause vm
"$HUSK" resume vm
run "$HUSK" events vm
exits 0 'a running VM'
is "$(printf '%s\n' "$out" | cut -d ' ' -f 3 | tr '\n' ' ')" 'HUSK_START RESUME STOP RESUME ' '... its events in order'
like "$out" "$(date +%Y)-*-* *:*:*.??? HUSK_START pid=$(qemu_of vm) accel=tcg*" '... with time and data'
run "$HUSK" events --json vm
is "$(types)" 'HUSK_START RESUME STOP RESUME ' 'JSON, one object a line'
is "$(json -l "$T/.out" data.accel | head -n 1)" tcg '... with the data'
run "$HUSK" events --json --type stop,husk_start vm
is "$(types)" 'HUSK_START STOP ' 'chosen by type, in any case'
run "$HUSK" events --json --type stop --type Resume vm
is "$(types)" 'RESUME STOP RESUME ' '... and the option may come twice'
run "$HUSK" events --type NO_SUCH_EVENT vm
is "$rc$out$err" 0 'a type that nobody knows has no events'
for type in 'STOP,' ',STOP' 'A,,B' 'STOP RESUME' 'a-b' '*'; do
	run "$HUSK" events --type "$type" vm
	is "$rc $out" '2 ' "\"$type\" is no type"
done
run "$HUSK" events -n 2 --json vm
is "$(types)" 'STOP RESUME ' 'the last two'
run "$HUSK" events -n 1 --type stop --json vm
is "$(types)" 'STOP ' '... of those that were chosen'
run "$HUSK" events -n 0 vm
is "$rc$out" 0 'none'

stamp=$("$HUSK" events --json --type stop vm | sed 's/.*"seconds": \([0-9]*\), "microseconds": \([0-9]*\).*/\1 \2/')
stamp="@${stamp% *}.$(printf %06d "${stamp#* }")"
run "$HUSK" events --json --since "$stamp" vm
is "$(types)" 'STOP RESUME ' 'since the second it happened'
# how it is written, and whether the events, which are a moment old, are later than that
while read -r when count; do
	run "$HUSK" events --since "$(echo "$when" | tr + ' ')" vm
	is "$rc $(printf %s "$out" | grep -c .)" "0 $count" "since $when"
done <<-END
	10m 4
	0s 0
	2d 4
	@0 4
	2000-01-01 4
	2000-01-01T00:00:00Z 4
	$(date -u +%Y)-01-01T00:00Z 4
	2000-01-01+00:00 4
	2199-12-31T23:59:59.999999-01:30 0
END
for when in 5 5x x @ @x 5m5 2026-13-01 2026-02-31 2026-1-1 2026-01-01T 2026-01-01T1 2026-01-01T25:00 2026-01-01T10:00:61 \
	2026-01-01T10:00Q 2026-01-01T10:00+1 99999999999999999999s @99999999999999 -5m ' 5m'; do
	run "$HUSK" events --since "$when" vm
	is "$rc $out" '2 ' "\"$when\" is no time"
done

"$HUSK" stop -q --now vm
run "$HUSK" events --json vm
is "$(types)" 'HUSK_START RESUME STOP RESUME SHUTDOWN HUSK_END ' 'of what has ended'
is "$(json -l "$T/.out" data.reason | tail -n 1)" stopped '... and how'
run "$HUSK" events -f --json vm
is "$rc $(types)" '0 HUSK_START RESUME STOP RESUME SHUTDOWN HUSK_END ' '-f shows the same and ends'
run "$HUSK" events nosuch
exits 4 'no such VM'
run "$HUSK" remove -q vm
run "$HUSK" events vm
exits 4 'removed, it is none'
done_testing
