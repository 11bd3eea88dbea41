#!/bin/sh
# SPDX-License-Identifier: MIT
# husk run in the foreground ends with 0, 10 or 11 as the guest ends, and shows its console on stdout.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need bootsector

# ends_with CODE KEY NAME [OPTION...] - the boot sector gets ESC KEY.
ends_with() {
	code=$1 key=$2 name=$3; shift 3
	printf '\033%s' "$key" >"$T/keys"
	run guest life --stdin "$@" <"$T/keys"
	exits "$code" "$name"
	like "$out" "*$ready*" "... and the console was on stdout"
}
ends_with 0 o 'a power off is 0'
is "$(reason_of life)" guest-shutdown '... and on record'
ends_with 10 r 'a reset is 10 where it ends the VM' --on-reboot stop
is "$(reason_of life)" guest-reset '... and on record'
ends_with 11 p 'a panic is 11'
is "$(reason_of life)" guest-panic '... and on record'

# Without on-reboot stop a reset is no end.
mkfifo "$T/keyboard"
guest again --stdin <"$T/keyboard" >"$T/console" 2>"$T/err" &
ends $!
exec 9>"$T/keyboard"
wait_until 20 has "$T/console" "$ready"
printf '\033r' >&9
booted_twice() { [ "$(grep -c "$ready" "$T/console")" = 2 ]; }
ok 'a reset goes on by default' wait_until 20 booted_twice
ok '... and the VM runs' is_running again
printf '\033o' >&9
rc=0
wait $! || rc=$?
is "$rc" 0 '... and the power off after it is 0'
done_testing
