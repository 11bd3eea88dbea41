#!/bin/sh
# SPDX-License-Identifier: MIT
# SLOW: source code, which no sanitizer looks at
# Licence lines, lengths, places and left-overs of every file.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
cd "$ROOT" || exit 1

files=$(find cmd lib seccomp examples t .ci Makefile -type f ! -path 't/corpus/*' ! -name '*~' ! -name '.*' 2>/dev/null | sort)

# *.in becomes part of a generated page, and the others are data
# shellcheck disable=SC2086 # words
missing=$(awk 'FNR <= 4 && /SPDX-License-Identifier: MIT/ { said[FILENAME] }
	END { for (i = 1; i < ARGC; i++) if (!(ARGV[i] in said) && ARGV[i] !~ /\.(in|vm|plan|tsv|txt)$/) print ARGV[i] }' $files)
is "$missing" '' 'every file says its licence'

unsaid=$(awk 'FNR == 2 && !/^\/\*/ { print FILENAME }' lib/*/*.[ch] cmd/*.[ch] t/*.[ch])
is "$unsaid" '' 'every C file says in its second line what it is for'

# shellcheck disable=SC2086 # words
long=$(wc -l $files | awk '$2 != "total" && $1 > 700 { print $2 ": " $1 }')
is "$long" '' 'no file is longer than 700 lines'

# shellcheck disable=SC2086
left=$(grep -nE '\<(TO''DO|FIX''ME|XX''X)\>' $files || :)
is "$left" '' 'nothing is left open in the text'

# shellcheck disable=SC2086
blanks=$(grep -nE '[[:space:]]+$' $files /dev/null | grep -v '^t/corpus' || :)
is "$blanks" '' 'no blanks at the end of a line'

typedefs=$(grep -nE '^[[:space:]]*typedef[[:space:]]+(struct|union|enum)\b' lib/*/*.[ch] cmd/*.[ch] || :)
is "$typedefs" '' 'a struct is called struct'

# one in the background is something to be signalled
sleeps=$(grep -nE '(^|[^_[:alnum:]])sleep [1-9][^&]*$' t/*.t || :)
is "$sleeps" '' 'no test sleeps; it waits for something'

top=$(printf '%s\n' * | grep -vxE 'Makefile|README\.md|LICENSE|cmd|lib|seccomp|examples|t|build|build-[a-z-]+|compile_commands\.json' || :)
is "$top" '' 'nothing else stands at the top of the tree'

unnamed=$(printf '%s\n' t/*.t | sed 's,^t/,,; s,\.t$,,' | grep -vE '^[a-z0-9]+-[a-z0-9-]+$' || :)
is "$unnamed" '' 'a test is called AREA-BEHAVIOUR.t'
done_testing
