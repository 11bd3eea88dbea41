#!/bin/sh
# SPDX-License-Identifier: MIT
# A run that is refused for the caller's own reasons leaves the record of the run before.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need bootsector
boot kept
"$HUSK" stop -q kept
run "$HUSK" run -d --accel tcg --machine pc --memory 16M --name kept --disk "$T/nonexistent.raw"
exits 1 'an image that is not there'
like "$err" '*nonexistent.raw*' '... is named'
run "$HUSK" why kept
like "$out" 'kept: the guest shut down*' 'how it ended last time is still known'
ok 'the console log is still there' has "$HUSK_RUNDIR/kept/console.log" "$ready"
run guest kept -d
exits 0 'the next run works'
ok '... and starts afresh' test "$(grep -c SHUTDOWN "$HUSK_RUNDIR/kept/events.jsonl")" = 0
done_testing
