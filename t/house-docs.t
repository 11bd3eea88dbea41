#!/bin/sh
# SPDX-License-Identifier: MIT
# SLOW: source code, which no sanitizer looks at
# The manual pages, the completion and the help know the same commands and options.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
need mandoc
cd "$ROOT" || exit 1
for file in husk.1 husk.vm.5 husk.bash; do
	[ -s "$HUSK_BUILD/$file" ] || bail "the build made no $file"
done

# said NAME PAGE - is this word in the rendered page? (mdoc writes -- as \-\-)
mandoc -T ascii -O width=200 "$HUSK_BUILD/husk.1" | col -b >"$T/man1" 2>/dev/null
mandoc -T ascii -O width=200 "$HUSK_BUILD/husk.vm.5" | col -b >"$T/man5" 2>/dev/null
said() { grep -qE -e "(^|[^a-z0-9-])$1([^a-z0-9-]|\$)" "$2"; }

run "$HUSK" help
exits 0 'husk help works'
commands=$(printf '%s\n' "$out" | awk '/^commands:/ { on = 1; next } on && /^$/ { exit } on { print $1 }')
count=$(printf '%s\n' "$commands" | wc -l)
ok "help lists commands ($count)" test "$count" -gt 5

# options_of KIND <HELP - its long options: KIND vm those of the VM, KIND own the others.
options_of() {
	awk -v kind="$1" '/^[a-z].*:$/ { now = /^options of the VM/ ? "vm" : "own" }
		/^  (-[a-zA-Z],|   ) --/ && now == kind { sub(/^  (-.,|   ) --/, ""); sub(/[^a-z0-9-].*/, ""); print }'
}
for command in $commands; do
	run "$HUSK" help "$command"
	exits 0 "husk help $command works"
	ok "husk(1) has $command" said "husk $command" "$T/man1"
	ok "completion has $command" said "$command" "$HUSK_BUILD/husk.bash"
	printf '%s\n' "$out" | options_of own >>"$T/own"
	printf '%s\n' "$out" | options_of vm >>"$T/vm"
done
ok 'commands have options' test -s "$T/own"
ok 'some command takes the options of the VM' test -s "$T/vm"

missing=''
sort -u "$T/own" >"$T/own.all"
while read -r option; do
	said "--$option" "$T/man1" || missing="$missing husk(1):--$option"
	said "--$option" "$HUSK_BUILD/husk.bash" || missing="$missing completion:--$option"
done <"$T/own.all"
is "$missing" '' 'husk(1) and the completion have every option of every command'
missing=''
sort -u "$T/vm" >"$T/vm.all"
while read -r option; do
	said "$option" "$T/man5" || missing="$missing husk.vm(5):$option"
	said "--$option" "$HUSK_BUILD/husk.bash" || missing="$missing completion:--$option"
done <"$T/vm.all"
is "$missing" '' 'husk.vm(5) and the completion have every option of the VM'

for page in husk.1 husk.vm.5; do
	# which other pages are installed here is no property of ours
	found=$(mandoc -T lint -W style "$HUSK_BUILD/$page" 2>&1 | grep -vE 'referenced manual not found|outdated mandoc\.db' || :)
	is "$found" '' "mandoc has nothing against $page"
done
if command -v bash >/dev/null; then
	run bash -n "$HUSK_BUILD/husk.bash"
	is "$rc$err" 0 'bash reads the completion'
	# completes LINE WANTED...
	completes() {
		_typed=$1; shift
		# shellcheck disable=SC2016 # for bash
		run bash -c '. "$0"; COMP_LINE=$1 COMP_POINT=${#1}; _husk; echo "${COMPREPLY[*]}"' "$HUSK_BUILD/husk.bash" "$_typed"
		is "$out" "$*" "... after '$_typed' it offers $*"
	}
	completes 'husk rebo' reboot
	completes 'husk run --on-reb' --on-reboot
	completes 'husk wait web --for ' stopped running paused agent event= console= job=
	completes 'husk wait web --for ru' running
	completes 'husk agent web fs' fsfreeze fsthaw fsstatus fstrim
fi
done_testing
