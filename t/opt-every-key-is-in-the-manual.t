#!/bin/sh
# SPDX-License-Identifier: MIT
# Every option and sub-option of a VM, every word it takes and every default stands in husk.vm(5).
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
need mandoc
[ -s "$HUSK_BUILD/husk.vm.5" ] || bail 'the build made no husk.vm.5'
mandoc -T ascii -O width=1000 "$HUSK_BUILD/husk.vm.5" | col -b >"$T/man"
said() { grep -qE -e "(^|[^a-zA-Z0-9_-])$1([^a-zA-Z0-9_-]|\$)" "$T/man"; }

# the table as the source has it: OPT_TYPE(struct s, field, "name", ...
sed -n 's/^\tOPT_[A-Z]*(struct [a-z_]*, [^"]*"\([a-z-]*\)".*/\1/p' "$ROOT/lib/spec/options.c" | sort -u >"$T/names"
ok "the table has $(wc -l <"$T/names") names" test "$(wc -l <"$T/names")" -gt 35
missing=''
while read -r name; do
	said "$name" || missing="$missing $name"
done <"$T/names"
is "$missing" '' 'every name is there'

# the words of the choices: const char *const x_names[] = { "a", "b", NULL };
sed -n '/_names\[\] = {/,/};/p' "$ROOT/lib/spec/options.c" | grep -o '"[^"]*"' | tr -d '"' | sort -u >"$T/words"
ok "the choices have $(wc -l <"$T/words") words" test "$(wc -l <"$T/words")" -gt 20
missing=''
while read -r word; do
	said "$word" || missing="$missing $word"
done <"$T/words"
is "$missing" '' 'every word is there'

missing=''
grep -o 'deflt = "[^" ]*"' "$ROOT/lib/spec/options.c" | cut -d'"' -f2 | sort -u >"$T/defaults"
while read -r default; do
	said "$default" || missing="$missing $default"
done <"$T/defaults"
is "$missing" '' 'every default is there'
done_testing
