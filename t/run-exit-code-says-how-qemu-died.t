#!/bin/sh
# SPDX-License-Identifier: MIT
# A QEMU that crashes, is killed or meets its filter gives 12, 13 and 14, to husk run and to husk wait.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need qemu
# fake-qemu does what a real one cannot be asked for.
dies() {
	code=$1 mode=$2 name=$3 vm=${2%=*}
	rc=0
	ASAN_OPTIONS=$no_leaks "$HUSK" run --accel tcg --machine none --memory 16M --name "$vm" --qemu "$HUSK_BUILD/t/fake-qemu" \
		--qemu-arg -fake --qemu-arg "$mode" >"$T/.out" 2>"$T/.err" || rc=$?
	out=$(cat "$T/.out") err=$(cat "$T/.err")
	exits "$code" "husk run: $name is $code"
	run "$HUSK" wait "$vm"
	exits "$code" "husk wait: the same"
}
dies 12 sigsegv 'a crash'
like "$out" '*signal 11 (Segmentation fault)*' '... which names the signal'
dies 12 abort 'a failed assertion'
dies 12 exit=1 'an exit with an error'
like "$out" '*exit code 1*' '... which names the code'
dies 14 sigsys 'a forbidden system call'
is "$(reason_of sigsys)" seccomp '... and on record'
like "$out" '*seccomp filter*' '... and in words'
# where the kernel has written which call it was, husk says so
if dmesg 2>/dev/null | grep -q "type=1326 .*pid=$(qemu_of sigsys) "; then
	like "$out" '*it called keyctl*' '... naming the system call'
else
	skip '... naming the system call' "this kernel's log does not tell"
fi
dies 1 exit=0 'an end that nobody explains'

fake killed normal
kill -KILL "$(qemu_of killed)"
run "$HUSK" wait killed
exits 13 'a SIGKILL from outside is 13'
like "$out" '*signal 9*' '... which names the signal'
is "$(json "$HUSK_RUNDIR/killed/exit.json" qemu.signal)" 9 '... and on record'

# As pid 1 of a namespace QEMU ignores every signal from outside but SIGKILL; without one it can be made to crash.
for signal in ABRT SEGV; do
	run none crash --sandbox-without pidns
	exits 0 'a real QEMU without a pid namespace'
	kill -$signal "$(qemu_of crash)"
	run "$HUSK" wait crash
	exits 12 "... and SIG$signal: a crash"
	run "$HUSK" why crash
	like "$out" 'crash: QEMU crashed with signal*' '... which why names'
	none inner
	kill -$signal "$(qemu_of inner)"
	ok "SIG$signal from outside does nothing in a pid namespace" is_running inner
	"$HUSK" stop -q --now inner
done
done_testing
