#!/bin/sh
# SPDX-License-Identifier: MIT
# What is no .vm file at all, however broken, is refused with the place where it breaks.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
rmdir "$HUSK_RUNDIR"

# refused NAME SAID - of what stands in x.vm
refused() {
	run "$HUSK" run -d "$T/x.vm"
	is "$rc $err" "2 husk: $T/x.vm$2" "$1"
}
# broken NAME SAID TEXT - a text with printf's escapes
broken() {
	printf '%b' "$3" >"$T/x.vm"
	refused "$1" "$2"
}
broken 'a NUL byte' ':2:9: NUL byte' 'rng on\nmemory 1\0000G\n'
broken 'broken UTF-8' ':2:8: not valid UTF-8' 'rng on\nappend \0377\n'
broken 'an overlong form' ':1:8: not valid UTF-8' 'append \0300\0257\n'
broken 'a surrogate' ':1:8: not valid UTF-8' 'append \0355\0240\0200\n'
broken 'an escape sequence' ':1:9: control character' 'append a\0033[31m\n'
broken 'a C1 control' ':1:9: control character' 'append a\0302\0233m\n'
broken 'DEL' ':1:9: control character' 'append a\0177\n'
broken 'a tab in a value' ':1:9: append: tab inside the value' 'append a\tb\n'
broken 'a carriage return inside' ':1:9: control character' 'append a\rb\n'
broken 'a byte order mark' ":1:1: \"$(printf '\357\273\277')memory\" is not the name of an option" '\0357\0273\0277memory 1G\n'
broken 'a key twice' ':2:8: memory: given twice (first at line 1)' 'memory 1G\nmemory 2G\n'
broken 'a boot order twice' ":3:6: disk: boot=1 is taken by $T/b.raw already" 'disk a.raw\ndisk b.raw,boot=1\ndisk c.raw,boot=1\n'
{ printf 'append '; head -c 70000 /dev/zero | tr '\0' x; } >"$T/x.vm"
refused 'a line of 70000 bytes' ':1: line longer than 64 KiB'
head -c 1100000 /dev/zero | tr '\0' '\n' >"$T/x.vm"
refused 'more than a MiB' ': larger than 1048576 bytes, so no VM file'
cp "$HUSK" "$T/x.vm"
truncate -s 4096 "$T/x.vm"
refused 'a program' ':1:1: control character'

printf '\r\n# c\r\nmemory 1G\r\n \t cpus\t2   # two\n\n#\nappend=a#b c # d\nkernel k\naccel tcg' >"$T/y.vm"
run "$HUSK" run --dry-run "$T/y.vm"
exits 0 'CR LF, blanks, comments and a last line without its end are no mistake'
like "$out" '*-smp 2 *' 'a value ends before the comment'
like "$out" "*-append 'a#b c' *" 'a # inside a word belongs to it'
ok 'no run directory was made' test ! -e "$HUSK_RUNDIR"
done_testing
