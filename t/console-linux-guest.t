#!/bin/sh
# SPDX-License-Identifier: MIT
# SLOW: a guest or QEMU itself takes the time, not husk
# husk console at a real Linux guest's shell: commands and their answers, a paste that arrives whole, a burst that
# loses nothing, at whatever moment one attaches.
# shellcheck disable=SC2016 # what stands in single quotes is for another shell
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
need guest
linux=$HUSK_TEST_CACHE/linux
# at NAME TEXT INPUT - type it (printf's escapes) and wait for the text; what came is in $T/.out
at() { printf %b "$3" >"$T/in"; run "$HUSK" console --timeout 60s --until "$2" "$1" <"$T/in"; }

size() { wc -c <"$HUSK_RUNDIR/$vm/console.log"; }
grown() { now=$(size); [ "$now" -gt $((before + 20000)) ] || [ "$now" -lt "$before" ]; }

for kind in serial virtio; do
	vm=$kind
	# hvc0 takes 16 bytes at a time, some 8 KiB a second under TCG
	case $kind in serial) port=ttyS0 lines=16000 ;; *) port=hvc0 lines=4000 ;; esac
	"$HUSK" run -d -q --name $vm --accel tcg --memory 192M --kernel "$linux/vmlinuz" --initrd "$linux/initramfs.cpio" \
		--log-size 4M --append "console=$port quiet panic=-1" --console $kind || bail "no guest with $kind"
	# an empty command until the shell answers one
	shell() { printf 'echo up$((6*7))\n' | "$HUSK" console -q --timeout 2s --until up42 "$vm" >/dev/null 2>&1; }
	ok "$kind: a shell answers" wait_until 90 shell
	at $vm 'sum 17' 'stty -echo; echo sum $((8+9))\n'
	exits 0 "$kind: a command and its answer"
	like "$out" '*sum 17' "$kind: ... which is the last that is printed"

	# a paste: 10 KiB of lines into cat, compared by the guest
	seq -f 'line %05g of what is pasted into the guest' 1 240 >"$T/paste"
	size=$(wc -c <"$T/paste")
	ok "$kind: the paste is large ($size)" test "$size" -gt 10000
	{ echo 'cat >/tmp/paste; echo end$((1+1))'; cat "$T/paste"; printf '\004'; } >"$T/in"
	run "$HUSK" console --timeout 60s --until end2 $vm <"$T/in"
	exits 0 "$kind: a paste is taken"
	at $vm " -" 'md5sum </tmp/paste\n'
	like "$out" "*$(md5sum <"$T/paste")" "$kind: ... and arrived whole"

	# a burst, 110 KiB of it on the serial line, the reader attached before it
	at $vm made3 "seq 100001 $((100000 + lines)) >/tmp/burst; echo made\$((1+2))\\n"
	seq 100001 $((100000 + lines)) >"$T/want"
	printf 'echo first$((1+2)); cat /tmp/burst; echo last$((2+2))\n' >"$T/in"
	ok "$kind: a burst is shown" sh -c '"$HUSK" console --timeout 90s --until last4 '$vm' <"$T/in" >"$T/shown"'
	tr -d '\r' <"$T/shown" | sed -n '/first3/,$p' | grep '^[0-9]' >"$T/got"
	ok "$kind: ... all $(wc -c <"$T/want") bytes of it, each once" cmp "$T/want" "$T/got"

	# attached in the middle of one: from the log over to the socket, no line is lost or twice
	# (it begins when the one who asked for it has left: QEMU logs twice what a client's full socket refused at first)
	printf 'usleep 500000; echo; cat /tmp/burst; echo last$((2+3))\n' | "$HUSK" console -q --timeout 10s $vm >/dev/null
	before=$(size)
	wait_until 20 grown
	ok "$kind: attached in the middle of a burst" \
		sh -c '"$HUSK" console --timeout 90s --until last5 --replay 64M '$vm' >"$T/shown"'
	tr -d '\r' <"$T/shown" | grep '^[0-9]' | tail -n "$lines" >"$T/got"
	ok "$kind: ... the replay and what followed are one text" cmp "$T/want" "$T/got"
	"$HUSK" stop -q --now $vm
done
done_testing
