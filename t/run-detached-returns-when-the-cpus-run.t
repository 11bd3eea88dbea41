#!/bin/sh
# SPDX-License-Identifier: MIT
# husk run -d returns when the CPUs run, silently, and leaves a keeper that nobody waits for.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need qemu
run none quiet
exits 0 'husk run -d'
is "$out$err" '' '... says nothing'
run "$HUSK" status --json quiet
exits 0 'it runs when run -d returns'
is "$(json "$T/.out" runstate)" running "... in QEMU's own word"
is "$(json "$T/.out" supervised)" true '... with its keeper'
keeper=$(keeper_of quiet)
read -r stat <"/proc/$keeper/stat"
# shellcheck disable=SC2086 # split
set -- ${stat##*) }
isnt "$4" "$keeper" 'the keeper leads no session'
is "$5" 0 '... and has no terminal'
is "$(readlink "/proc/$keeper/cwd")" / '... and holds no directory'
is "$(readlink "/proc/$keeper/fd/0") $(readlink "/proc/$keeper/fd/1") $(readlink "/proc/$keeper/fd/2")" \
	'/dev/null /dev/null /dev/null' '... nor the stdio of whoever started it'
run none json --json
exits 0 'run -d --json'
is "$(json "$T/.out" state)" running '... prints the status'
run "$HUSK" start --accel tcg --machine none --memory 16M --name started
exits 0 'husk start is run -d'
ok '... the VM runs' is_running started
done_testing
