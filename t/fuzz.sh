#!/bin/sh
# SPDX-License-Identifier: MIT
# t/fuzz.sh PROGRAM... - run each libFuzzer program over its corpus (t/corpus/NAME) for FUZZ_SECONDS.
# New inputs go to $B/corpus/NAME and crashes to $B/crashes; both stay outside the tree.
set -u
B=${B:-build-fuzz}
if [ "${1:-}" = --one ]; then
	program=$2
	name=$(basename "$program"); name=${name#fuzz-}
	mkdir -p "$B/corpus/$name"
	set -- "$B/corpus/$name"
	[ ! -d "t/corpus/$name" ] || set -- "$@" "t/corpus/$name"
	if "$program" -max_total_time="${FUZZ_SECONDS:-10}" -timeout=10 -rss_limit_mb=1024 -print_final_stats=0 -verbosity=0 \
		-artifact_prefix="$B/crashes/$name-" "$@" >"$B/crashes/$name.log" 2>&1; then
		echo "fuzz $name: nothing found, $(find "$B/corpus/$name" -type f | wc -l) inputs"
		exit 0
	fi
	printf 'fuzz %s: FAILED\n%s\n' "$name" "$(tail -n 60 "$B/crashes/$name.log")"
	exit 1
fi
mkdir -p "$B/crashes"
export B
printf '%s\n' "$@" | xargs -n 1 -P "$(nproc)" "$0" --one
