#!/bin/sh
# SPDX-License-Identifier: MIT
# husk qmp and hmp: one command or a stream; what QEMU answers, what it refuses, and what is never sent.
. "${0%/*}/lib.sh"
need qemu

run "$HUSK" run -d -q --name q --machine none --accel tcg
is "$rc" 0 "the VM runs"

run "$HUSK" qmp q query-status
is "$rc" 0 "a command without arguments"
is "$(echo "$out" | json - status)" running "its return value is on stdout"

run "$HUSK" qmp q object-add qom-type=rng-builtin id=r0
is "$rc $out" '0 {}' "arguments as words"
run "$HUSK" qmp q qom-get path=/objects/r0 property=type
is "$out" '"rng-builtin"' "and they arrived"

run "$HUSK" qmp q nosuch
is "$rc" 1 "an unknown command fails"
like "$err" 'husk: nosuch: CommandNotFound: *' "with class and text"
run "$HUSK" qmp q object-add qom-type
is "$rc" 2 "a word without = is a usage error"

run "$HUSK" qmp q '{"execute": "query-name"}'
is "$(echo "$out" | json - name)" q "a whole command as JSON"
run "$HUSK" qmp q '{"execute": "query-name"'
is "$rc" 2 "broken JSON is a usage error"
is "$err" 'husk: not a QMP command: bad JSON at byte 24: the text ends too early' "... and says once what is wrong with it"

printf '{"execute": "query-name"}\n\n{"execute": "query-status"}\n' >"$T/in"
run "$HUSK" qmp q - <"$T/in"
is "$(echo "$out" | wc -l)" 2 "a stream: one answer a line"
printf '{"execute": "nosuch"}\n{"execute": "query-status"}\n' >"$T/in"
run "$HUSK" qmp q - <"$T/in"
is "$rc:$out" 1: "the first that fails ends the stream"

run "$HUSK" qmp q migrate uri=exec:cat
is "$rc" 1 "migrate exec: is refused"
run "$HUSK" hmp q 'migrate -d exec:cat'
is "$rc" 1 "through the human monitor too"
run "$HUSK" qmp q query-status
is "$rc" 0 "and QEMU lives"

echo hello >"$T/file"
run "$HUSK" qmp --fd "f=$T/file" q add-fd fdset-id=7
is "$rc" 1 "a file is passed by getfd, so add-fd has none of its own"
run "$HUSK" qmp --fd "f=$T/file" q closefd fdname=f
is "$rc $out" '0 {}' "a passed file is known under its name"
run "$HUSK" qmp --fd "f=$T/nosuch" q query-status
is "$rc" 1 "a file that is not there"

run "$HUSK" hmp q info status
like "$out" 'VM status: running*' "hmp prints what the monitor prints"

run "$HUSK" pause q
is "$rc" 0 "pause"
is "$("$HUSK" status --json q | json - state)" paused "it is paused"
run "$HUSK" qmp --events q cont
like "$out" '*RESUME*{}' "--events shows what arrives meanwhile"
is "$("$HUSK" status --json q | json - state)" running "it runs again"
run "$HUSK" powerdown --json q
is "$(echo "$out" | json - 'done')" powerdown "powerdown says what it did"

run "$HUSK" qmp q quit
is "$rc" 0 "quit succeeds though QEMU hangs up"
run "$HUSK" wait -q q
is "$rc" 0 "and it ended on request"
run "$HUSK" qmp q query-status
is "$rc" 3 "a VM that has ended is not running"
run "$HUSK" pause q
is "$rc" 3 "pause says so as well"
run "$HUSK" qmp nosuch query-status
is "$rc" 4 "no such VM"
done_testing
