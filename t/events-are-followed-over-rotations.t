#!/bin/sh
# SPDX-License-Identifier: MIT
# A flood of events rotates the journal under whoever follows it: each event comes once and in order, and what is lost is said.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
chmod 711 "$T"
cp "$HUSK_BUILD/t/tool-static-hostile" "$T/qemu-system-x86_64"
flood() {
	_vm=$1; shift
	"$HUSK" run -d --accel tcg --memory 16M --name "$_vm" --qemu "$T/qemu-system-x86_64" --qemu-arg -hostile \
		--qemu-arg "events=$events" "$@"
}
flooded() { has "$HUSK_RUNDIR/$1/qemu.log" 'events done'; }
# in_order FILE - the offsets of the events ascend; prints how many there are and how many were left out
in_order() {
	json -l "$1" data.offset | awk '$1 !~ /^[0-9]+$/ { next } n && $1 <= last { print "disorder at " $1; exit }
		n && $1 != last + 1 { gone += $1 - last - 1 } { last = $1; n++ } END { print n + 0, gone + 0 }'
}

# A journal that has room for all: nothing may be lost.
events=20000
flood all --log-size 8M
"$HUSK" events -f --json all >"$T/all" 2>"$T/all.err" &
follower=$!
ends $follower
wait_until 60 flooded all
"$HUSK" stop -q --now all
rc=0
wait $follower || rc=$?
is "$rc$(cat "$T/all.err")" 0 'it ends well and has nothing to say'
is "$(in_order "$T/all")" '20000 0' '... each event came once'

# Rotated hundreds of times, a follower that runs: whatever is missing was said to be.
flood many --log-size 64K
"$HUSK" events -f --json many >"$T/many" 2>"$T/many.err" &
follower=$!
ends $follower
wait_until 60 flooded many
"$HUSK" stop -q --now many
rc=0
wait $follower || rc=$?
is "$rc" 0 'it ends well over many rotations'
result=$(in_order "$T/many")
diag "$result"
case $result in
*' 0') is "$(cat "$T/many.err")" '' '... nothing was lost, and none said' ;;
disorder*) not_ok "... $result" ;;
*) like "$(cat "$T/many.err")" '*some events are lost*' '... what is missing is said' ;;
esac
has "$T/many" HUSK_END
is "$?" 0 '... and the end is there'

# A reader that sleeps over it all gets what the journal still has.
mkfifo "$T/pipe"
events=100000
# the flood may be over before the keeper can be held: then there is nothing to be slow at
for try in 1 2 3 4 5; do
	flood slow --log-size 64K
	keeper=$(json "$HUSK_RUNDIR/slow/state.json" keeper.pid)
	kill -STOP "$keeper"
	flooded slow || break
	kill -CONT "$keeper"
	"$HUSK" remove -q --force slow
done
ok "a keeper held in the middle of a flood (try $try)" test "$(cat "/proc/$keeper/comm" 2>&1)" = husk
"$HUSK" events -f --json slow >"$T/pipe" 2>"$T/slow.err" &
follower=$!
ends $follower
exec 9<"$T/pipe"
# the first word of it, and then the keeper goes on
read -r first <&9
kill -CONT "$keeper"
wait_until 60 flooded slow
kept=$(cat "$HUSK_RUNDIR/slow/events.jsonl.1" "$HUSK_RUNDIR/slow/events.jsonl" | grep -c RTC_CHANGE)
"$HUSK" stop -q --now slow
{ printf '%s\n' "$first"; cat <&9; } >"$T/slow"
exec 9<&-
rc=0
wait $follower || rc=$?
is "$rc" 0 'one that did not read ends well'
result=$(in_order "$T/slow")
diag "$result, $kept in the journal"
ok '... it gets all that is kept' test "${result% *}" -ge "$kept"
like "$(cat "$T/slow.err")" '*some events are lost*' '... and is told of the rest'
is "$(json -l "$T/slow" event | tail -n 1)" HUSK_END '... up to the end'

# The deadline holds where nobody reads.
events=5000
flood deaf
wait_until 60 flooded deaf
"$HUSK" events -f --timeout 300ms deaf >"$T/pipe" 2>"$T/deaf.err" &
follower=$!
ends $follower
exec 9<"$T/pipe"
rc=0
wait $follower || rc=$?
is "$rc" 6 'a reader that does not read does not hold it beyond its deadline'
like "$(cat "$T/deaf.err")" '*reader is too slow*' '... which is said'
exec 9<&-
done_testing
