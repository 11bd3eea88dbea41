#!/bin/sh
# SPDX-License-Identifier: MIT
# The printed command line, read by a shell, is argument for argument the one in --json; so are the descriptors.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=t/qemus.sh
. "$ROOT/t/qemus.sh"

for name in kernel qemu-arg; do
	run "$HUSK" run --dry-run --qemu "$(qemu_of 7.2.22 x86_64)" "$ROOT/t/plan/$name.vm"
	exits 0 "$name: as text"
	printf '%s\n' "$out" >"$T/text"
	run "$HUSK" run --dry-run --json --qemu "$(qemu_of 7.2.22 x86_64)" "$ROOT/t/plan/$name.vm"
	exits 0 "$name: as JSON"
	printf '%s\n' "$out" >"$T/json"

	eval "set -- $(sed -n '/^exec /,$p' "$T/text" | sed '1s/^exec//')"
	count=$#
	wrong=''
	i=0
	for arg; do
		got=$(json "$T/json" argv.$i) && [ "$got" = "$arg" ] || wrong="$wrong $i:$arg"
		i=$((i + 1))
	done
	is "$wrong" '' "$name: the same $count arguments"
	fails "$name: and no more of them" json "$T/json" argv.$i

	wrong=''
	i=0
	while read -r _ number kind role rest; do
		# what is bound into the jail instead of being passed has no number
		until json "$T/json" fds.$i.fd >"$T/number" || ! json "$T/json" fds.$i >"$T/number"; do i=$((i + 1)); done
		[ "$(json "$T/json" fds.$i.fd) $(json "$T/json" fds.$i.kind) $(json "$T/json" fds.$i.role)" = "$number $kind $role" ] ||
			wrong="$wrong $number"
		case $rest in read-write*) writable=true ;; read-only*) writable=false ;; *) writable='' ;; esac
		[ "$(json "$T/json" fds.$i.writable)" = "$writable" ] || wrong="$wrong $number:writable"
		case $rest in '') path='' ;; *) path=${rest##* } ;; esac
		[ "$(json "$T/json" fds.$i.path)" = "$path" ] || wrong="$wrong $number:path"
		i=$((i + 1))
	done <<-END
	$(grep '^fd ' "$T/text")
	END
	is "$wrong" '' "$name: the same $i descriptors"
done
done_testing
