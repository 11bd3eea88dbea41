#!/bin/sh
# SPDX-License-Identifier: MIT
# t/lint.sh - the static checks of `make lint`.  B: the build directory; CPPFLAGS: as the build uses them.
set -u
cd "$(dirname "$0")/.." || exit 1
t/setup.sh lint || exit 1
B=${B:-build}
bad=0
check() { echo "== $1"; shift; "$@" || bad=1; }
# The tests' own code is left to the compiler and the sanitizers.
sources=$(ls lib/*/*.c cmd/*.c)

tidy() {
	# CPPFLAGS is quoted for a shell; err.c itself defines what t/lint.h wraps
	eval "set -- ${CPPFLAGS:-}"
	# shellcheck disable=SC2086 # words
	if printf '%s\n' $sources | grep -vx lib/base/err.c |
		xargs -P "$(nproc)" -I {} clang-tidy --quiet {} -- -std=gnu11 "$@" -include t/lint.h 2>"$B/tidy.err"
	then clang-tidy --quiet lib/base/err.c -- -std=gnu11 "$@" 2>"$B/tidy.err" && return 0
	fi
	grep -vE '^([0-9]+ (warning|error).*generated\.|Suppressed .*|)$' "$B/tidy.err"
	return 1
}
# cppcheck: style and the like are the compiler's and clang-tidy's; an include it lacks is no finding.
# shellcheck disable=SC2086
cpp() {
	cppcheck -q --error-exitcode=1 --enable=warning,portability,performance --inline-suppr --std=c11 -j "$(nproc)" \
		--suppress=missingIncludeSystem -D_GNU_SOURCE -D__x86_64__ -DHUSK_VERSION='""' -Ilib -I"$B/gen" $sources
}
scripts() {
	find t examples .ci -maxdepth 1 \( -name '*.t' -o -name '*.sh' -o -name run \) -print0 |
		xargs -0 -n 20 -P "$(nproc)" shellcheck
}
# Which other pages are installed here is no property of ours.
pages() {
	for page in "$B"/husk.1 "$B"/husk.vm.5 cmd/*.7; do
		[ ! -e "$page" ] || mandoc -T lint -W style "$page" 2>&1 |
			grep -vE 'referenced manual not found|outdated mandoc\.db' >&2 && return 1
	done
	return 0
}

check clang-tidy tidy
check cppcheck cpp
check shellcheck scripts
check mandoc pages
exit $bad
