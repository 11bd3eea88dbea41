#!/bin/sh
# SPDX-License-Identifier: MIT
# A step of the sandbox that fails ends the launch with 7 before QEMU exists, and leaves nothing.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need qemu strace
# the kernel is made to refuse one step
run env ASAN_OPTIONS=$no_leaks timeout 60 strace -f -qq -o /dev/null -e trace=setsid -e inject=setsid:error=EPERM \
	"$HUSK" run --accel tcg --machine none --memory 16M --name "jail$$"
exits 7 'a refused setsid'
like "$err" '*sandbox: *setsid*' '... the step is named'
ok '... no process is left' wait_until 5 none_left "jail$$"
run "$HUSK" status "jail$$"
exits 4 '... and no VM'
run none "jail$$"
exits 0 'the next run works'
done_testing
