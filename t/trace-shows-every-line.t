#!/bin/sh
# SPDX-License-Identifier: MIT
# --trace shows what is said to QEMU and to the agent, both ways, with stage and microseconds, and no secret.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need bootsector

# Every line is "husk: +MICROSECONDS STAGE: TEXT", the times do not go back, and nothing drives a terminal.
odd() { grep -vE '^husk: \+[0-9]+ [a-z]+[<>]?( [A-Za-z0-9_.-]+)?: ' "$T/.err"; grep '[^ -~]' "$T/.err"; }
ordered() { sed 's/^husk: +\([0-9]*\) .*/\1/' "$T/.err" | sort -nc; }
# spoken TEXT... - commands that were sent; each has its reply
spoken() { sed -n 's/^husk: +[0-9]* qmp>[^:]*: .*"execute": *"\([a-z_-]*\)".*/\1/p' "$T/.err" | tr '\n' ' '; }
replies() { grep -c '^husk: +[0-9]* qmp<[^:]*: {"return"' "$T/.err"; }

boot vm
run "$HUSK" status --trace vm
is "$(odd)$(ordered)" '' 'status: each line is as it should be'
is "$(spoken)" 'qmp_capabilities query-status ' '... what was asked'
is "$(replies)" 2 '... what was answered'
like "$err" '*qmp<: {"QMP"*' '... the greeting'

none other
run "$HUSK" stats --trace
is "$(odd)$(ordered)" '' 'stats: each line is as it should be'
is "$(spoken | tr ' ' '\n' | sort | uniq -c | awk '{ print $1 $2 }' | tr '\n' ' ')" \
	'2qmp_capabilities 2qom-list 2query-balloon 2query-blockstats 2query-cpus-fast 2query-status ' '... every question to both'
is "$(grep -c 'qmp> vm: ' "$T/.err") $(grep -c 'qmp> other: ' "$T/.err")" '6 6' '... with the name of the VM it is for'
like "$err" '*qmp< vm: {"return": \[{"device"*disk0*' '... and the answers'
"$HUSK" stop -q --now other

# An error is shown, and a secret is not.
run "$HUSK" qmp --trace vm object-add qom-type=secret id=s0 data=geheim123
exits 0 'a secret'
unlike "$err" '*geheim123*' '... is not shown'
like "$err" '*qmp>: *object-add*"data":"\*\*\*"*' '... but that there is one'
run "$HUSK" qmp --trace vm '{"execute": "set_password", "arguments": {"protocol": "vnc", "password": "geheim456"}}'
unlike "$err" '*geheim456*' 'nor is a password'
like "$err" '*qmp<: *"error"*' '... and the error to it is'

run "$HUSK" stop --trace vm
exits 0 'stop'
is "$(odd)$(ordered)" '' '... each line is as it should be'
like "$(spoken)" '*query-status *system_powerdown *' '... what was asked'
like "$err" '*stop: agent: not tried: *stop: acpi: worked (*ms)*' '... and how each rung went'

# A QEMU that says something else, and with control bytes.
fake garbled garbage@control
run "$HUSK" status --trace garbled
is "$(odd)" '' 'garbage is shown in a way that does no harm'
like "$err" '*qmp<: *\\x1b\[2J*' '... but it is shown'
run "$HUSK" status vm
is "$err" '' 'without --trace nothing is'
done_testing
