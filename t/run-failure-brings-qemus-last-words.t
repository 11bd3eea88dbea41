#!/bin/sh
# SPDX-License-Identifier: MIT
# Where QEMU does not start, run ends with 1 and what QEMU said last, and why knows it later.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need qemu
for how in -d ''; do
	# shellcheck disable=SC2086 # nothing, or -d
	run "$HUSK" run $how --accel tcg --machine nonesuch --memory 16M --name bad
	exits 1 "run $how with a machine that does not exist"
	like "$err" '*qemu-system-*: unsupported machine type*' "... shows QEMU's own last line"
	unlike "$err" '*[0-9]T[0-9][0-9]:[0-9][0-9]:*' '... without its time stamp'
	run "$HUSK" why bad
	exits 0 'why'
	like "$out" 'bad: QEMU ended before*(exit code 1)*' '... says that it did not start'
	like "$out" '*unsupported machine type*' "... with QEMU's words as evidence"
	is "$(reason_of bad)" start-failed '... and it is on record'
	run "$HUSK" status bad
	exits 3 'status: it does not run'
done
run none bad
exits 0 'the next run of that name works'

# Some mistakes come after the greeting, as the end of the connection.
run "$HUSK" run -d --accel tcg --machine none --memory 16M --name late --qemu-arg=-device --qemu-arg=nonesuch
exits 1 'a device that does not exist'
like "$err" '*nonesuch*' '... is named'

done_testing
