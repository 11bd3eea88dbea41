#!/bin/sh
# SPDX-License-Identifier: MIT
# A QEMU stopped by SIGSTOP: status ends with 6 at once, list shows the others, stop gets rid of it.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need qemu
none frozen
none other
qemu=$(qemu_of frozen)
kill -STOP "$qemu"
wait_until 5 in_state "$qemu" T
run "$HUSK" status frozen
exits 6 'status'
like "$out" '*unresponsive*SIGSTOP*' '... says why'
run "$HUSK" list
exits 0 'list'
like "$out" '*frozen*unresponsive*other*running*' '... shows both as they are'
run "$HUSK" why frozen
like "$out" 'frozen: unresponsive*SIGSTOP*' 'why knows it'
run "$HUSK" wait --timeout 100ms frozen
exits 6 'wait meets its own deadline'
run "$HUSK" stop --timeout 4s frozen
exits 0 'stop'
like "$out" '*stopped by kill*acpi: not tried*' '... by the last rung'
run "$HUSK" wait frozen
exits 0 'it was stopped on request'
none frozen
kill -STOP "$(qemu_of frozen)"
kill -CONT "$(qemu_of frozen)"
run "$HUSK" status frozen
exits 0 'one that goes on is running again'
done_testing
