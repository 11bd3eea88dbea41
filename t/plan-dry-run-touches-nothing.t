#!/bin/sh
# SPDX-License-Identifier: MIT
# --dry-run makes, changes and remembers nothing, not even the run directory.
HUSK_FORGETFUL=1	# its run directory is to stay as it is
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
need qemu

truncate -s 1M "$T/a.raw"
printf 'disk a.raw\naccel tcg\n' >"$T/a.vm"
# everything's names, modes and times of change
state() { find "$T/a.raw" "$T/a.vm" "$@" -printf '%p %m %u %s %T@ %C@\n' | sort; }

rmdir "$HUSK_RUNDIR"
run "$HUSK" run --dry-run "$T/a.vm"
exits 0 'it works without a run directory'
ok 'and makes none' test ! -e "$HUSK_RUNDIR"

mkdir "$HUSK_RUNDIR"
before=$(state "$HUSK_RUNDIR")
run "$HUSK" run --dry-run "$T/a.vm"
exits 0 'it works with an empty one'
is "$(state "$HUSK_RUNDIR")" "$before" 'and leaves it empty'
run "$HUSK" --json run -d --dry-run "$T/a.vm"
exits 0 'so does --json'
is "$(state "$HUSK_RUNDIR")" "$before" 'which leaves it empty too'
ok 'and is JSON' test "$(printf %s "$out" | json - name)" = a

rm "$T/a.raw"
run "$HUSK" run --dry-run "$T/a.vm"
exits 0 'no image is opened: one that is not there is no obstacle'
done_testing
