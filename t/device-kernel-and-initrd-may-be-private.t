#!/bin/sh
# SPDX-License-Identifier: MIT
# A kernel and an initrd that only root may read boot all the same, in a jail and without one, and stay as they are.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/vm.sh
. "$ROOT/t/vm.sh"
need qemu

# The smallest kernel, by the multiboot protocol: it writes its command line and its first module to COM1 and halts.
#	mov esp, 0x90000; mov edx, 0x3f8; mov esi, [ebx+16]; call print; mov eax, [ebx+24]; mov esi, [eax]; call print
# 1:	hlt; jmp 1b
# print: lodsb; test al, al; jz 2f; out dx, al; jmp print
# 2:	ret
{
	printf '\002\260\255\033\000\000\001\000\376\117\121\344'	# magic, flags: addresses follow, checksum
	printf '\000\000\020\000\000\000\020\000\000\000\000\000\000\000\000\000\040\000\020\000'
	printf '\274\000\000\011\000\272\370\003\000\000\213\163\020\350\015\000\000\000'
	printf '\213\103\030\213\060\350\003\000\000\000\364\353\375\254\204\300\164\003\356\353\370\303'
} >"$T/kernel"
printf 'this is the initrd\n\0' >"$T/initrd"
chmod 700 "$T"

small 'kernel kernel' 'initrd initrd' 'append hello from append' >"$T/x.vm"
for mode in 600 644 400; do
	chmod $mode "$T/kernel" "$T/initrd"
	before=$(stat -c '%a %u %g %Y %Z %s' "$T/kernel" "$T/initrd")
	for sandbox in '' --sandbox-without=mntns --sandbox=off; do
		name="mode $mode, ${sandbox:-sandboxed}"
		# shellcheck disable=SC2086 # one word or none
		run "$HUSK" run -q -d $sandbox "$T/x.vm"
		exits 0 "$name: it starts" || continue
		ok "$name: the kernel runs and has its command line" says x 'hello from append'
		ok "$name: and its initrd" says x 'this is the initrd'
		quiet_qemu x "$name: QEMU warns of nothing"
		ends_now x
	done
	is "$(stat -c '%a %u %g %Y %Z %s' "$T/kernel" "$T/initrd")" "$before" "mode $mode: both are as they were"
done
done_testing
