#!/bin/sh
# SPDX-License-Identifier: MIT
# logs -n N shows the last N lines, over the rotated file too; --qemu and --events choose the log.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
fake vm normal
"$HUSK" stop -q --now vm
printf 'one\ntwo\n' >"$HUSK_RUNDIR/vm/console.log.1"
printf 'three\nfour\nfi' >"$HUSK_RUNDIR/vm/console.log"
run "$HUSK" logs vm
is "$out" "$(printf 'one\ntwo\nthree\nfour\nfi')" 'all, the rotated one first'
run "$HUSK" logs -n 4 vm
is "$out" "$(printf 'two\nthree\nfour\nfi')" 'the last four'
run "$HUSK" logs -n 1 vm
is "$out" 'fi' 'the last one, though it has no end yet'
run "$HUSK" logs -n 0 vm
is "$rc$out" 0 'none'
run "$HUSK" logs -n 100 vm
is "$out" "$(printf 'one\ntwo\nthree\nfour\nfi')" 'more than there are'
run "$HUSK" logs -n -1 vm
exits 2 'a negative number is none'
echo 'qemu says' >"$HUSK_RUNDIR/vm/qemu.log"
run "$HUSK" logs --qemu vm
is "$out" 'qemu says' '--qemu'
run "$HUSK" logs --events -n 1 vm
like "$out" '*"HUSK_END"*' '--events'
run "$HUSK" logs --events --qemu vm
exits 2 'both'
run "$HUSK" run -d --accel tcg --machine none --memory 16M --console off --qemu "$HUSK_BUILD/t/fake-qemu" --name deaf
run "$HUSK" logs deaf
is "$rc$out" 0 'without a console there is nothing'
done_testing
