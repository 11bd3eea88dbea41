#!/bin/sh
# SPDX-License-Identifier: MIT
# Every fuzz target has a corpus and comes through it; with SAN=1 that is a test of every bound.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
cd "$ROOT" || exit 1
for source in t/fuzz-*.c; do
	name=$(basename "$source" .c)
	corpus=t/corpus/${name#fuzz-}
	ok "$name has a corpus" test -n "$(ls -A "$corpus" 2>/dev/null)" || continue
	run find "$corpus" -type f -exec "$HUSK_BUILD/t/$name" {} +
	exits 0 "$name comes through $(find "$corpus" -type f | wc -l) inputs"
done
for corpus in t/corpus/*/; do
	corpus=${corpus%/}
	ok "$corpus belongs to a fuzz target" test -e "t/fuzz-${corpus##*/}.c"
done
done_testing
