#!/bin/sh
# SPDX-License-Identifier: MIT
# A policy from a file replaces QEMU's: it may include the built-in ones, and is refused with its line where it is wrong.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
program=/bin/true
need "$program"
cd "$T" || exit 1
filterrun() { run timeout 20 "$HUSK_BUILD/t/tool-filterrun" "$@"; }

filterrun ./none.policy "$program"
exits 2 'a policy that is not there is a mistake'
is "$err" 'tool-filterrun: read ./none.policy: No such file or directory' 'and said'

printf '@include qemu\n@include tcg\n' >own.policy
filterrun ./own.policy "$program"
exits 0 'the built-in policies can be included'

printf '@include qemu\n@include tcg\n@default log	# what is missing?\n' >log.policy
filterrun ./log.policy "$program"
exits 0 'a default of its own outranks the included one'

printf '@include qemu\n\nwrote	# a word\n' >bad.policy
filterrun ./bad.policy "$program"
exits 2 'an unknown call is a mistake'
is "$err" 'tool-filterrun: ./bad.policy:3: unknown system call wrote' 'said with its line'

printf '@include qemu\n@include tcg\nptrace	# to see more\n' >contra.policy
filterrun ./contra.policy "$program"
exits 2 'what husk never allows is not allowed by adding a line'
line=$(grep -n '^ptrace' "$ROOT/seccomp/never.policy" | cut -d: -f1)
is "$err" "tool-filterrun: ./contra.policy:3: ptrace: contradicts never.policy:$line" 'both places are named'

printf 'read	# r\n' >nodefault.policy
filterrun ./nodefault.policy "$program"
exits 2 'a policy says what happens to the rest'
is "$err" 'tool-filterrun: ./nodefault.policy: does not say @default' 'or is refused'

printf '@default errno EPERM	# d\nread	# r\n' >noexec.policy
filterrun ./noexec.policy "$program"
exits 2 'a policy under which QEMU cannot start is refused'
like "$err" '*./noexec.policy: nothing here lets QEMU be started: execveat if arg0:32 == 1000 *' 'and the line that lacks is told'

printf '@default kill	# d\nexecveat if arg0:32 == 1000 and arg4:32 == AT_EMPTY_PATH	# start\n' >kill.policy
filterrun ./kill.policy "$program"
is "$rc" 159 'a policy that allows the start only kills what was started, by SIGSYS'

head -c 70000 /dev/zero | tr '\0' '\n' >long.policy
filterrun ./long.policy "$program"
exits 2 'a giant is refused'
is "$err" 'tool-filterrun: ./long.policy: longer than 65536 bytes' 'and said'

mkfifo fifo.policy
filterrun ./fifo.policy "$program"
exits 2 'a pipe that nobody writes to does not hang'
done_testing
