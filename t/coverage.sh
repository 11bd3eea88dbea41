#!/bin/sh
# SPDX-License-Identifier: MIT
# t/coverage.sh BUILD - lines of lib/ and cmd/ that were run since BUILD was made with COV=1, by file, least first.
set -eu
find "$1/lib" "$1/cmd" -name '*.gcno' | while read -r notes; do
	gcov -n -r -s "$PWD" "$notes" 2>/dev/null
done | awk '
	/^File/ { file = $2; gsub(/\047/, "", file) }
	/^Lines executed/ && file ~ /\.c$/ { split($2, part, /[:%]/); printf "%6.1f%% of %4d  %s\n", part[2], $4, file
		lines += $4; run += part[2] * $4 / 100; file = "" }
	END { if (lines) printf "%6.1f%% of %4d  all\n", 100 * run / lines, lines }' | sort -n
