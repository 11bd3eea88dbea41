#!/bin/sh
# SPDX-License-Identifier: MIT
# t/repro.sh BUILD MAKE - build the tree twice, in two directories of different length, and compare what would be installed.
set -eu
make=$2
work=$(mktemp -d "${TMPDIR:-/tmp}/husk-repro.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
for copy in one/husk another/longer/place/husk-again; do
	mkdir -p "$work/$copy"
	cp -R Makefile cmd lib seccomp t "$work/$copy/"
	# MAKEFLAGS would carry O= along, and with it one directory for both
	(cd "$work/$copy" && MAKEFLAGS='' $make --no-print-directory -j"$(nproc)" all >log 2>&1) || { cat "$work/$copy/log"; exit 1; }
	if [ -z "${first:-}" ]; then first=$work/$copy/build; continue; fi
	for file in husk husk.1 husk.vm.5 husk.bash gen/bootsector.bin; do
		cmp "$first/$file" "$work/$copy/build/$file"
		echo "same bytes: $file"
	done
done
