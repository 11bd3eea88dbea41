#!/bin/sh
# SPDX-License-Identifier: MIT
# SLOW: a guest or QEMU itself takes the time, not husk
# With Debian in the guest: frozen file systems do not take writes and are thawed after the command and after husk's death;
# trimming, the clock and who the system is.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
need debian qemu-img

debian=$HUSK_TEST_CACHE/debian
cp "$debian/disk.qcow2" "$T/disk.qcow2"
"$HUSK" run -d -q --name d --accel tcg --cpu qemu64 --memory 512M --kernel "$debian/vmlinuz" --initrd "$debian/initrd.img" \
	--append "$(cat "$debian/cmdline")" --disk "$T/disk.qcow2,discard=on" --agent || bail 'no guest'
agent() { run timeout -k 1 120 "$HUSK" agent d "$@"; }
ok 'the agent answers' "$HUSK" wait -q --for agent --timeout 150s d
status() { "$HUSK" agent d fsstatus; }
is_thawed() { [ "$(status)" = thawed ]; }

agent osinfo --json
is "$(json "$T/.out" id)" debian 'osinfo'
logged_in() { "$HUSK" agent d users | grep -qx 'user: root'; }
ok 'users: who is logged in' wait_until 120 logged_in
agent set-time 1800000000
exits 0 'set-time'
agent exec -- date +%s
ok '... sets the clock' test "$out" -ge 1800000000 -a "$out" -lt 1800000600
agent set-time
agent exec -- date +%s
near=$(($(date +%s) - out))
ok "... and back to the host's" test "$near" -gt -30 -a "$near" -lt 30
agent fstrim
like "$out" '/  [1-9]* bytes' 'fstrim says what was trimmed'

# a writer in the guest, which says how far it is in a file that is not on the disk
# shellcheck disable=SC2016 # for the guest's shell
agent exec --detach -- sh -c 'i=0; while :; do i=$((i+1)); echo $i >/var/tmp/written; sync /var/tmp/written; echo $i >/run/written; done'
writer=$out
written() { "$HUSK" agent d exec -- cat /run/written; }
grows() { [ "$(written)" -gt "$1" ] 2>/dev/null; }
ok 'a writer in the guest' wait_until 60 grows 5
agent fsfreeze
is "$out" '1 file system' 'fsfreeze'
is "$(status)" frozen '... is seen'
agent exec -- true
is "$rc $err" "125 husk: guest-exec: the guest's file systems are frozen, so the agent does not allow it" '... programs are refused, saying why'
agent fsthaw
is "$out" '1 file system' 'fsthaw'
ok '... and the writer goes on' wait_until 60 grows "$(written)"
agent frozen --trace -- sh -c 'exit 9'
exits 9 "frozen: the command's exit code"
like "$err" '*frozen: 1 file systems, 1 thawed*' '... the file system was frozen and thawed'
is "$(status)" thawed '... it is thawed'
ok '... and the writer goes on' wait_until 60 grows "$(written)"

"$HUSK" agent d frozen -- sh -c "echo \$\$ >'$T/pid.new'; mv '$T/pid.new' '$T/pid'; exec tail -f /dev/null" 2>/dev/null &
husk=$!
ends "$husk"
wait_until 60 test -s "$T/pid"
ends "$(cat "$T/pid")"
kill -KILL "$husk"
ok 'husk killed: the guest is thawed all the same' wait_until 30 is_thawed
ok '... and the writer goes on' wait_until 60 grows "$(written)"
agent exec -- sh -c "kill $writer"
exits 0 'the writer ends'
run "$HUSK" pause d
run timeout 60 "$HUSK" agent d --timeout 2s frozen --thaw-timeout 2s -- true
exits 6 'a guest that is paused cannot be frozen'
run "$HUSK" resume d
is "$(status)" thawed '... and is not'
agent shutdown
exits 0 'shutdown'
run timeout 100 "$HUSK" wait d
exits 0 '... ends the guest'
ok 'its disk is whole' qemu-img check -q "$T/disk.qcow2"
done_testing
