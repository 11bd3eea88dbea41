#!/bin/sh
# SPDX-License-Identifier: MIT
# SLOW: source code, which no sanitizer looks at
# A folder of lib/ includes only folders below it: never up, never sideways.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
cd "$ROOT" || exit 1

rank() {
	case $1 in
	base) echo 0 ;;
	opt | qmp) echo 1 ;;
	spec) echo 2 ;;
	host | image | net | state) echo 3 ;;
	plan) echo 4 ;;
	qemu | sandbox) echo 5 ;;
	vm) echo 6 ;;
	*) echo unknown ;;
	esac
}

for folder in lib/*/; do
	folder=$(basename "$folder")
	own=$(rank "$folder")
	isnt "$own" unknown "lib/$folder has a rank" || continue
	# what it includes, as "FILE LINE FOLDER/HEADER"
	grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]' "lib/$folder"/*.[ch] 2>/dev/null |
		sed 's/^\([^:]*\):\([0-9]*\):[^<"]*[<"]\([^>"]*\).*/\1 \2 \3/' >"$T/includes"
	wrong=''
	while read -r file line header; do
		other=${header%%/*}
		case $header in
		../* | cmd/* | cmd.h) wrong="$wrong $file:$line:$header" ; continue ;;
		esac
		# <net/if.h> is the system's: only what is here counts
		if [ ! -e "lib/$header" ] || [ "$other" = "$folder" ]; then continue; fi
		[ "$(rank "$other")" -lt "$own" ] || wrong="$wrong $file:$line:$header"
	done <"$T/includes"
	is "$wrong" '' "lib/$folder includes only what is below it"
done

wrong=$(grep -nE '#[[:space:]]*include[[:space:]]*"[^"]*/' lib/*/*.[ch] cmd/*.[ch] || :)
is "$wrong" '' 'headers of other folders stand in angle brackets, by their path below lib/'
done_testing
