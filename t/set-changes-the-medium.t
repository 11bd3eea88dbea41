#!/bin/sh
# SPDX-License-Identifier: MIT
# SLOW: a guest or QEMU itself takes the time, not husk
# husk set --cdrom, --eject: a Linux guest reads the new medium; nothing of the old one, or of a change that failed or was
# killed, is left in QEMU; a locked tray is waited for; the audit knows every descriptor.
# shellcheck disable=SC2016 # the guest expands it
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "$ROOT/t/life.sh"
# shellcheck source=t/vm.sh
. "$ROOT/t/vm.sh"
need guest qemu-img

linux=$HUSK_TEST_CACHE/linux
for i in 1 2 3; do
	printf 'medium-%s' $i >"$T/$i.iso"
	truncate -s 1M "$T/$i.iso"
done
# exactly NAME - the files of media that QEMU has, by the kernel's word
files() { find "/proc/$(qemu_of "$1")/fd" -lname "*/[0-9].iso" -printf '%l\n' | sed 's|.*/||' | sort -u | tr '\n' ' '; }

# the medium that a VM was started with
for machine in q35 pc microvm; do
	{ echo "machine $machine"; small 'cdrom 1.iso' | sed 1d; } >"$T/c.vm"
	starts c "$machine: it starts" || continue
	run "$HUSK" set c --cdrom "cdrom0,file=$T/2.iso"
	exits 0 "$machine: another medium"
	is "$(files c)" '2.iso ' "$machine: QEMU has that, and no longer the first"
	run "$HUSK" set c --cdrom "cdrom0,file=$T/1.iso"
	is "$rc $(files c)" '0 1.iso ' "$machine: and back"
	ok "$machine: the sandbox is in order" audit c
	ends_now c
done

run "$HUSK" run -q -d --name m --accel tcg --machine q35 --memory 256M --kernel "$linux/vmlinuz" \
	--initrd "$linux/initramfs.cpio" --append 'console=ttyS0 quiet' \
	--qemu-arg -device --qemu-arg virtio-scsi-pci,id=hs --qemu-arg -device --qemu-arg scsi-cd,id=cdrom9,bus=hs.0
exits 0 "a guest with an empty drive that its kernel has a driver for" || done_testing
log=$HUSK_RUNDIR/m/console.log
ok "it is up" wait_until 60 has "$log" 'demo guest up'
ok "its driver is there" types m 'modprobe -a virtio_scsi sr_mod; echo sr-$((1+1))\n' sr-2
types m 'r() { echo "$(head -c 8 /dev/sr0 2>/dev/null)."; echo done-$1; }; echo r-$((1+1))\n' r-2

# reads N - the guest reads medium N; 0: none
n=0
reads() {
	n=$((n + 1)) want=medium-$1.
	[ "$1" != 0 ] || want=.
	types m "r $n\n" "done-$n"
	[ "$(tr -d '\r' <"$log" | grep -x -B 1 "done-$n" | head -n 1)" = "$want" ]
}
# exactly N - QEMU has these and no other files of the drive, by its own and by the kernel's word
nodes() { "$HUSK" qmp m query-named-block-nodes | json - | tr ',' '\n' | grep -c '"node-name"'; }
sets() { "$HUSK" qmp m query-fdsets | tr '{' '\n' | grep -c '"opaque": "cdrom9"'; }
left() { is "$(nodes) $(sets) $(files m)" "$1" "$2"; }

ok "the guest has no medium" reads 0
run "$HUSK" set m --cdrom "cdrom9,file=$T/1.iso"
exits 0 "a medium"
ok "the guest reads it" reads 1
left '2 1 1.iso ' "QEMU has that"
run "$HUSK" set --json m --cdrom "cdrom9,file=$T/2.iso"
exits 0 "another medium"
is "$(echo "$out" | json - drives.0.file) $(echo "$out" | json - drives.0.open)" "$T/2.iso false" "--json tells the file"
ok "the guest reads it" reads 2
left '2 1 2.iso ' "QEMU has that and no longer the first"
ok "the sandbox is in order" audit m
cd "$T" || exit 1
run "$HUSK" set m --cdrom cdrom9,file=3.iso
exits 0 "a third, by a relative path"
ok "the guest reads it" reads 3
left '2 1 3.iso ' "QEMU has only that"
ok "the sandbox is in order" audit m
run "$HUSK" set m --eject cdrom9
exits 0 "none"
ok "the guest has none" reads 0
left '0 0 ' "QEMU has no file of it"
run "$HUSK" set m --eject cdrom9
exits 0 "none again"
run "$HUSK" set m --cdrom cdrom9,file=1.iso
exits 0 "one into the empty drive"
ok "the guest reads it" reads 1
ok "the sandbox is in order" audit m

