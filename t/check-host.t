#!/bin/sh
# SPDX-License-Identifier: MIT
# husk check says what this host can do, for whoever asks, and leaves nothing behind.
HUSK_FORGETFUL=1	# its run directory is to stay as it is
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
need qemu

# state NAME - of a row in $T/.out, as text.
state() { awk -v name="$1" '$2 == name { print $1 }' "$T/.out"; }
# json_state NAME - of a row of the JSON in $T/.out.
json_state() {
	_i=0
	while _found=$(json "$T/.out" "checks.$_i.name" 2>/dev/null); do
		[ "$_found" != "$1" ] || { json "$T/.out" "checks.$_i.state"; return; }
		_i=$((_i + 1))
	done
}
# The test guest's directory is made beside the run directory.
trial() { find "$T" -maxdepth 1 -name 'husk-check.*'; }

# ---- as whoever runs the tests ----
run "$HUSK" check
like "$rc" '[08]' 'check ends with its verdict'
is "$(printf '%s\n' "$out" | grep -cvE '^(ok|warning|missing) +[a-z0-9-]+ +[^ ]|^VMs (can|cannot) run here')" 0 \
	'every line is a state, a name and a text, or the verdict'
like "$(printf '%s\n' "$out" | tail -n 1)" 'VMs can*' 'the verdict is the last line'
is "$(state qemu) $(state qemu-answers) $(state machines)" 'ok ok ok' 'QEMU is found, and answers'
is "$(state rundir)" ok 'this run directory can be used'
for name in devices kvm clone3 pidfd uids user-ns namespaces mount-api seccomp landlock mdwe cgroup kernel-log \
	passt virtiofsd swtpm qemu-img; do
	isnt "$(state $name)" '' "there is a line for $name"
done
is "$err" '' 'nothing stands on stderr'
missing=$(printf '%s\n' "$out" | grep -c '^missing')
is "$rc" "$([ "$missing" = 0 ] && echo 0 || echo 8)" 'the exit code is 8 where something is missing, else 0'
names=$(printf '%s\n' "$out" | awk '/^(ok|warning|missing) / { print $2 }')
is "$(find "$HUSK_RUNDIR" -mindepth 1)" '' 'the run directory is as it was'

run "$HUSK" check --json
is "$rc" "$([ "$missing" = 0 ] && echo 0 || echo 8)" 'check --json ends with the same verdict'
is "$(json "$T/.out" ok)" "$([ "$missing" = 0 ] && echo true || echo false)" 'and says it'
is "$(json "$T/.out" boot)" null 'without --boot there is no boot'
is "$(i=0; while json "$T/.out" "checks.$i.name" 2>/dev/null; do i=$((i + 1)); done)" "$names" 'text and JSON have the same rows'
is "$(json "$T/.out" checks.0.path)" "$(readlink -f "$(command -v qemu-system-x86_64)")" 'rows carry values'

run "$HUSK" -q check
is "$out$err" '' 'check --quiet says it by the exit code alone'

# ---- what is missing ----
run "$HUSK" check --qemu nosuch-qemu
exits 8 'without QEMU no VM can run'
is "$(state qemu)" missing 'and the line says so'
like "$out" '*VMs cannot run here: *qemu*' 'so does the verdict'
run "$HUSK" check --json --qemu /bin/true
exits 8 'a program that is no QEMU is not taken for one'
is "$(json "$T/.out" ok) $(json_state qemu)" 'false missing' 'nor in JSON'
# shellcheck disable=SC2016 # the script expands it
printf '#!/bin/sh\ncase $1 in --version) echo "QEMU emulator version 9.0.0" ;; *) echo nonsense >&3 ;; esac\n' >"$T/qemu"
chmod 755 "$T" "$T/qemu"
run "$HUSK" check --qemu "$T/qemu"
exits 8 'nor is one that only says it was'
run "$HUSK" check --qemu "$HUSK_BUILD/t/fake-qemu"
exits 8 'a QEMU that does not know what it is asked is not enough'
like "$out" '*VMs cannot run here: qemu*' 'and the verdict says so'

