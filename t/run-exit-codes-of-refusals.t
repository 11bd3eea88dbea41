#!/bin/sh
# SPDX-License-Identifier: MIT
# What husk refuses has one exit code each: 2 usage, 4 no such VM, 5 busy, 7 sandbox, 8 the host lacks it.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need qemu
run "$HUSK" frobnicate
exits 2 'an unknown command'
run none x --memoryy 1G
exits 2 'an unknown option'
run none 'a/b'
exits 2 'a name that is none'
run "$HUSK" stop
exits 2 'a missing argument'
run "$HUSK" status a b
exits 2 'one argument too many'
none vmname
for command in status stop wait logs events console inspect why remove stats reboot pause resume reset powerdown nmi balloon \
	'agent - ping' 'qmp - query-status' 'hmp - info status' 'sendkey - a' 'screenshot - x.png' 'set - --balloon=16M'; do
	words=${command#* }
	[ "$words" != "$command" ] || words=
	# shellcheck disable=SC2086 # words
	run "$HUSK" ${command%% *} vmnane ${words#- }
	exits 4 "$command of a VM that does not exist"
done
like "$err" '*did you mean vmname*' 'the nearest name is offered'
run none vmname
exits 5 'a name in use'
like "$err" "*QEMU $(qemu_of vmname)*" '... by whom, is said'
run "$HUSK" remove vmname
exits 5 'remove of what runs'
run "$HUSK" run -d --name other --machine none --qemu qemu-system-nonesuch
exits 8 'a QEMU that is not installed'
run "$HUSK" run -d --name other --machine none --qemu /nonexistent/qemu
exits 8 'a QEMU that is not there'
run "$HUSK" status --json nobody
exits 4 'with --json'
is "$(json "$T/.err" exit)" 4 '... the error is JSON too'
like "$(json "$T/.err" error)" '*nobody*' '... with its text'
run "$HUSK" list
like "$out" '*vmname*running*' 'and what was there is untouched'
unlike "$out" '*other*' '... and nothing was left behind'
done_testing