# what cannot be inserted
run "$HUSK" set m --cdrom cdrom9,file=nosuch.iso
like "$rc $err" '1 *open nosuch.iso: No such file*' "a file that is not there"
run "$HUSK" set m --cdrom "cdrom9,file=$T"
like "$rc $err" '2 *neither a file nor a block device*' "a directory"
truncate -s 1M "$T/w.img"
small "disk $T/w.img" >"$T/w.vm"
starts w "another VM writes to an image"
run "$HUSK" set m --cdrom cdrom9,file=w.img
like "$rc $err" '5 *w.img: the image is in use by another process that writes to it*' "which cannot be a medium meanwhile"
ok "the old one is in" reads 1
ends_now w
run "$HUSK" set m --cdrom cdrom9,file=w.img
exits 0 "afterwards it can"
run "$HUSK" run -q -d "$T/w.vm"
like "$rc $err" '5 *in use*' "and then no VM may write to it"
"$HUSK" set m --cdrom cdrom9,file=1.iso
starts w "until it is out again"
ends_now w

# QEMU refuses the new node: somebody else's has its name
node=$("$HUSK" qmp m query-block | json - 0.inserted.node-name)
other=$([ "$node" = cdrom9 ] && echo cdrom9-b || echo cdrom9)
"$HUSK" qmp m blockdev-add driver=null-co "node-name=$other" size=1048576 >/dev/null
"$HUSK" qmp m blockdev-add driver=raw node-name=x "file=$other" >/dev/null
run "$HUSK" set m --cdrom cdrom9,file=2.iso
like "$rc $err" '1 *blockdev-add: *' "QEMU refuses the new node"
ok "the old medium is in" reads 1
"$HUSK" qmp m blockdev-del node-name=x >/dev/null
"$HUSK" qmp m blockdev-del "node-name=$other" >/dev/null
left '2 1 1.iso ' "and nothing is left of the new one"
ok "the sandbox is in order" audit m

# a locked tray
ok "the guest locks the tray" types m 'exec 9</dev/sr0; echo locked-$((1+1))\n' locked-2
locked() { [ "$("$HUSK" qmp m query-block | json - 0.locked)" = true ]; }
ok "QEMU says so" locked
run "$HUSK" set --timeout 500ms m --cdrom cdrom9,file=2.iso
like "$rc $err" '6 *cdrom9: the guest has locked the tray*--force*' "a deadline, and what helps"
ok "the old medium is in" reads 1
left '2 1 1.iso ' "nothing is left of the new one"
"$HUSK" set --timeout 60s m --cdrom cdrom9,file=2.iso &
set=$!
ends $set
holds() { has "$HUSK_RUNDIR/m/lock" '(set)'; }
ok "one waits" wait_until 10 holds
run "$HUSK" status m
exits 0 "status is not kept waiting"
ok "the guest opens the tray" types m 'echo 1 >/proc/sys/dev/cdrom/autoeject; exec 9<&-; echo open-$((1+1))\n' open-2
wait $set
is "$?" 0 "and the change comes to its end"
types m 'echo 0 >/proc/sys/dev/cdrom/autoeject; echo keep-$((1+1))\n' keep-2
ok "the guest reads it" reads 2
left '2 1 2.iso ' "QEMU has only that"

ok "the guest locks the tray again" types m 'exec 9</dev/sr0; echo locked-$((2+2))\n' locked-4
"$HUSK" set --timeout 60s m --cdrom cdrom9,file=3.iso &
set=$!
ends $set
tried() { [ "$(find "/proc/$(qemu_of m)/fd" -lname '*/3.iso' | wc -l)" -ge 2 ]; }
ok "one waits" wait_until 10 tried
ok "the sandbox is in order meanwhile" audit m
kill -KILL $set
wait $set
left '4 2 2.iso 3.iso ' "one that is killed leaves its node and its descriptor"
ok "which the audit knows" audit m
run "$HUSK" set --force m --cdrom cdrom9,file=1.iso
exits 0 "--force"
left '2 1 1.iso ' "QEMU has that, and nothing of the killed one"
types m 'exec 9<&-; echo open-$((2+2))\n' open-4
ok "the guest reads it" reads 1
ok "the sandbox is in order" audit m

"$HUSK" pause m
run "$HUSK" set --force m --cdrom cdrom9,file=2.iso
exits 0 "a paused guest"
ok "the sandbox is in order" audit m
"$HUSK" resume m
ok "reads it when it goes on" reads 2
run "$HUSK" set m --cdrom cdrom9,file=3.iso
exits 0 "the next change"
left '2 1 3.iso ' "leaves nothing of those before"
ok "the sandbox is in order" audit m

# QEMU dies half-way
ok "the guest locks the tray once more" types m 'exec 9</dev/sr0; echo locked-$((3+3))\n' locked-6
"$HUSK" set --timeout 60s m --cdrom cdrom9,file=1.iso 2>"$T/died" &
set=$!
ends $set
tried() { [ "$(find "/proc/$(qemu_of m)/fd" -lname '*/1.iso' | wc -l)" -ge 2 ]; }
ok "one waits" wait_until 10 tried
kill -KILL "$(qemu_of m)"
wait $set
is "$?" 1 "QEMU is killed: it ends at once"
like "$(cat "$T/died")" 'husk: *' "and says so"
is "$(wc -l <"$T/died")" 1 "in one line"
done_testing
