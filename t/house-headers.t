#!/bin/sh
# SPDX-License-Identifier: MIT
# SLOW: source code, which no sanitizer looks at
# Every header compiles alone, twice in one file, and has its guard; every .c of lib/ begins with its own.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
need cc
cd "$ROOT" || exit 1

flags=$(pkg-config --cflags libseccomp 2>/dev/null)
for header in lib/*/*.h cmd/*.h t/*.h; do
	[ -e "$header" ] || continue
	printf '#include "%s"\n' "$header" "$header" >"$T/alone.c"
	# a header of the tests may leave functions to whoever includes it, which is a warning
	case $header in t/*) strict='' ;; *) strict=-Werror ;; esac
	# shellcheck disable=SC2086 # words
	ok "$header compiles alone" cc -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DHUSK_VERSION='""' $flags -I. -Ilib \
		-include base/banned.h -Wall -Wextra $strict -Wno-unused-function -fsyntax-only "$T/alone.c" 2>"$T/said" || sed 's/^/# /' "$T/said"
	guard=$(printf '%s' "${header#lib/}" | tr '[:lower:]/.-' '[:upper:]___')
	ok "$header has the guard $guard" grep -q "^#ifndef $guard\$" "$header"
done

wrong=''
for source in lib/*/*.c; do
	header=${source%.c}.h
	[ -e "$header" ] || continue
	first=''
	while read -r word first; do [ "$word" != '#include' ] || break; done <"$source"
	first=${first#?} first=${first%?}
	[ "lib/$first" = "$header" ] || wrong="$wrong $source"
done
is "$wrong" '' 'a .c file includes its own header first'
done_testing
