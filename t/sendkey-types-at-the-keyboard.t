#!/bin/sh
# SPDX-License-Identifier: MIT
# husk sendkey: a guest reads what is typed, by names, by scan codes and as a text; what cannot be typed is refused whole.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "$ROOT/t/life.sh"
# shellcheck source=t/vm.sh
. "$ROOT/t/vm.sh"
need qemu

# A boot sector: "!" to COM1, then for ever the BIOS's next key (int 16h), scan code and character, to COM1.
printf '\272\370\003\260!\356\264\000\315\026\272\370\003\356\210\340\356\353\363' >"$T/keys.raw"
truncate -s 510 "$T/keys.raw"
printf '\125\252' >>"$T/keys.raw"
truncate -s 1M "$T/keys.raw"
small 'disk keys.raw' >"$T/k.vm"
starts k "a guest that echoes keys"
log=$HUSK_RUNDIR/k/console.log
ok "it is up" wait_until 20 has "$log" '!'
typed() { tail -c +2 "$log" | od -An -v -tx1 | tr -d ' \n'; }
# shellcheck disable=SC2317 # wait_until calls it
has_typed() { [ "$(typed)" = "$1" ]; }
# heard HEX NAME - that is all it has heard since the last look.
all=
heard() {
	all=$all$1
	wait_until 10 has_typed "$all" || diag "wanted $all, heard $(typed)"
	is "$(typed)" "$all" "$2"
	all=$(typed)
}

run "$HUSK" sendkey k a
exits 0 "a key"
heard 611e "the guest has read it"
run "$HUSK" sendkey k shift-a ctrl-alt-delete_ ret
exits 2 "one wrong word"
like "$err" '*"delete_" is no key (did you mean "delete"?)*' "it is named, with the nearest"
run "$HUSK" sendkey --hold 20 --json k shift-a ret 0x30
exits 0 "a combination, a name, a scan code"
is "$(echo "$out" | json - sent)" 3 "--json counts them"
heard 411e0d1c6230 "and nothing of the refused line came before them"

text='aZ09 -_=+[]{};:,.<>/?\\|!@#$%^&*()`~"'"'"
run "$HUSK" sendkey --hold 10 --text "$text\\n" k
exits 0 "a text"
# the characters alone: every second byte
chars() { typed | sed 's/\(..\)../\1/g'; }
want=$(printf '%s' "$all" | sed 's/\(..\)../\1/g')$(printf %b "$text" | od -An -v -tx1 | tr -d ' \n')0d
# shellcheck disable=SC2317
has_chars() { [ "$(chars)" = "$want" ]; }
wait_until 10 has_chars
is "$(chars)" "$want" "each character as on a US keyboard"
all=$(typed)

run "$HUSK" sendkey --text 'é' k
exits 2 "a character that no key types"
run "$HUSK" sendkey --text 'a\q' k
exits 2 "a wrong escape"
run "$HUSK" sendkey k
exits 2 "neither keys nor text"
run "$HUSK" sendkey k ctrl--a
exits 2 "an empty name"
run "$HUSK" sendkey k a-a
like "$rc $err" '2 *a comes twice*' "a key twice"
run "$HUSK" sendkey k a-b-c-d-e-f-g-h-i
like "$rc $err" '2 *more than 8 keys*' "too many keys"
run "$HUSK" sendkey --timeout 300ms --hold 5000 k a
exits 6 "a deadline before all is played"
run "$HUSK" sendkey k f24
like "$rc $err" '1 *f24*' "a key that this QEMU does not know is its own error"
ends_now k
run "$HUSK" sendkey k a
exits 3 "a VM that has ended"

none none >/dev/null
run "$HUSK" sendkey none a
like "$rc $err" '1 *none has no keyboard*' "a machine without a keyboard is said"
run "$HUSK" run -q -d --name micro --accel tcg --machine microvm --memory 16M
exits 0 "a microvm"
run "$HUSK" sendkey micro a
like "$rc $err" '1 *micro has no keyboard*' "it has none either"
done_testing
