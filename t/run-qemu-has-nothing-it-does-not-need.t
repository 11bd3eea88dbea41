#!/bin/sh
# SPDX-License-Identifier: MIT
# QEMU's process: own uid, no capability, no new privileges, no group, a clean environment, only the planned descriptors.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need root bootsector
FOREIGN_SECRET=1 boot jailed 9<"$ROOT/LICENSE"
boot second --disk "$T/boot.raw",readonly 2>/dev/null || none second
qemu=$(qemu_of jailed)
field() { sed -n "s/^$1:[ 	]*//p" "/proc/$qemu/status"; }

uid=$(record jailed uid)
ok 'a uid of its own' test "$uid" -ge 1879048192
is "$(field Uid)" "$uid	$uid	$uid	$uid" '... in all its four forms'
is "$(field Gid)" "$uid	$uid	$uid	$uid" '... and so its gid'
isnt "$(record second uid)" "$uid" 'another VM has another uid'
is "$(field Groups)" '' 'no supplementary group'
for set in CapInh CapPrm CapEff CapBnd CapAmb; do is "$(field $set)" 0000000000000000 "$set is empty"; done
is "$(field NoNewPrivs)" 1 'no new privileges'
# TERM 15, INT 2, HUP 1
blocked=0x$(field SigBlk)
is $((blocked >> 14 & 1))$((blocked >> 1 & 1))$((blocked & 1)) 111 'TERM, INT and HUP are blocked'
read -r stat <"/proc/$qemu/stat"
# shellcheck disable=SC2086 # split
set -- ${stat##*) }
is "$4" "$qemu" 'it leads a session of its own'
is "$5" 0 '... without terminal'

environment=$(tr '\0' '\n' <"/proc/$qemu/environ" | sort | tr '\n' ' ')
unlike "$environment" '*FOREIGN*' 'nothing of the caller is in its environment'
unlike "$environment" '*HOME=*' '... not even a home'

# Everything QEMU holds: a number of the plan (QEMU moves those of a set to others), a file of the plan, a pipe to
# the keeper, an anonymous inode or an accepted connection of its own.
record jailed plan.fds >"$T/fds"
keeper=$(keeper_of jailed)
readlink "/proc/$keeper/fd"/* >"$T/keeper"
for fd in "/proc/$qemu/fd"/*; do
	what=$(readlink "$fd") number=${fd##*/}
	[ "$number" -gt 2 ] || continue
	grep -q "\"fd\":$number," "$T/fds" && continue
	case $what in
	anon_inode:* | socket:*) ;;
	pipe:*) ok "descriptor $number is a pipe to the keeper" has "$T/keeper" "$what" ;;
	*) ok "descriptor $number is a file of the plan" has "$T/fds" "\"path\":\"$what\"" ;;
	esac
done
is "$(readlink "/proc/$qemu/fd/0")" /dev/null 'stdin is /dev/null'
is "$(readlink "/proc/$qemu/fd/1")" "$(readlink "/proc/$qemu/fd/2")" 'stdout and stderr are one pipe'
like "$(readlink "/proc/$qemu/fd/1")" 'pipe:*' '... to the keeper'
unlike "$(readlink "/proc/$qemu/fd"/*)" '*LICENSE*' "the caller's open file is not there"
unlike "$(cat "$T/keeper")" '*LICENSE*' "... nor in the keeper, for it might be a lock"

is "$(sed -n 's/^NoNewPrivs:[ 	]*//p' "/proc/$keeper/status")" 1 'the keeper has no new privileges'
caps=$(sed -n 's/^CapEff:[ 	]*//p' "/proc/$keeper/status")
ok '... and no capability but KILL' test "$caps" = 0000000000000020 -o "$caps" = 0000000000000000
done_testing
