#!/bin/sh
# SPDX-License-Identifier: MIT
# husk run speaks sd_notify: READY when the CPUs run, STOPPING when asked to stop.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need bootsector socat
socat -u "UNIX-RECV:$T/notify" "OPEN:$T/said,creat,append" &
ends $!
wait_until 5 test -S "$T/notify"
NOTIFY_SOCKET=$T/notify guest served >/dev/null 2>&1 &
served=$!
ends $served
ok 'READY=1 is said' wait_until 20 has "$T/said" READY=1
ok '... with a status' has "$T/said" STATUS=running
fails '... and nothing of stopping' has "$T/said" STOPPING=1
wait_until 20 has "$HUSK_RUNDIR/served/console.log" "$ready"
kill -TERM "$(keeper_of served)"
ok 'STOPPING=1 is said' wait_until 10 has "$T/said" STOPPING=1
wait $served
ok 'the end is said' wait_until 10 has "$T/said" STATUS=ended
qemu=$(qemu_of served)
ok 'and QEMU was never told of the socket' test -n "$qemu"

# the abstract namespace
socat -u "ABSTRACT-RECV:husk-$$" "OPEN:$T/said2,creat,append" &
ends $!
bound() { grep -qs "@husk-$$\$" /proc/net/unix; }
wait_until 5 bound
NOTIFY_SOCKET=@husk-$$ none abstract
ok 'READY=1 is said in the abstract namespace' wait_until 20 has "$T/said2" READY=1
done_testing
