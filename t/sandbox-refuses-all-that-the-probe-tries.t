#!/bin/sh
# SPDX-License-Identifier: MIT
# A QEMU that was taken over tries everything: files, programs, sockets, signals, namespaces, mounts, memory.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
need user socat
# shellcheck source=t/probe.sh
. "${0%/*}/probe.sh"

for who in root user; do
	as $who
	run probe p ''
	exits 0 "$who: the probe runs"
	report "$who"
	run by "$T/husk" inspect --sandbox p
	exits 0 "$who: and by the kernel's word the sandbox is whole"
	by "$T/husk" stop -q --now p

	# the one feature that goes around the filter, by name only
	truncate -s 1M "$image.2"
	chown "$uid" "$image.2"
	run probe u '' --disk "$image.2,format=raw,cache=none,aio=io_uring" --qemu-arg -probe --qemu-arg uring=1
	exits 0 "$who: with io_uring"
	is "$(failures)" '' "$who: with io_uring nothing else becomes possible"
	like "$(cat "$log")" '*io_uring: possible*' "$who: and it is possible"
	by "$T/husk" stop -q --now u
done
done_testing
