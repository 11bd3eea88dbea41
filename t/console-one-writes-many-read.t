#!/bin/sh
# SPDX-License-Identifier: MIT
# One husk console writes, and is named; it is taken over when asked; a foreground run is the writer itself; readers are free.
# As a keeper its own process cannot be looked at by the leak sanitizer.
HUSK_LEAKS=0
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need bootsector socat
boot vm

# writer FILE [OPTION...] - a console that writes what stands in $T/to it, in the background; its code goes to FILE.code
writer() {
	_file=$1; shift
	rm -f "$_file.to"
	mkfifo "$_file.to"
	{ "$HUSK" console "$@" vm <"$_file.to" >"$_file" 2>"$_file.err"; echo $? >"$_file.code"; } &
	ends $!
}
holder() { sed -n 's/^pid \([0-9]*\) .*/\1/p' "$HUSK_RUNDIR/$1/console.lock" 2>/dev/null; }
held() { [ -n "$(holder "$1")" ] && ! gone "$(holder "$1")"; }

writer "$T/first"
exec 4>"$T/first.to"
ok 'a writer holds the console' wait_until 10 held vm
first=$(holder vm)
run "$HUSK" console vm
exits 5 'another one is refused'
like "$err" "husk: vm is busy: console.lock is held by pid $first (console) since 20*Z" '... by name'
"$HUSK" console --read-only --timeout 20s --until seen vm >"$T/reader" &
reader=$!
ends $reader
"$HUSK" logs -f vm >"$T/follower" &
ends $!
# it may not be there yet
typed() { printf 'seen ' >&4; gone "$reader"; }
wait_until 10 typed
rc=0
wait $reader || rc=$?
is "$rc" 0 'a reader is in nobody'"'"'s way'
ok '... nor is logs -f' wait_until 10 has "$T/follower" seen
ok 'the writer sees its echo' wait_until 10 has "$T/first" seen

writer "$T/second" --takeover
exec 5>"$T/second.to"
ok '--takeover: the first one leaves' wait_until 10 test -s "$T/first.code"
is "$(cat "$T/first.code")" 5 '... with exit code 5'
second_holds() { held vm && [ "$(holder vm)" != "$first" ]; }
ok '... the second one holds it' wait_until 10 second_holds
like "$(cat "$T/first.err")" "*taken over by pid $(holder vm)*" '... and the first one says who has taken it'
printf 'second' >&5
ok '... and writes' wait_until 10 has "$T/second" second
exec 4>&-

# one that cannot leave
second=$(holder vm)
kill -STOP "$second"
run "$HUSK" console --takeover --timeout 300ms vm
exits 5 'one that is stopped cannot be taken over'
like "$err" "*pid $second*" '... it is named'
kill -CONT "$second"
exec 5>&-
wait_until 10 test -s "$T/second.code"

# a lock that names somebody who is not the holder's process any more: nobody is signalled
tail -f /dev/null &
innocent=$!
ends $innocent
writer "$T/third"
exec 4>"$T/third.to"
third_holds() { held vm && [ "$(holder vm)" != "$second" ]; }
wait_until 10 third_holds
printf 'pid %d (console) since 2026-01-01T00:00:00Z\nstart 1\n' $innocent >"$HUSK_RUNDIR/vm/console.lock"
run "$HUSK" console --takeover --timeout 300ms vm
exits 5 'a lock that lies'
fails '... gets nobody killed' gone $innocent
exec 4>&-
wait_until 10 test -s "$T/third.code"
"$HUSK" stop -q --now vm

# a run in the foreground that reads its input
mkfifo "$T/in"
guest fore --stdin <"$T/in" >"$T/fore" 2>&1 &
keeper=$!
ends $keeper
exec 4>"$T/in"
ok 'a run in the foreground holds the console' wait_until 20 held fore
wait_until 20 has "$T/fore" "$ready"
run "$HUSK" console fore
exits 5 'a console is refused'
like "$err" "*pid $(keeper_of fore) (run)*" '... the run is named'
run "$HUSK" console --takeover fore
exits 5 '... and cannot be taken over'
like "$err" '*belongs to the husk run in the foreground*' '... which is said'
ok '... and it lives' is_running fore
run "$HUSK" console --read-only --until "$ready" --replay 1M --timeout 1s fore
exits 6 'reading is free; the replay is not what --until waits for'
like "$out" "*$ready*" '... but shown'
"$HUSK" stop -q --now fore
exec 4>&-

# without its input it holds nothing
guest bare </dev/null >"$T/bare" 2>&1 &
ends $!
wait_until 20 has "$T/bare" "$ready"
printf 'typed' >"$T/typed"
run "$HUSK" console --until typed --timeout 10s bare <"$T/typed"
exits 0 'a run in the foreground without input leaves the console to others'
"$HUSK" stop -q --now bare
done_testing
