#!/bin/sh
# SPDX-License-Identifier: MIT
# SLOW: a guest or QEMU itself takes the time, not husk
# Many clients of one VM at the same time, husk's own and others: nobody starves, nobody hangs, and all get their answers.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
need guest socat

linux=$HUSK_TEST_CACHE/linux
"$HUSK" run -d -q --name g --accel tcg --memory 192M --kernel "$linux/vmlinuz" --initrd "$linux/initramfs.cpio" \
	--append 'console=ttyS0 quiet' --agent || bail 'no guest'
answers() { "$HUSK" agent g ping >/dev/null 2>&1; }
wait_until 90 answers || bail 'no agent'

# A stranger keeps QEMU's own monitor for himself all the time, another one the console.
mkfifo "$T/hold"
socat -u "PIPE:$T/hold" "UNIX-CONNECT:$HUSK_RUNDIR/g/monitor.sock" &
ends $!
exec 8>"$T/hold"
"$HUSK" events -f --json g >"$T/events" &
ends $!
"$HUSK" logs -f g >"$T/logs" &
ends $!

# client NUMBER COMMAND... - five times, one after the other; what failed is written down
client() {
	_n=$1; shift
	for _i in 1 2 3 4 5; do
		timeout -k 1 60 "$HUSK" "$@" >"$T/out.$_n.$_i" 2>&1 || echo "$*: $? $(head -c 300 "$T/out.$_n.$_i")" >>"$T/failed"
	done
	echo "$_n" >>"$T/ended"
}
: >"$T/failed"
: >"$T/ended"
start=$(now)
client 1 qmp g query-status &
client 2 qmp g query-block &
client 3 status g &
client 4 list &
client 5 stats g &
client 6 agent --timeout 50s g ping &
client 7 agent --timeout 50s g exec -- true &
client 8 hmp g info status &
client 9 inspect --sandbox g &
client 10 wait --for running g &
all() { [ "$(wc -l <"$T/ended")" = 10 ]; }
ok 'ten clients at once come to their end' wait_until 110 all
is "$(cat "$T/failed")" '' 'each of them got what it asked for'
diag "fifty commands took $(($(now) - start)) hundredths of a second"
for n in 1 2; do
	is "$(cat "$T/out.$n."? | grep -c '^[{[]')" 5 "... answers of their own ($n)"
done

# who asked while a pause lasted is told of it, and the followers hear of it
"$HUSK" pause g
"$HUSK" resume g
heard() { grep -q '"STOP"' "$T/events" && grep -q '"RESUME"' "$T/events"; }
ok 'who follows the events hears what the others do' wait_until 10 heard
exec 8>&-
"$HUSK" stop -q --now g
gone_all() { ! "$HUSK" status -q g 2>/dev/null; }
ok 'and it stops' wait_until 10 gone_all
done_testing
