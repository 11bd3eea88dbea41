#!/bin/sh
# SPDX-License-Identifier: MIT
# An image that another program of QEMU's family has open is in use, whether husk started that or not.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/vm.sh
. "$ROOT/t/vm.sh"
need qemu qemu-io

truncate -s 1M "$T/a.raw"
mkfifo "$T/commands"
# with an image open it waits for commands
qemu-io -f raw "$T/a.raw" <"$T/commands" >/dev/null 2>&1 &
ends $!
exec 9>"$T/commands"
locked() { grep -q "OFDLCK.*:$(stat -c %i "$T/a.raw") 10" /proc/locks; }
ok 'another program has it open' wait_until 10 locked

for mode in '' ',readonly=on'; do
	small "disk a.raw$mode" >"$T/x.vm"
	run "$HUSK" run -q -d "$T/x.vm"
	exits 5 "it is in use${mode:+ for a reader too}"
	like "$err" "husk: $T/x.vm:4:6: disk: $T/a.raw: the image is in use by another process*" 'and is named'
done
exec 9>&-
wait
starts x 'once that has ended it can be used'
done_testing
