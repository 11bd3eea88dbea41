#!/bin/sh
# SPDX-License-Identifier: MIT
# husk console on a terminal: raw while it is attached, left by a key, and as it was afterwards, whatever ended it.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need bootsector
boot vm

# open_at [OPTION...] - a console on a terminal in the background: keys >&4, what is shown in $T/shown, its code in $T/code
open_at() {
	rm -f "$T/keys"
	mkfifo "$T/keys"
	: >"$T/states"
	: >"$T/shown"
	rm -f "$T/code"
	{ TERM=xterm "$HUSK_BUILD/t/tool-pty" "$T/states" "$HUSK" console "$@" <"$T/keys" >"$T/shown" 2>&1; echo $? >"$T/code"; } &
	ends $!
	exec 4>"$T/keys"
	wait_until 10 has "$T/states" raw
}
# shellcheck disable=SC2059
keys() { printf "$1" >&4; }
writer() { sed -n 's/^pid \([0-9]*\) .*/\1/p' "$HUSK_RUNDIR/vm/console.lock"; }
# left CODE NAME - it ends with this code, and the terminal is as it was
left() {
	wait_until 10 test -s "$T/code"
	exec 4>&-
	is "$(cat "$T/code"):$(tail -n 1 "$T/states")" "$1:at last cooked" "$2"
}

ok 'the terminal becomes raw' open_at vm
ok 'what the console said is shown first' wait_until 10 has "$T/shown" "$ready"
ok 'the key that leaves is said' has "$T/shown" 'Ctrl-] leaves'
keys 'hi\003\032there'
ok 'keys go to the guest, Ctrl-C and Ctrl-Z too' wait_until 10 has "$T/shown" "$(printf 'hi\003\032there')"
keys 'last\035unsent'
left 0 'Ctrl-] leaves, and the terminal is as it was'
ok '... what was typed before it arrived' wait_until 10 has "$HUSK_RUNDIR/vm/console.log" last
fails '... what was typed behind it did not' has "$HUSK_RUNDIR/vm/console.log" unsent
ok '... and the VM runs on' is_running vm

open_at --escape ^a vm
ok '--escape names another key' has "$T/shown" 'Ctrl-A leaves'
keys 'x\035y'
ok '... Ctrl-] goes to the guest' wait_until 10 has "$T/shown" "$(printf 'x\035y')"
keys '\001'
left 0 '... and it leaves'

open_at --escape none vm
keys 'n\035o'
ok '--escape none: no key leaves' wait_until 10 has "$T/shown" "$(printf 'n\035o')"
kill -TERM "$(writer)"
left 143 'SIGTERM ends it, and the terminal is as it was'
for signal in INT:130 HUP:129 QUIT:131; do
	open_at vm
	kill "-${signal%:*}" "$(writer)"
	left "${signal#*:}" "so does SIG${signal%:*}"
done

# the terminal answers queries: old ones must not be asked again, new ones must
printf 'old[\033[6n]old[\033[c]old[\033]11;?\007]' >>"$HUSK_RUNDIR/vm/console.log"
open_at vm
ok 'old output is shown again' wait_until 10 has "$T/shown" 'old['
fails '... without its queries' grep -q "$(printf '\033')[[0-9]*[nc]" "$T/shown"
fails '... and its strings' has "$T/shown" '11;?'
keys 'new\005\010'
ok 'new output comes as it is' wait_until 10 has "$T/shown" "$(printf 'new\005\010')"
keys '\035'
left 0 'left'
open_at --no-replay vm
keys 'later'
wait_until 10 has "$T/shown" later
fails '--no-replay: nothing old is shown' has "$T/shown" "$ready"
keys '\035'
left 0 'left'
open_at --replay 5 vm
keys 'later'
wait_until 10 has "$T/shown" later
fails '--replay SIZE: no more of it is shown' has "$T/shown" 'new'
keys '\035'
left 0 'left'

open_at --read-only vm
keys 'never'
"$HUSK" console --until echo vm >"$T/other" 2>&1 <<-END
	echo
END
ok '--read-only: output is shown' wait_until 10 has "$T/shown" echo
keys '\035'
left 0 '... and the key leaves'
fails '... nothing was sent' has "$HUSK_RUNDIR/vm/console.log" never

open_at vm
"$HUSK" stop -q --now vm
left 0 'the VM ends: so does the console, and the terminal is as it was'
ok '... it is said how' has "$T/shown" 'husk: vm: QEMU was told to quit'
done_testing
