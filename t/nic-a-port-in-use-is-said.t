#!/bin/sh
# SPDX-License-Identifier: MIT
# A port that cannot be forwarded ends the launch with the reason, by passt and by QEMU, and leaves nothing.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
need qemu socat

# a port that is taken: the system picks it
socat -d -d TCP-LISTEN:0,bind=127.0.0.1,fork /dev/null 2>"$T/socat" &
ends $!
wait_until 5 has "$T/socat" listening
port=$(sed -n 's/.*listening on .*:\([0-9]*\)$/\1/p' "$T/socat")
fails 'it is taken' socat -u OPEN:/dev/null "TCP-LISTEN:$port,bind=127.0.0.1" 2>/dev/null

if command -v passt >/dev/null; then
	run "$HUSK" run -q -d --name x --accel tcg --nic "user,forward=$port:80"
	exits 1 'passt: it is refused'
	like "$err" "husk: *passt did not start: *127.0.0.1/$port:80*" 'passt: and it says which'
	ok 'passt: nothing is left' test ! -e "$HUSK_RUNDIR/x"
	run pgrep -f "^[^ ]*passt .*127.0.0.1/$port:80"
	is "$out" '' 'passt: and it does not run'
else
	skip 'passt' 'no passt here'
fi
run "$HUSK" run -q -d --name y --accel tcg --sandbox-without=netns --nic "user,forward=$port:80"
exits 1 'QEMU: it is refused'
like "$err" "husk: y: QEMU ended before*Could not set up host forwarding rule 'tcp:127.0.0.1:$port-:80'" 'QEMU: and it says which'
done_testing
