#!/bin/sh
# SPDX-License-Identifier: MIT
# IDE has four places on pc and six on q35, for disks and CD-ROMs together; one more is refused with its line.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/vm.sh
. "$ROOT/t/vm.sh"
need qemu

for i in 1 2 3 4 5; do truncate -s 64K "$T/$i.raw"; done
while read -r machine places; do
	{
		printf 'machine %s\nmemory 16M\naccel tcg\n' "$machine"
		i=1
		while [ $i -lt "$places" ]; do
			echo "disk $i.raw,bus=ide"
			i=$((i + 1))
		done
		echo 'cdrom 1.raw'
	} | sed 's/^disk 1.raw.*/cdrom 1.raw/' >"$T/x.vm"
	starts x "$machine: all $places are filled"
	ends_now x
	echo 'cdrom 1.raw' >>"$T/x.vm"
	run "$HUSK" run -q -d "$T/x.vm"
	is "$rc $err" "2 husk: $T/x.vm:$((places + 4)):7: cdrom: machine $machine has no free place on bus ide for it" \
		"$machine: one more is refused"
done <<'END'
pc 4
q35 6
END
for line in 'disk 1.raw,bus=ide' 'disk 1.raw,bus=nvme' 'disk 1.raw,bus=usb'; do
	printf 'machine microvm\naccel tcg\n%s\n' "$line" >"$T/x.vm"
	run "$HUSK" run -q -d "$T/x.vm"
	is "$rc $err" "2 husk: $T/x.vm:3:6: disk: machine microvm has no bus ${line##*=} for it" "microvm: $line is refused"
done
done_testing
