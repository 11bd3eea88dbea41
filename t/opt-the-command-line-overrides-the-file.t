#!/bin/sh
# SPDX-License-Identifier: MIT
# A scalar of the command line overrides the file's, sub-options one by one; lists add up, the file's first.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
need qemu
cat >"$T/x.vm" <<'END'
accel tcg
memory 1G
cpus 2
agent on
rng
console virtio
disk a.raw,serial=one
nic user
append quiet
kernel k
qemu-arg -one
END
run "$HUSK" run --dry-run --sandbox-without netns "$T/x.vm" -m 256M --agent=off --console serial --disk b.raw,serial=two --disk "$T/c.raw,serial=three" \
	--nic user,model=e1000e --qemu-arg=-two --append='debug x' --kernel "$T/other"
exits 0 'both are read'
like "$out" '*-m size=262144k*' 'memory is that of the command line'
like "$out" '*-smp 2*' 'what it does not name is the file'\''s'
unlike "$out" '*agent*' 'a flag can be put off'
like "$out" '*rng-builtin*' 'another one stays on'
like "$out" '*-serial chardev:console*' 'a choice is overridden'
unlike "$out" '*virtio-serial*' 'entirely'
like "$out" "*-append 'debug x'*" 'a text is replaced, not extended'
like "$out" "*kernel*$T/other*" 'so is a path'
like "$out" '*"serial":"one"*"serial":"two"*"serial":"three"*' 'disks add up, those of the file first'
like "$out" '*virtio-net-pci*e1000e*' 'network cards add up'
like "$out" '*-one*-two*' 'arguments for QEMU add up'

run "$HUSK" run --dry-run "$T/x.vm" -m 256M --memory 512M
exits 2 'twice on the command line is a mistake all the same'
is "$err" 'husk: --memory: given twice (first as argument 4)' 'and is named'
run "$HUSK" run -m 1M --dry-run --sandbox-without netns "$T/x.vm" --cpus=7
like "$out" '*-smp 7 *-m size=1024k*' 'options may stand before the file'
done_testing
