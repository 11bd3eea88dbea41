#!/bin/sh
# SPDX-License-Identifier: MIT
# SIGTERM to a keeper is the stop ladder; a second one is stop at once; SIGHUP means nothing to it.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need bootsector socat
boot vm
keeper=$(keeper_of vm)
kill -HUP "$keeper"
run "$HUSK" status vm
exits 0 'it runs on after SIGHUP'
kill -TERM "$keeper"
run "$HUSK" wait --timeout 20s vm
exits 0 'SIGTERM stops it'
is "$(json "$HUSK_RUNDIR/vm/exit.json" shutdown)" guest-shutdown '... by asking the guest'
is "$(reason_of vm)" stopped '... on request'

boot vm
type_at vm '\033h'
keeper=$(keeper_of vm)
kill -TERM "$keeper"
wait_until 10 has "$HUSK_RUNDIR/vm/events.jsonl" '"POWERDOWN"'
kill -TERM "$keeper"
run "$HUSK" wait --timeout 20s vm
exits 0 'a deaf guest is stopped by the second SIGTERM'
is "$(json "$HUSK_RUNDIR/vm/exit.json" shutdown)" host-qmp-quit '... at once'

boot vm --stop-timeout 900ms
type_at vm '\033h'
kill -TERM "$(keeper_of vm)"
run "$HUSK" wait --timeout 20s vm
exits 0 'or by the first one, when --stop-timeout has passed'
done_testing
