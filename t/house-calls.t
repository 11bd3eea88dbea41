#!/bin/sh
# SPDX-License-Identifier: MIT
# Processes are made, ended and printed from where that belongs, and nowhere else.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
cd "$ROOT" || exit 1

# code FILE... - "FILE:LINE:CODE" with comments and the insides of strings taken out.
code() {
	awk '
	FNR == 1 { inside = 0 }
	{
		line = $0; out = ""
		while (line != "") {
			if (inside) {
				end = index(line, "*/")
				if (!end) break
				line = substr(line, end + 2); inside = 0; continue
			}
			if (!match(line, /\/\*|\/\/|"|\047/)) { out = out line; break }
			out = out substr(line, 1, RSTART - 1)
			token = substr(line, RSTART, RLENGTH)
			line = substr(line, RSTART + RLENGTH)
			if (token == "//") break
			if (token == "/*") { inside = 1; continue }
			out = out token
			while (line != "") {
				c = substr(line, 1, 1); line = substr(line, 2)
				if (c == "\\") { line = substr(line, 2); continue }
				if (c == token) { out = out c; break }
			}
		}
		if (out ~ /[^[:space:]]/) print FILENAME ":" FNR ":" out
	}' "$@"
}
code lib/*/*.c cmd/*.c >"$T/code"

# only NAME CALLS PLACES - these calls stand only in files that match the pattern.
only() {
	found=$(grep -E "(^|[^_[:alnum:].>])($2)[[:space:]]*\(" "$T/code" | grep -vE "^($3)" || :)
	is "$found" '' "$1"
}

only 'processes are made by the VM, the sandbox, and readers of the host and of images' \
	'fork|vfork|clone|clone3|posix_spawnp?|daemon' 'lib/(vm|sandbox|image|host)/'
only 'programs are started there too' 'execv|execve|execvp|execvpe|execl|execlp|execle|execveat|fexecve' \
	'lib/(vm|sandbox|image|host)/'
# pool.c: without memory for a few kilobytes before any VM exists there is nothing left to do (pool.h).
# husk.c: main() itself.
only 'only children, and main(), end the process' 'exit|_exit|_Exit|quick_exit' \
	'lib/(vm|sandbox|image|host)/|lib/base/pool\.c|cmd/husk\.c'
only 'nothing aborts' 'abort|assert' 'nowhere'
# A pid is signalled by number only where it is an unreaped child, which cannot be another process.
only 'a process is signalled through its pidfd (proc_signal)' 'kill|killpg|tgkill|tkill' 'lib/(vm|sandbox|image|host)/|lib/base/proc\.c'
only 'the environment is read in few places' 'getenv|secure_getenv|setenv|putenv' 'cmd/|lib/(spec|state|host|vm|sandbox)/'
only 'only commands print' 'printf|vprintf|puts|putchar|perror' 'cmd/'
found=$(grep -E '(^|[^_[:alnum:]])stdout([^_[:alnum:]]|$)' "$T/code" | grep -v '^cmd/' || :)
is "$found" '' 'only commands know stdout'
only 'husk has no threads' 'pthread_[a-z_]+|thrd_create' 'nowhere'

# Mutable globals that other files see; statics, such as the keeper's buffers, are a file's own business.
if [ -s "$HUSK_BUILD/libhusk.a" ] && command -v nm >/dev/null; then
	globals=$(nm -A "$HUSK_BUILD/libhusk.a" 2>/dev/null | sed -n 's,.*[:/]\([^:/]*\)\.o:.* [BDC] \([^ ]*\)$,\1 \2,p' |
		while read -r file symbol; do
			# a constant table of pointers looks mutable to nm: the linker writes the addresses (.data.rel.ro)
			grep -rqE "const[^;(]*[ *]$symbol\\b" lib --include="$file.c" || echo "$file.c: $symbol"
		done | grep -vE ': __(odr_asan|asan|gcov)' || :)
	is "$globals" '' 'no file of lib/ shares a variable that can change'
else
	skip 'no shared variables' 'no nm or no library'
fi
done_testing
