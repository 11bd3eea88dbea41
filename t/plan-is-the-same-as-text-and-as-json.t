#!/bin/sh
# SPDX-License-Identifier: MIT
# The printed command line, read by a shell, is argument for argument the one in --json; so are the descriptors.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/qemus.sh
. "$ROOT/t/qemus.sh"
qemu=$(qemu_of 7.2.22 x86_64)

for name in kernel qemu-arg disk-caches; do
	run "$HUSK" run --dry-run --qemu "$qemu" "$ROOT/t/plan/$name.vm"
	exits 0 "$name: as text"
	printf '%s\n' "$out" >"$T/text"
	run "$HUSK" run --dry-run --json --qemu "$qemu" "$ROOT/t/plan/$name.vm"
	exits 0 "$name: as JSON"
	printf '%s\n' "$out" >"$T/json"

	eval "set -- $(sed -n '/^exec /,$p' "$T/text" | sed '1s/^exec//')"
	wanted=$(printf '%s\n' "$@" | sed 's/[\\"]/\\&/g; s/.*/"&"/' | tr '\n' , | sed 's/,$//')
	is "$(json "$T/json" argv)" "[$wanted]" "$name: the same $# arguments"

	wanted=$(sed -n 's/^fd \([0-9]*\) *\([a-z]*\) \([^ ]*\)\(.*\)/{"fd":\1,"kind":"\2","role":"\3"\4}/p' "$T/text" |
		sed 's,} *$,},
			s, read-write\( direct\)* \([^}]*\)}, \2 +},; s, read-only\( direct\)* \([^}]*\)}, \2 -},
			s/ \(.*\) +}/,"path":"\1","writable":true}/; s/ \(.*\) -}/,"path":"\1","writable":false}/
			s/ \(.*\)}/,"path":"\1"}/' | tr '\n' , | sed 's/,$//')
	# what is bound into the jail instead of being passed has no number
	is "$(json "$T/json" fds | sed 's/{"kind":"blob"[^}]*},*//g')" "[$wanted]" "$name: the same descriptors"
done
done_testing
