#!/bin/sh
# SPDX-License-Identifier: MIT
# The first line of why names the cause of each kind of end, and the evidence stands below.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need bootsector socat
# why NAME PATTERN TEXT - tests
verdict() {
	"$HUSK" wait -q "$1"
	run "$HUSK" why "$1"
	exits 0 "why after $3"
	like "$(head -n 1 "$T/.out")" "$1: $2" '... names it'
	like "$out" '*last events (events.jsonl)*"HUSK_END"*' '... with the journal below'
}
boot off
type_at off '\033o'
verdict off 'the guest shut down' 'a power off'
like "$out" "*end of the console (console.log)*$ready*" '... and the console'
boot reboot --on-reboot stop
type_at reboot '\033r'
verdict reboot 'the guest reset*on-reboot stop*' 'a reset'
boot panic
type_at panic '\033p'
verdict panic 'the guest panicked' 'a panic'
boot killed
kill -KILL "$(qemu_of killed)"
verdict killed 'QEMU was killed from outside with signal 9*' 'a SIGKILL'
boot asked
"$HUSK" stop -q asked
verdict asked 'the guest shut down, as asked by husk stop' 'a stop'
boot quit
"$HUSK" stop -q --now quit
verdict quit 'QEMU was told to quit*' 'a stop --now'
fake crash sigsegv
verdict crash 'QEMU crashed with signal 11*' 'a crash'
fake abort abort
verdict abort 'QEMU crashed with signal*' 'a failed assertion'
like "$out" "*QEMU's last words (qemu.log)*Assertion*failed*" "... with QEMU's words as evidence"
fake filter sigsys
verdict filter 'the seccomp filter killed QEMU*' 'a forbidden system call'

boot alive
run "$HUSK" why alive
exits 0 'why of one that runs'
is "$(head -n 1 "$T/.out")" 'alive: running' '... says so'
run "$HUSK" why -q alive
is "$out" 'alive: running' 'with -q it is one line'
run "$HUSK" why nobody
exits 4 'why of nobody'
done_testing
