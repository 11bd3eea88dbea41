#!/bin/sh
# SPDX-License-Identifier: MIT
# A network card of mode user is passt's other end: over the stream backend from QEMU 7.2 on, over the older one before.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/qemus.sh
. "$ROOT/t/qemus.sh"
need passt

while read -r version backend; do
	run "$HUSK" run --dry-run --accel tcg --name x --qemu "$(qemu_of "$version" x86_64)" --nic user,forward=8080:80 --nic user
	exits 0 "QEMU $version: two cards"
	printf '%s\n' "$out" | plan_text >"$T/plan"
	numbers=$(sed -n 's/^fd \([0-9]*\) *helper.*/\1/p' "$T/plan" | tr '\n' ' ')
	i=0
	for number in $numbers; do
		ok "QEMU $version: card $i has descriptor $number" \
			grep -qx " *-netdev $(echo "$backend" | sed "s/ID/net$i/; s/FD/$number/")" "$T/plan"
		i=$((i + 1))
	done
	is $i 2 "QEMU $version: each has one"
done <<'END'
6.0.0 socket,id=ID,fd=FD
7.1.0 socket,id=ID,fd=FD
7.2.0 stream,id=ID,server=off,addr.type=fd,addr.str=FD
10.0.0 stream,id=ID,server=off,addr.type=fd,addr.str=FD
END

run "$HUSK" run --dry-run --json --accel tcg --name x --nic user,forward=8080:80,forward=udp:0.0.0.0:53:5353,forward=tcp:127.0.0.2:22:22
got=$(printf '%s\n' "$out" | json - helpers.0 | sed 's|"/[^"]*/passt","--quiet",||')
is "$got" '["--fd","3","--no-map-gw","-t","127.0.0.1/8080:80","-u","0.0.0.0/53:5353","-t","127.0.0.2/22:22"]' \
	'each forward is one argument of its own'
done_testing
