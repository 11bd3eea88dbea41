#!/bin/sh
# SPDX-License-Identifier: MIT
# husk stats --watch: rates between two looks, in place on a terminal, else appended; ended by a signal, a deadline, its reader.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need bootsector socat

ok 'a VM' boot web
run "$HUSK" stats --watch --interval 200ms --timeout 1s web
exits 0 'it ends with the deadline'
blocks=$(printf '%s\n' "$out" | grep -c '^NAME ')
ok "there is a block for each look ($blocks)" test "$blocks" -ge 3 -a "$blocks" -le 6
is "$(printf '%s\n' "$out" | grep -c '^web  *running ')" "$blocks" '... with a line for the VM'
like "$(printf '%s\n' "$out" | sed -n 1p)" '*READ/s*' 'it shows rates'
like "$(printf '%s\n' "$out" | sed -n 2p)" 'web *running * - * - *' 'of which there are none at first'
like "$(printf '%s\n' "$out" | sed -n 4p)" 'web *running *[0-9].[0-9]% *M *0 *' 'and then there are'
unlike "$out" "*$(printf '\033')*" 'nothing drives a terminal where there is none'

# A real rate: a process that is known to use the CPU is one of the VM's.
ok 'a VM that does nothing else' fake spin.fake-spam-stderr normal
run "$HUSK" stats --json --interval 500ms --timeout 1200ms spin.fake-spam-stderr
exits 0 'as JSON'
is "$(json -l "$T/.out" vms.0.name | sort -u)" spin.fake-spam-stderr 'each line is one object'
is "$(json -l "$T/.out" vms.0.rates.cpu_permille | sed -n 1p)" null 'the first has no rates'
permille=$(json -l "$T/.out" vms.0.rates.cpu_permille | sed -n 2p)
ok "the second one has ($permille permille of a CPU)" test "$permille" -gt 20 -a "$permille" -le 2100
"$HUSK" stop -q --now spin.fake-spam-stderr

# In place, on a terminal.
# shellcheck disable=SC2016 # for the other shell
printf '%s\n' '#!/bin/sh' 'stty rows 10 cols 40 <&1' 'exec "$HUSK" stats --interval 200ms --timeout 700ms' >"$T/on-tty"
chmod 755 "$T/on-tty"
socat -u "EXEC:$T/on-tty,pty,setsid,ctty,stderr" "CREATE:$T/tty"
esc=$(printf '\033')
like "$(cat "$T/tty")" "$esc\[HNAME*${esc}\[K*web*$esc\[J$esc\[HNAME*" 'on a terminal each table is over the one before'
longest=$(tr '\r' '\n' <"$T/tty" | sed "s/$esc\[[HKJ]//g" | awk '{ if (length > n) n = length } END { print n }')
ok "... and no line is longer than the window ($longest)" test "$longest" -le 40

# A VM that comes and one that goes.
"$HUSK" stats --watch --interval 100ms --json >"$T/watch" &
watcher=$!
ends $watcher
ok 'a watch' wait_until 5 test -s "$T/watch"
none late
ok 'sees a VM that comes' wait_until 5 has "$T/watch" '"name":"late","up":true'
"$HUSK" stop -q --now late
ok '... and that it has gone' wait_until 5 has "$T/watch" '"name":"late","up":false'
kill -TERM $watcher
wait $watcher 2>/dev/null
is $? 143 'SIGTERM ends it'
is "$(json -l "$T/watch" time_us | wc -l)" "$(wc -l <"$T/watch")" 'every line is whole'
run "$HUSK" status web
exits 0 'and nothing is left locked'

"$HUSK" stats --watch --interval 1h web 2>/dev/null | head -n 1 >"$T/head" &
ends $!
pipe=$!
ok 'it ends with its reader' wait_until 5 gone $pipe
like "$(cat "$T/head")" 'NAME *' '... who has read what there was'
run "$HUSK" stats --watch --prometheus
exits 2 'metrics are not watched'
done_testing
