#!/bin/sh
# SPDX-License-Identifier: MIT
# stop of what does not run is done: 0; with stdin, stdout or stderr closed as well.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
fake vm normal
rc=0
"$HUSK" stop --now vm <&- >/dev/null || rc=$?
is "$rc" 0 'with stdin closed'
rc=0
"$HUSK" stop vm <&- >&- 2>&- || rc=$?
is "$rc" 0 'again, with everything closed'
run "$HUSK" stop vm
exits 0 'once more'
is "$out" 'vm: was not running' '... says what there was to do'
run "$HUSK" stop -q vm
is "$rc $out$err" '0 ' '... and nothing with -q'
fake vm normal
rc=0
"$HUSK" stop --now vm <&- >/dev/null >&- 2>&- || rc=$?
is "$rc" 0 'a running one with everything closed'
fails '... is gone' is_running vm
fake vm normal
run sh -c '"$0" stop --now vm >/dev/full' "$HUSK"
exits 1 'a receipt that cannot be written is an error'
fails '... but the VM is gone' is_running vm
done_testing
