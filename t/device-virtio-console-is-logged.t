#!/bin/sh
# SPDX-License-Identifier: MIT
# Seen from a Linux guest: hvc0 is in console.log, the rng gives bytes, the disk has its serial, a panic is reported.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/vm.sh
. "$ROOT/t/vm.sh"
need guest

truncate -s 1M "$T/a.raw"
# the console's driver is a module, so what init itself says goes nowhere
cat >"$T/x.vm" <<END
memory 256M
accel tcg
kernel $HUSK_TEST_CACHE/linux/vmlinuz
initrd $HUSK_TEST_CACHE/linux/initramfs.cpio
append console=hvc0 quiet panic=-1 husk.do=panic husk.run=exec+>/dev/hvc0;cat+/sys/class/misc/hw_random/rng_current;head+-c+16+/dev/hwrng|wc+-c;cat+/sys/block/vda/serial;echo;echo+written+>/dev/vda;sync;echo+all+done
console virtio
rng on
disk a.raw,serial=the-serial
END
starts x 'it starts'
ok 'hvc0 is in console.log' wait_until 60 has "$HUSK_RUNDIR/x/console.log" 'all done'
is "$(tr -d '\r' <"$HUSK_RUNDIR/x/console.log" | tr '\n' '|' | sed 's/all done.*/all done/')" \
	'virtio_rng.0|16|the-serial|all done' 'random numbers come from virtio, the disk has its serial number'
run "$HUSK" wait --timeout 30 x
exits 11 'its panic is reported'
is "$(head -c 7 "$T/a.raw")" written 'what it wrote is in the image'
done_testing
