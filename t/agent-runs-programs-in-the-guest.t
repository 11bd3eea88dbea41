#!/bin/sh
# SPDX-License-Identifier: MIT
# SLOW: a guest or QEMU itself takes the time, not husk
# husk agent with a real guest and agent: programs, files of any size, and what the guest says of itself.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
need guest
[ "$(cat "$HUSK_TEST_CACHE/linux/agent" 2>/dev/null)" = yes ] || { echo '1..0 # SKIP the guest has no agent'; exit 0; }

linux=$HUSK_TEST_CACHE/linux
"$HUSK" run -d -q --name g --accel tcg --memory 256M --kernel "$linux/vmlinuz" --initrd "$linux/initramfs.cpio" \
	--append 'console=ttyS0 quiet' --agent --nic user || bail 'no guest'
start=$(now)
run "$HUSK" agent g ping
took=$(($(now) - start))
is "$rc $err" '1 husk: g: no agent runs in the guest: nobody has opened its port' 'a guest that still boots has no agent'
ok "... which is said at once ($took hundredths)" test "$took" -lt 200
answers() { "$HUSK" agent g ping >/dev/null 2>&1; }
ok 'the agent answers when the guest is up' wait_until 60 answers
agent() { run timeout -k 1 60 "$HUSK" agent g "$@"; }

agent exec -- sh -c 'echo out; echo err >&2; exit 42'
is "$rc/$out/$err" 42/out/err 'exit code, standard output and standard error are apart'
# shellcheck disable=SC2016 # for that shell
agent exec -- sh -c 'kill -9 $$'
exits 137 'a signal'
agent exec -- /nosuch
exits 127 'a program that is not there'
agent exec -- /etc/passwd
exits 126 'a program that cannot be executed'
printf 'one\0two\n\377' >"$T/bytes"
run sh -c "'$HUSK' agent g exec --input - -- cat <'$T/bytes' >'$T/back'"
ok 'bytes of any kind go in and come out' cmp "$T/bytes" "$T/back"
agent exec --json --input "$T/bytes" -- cat
is "$(json "$T/.out" stdout_base64)" "$(base64 "$T/bytes")" '... and as JSON'
is "$(json "$T/.out" exit) $(json "$T/.out" signal)" '0 null' '... with the exit code'
agent exec --env A=1 --env 'B=x y' -- /bin/env
is "$out" 'A=1
B=x y' 'an environment'
agent exec --env A -- true
exits 2 '... of KEY=VALUE'
agent exec --input "$T/nosuch" -- cat
exits 125 'an input that is not there'
agent --timeout 1s exec -- tail -f /dev/null
exits 6 'a program that outlasts the deadline'
pid=${err##* }
agent exec -- kill "$pid"
exits 0 '... goes on under the pid that was said'
agent exec --detach -- tail -f /dev/null
pid=$out
agent exec -- kill "$pid"
exits 0 '--detach prints the pid'
agent exec
exits 2 'no program'
"$HUSK" agent g exec -- tail -f /dev/null >/dev/null 2>&1 &
other=$!
ends "$other"
is_held() { ! flock -n "$HUSK_RUNDIR/g/agent.lock" true; }
ok 'a program that takes long' wait_until 20 is_held
agent ping
exits 0 '... lets others get at the agent'
ok '... and is waited for again' wait_until 20 is_held
kill -TERM "$other"
code=0
wait "$other" || code=$?
is "$code" 143 'SIGTERM ends the waiting'

head -c 3000001 /dev/urandom >"$T/big"
agent put "$T/big" /tmp/big --json
is "$rc $(json "$T/.out" bytes) $(json "$T/.out" check)" '0 3000001 sha256' 'a file goes into the guest'
is "$(json "$T/.out" sha256)" "$(sha256sum "$T/big" | cut -d' ' -f1)" '... with the right digest'
agent get /tmp/big "$T/got"
ok 'and comes back' cmp "$T/big" "$T/got"
is "$(stat -c %a "$T/got")" 644 '... with the usual mode'
printf 'x%.0s' 1 2 3 | "$HUSK" agent g put - /tmp/pipe
run "$HUSK" agent g get /tmp/pipe -
is "$out" xxx 'through pipes'
agent exec -- truncate -s 0 /tmp/empty
agent get /tmp/empty "$T/got" --json
is "$rc $(json "$T/.out" bytes) $(wc -c <"$T/got")" '0 0 0' 'an empty file'
echo old >"$T/kept"
ln -s kept "$T/link"
agent get /tmp/pipe "$T/link"
is "$(readlink "$T/link") $(cat "$T/kept")" 'kept xxx' 'a link to the target stays a link'
agent get /tmp/pipe /dev/null
ok 'a device is written to, not replaced' test -c /dev/null
agent get /nosuch "$T/none"
exits 1 'a file that is not there'
like "$err" 'husk: g: /nosuch: *No such file or directory' '... is said'
fails '... and leaves nothing here' test -e "$T/none"
# sha256sum reads another uptime than the copy has
agent get /proc/uptime "$T/none"
exits 1 'a file that changes meanwhile is not what was copied'
fails '... and leaves nothing' test -e "$T/none"
agent get --unchecked /proc/uptime "$T/up"
is "$rc $(wc -w <"$T/up")" '0 2' '... unless nobody looks'

agent exec -- ip addr add 203.0.113.5/24 dev eth0
agent exec -- ip link set eth0 up
agent ip
like "$out" '*eth0 203.0.113.5/24*' 'its addresses'
unlike "$out" '*127.0.0.1*' '... without loopback'
agent ip --all --json
is "$(json "$T/.out" 0.address)" 127.0.0.1 '... or with it, as JSON'
agent osinfo
like "$out" "*kernel-release: $(cat "$linux/release")*" 'which system it is'
agent info
like "$out" 'version   *commands  *disabled *' 'what the agent can do'
agent raw guest-get-host-name
like "$out" '{"host-name": *}' 'any command'
agent raw guest-file-close handle=99
exits 1 '... with arguments, and its error'
like "$err" "husk: guest-file-close: *" '... by name'
agent raw guest-sync-delimited id=1
exits 2 '... but for what would confuse husk'
agent frozn
is "$rc $err" '2 husk: agent: unknown verb "frozn" (did you mean "frozen"?)' 'a wrong verb'
agent ping --detach
exits 2 'an option of another verb'

start=$(now)
run "$HUSK" agent g exec -- killall qemu-ga
is "$rc" 125 'an agent that is killed under a command'
like "$err" '*the guest agent has gone without an answer*' '... which is said'
took=$(($(now) - start))
ok "... soon ($took hundredths)" test "$took" -lt 1000
agent exec -- true
is "$rc" 125 'an agent that was killed'
agent shutdown
exits 1 'cannot shut the guest down'
"$HUSK" stop -q --now g
"$HUSK" run -d -q --name h --accel tcg --memory 256M --kernel "$linux/vmlinuz" --initrd "$linux/initramfs.cpio" \
	--append 'console=ttyS0 quiet' --agent || bail 'no second guest'
answers() { "$HUSK" agent h ping >/dev/null 2>&1; }
wait_until 60 answers || bail 'no second agent'
run "$HUSK" agent h shutdown --json
is "$rc $(json "$T/.out" 'done')" '0 shutdown' 'shutdown'
run timeout 30 "$HUSK" wait h
exits 0 '... ends the guest'
done_testing
