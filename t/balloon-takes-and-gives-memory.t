#!/bin/sh
# SPDX-License-Identifier: MIT
# SLOW: a guest or QEMU itself takes the time, not husk
# husk balloon: what a Linux guest has, less of it, all of it again; what cannot be, and a guest that does not move.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "$ROOT/t/life.sh"
need guest

linux=$HUSK_TEST_CACHE/linux
run "$HUSK" run -q -d --name b --accel tcg --memory 256M --balloon --kernel "$linux/vmlinuz" \
	--initrd "$linux/initramfs.cpio" --append 'console=ttyS0 quiet'
exits 0 "a guest with a balloon" || done_testing
ok "it is up" wait_until 60 has "$HUSK_RUNDIR/b/console.log" 'demo guest up'
run "$HUSK" balloon b
is "$rc $out" '0 b: 256M of 256M' "without a size: what it has"
run "$HUSK" balloon b 160M
is "$rc $out" '0 b: 160M of 256M' "it gives what it is asked for, which is waited for"
is "$("$HUSK" qmp b query-balloon | json - actual)" 167772160 "QEMU says the same"
run "$HUSK" balloon --json b 256M
is "$rc $(echo "$out" | json - actual) $(echo "$out" | json - maximum)" '0 268435456 268435456' "and takes it back"
run "$HUSK" set --json --balloon 200M b
is "$rc $(echo "$out" | json - balloon)" '0 209715200' "set asks for it too"
# shellcheck disable=SC2317
is_at() { [ "$("$HUSK" qmp b query-balloon | json - actual)" = "$1" ]; }
ok "without waiting" wait_until 20 is_at 209715200
run "$HUSK" balloon --no-wait b 256M
exits 0 "nor does --no-wait"
ok "it comes all the same" wait_until 20 is_at 268435456
ok "the sandbox is in order" audit b

run "$HUSK" balloon b 257M
like "$rc $err" '2 *257M is more than the 256 MiB*' "more than it was started with"
run "$HUSK" set --balloon 1G b
like "$rc $err" '2 *more than the 256 MiB*' "for set too"
run "$HUSK" balloon b 1K
exits 2 "next to nothing"
run "$HUSK" balloon b much
like "$rc $err" '2 *balloon: size: "much" is not a size*' "no size"
"$HUSK" stop -q --now b

boot deaf --balloon >/dev/null
run "$HUSK" balloon --timeout 400ms deaf 8M
like "$rc $err" '6 *deaf: the guest'"'"'s memory is 16M of 8M; it does not move*' "a guest without a driver"
is_running deaf
is "$?" 0 "its monitor is free"
"$HUSK" stop -q --now deaf
boot bare >/dev/null
run "$HUSK" balloon bare
like "$rc $err" '1 *bare: it has no balloon: start it with the option balloon*' "a VM without a balloon"
run "$HUSK" set bare --on-reboot stop --balloon 8M
like "$rc $err" '1 *no balloon*' "set says so before it changes anything"
unlike "$err" '*changed before*' "nothing was changed"
"$HUSK" stop -q --now bare
run "$HUSK" balloon bare 8M
exits 3 "a VM that has ended"
done_testing
