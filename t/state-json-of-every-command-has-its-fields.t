#!/bin/sh
# SPDX-License-Identifier: MIT
# What every command prints with --json is one JSON text with the documented fields.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need qemu

there() { json "$1" "$2" >/dev/null; }
# fields OBJECT FIELD... - the object of that path in what the last run printed has them; one test
fields() {
	object=$1; shift
	value=$(json "$T/.out" "$object")
	missing=
	for field; do
		case $value in '{'*"\"$field\":"*) ;; *) missing="$missing $field" ;; esac
	done
	is "$missing" '' "... ${object:-it} has $*"
}
status_fields() {
	fields "$1" name state runstate supervised detail pid keeper uid started_us accel machine memory cpus qemu file
}

run none made --json
exits 0 'run -d --json'
status_fields ''
run none dry --dry-run --json
exits 0 'run --dry-run --json'
fields '' name dir accel rlimits fds argv
run "$HUSK" status --json made
exits 0 'status --json'
status_fields ''
is "$(json "$T/.out" pid)" "$(qemu_of made)" '... pid is QEMU'
run "$HUSK" list --json
exits 0 'list --json'
status_fields 0
run "$HUSK" inspect --json made
exits 0 'inspect --json'
fields '' status dir record
status_fields status
fields record schema name phase boot_id keeper qemu sockets plan
fields record.qemu pid start
fields record.keeper pid start
fields record.sockets control monitor
fields record.plan argv fds
run "$HUSK" inspect made
ok 'inspect is JSON without --json too' there "$T/.out" record
run "$HUSK" why --json made
exits 0 'why --json'
fields '' verdict status events qemu_log console
status_fields status
run "$HUSK" logs --events made
is "$(json -l "$T/.out" event | tr '\n' ' ')" 'HUSK_START RESUME ' 'the journal is a JSON text a line'
run "$HUSK" events --json made
is "$(json -l "$T/.out" event | tr '\n' ' ')" 'HUSK_START RESUME ' 'so is events --json'
head -n 1 "$T/.out" >"$T/first" && mv "$T/first" "$T/.out"
fields '' timestamp event data
fields timestamp seconds microseconds
run "$HUSK" wait --json --for event=RESUME made
exits 0 'wait --for --json'
fields '' name for event
fields event timestamp event
run "$HUSK" stats --json made
exits 0 'stats --json'
fields '' time_us vms
fields vms.0 name up status helpers_known processes vcpus disks nics balloon cgroup
status_fields vms.0.status
fields vms.0.processes.0 name pid user_us system_us threads rss_bytes pss_bytes private_bytes
run "$HUSK" reboot --json --now made
exits 0 'reboot --json'
fields '' name was_running rung ms rungs
run "$HUSK" stop --json --now made
exits 0 'stop --json'
fields '' name was_running rung ms rungs
fields rungs.0 rung ms result
run "$HUSK" stop --json made
exits 0 'stop --json of what does not run'
is "$(json "$T/.out" was_running) $(json "$T/.out" rung)" 'false null' '... says so'
run "$HUSK" wait --json made
exits 0 'wait --json'
fields '' name state detail
fields ended reason detail exit shutdown code started_us ended_us
is "$(json "$T/.out" runstate)" null '... no run state of what is gone'
run "$HUSK" status --json made
exits 3 'status --json of what has ended'
fields ended reason exit
run "$HUSK" remove --json made
exits 0 'remove --json'
fields '' name removed
run "$HUSK" list --json
is "$out" '[]' 'list --json of nothing is an empty array'
run "$HUSK" version --json
exits 0 'version --json'
fields '' version
for command in 'status made' 'stop' 'frobnicate' 'run --memoryy 1'; do
	# shellcheck disable=SC2086 # words
	run "$HUSK" --json $command
	is "$(json "$T/.err" exit)" "$rc" "the error of \"$command\" is JSON with its exit code"
done
done_testing
