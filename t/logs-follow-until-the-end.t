#!/bin/sh
# SPDX-License-Identifier: MIT
# logs -f shows what was, goes on with what comes, over rotations, and ends with the VM.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need bootsector socat
boot vm
"$HUSK" logs -f vm >"$T/followed" 2>&1 &
follower=$!
ends $follower
ok 'what was there is shown' wait_until 10 has "$T/followed" "$ready"
type_at vm 'typed now'
ok 'what comes is shown' wait_until 10 has "$T/followed" 'typed now'
"$HUSK" stop -q vm
rc=0
wait $follower || rc=$?
is "$rc" 0 'it ends with the VM'
like "$(cat "$T/followed")" '*typed now*power button*' '... after the last word'
is "$(grep -c "$ready" "$T/followed")" 1 '... and said nothing twice'
run "$HUSK" logs -f vm
exits 0 'of what has ended it shows what there is'
is "$out" "$(cat "$T/followed")" '... the same'

boot quiet
run "$HUSK" logs -f --timeout 200ms quiet
exits 6 'it meets its deadline'
"$HUSK" logs -f --events quiet >"$T/events" 2>&1 &
follower=$!
ends $follower
"$HUSK" stop -q quiet
wait $follower
like "$(json -l "$T/events" event | tr '\n' ' ')" 'HUSK_START RESUME * SHUTDOWN HUSK_END ' '--events shows the journal'

# a reader that goes away
boot vm
"$HUSK" logs -f vm | head -n 1 >"$T/head"
ok 'it ends when its reader does' has "$T/head" "$ready"
type_at vm '\033f'
rotated() { [ -e "$HUSK_RUNDIR/vm/console.log.1" ]; }
"$HUSK" stop -q --now vm
boot vm --log-size 4K
"$HUSK" logs -f vm >"$T/flood" 2>&1 &
follower=$!
ends $follower
wait_until 10 has "$T/flood" "$ready"
type_at vm '\033f'
ok 'the log is rotated' wait_until 20 rotated
size() { [ "$(wc -c <"$T/flood")" -gt 20000 ]; }
ok 'it goes on over rotations' wait_until 20 size
"$HUSK" stop -q --now vm
rc=0
wait $follower || rc=$?
is "$rc" 0 'and ends'
done_testing
