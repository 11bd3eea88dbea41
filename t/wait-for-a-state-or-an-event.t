#!/bin/sh
# SPDX-License-Identifier: MIT
# wait --for running, paused and event=TYPE: at once where it is so, when it comes, and never for what cannot come any more.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need bootsector socat
# waits CODE NAME - for the one in the background
waits() { rc=0; wait $waiter || rc=$?; out=$(cat "$T/out") err=$(cat "$T/err"); exits "$1" "$2"; }
wait_for() { "$HUSK" wait --timeout 20s --for "$@" >"$T/out" 2>"$T/err" & waiter=$!; ends $waiter; }
# parked - it has asked, and waits for what it watches
watches() { find "/proc/$waiter/fd" -lname 'anon_inode:inotify' 2>/dev/null | grep -q .; }
parked() { watches && in_state "$waiter" S; }

boot vm
run "$HUSK" wait --for running vm
exits 0 'it runs'
is "$out$err" '' '... there is nothing to say'
run "$HUSK" wait --json --for running vm
is "$out" '{"name":"vm","for":"running","event":null}' '... but as JSON'
run "$HUSK" wait --for paused --timeout 100ms vm
exits 6 'it is not paused'
wait_for paused vm
wait_until 5 parked
"$HUSK" pause vm
waits 0 'a pause is heard of'
run "$HUSK" wait --for paused vm
exits 0 '... and is so'
run "$HUSK" wait --for running --timeout 100ms vm
exits 6 'the resumption of before does not count'
wait_for running vm
wait_until 5 parked
"$HUSK" resume vm
waits 0 'a resumption is heard of'

run "$HUSK" wait --for event=stop vm
exits 0 'an event that was'
like "$out" '* STOP' '... is shown'
run "$HUSK" wait --for event=STOP --since 0s --timeout 100ms vm
exits 6 '... and is none since now'
wait_for event=powerdown vm
wait_until 5 parked
"$HUSK" powerdown vm
waits 0 'an event that comes'
run "$HUSK" wait vm
exits 0 'the guest obeyed'
run "$HUSK" wait --for stopped vm
exits 0 'stopped is what is waited for by itself'
run "$HUSK" wait --json --for event=SHUTDOWN vm
is "$(json "$T/.out" event.data.reason)" guest-shutdown 'of what has ended events can be had'
for what in running paused event=NEVER console=never job=none; do
	run "$HUSK" wait --for $what vm
	exits 3 "... but no $what"
	like "$err" "husk: vm: \"$what\" cannot come any more: stopped: *" '... which is said, and how it ended'
done

boot vm
for what in running event=NEVER console=never job=none; do
	"$HUSK" pause vm
	wait_for "$what" vm
	wait_until 5 parked
	"$HUSK" stop -q --now vm
	waits 3 "$what: its end ends the wait"
	like "$err" '*stopped: QEMU was told to quit*' '... and is told'
	boot vm
done
wait_for paused vm
wait_until 5 parked
kill -KILL "$(qemu_of vm)"
waits 3 'killed it is paused no more'
like "$err" '*killed from outside*' '... as it was'

boot vm --agent
run "$HUSK" wait --for console=nobody-says-this --timeout 100ms vm
exits 6 'a text that does not come'
wait_for console=typed vm
wait_until 5 parked
type_at vm 'typed now'
waits 0 'a text that comes'
run "$HUSK" wait --for "console=$ready" vm
exits 0 'a text that was said'
run "$HUSK" wait --for agent --timeout 200ms vm
exits 6 'no agent in the boot sector'
"$HUSK" stop -q --now vm
# a text is found wherever files and reads have cut it
{ head -c 16380 /dev/zero | tr '\0' x; printf 'one two three'; } >"$HUSK_RUNDIR/vm/console.log.1"
printf ' four' >"$HUSK_RUNDIR/vm/console.log"
for text in one 'one two' three 'three four' four 'xone two three four'; do
	run "$HUSK" wait --for "console=$text" vm
	exits 0 "\"$text\" was said"
done
run "$HUSK" wait --for 'console=two four' vm
exits 3 'what was not said was not'
boot vm
run "$HUSK" wait --for agent vm
exits 1 'no port, no agent'
like "$err" '*vm has no agent port' '... is said at once'
none mute --console off
run "$HUSK" wait --for console=x mute
exits 1 'no console, no text'

for what in '' nothing running= Running event event= event=a-b event=STOP,RESUME console= job job= stopped=1; do
	run "$HUSK" wait --for "$what" vm
	exits 2 "\"$what\" is nothing to wait for"
done
run "$HUSK" wait --for running --since 5m vm
exits 2 'only events have a past'
run "$HUSK" wait --for running nosuch
exits 4 'no such VM'
done_testing
