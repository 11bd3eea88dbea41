#!/bin/sh
# SPDX-License-Identifier: MIT
# husk console while the keeper or QEMU is killed, without a keeper, and of a guest whose output would drive a terminal.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need bootsector

# attach NAME [OPTION...] - a console in the background: >&4 is its input, $T/shown its output, $T/code its exit code
attach() {
	rm -f "$T/to" "$T/code"
	mkfifo "$T/to"
	{ "$HUSK" console "$@" <"$T/to" >"$T/shown" 2>"$T/shown.err"; echo $? >"$T/code"; } &
	ends $!
	exec 4>"$T/to"
	printf '<' >&4
	wait_until 10 has "$T/shown" '<'
}
left() {
	wait_until 10 test -s "$T/code"
	exec 4>&-
	is "$(cat "$T/code")" "$1" "$2"
}

boot vm
ok 'attached' attach vm
kill -KILL "$(keeper_of vm)"
wait_until 10 gone "$(keeper_of vm)"
printf 'without keeper' >&4
ok 'the keeper is killed: the console goes on' wait_until 10 has "$T/shown" 'without keeper'
exec 4>&-
left 0 '... to its end'
is "$(cat "$T/shown")" '<without keeper' '... nothing was lost or doubled'
ok 'attached without a keeper' attach --replay 1M vm
ok '... what was logged is shown' has "$T/shown" "$ready"
printf 'and again' >&4
ok '... and what comes' wait_until 10 has "$T/shown" 'and again'
run "$HUSK" console --read-only vm
exits 5 '... now a reader needs the socket too, and hears who has it'
kill -KILL "$(qemu_of vm)"
left 0 'QEMU is killed: the console ends'
"$HUSK" remove -q --force vm

# the keeper is killed while nothing was heard yet, and all comes from the log
boot vm
rm -f "$T/to"
mkfifo "$T/to"
rm -f "$T/code"
{ "$HUSK" console vm <"$T/to" >"$T/shown" 2>&1; echo $? >"$T/code"; } &
ends $!
exec 4>"$T/to"
held() { has "$HUSK_RUNDIR/vm/console.lock" '(console)'; }
wait_until 10 held
kill -KILL "$(keeper_of vm)"
wait_until 10 gone "$(keeper_of vm)"
printf 'first word' >&4
ok 'killed before the first byte: it is heard all the same' wait_until 10 has "$T/shown" 'first word'
exec 4>&-
left 0 '... to its end'
"$HUSK" stop -q --now vm
"$HUSK" remove -q --force vm

# a reader of the log alone loses it with the keeper
boot vm
rm -f "$T/code"
{ "$HUSK" console --read-only --replay 1M vm >"$T/shown" 2>"$T/shown.err"; echo $? >"$T/code"; } &
ends $!
wait_until 10 has "$T/shown" "$ready"
kill -KILL "$(keeper_of vm)"
left 1 '--read-only: it ends with the keeper'
ok '... and says why' has "$T/shown.err" 'its keeper is gone'
"$HUSK" stop -q --now vm
"$HUSK" remove -q --force vm

# the VM is killed while somebody is attached
boot vm
attach vm
kill -KILL "$(qemu_of vm)"
left 0 'QEMU is killed beside its keeper: the console ends'
like "$(cat "$T/shown.err")" '*husk: vm: *kill*' '... and says how'

# the log has what would drive a terminal: no command but the console itself passes it on
printf 'x\033]0;title\007\033[2J\033[6ny\n' >>"$HUSK_RUNDIR/vm/console.log"
for command in 'list' 'status vm' 'why vm'; do
	# shellcheck disable=SC2086 # words
	"$HUSK" $command >"$T/said" 2>&1 || :
	fails "$command: no escape sequence" grep -q "$(printf '\033')" "$T/said"
done
ok '... why shows it as text' has "$T/said" 'x\x1b]0;title\x07\x1b[2J\x1b[6ny'
done_testing
