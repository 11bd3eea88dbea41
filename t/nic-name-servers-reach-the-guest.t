#!/bin/sh
# SPDX-License-Identifier: MIT
# The guest is told of name servers that it can ask: the host's, those behind a server on the host's loopback, or its own.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need root passt
mkdir -p "$T/run/systemd/resolve"

# with SERVERS BEHIND [OPTION...] - the plan on a host with that resolv.conf, and that of systemd-resolved.
with() {
	printf '%b' "$1" >"$T/resolv.conf"
	printf '%b' "$2" >"$T/run/systemd/resolve/resolv.conf"
	shift 2
	# shellcheck disable=SC2016 # for the shell inside
	run unshare -m --propagation private sh -c 'mount --bind "$1/resolv.conf" /etc/resolv.conf && mount --bind "$1/run" /run && shift && exec "$@"' \
		sh "$T" "$HUSK" run --dry-run --name x --accel tcg "$@"
	dns=$(printf '%s\n' "$out" | sed -n 's/^ *\(--dns [^ ]*\).*/\1/p' | tr '\n' ' ')
}
with 'nameserver 192.0.2.1\n' '' --nic user
exits 0 'a server that anybody reaches'
is "$dns$err" '' '... passt finds it by itself'
with 'search x\nnameserver 127.0.0.53\n' 'nameserver 192.0.2.7\nnameserver 2001:db8::7\n' --nic user
exits 0 'one on the loopback'
is "$dns" '--dns 192.0.2.7 --dns 2001:db8::7 ' '... those behind it are named'
is "$err" '' '... without a word'
with 'nameserver ::1\n' 'nameserver 127.0.0.1\n' --nic user
exits 0 'one on the loopback, with nothing behind it'
is "$dns" '' '... none is named'
like "$err" '*warning: nic: *loopback*dns=*' '... and that is said'
with 'nameserver 127.0.0.1\n' '' --nic user,dns=198.51.100.1,dns=2001:db8::1
exits 0 'servers of its own'
is "$dns$err" '--dns 198.51.100.1 --dns 2001:db8::1 ' '... are named'
with 'nameserver 192.0.2.1\n' '' --nic user,dns=none
is "$dns" '--dns none ' 'none at all'
for bad in dns=x dns= dns=1.2.3 dns=none,dns=192.0.2.1 'dns=[::1]'; do
	run "$HUSK" run --dry-run --name x --nic "user,$bad"
	exits 2 "$bad is refused"
done
run "$HUSK" run --dry-run --name x --sandbox-without=netns --nic user,dns=192.0.2.1
exits 2 "QEMU's own stack has no such choice"

# QEMU's own stack reads the file itself, in its jail
run "$HUSK" run -d -q --accel tcg --memory 16M --name own --sandbox-without=netns --nic user
exits 0 "QEMU's own stack"
ok '... has the file that it reads' cmp "/proc/$(qemu_of own)/root/etc/resolv.conf" /etc/resolv.conf
ok '... its sandbox is in order' audit own
"$HUSK" stop -q --now own
done_testing
