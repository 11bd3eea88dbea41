#!/bin/sh
# SPDX-License-Identifier: MIT
# husk screenshot: a whole picture of the display as a file or on stdout, or an error and no file; what a hostile QEMU
# writes is looked at first.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "$ROOT/t/life.sh"
# shellcheck source=t/vm.sh
. "$ROOT/t/vm.sh"
need qemu
no_debris() { [ -z "$(find "$T/shots" -mindepth 1 ! -name "$1")" ]; }
fdsets() { "$HUSK" qmp "$1" query-fdsets; }
mkdir "$T/shots"

small 'display vga' >"$T/v.vm"
starts v "a VM with a VGA display"
run "$HUSK" screenshot --json v "$T/shots/a.png"
exits 0 "a picture of it"
is "$(echo "$out" | json - width)x$(echo "$out" | json - height)" \
	"$(od -An -tu1 -j16 -N8 "$T/shots/a.png" | { read -r _ _ c d _ _ g h; echo "$((c * 256 + d))x$((g * 256 + h))"; })" \
	"--json says the size that the PNG's header says"
is "$(echo "$out" | json - bytes)" "$(stat -c %s "$T/shots/a.png")" "and the file's length"
is "$(head -c 8 "$T/shots/a.png" | od -An -tx1)" ' 89 50 4e 47 0d 0a 1a 0a' "it is a PNG"
is "$(stat -c %a "$T/shots/a.png")" 600 "for nobody else"
unlike "$(fdsets v)" '*"screenshot"*' "QEMU has no descriptor of it left"
sets=$(fdsets v)
"$HUSK" screenshot v "$T/shots/a.png"
is "$(fdsets v)" "$sets" "and a second one leaves no more than the first"
ok "the sandbox is in order" audit v
"$HUSK" pause v
run "$HUSK" screenshot v - >/dev/null
exits 0 "of a paused guest, on stdout"
"$HUSK" screenshot v - >"$T/b.png"
"$HUSK" screenshot v "$T/shots/a.png"
ok "the same as in a file" cmp "$T/b.png" "$T/shots/a.png"
"$HUSK" resume v
ok "the sandbox is in order afterwards" audit v
run "$HUSK" screenshot --format ppm v "$T/shots/a.ppm"
exits 0 "a PPM"
is "$(head -c 2 "$T/shots/a.ppm")" P6 "it is one"
rm "$T/shots/a.ppm"
ln -s a.png "$T/shots/link.png"
"$HUSK" screenshot v "$T/shots/link.png"
ok "a link stays a link" test -L "$T/shots/link.png"
rm "$T/shots/link.png"
run "$HUSK" screenshot v /dev/null
exits 0 "a device is written to"
ok "and stays a device" test -c /dev/null
run "$HUSK" screenshot v "$T/nosuch/a.png"
exits 1 "no such directory"
run "$HUSK" screenshot --json v -
exits 2 "JSON and a picture on one stdout"
run "$HUSK" screenshot --format gif v "$T/a.gif"
exits 2 "no such format"
run sh -c '"$HUSK" screenshot v - >/dev/full'
exits 1 "a full stdout"
ok "no temporary file is left" no_debris a.png
ends_now v
run "$HUSK" screenshot v "$T/shots/c.png"
exits 3 "a VM that has ended"

none bare >/dev/null
run "$HUSK" screenshot bare "$T/shots/c.png"
like "$rc $err" '1 *bare: it has no display: start it with the option display*' "a VM without a display"
is "$(fdsets bare)" "$(fdsets bare)" "it answers"
ok "no file came of it" test ! -e "$T/shots/c.png"
small 'display virtio' >"$T/g.vm"
starts g "a VM with a virtio display"
run "$HUSK" screenshot g "$T/g.png"
exits 0 "a picture of that too"
ends_now g

while read -r mode want; do
	fake f "picture=$mode" >/dev/null
	run "$HUSK" screenshot --timeout 5s f "$T/shots/f.png"
	like "$rc $err" "1 *f: $want*" "a QEMU that writes $mode"
	ok "$mode: no file" no_debris a.png
	ends_now f
done <<'END'
nothing what QEMU wrote is no whole picture: no PNG
garbage what QEMU wrote is no whole picture: no PNG
half what QEMU wrote is no whole picture: half a PNG
more what QEMU wrote is no whole picture: a PNG that ends wrongly
vast what QEMU wrote is no whole picture: a picture of
huge QEMU wrote a picture of more than 256 MiB
END
fake f picture=good >/dev/null
run "$HUSK" screenshot --json f "$T/f.png"
is "$rc $(echo "$out" | json - width)" '0 1' "one that writes a small picture"
ends_now f
fake f "refuse=Parameter 'format' is unexpected@screendump" >/dev/null
run "$HUSK" screenshot f "$T/shots/f.png"
like "$rc $err" '8 *7.1*--format ppm*' "a QEMU that knows no PNG"
ends_now f
fake f sigsegv@screendump >/dev/null
run "$HUSK" screenshot f "$T/shots/f.png"
like "$rc $err" '1 *closed the connection*' "a QEMU that dies of it"
ok "no file of any of them" no_debris a.png
done_testing
