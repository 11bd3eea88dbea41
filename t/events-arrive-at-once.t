#!/bin/sh
# SPDX-License-Identifier: MIT
# events -f shows an event within 10 ms of QEMU's time stamp.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need qemu
none vm
"$HUSK" events -f --json vm | "$HUSK_BUILD/t/tool-lag" >"$T/lag" &
lag=$!
ends $lag
for _ in 1 2 3 4 5 6 7 8 9 10; do
	"$HUSK" pause vm
	"$HUSK" resume vm
done
"$HUSK" stop -q --now vm
wait $lag
read -r median min max count <"$T/lag"
diag "median $median, min $min, max $max microseconds of $count events"
ok 'most events were shown' test "$count" -ge 15
# the machine may be busy with other tests: then not each one can be so fast, but what looks at intervals never is
ok 'within 10 ms' test "$min" -le 10000
ok 'most of them soon' test "$median" -le 100000
done_testing