run "$HUSK" check --rundir "$T/qemu"
exits 8 'a run directory that is a file cannot be used'
is "$(state rundir)" missing 'and the line says so'
mkdir "$T/open" && chmod 777 "$T/open"
run "$HUSK" check --rundir "$T/open"
is "$rc $(state rundir)" '8 missing' 'nor one that others can write to'
run "$HUSK" check --rundir /proc/husk
is "$rc $(state rundir)" '8 missing' 'nor one where nothing can be made'
long=$T/$(printf '%0100d' 0)
run "$HUSK" check --rundir "$long"
is "$rc $(state rundir)" '8 missing' 'nor one whose path is too long for sockets'
fails 'and it was not made' test -e "$long"
run "$HUSK" check --rundir "$T/new"
is "$(state rundir)" ok 'one that is not there yet can be used'
fails 'and is not made by looking' test -e "$T/new"
run "$HUSK" check --timeout 1ms
exits 6 'with no time at all the deadline is the answer'
run "$HUSK" check surplus
exits 2 'check takes no argument'

# ---- the test guest ----
if [ -s "$BOOTSECTOR" ] && [ "$missing" = 0 ]; then
	started=$(now)
	run "$HUSK" check --boot --rundir "$T/run"
	took=$(($(now) - started))
	exits 0 'check --boot boots its guest'
	is "$(state boot)" ok 'and says so'
	ok "within 20 s ($took hundredths)" test "$took" -lt 2000
	run "$HUSK" check --boot --json --rundir "$T/run"
	is "$(json "$T/.out" boot.ok) $(json_state boot)" 'true ok' 'so does check --boot --json'
	like "$(json "$T/.out" boot.accel)" '[kt][vc][mg]' 'it names the accelerator'
	for key in start_ms line_ms stop_ms; do
		like "$(json "$T/.out" boot.$key)" '[0-9]*' "boot.$key is a number"
	done
	is "$(trial)" '' 'its directory is gone'
	fails 'and no run directory was made' test -e "$T/run"

	# Interrupted while its guest is being started: whatever it is doing, it cleans up first.
	HUSK_PAUSE_AT=armed "$HUSK" check --boot --rundir "$T/run" >/dev/null 2>&1 &
	check=$!
	ends "$check"
	stopped() {
		keeper=$(json "$(trial)/check-$check/state.json" keeper.pid 2>/dev/null) &&
			grep -qs '^State:	T' "/proc/$keeper/status"
	}
	ok 'its VM is started' wait_until 20 stopped
	kill -TERM "$check"
	fails 'a signal does not end it at once' gone "$check"
	kill -CONT "$keeper"
	{ wait "$check"; } 2>/dev/null
	is "$?" 143 'but when it has cleaned up'
	is "$(trial)" '' 'no directory is left'
	ok 'and no process' wait_until 5 gone "$keeper"
else
	skip 'check --boot boots its guest' "no test guest, or VMs cannot run here: $missing"
fi

# ---- as an ordinary user ----
if _have user; then
	mkdir "$T/user" && chown 65534:65534 "$T/user" && chmod 700 "$T/user"
	as_user() { setpriv --reuid 65534 --regid 65534 --clear-groups env -u XDG_RUNTIME_DIR "$@"; }
	run as_user env HUSK_RUNDIR="$T/user" "$HUSK" check
	like "$rc" '[08]' 'an ordinary user may ask'
	is "$(state qemu-answers) $(state rundir) $(state uids)" 'ok ok ok' 'and gets his own answer'
	is "$(find "$T/user" -mindepth 1)" '' 'his run directory is as it was'
	if [ "$rc" = 0 ] && [ -s "$BOOTSECTOR" ]; then
		run as_user env HUSK_RUNDIR="$T/user/run" "$HUSK" check --boot
		exits 0 'the test guest boots for him'
		is "$(find "$T/user" -mindepth 1)" '' 'and leaves nothing'
	else
		skip 'the test guest boots for him' "VMs cannot run here for an ordinary user"
	fi
	run as_user env -u HUSK_RUNDIR "$HUSK" check
	is "$rc $(state rundir)" '8 missing' 'without XDG_RUNTIME_DIR he has no run directory'
	like "$out" '*HUSK_RUNDIR*' 'and is told what would help'
	run as_user "$HUSK" check --rundir "$HUSK_RUNDIR"
	is "$rc $(state rundir)" '8 missing' "another user's run directory is not his"
else
	skip 'an ordinary user may ask' 'only root can become one'
fi
done_testing
