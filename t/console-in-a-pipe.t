#!/bin/sh
# SPDX-License-Identifier: MIT
# husk console without a terminal: input is delivered, --until waits for a text, and each way to end has its exit code.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need bootsector socat
boot vm

# shellcheck disable=SC2059
input() { printf "$1" >"$T/input"; }
log=$HUSK_RUNDIR/vm/console.log

input 'hello'
run "$HUSK" console vm <"$T/input"
exits 0 'input: it leaves when the guest has taken all'
ok '... which arrived' wait_until 10 has "$log" hello
run "$HUSK" console vm
is "$rc:$out:$err" 0:: 'nothing to send: it leaves at once, without the old output'
run sh -c '"$HUSK" console vm <&-'
is "$rc:$out:$err" 0:: '... with stdin closed too'
run sh -c '"$HUSK" console vm <&- >&- 2>&-'
is "$rc" 0 '... with all closed'

input 'abcdef'
run "$HUSK" console --until cde --timeout 20s vm <"$T/input"
exits 0 '--until: the text came'
is "$out" abcde '... and it left there'
input 'x'
run "$HUSK" console --until hello --timeout 300ms vm <"$T/input"
exits 6 '--until: a text of the past does not count'
like "$err" '*vm did not say "hello" in time' '... it says so'
run "$HUSK" console --until x --replay 1M --timeout 300ms vm
exits 6 '... not in the replay either'
like "$out" "*$ready*hello*" '... which is shown in full'
run sh -c '"$HUSK" console --until never --timeout 300ms vm <&-'
exits 6 '--until with stdin closed waits'
run "$HUSK" console --read-only --timeout 300ms vm
exits 6 '--read-only does not end with the input'
input 'json'
run "$HUSK" console --json --until json --timeout 20s vm <"$T/input"
is "$(json "$T/.err" end):$(json "$T/.err" name):$(json "$T/.err" sent)" matched:vm:4 '--json: a receipt on stderr'
run "$HUSK" console --json --until no --timeout 100ms vm
like "$err" '*"end":"deadline"*"exit":6*' '... when it fails, with the error behind it'

for bad in '--until=' '--escape=^' '--escape=x' '--replay=1T' '--replay=1K --no-replay' '--read-only --takeover'; do
	# shellcheck disable=SC2086 # words
	run "$HUSK" console $bad vm
	exits 2 "$bad is a usage error"
done

# the reader goes away
"$HUSK" console --read-only --replay 1M vm | head -n 1 >"$T/head"
ok 'it ends when its reader does' has "$T/head" "$ready"
run sh -c 'echo z | "$HUSK" console --until never --timeout 20s vm >/dev/full'
exits 1 'a full disk is an error'
like "$err" '*write to stdout*' '... that is said'

# a client that is not husk has the socket
mkfifo "$T/foreign.in"
socat - "UNIX-CONNECT:$HUSK_RUNDIR/vm/console.sock" <"$T/foreign.in" >"$T/foreign" &
foreign=$!
ends $foreign
exec 4>"$T/foreign.in"
printf 'foreign' >&4
ok 'another program has the console' wait_until 10 has "$T/foreign" foreign
input 'waits'
run "$HUSK" console --timeout 500ms vm <"$T/input"
exits 6 'input to a socket that another has meets its deadline'
like "$err" '*not all input was taken: *another program has console.sock*' '... and it is said why'
"$HUSK" console --until shown --timeout 20s vm </dev/null >"$T/beside" 2>"$T/beside.err" &
beside=$!
ends $beside
warned() { printf . >&4; has "$T/beside.err" 'another program has its console.sock'; }
ok '... and warned of as soon as it is heard' wait_until 10 warned
printf 'shown' >&4
rc=0
wait $beside || rc=$?
is "$rc" 0 '... output comes all the same'
exec 4>&-
kill $foreign 2>/dev/null
wait_until 10 gone $foreign

# a guest that does not read: halted for ever
input '\033h'
"$HUSK" console vm <"$T/input"
head -c 100000 /dev/zero >"$T/input"
run "$HUSK" console --timeout 500ms vm <"$T/input"
exits 6 'a guest that does not read: the deadline'
like "$err" '*not all input was taken*' '... and why'

# the end of the VM
"$HUSK" console --until never vm >"$T/waiting" 2>"$T/waiting.err" &
waiting=$!
ends $waiting
held() { has "$HUSK_RUNDIR/vm/console.lock" "pid $waiting "; }
wait_until 10 held
"$HUSK" stop -q --now vm
rc=0
wait $waiting || rc=$?
is "$rc" 3 '--until: the VM ended before'
like "$(cat "$T/waiting.err")" '*vm ended and did not say "never"*' '... it says so'
run "$HUSK" console vm
exits 3 'what has ended has no console'
run "$HUSK" console nosuch
exits 4 'nor has what never was'
none bare --console off
run "$HUSK" console bare
exits 1 'a VM without a console'
like "$err" '*bare has no console*' '... says so'
done_testing
