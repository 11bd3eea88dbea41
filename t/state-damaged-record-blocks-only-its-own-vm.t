#!/bin/sh
# SPDX-License-Identifier: MIT
# A damaged state.json makes its VM "broken": list shows the others, run says what clears it, remove clears it.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
fake fine normal
for damage in '' '{' '[]' '{"schema":1}' '{"schema":999,"name":"hurt"}' 'null'; do
	fake hurt normal
	"$HUSK" stop -q --now hurt
	printf '%s' "$damage" >"$HUSK_RUNDIR/hurt/state.json"
	run "$HUSK" status hurt
	exits 3 "status of \"$damage\""
	like "$out" '*broken*state.json*' '... says what is wrong'
	run "$HUSK" list
	exits 0 'list'
	like "$out" '*fine*running*hurt*broken*' '... shows both'
	for command in why inspect; do
		run "$HUSK" $command hurt
		exits 0 $command
	done
	run "$HUSK" stop hurt
	exits 1 'stop refuses to guess'
	run fake hurt normal
	exits 1 'so does run'
	like "$err" '*husk remove hurt*' '... and says what helps'
	run "$HUSK" remove hurt
	exits 0 'which does'
done
fake hurt normal
"$HUSK" stop -q --now hurt
echo 'no json' >"$HUSK_RUNDIR/hurt/exit.json"
run "$HUSK" status hurt
exits 3 'a damaged exit.json'
run "$HUSK" wait hurt
exits 1 '... is an unknown end'
run fake hurt normal
exits 0 '... and no hindrance'
done_testing
