#!/bin/sh
# SPDX-License-Identifier: MIT
# A QEMU that is mute at start is ended when the timeout has passed, and nothing is left.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
for mode in silence@keeper half-greeting@keeper no-reply@cont; do
	run fake "mute$$" "$mode" --timeout 300ms
	exits 6 "$mode ends run -d with 6"
	ok '... and leaves no process' wait_until 5 none_left "mute$$"
	run "$HUSK" status "mute$$"
	exits 4 '... and no VM'
done
for mode in garbage@keeper wrong-id@cont huge-line@cont deep@cont bad-utf8@cont; do
	run fake "odd$$" "$mode" --timeout 5s
	exits 1 "$mode ends run -d with 1"
	ok '... and leaves no process' wait_until 5 none_left "odd$$"
done
done_testing
