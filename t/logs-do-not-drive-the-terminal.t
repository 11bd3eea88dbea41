#!/bin/sh
# SPDX-License-Identifier: MIT
# On a terminal a guest's control bytes are shown, not obeyed; a pipe gets them as they are.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need socat
fake vm normal
"$HUSK" stop -q --now vm
printf 'a\033[2Jb\001\177\tc\r\n\303\251\377\000end\n' >"$HUSK_RUNDIR/vm/console.log"
on_terminal() { socat -u "EXEC:$HUSK logs $*,pty,raw" STDOUT >"$T/shown"; }
on_terminal vm
is "$(od -An -c "$T/shown" | tr -s ' \n' ' ')" \
	"$(printf 'a\\x1b[2Jb\\x01\\x7f\tc\n\303\251\\xff\\x00end\n' | od -An -c | tr -s ' \n' ' ')" 'on a terminal'
on_terminal --raw vm
ok '--raw on a terminal' cmp "$T/shown" "$HUSK_RUNDIR/vm/console.log"
"$HUSK" logs vm | cat >"$T/shown"
ok 'in a pipe' cmp "$T/shown" "$HUSK_RUNDIR/vm/console.log"
"$HUSK" why vm >"$T/shown"
fails 'why never passes them on' grep -q "$(printf '\033')" "$T/shown"
done_testing
