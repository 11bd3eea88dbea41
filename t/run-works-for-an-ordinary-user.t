#!/bin/sh
# SPDX-License-Identifier: MIT
# Somebody who is not root runs, watches and stops VMs in a run directory of his own.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need user bootsector
chmod 711 "$T"
cp "$HUSK" "$T/husk"
mine=$(mktemp -d /tmp/husk-u.XXXXXX)
bootsector_disk "$mine/boot.raw" 1M
chmod 600 "$mine/boot.raw"
chown -R 65534:65534 "$mine"
as_user() { setpriv --reuid 65534 --regid 65534 --clear-groups env HUSK_RUNDIR="$mine/run" "$@"; }
user_run() { as_user "$T/husk" run -d --accel tcg --machine pc --memory 16M --name mine --disk "$mine/boot.raw" "$@"; }

run user_run
if [ "$rc" = 7 ]; then
	# a host without user namespaces: what must be given up is said
	like "$err" '*sandbox*' 'what the sandbox lacks is named'
	run user_run --sandbox-without=pidns,netns,mntns
fi
exits 0 'run -d'
ok 'the guest boots' wait_until 20 has "$mine/run/mine/console.log" "$ready"
run as_user "$T/husk" status mine
exits 0 'status'
run as_user "$T/husk" list
like "$out" '*mine*running*' 'list'
is "$(stat -c %u:%a "$mine/run/mine")" 65534:700 'the directory is his alone'
# somebody else may not even look
run env HUSK_RUNDIR="$mine/run" "$HUSK" status mine
exits 1 'another user is not shown it'
like "$err" '*belongs to user 65534*' '... and told why'
run as_user "$T/husk" stop mine
exits 0 'stop'
like "$out" '*stopped by acpi*' '... through the power button'
run as_user "$T/husk" wait mine
exits 0 'wait'
run as_user "$T/husk" remove mine
exits 0 'remove'
[ -e "$mine/run/mine" ] && as_user "$T/husk" stop -q --now mine
rm -rf "$mine"
done_testing
