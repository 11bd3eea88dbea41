#!/bin/sh
# SPDX-License-Identifier: MIT
# Every example is a VM that husk would start, or a script that does what its comment says.
# the leak checker cannot run at the end of a keeper, under its filter
HUSK_LEAKS=0
. "${0%/*}/lib.sh"
need qemu

for vm in "$ROOT"/examples/*.vm; do
	name=$(basename "$vm" .vm)
	run "$HUSK" run --dry-run --accel tcg "$vm"
	is "$rc" 0 "$name.vm makes a plan"
	like "$out" "*guest=$name*" "$name.vm names its VM"
done

bootsector_disk "$T/disk.raw" 1M
cat >"$T/web.vm" <<-END
	machine pc
	memory 16M
	accel tcg
	disk $T/disk.raw
END
PATH=$(dirname "$HUSK"):$PATH
HUSK_CONFDIR=$T
export PATH HUSK_CONFDIR

# runit's directory is named after the VM, and its run script becomes husk
mkdir "$T/husk-web"
cp "$ROOT/examples/runit/run" "$T/husk-web/run"
(cd "$T/husk-web" && exec ./run) >"$T/runit.out" &
pid=$!
ends $pid
if wait_until 20 "$HUSK" status -q web; then ok "runit: the VM runs"; else not_ok "runit: the VM runs"; fi
wait_until 20 grep -q 'bootsector ready' "$HUSK_RUNDIR/web/console.log"
kill -TERM $pid
wait $pid
is $? 0 "runit: TERM stops it, and it ends with 0"

# its console must be the new one's
"$HUSK" remove web
"$ROOT/examples/scripts/try-and-tell" "$T/web.vm" web >"$T/tell.out" 2>&1 &
pid=$!
ends $pid
wait_until 20 grep -q 'bootsector ready' "$HUSK_RUNDIR/web/console.log"
"$HUSK" stop -q --now web
wait $pid
like "$(cat "$T/tell.out")" '*web: done*' "try-and-tell says that it is done"

# openrc-run is not here; its functions are
ebegin() { echo "$*"; }
eend() { return "$1"; }
# shellcheck disable=SC2034
RC_SVCNAME=husk.web
# shellcheck source=/dev/null
. "$ROOT/examples/openrc/husk"
start >/dev/null 2>&1
is $? 0 "openrc: start"
run status
is "$rc" 0 "openrc: status of a running VM"
stop >/dev/null 2>&1
is $? 0 "openrc: stop"
run status
is "$rc" 3 "openrc: status of a stopped VM"

done_testing
