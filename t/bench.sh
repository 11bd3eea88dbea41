#!/bin/sh
# SPDX-License-Identifier: MIT
# `make bench`: medians of paired runs, whole processes.  It measures; it does not judge.
#	ROUNDS=25  VMS=100
set -eu
: "${HUSK_BUILD:?run it by make bench}" "${ROUNDS:=25}" "${VMS:=100}"
husk=$HUSK_BUILD/husk
pair=$HUSK_BUILD/t/tool-pair
bare=$HUSK_BUILD/t/tool-bare
HUSK_RUNDIR=$(mktemp -d /tmp/husk-b.XXXXXX)
export HUSK_RUNDIR
finish() {
	for name in $("$husk" list --names); do "$husk" remove --force "$name" || :; done >/dev/null 2>&1
	rm -rf "$HUSK_RUNDIR"
}
trap finish EXIT
trap 'exit 130' INT TERM
qemu=$("$husk" run --dry-run --name x --accel tcg | sed -n 's/^qemu  *\([^ ]*\) .*/\1/p')

row() { printf '%-34s %s\n' "$1" "$2"; }
spaces='-display none -no-user-config -nodefaults -S -smp 1 -rtc base=utc -boot strict=on'
bare_q35="$qemu $spaces -machine q35,vmport=off -accel tcg -cpu max -m 128"
bare_none="$qemu $spaces -machine none -accel tcg -m 128"
echo "medians (min..max) of $ROUNDS rounds, in turn: husk, then the same without it"

"$husk" run -d -q --name warm --machine none --accel tcg
"$husk" remove --force warm
for machine in q35 none; do
	case $machine in
	q35) cmd=$bare_q35 ;;
	*) cmd=$bare_none ;;
	esac
	row "run -d, $machine, against bare QEMU" "$("$pair" "$ROUNDS" \
		"'$husk' run -d -q --name one --machine $machine --accel tcg --console off --on-panic none --memory 128M" \
		"'$bare' $cmd >'$HUSK_RUNDIR/.bare'" \
		"'$husk' remove --force one" "kill -9 \$(cat '$HUSK_RUNDIR/.bare')")"
done

"$husk" run -d -q --name one --machine none --accel tcg
row 'status, against true' "$("$pair" "$ROUNDS" "'$husk' status one >/dev/null" true)"
row 'list of 1, against true' "$("$pair" "$ROUNDS" "'$husk' list >/dev/null" true)"
keeper=$("$husk" status --json one | sed 's/.*"keeper":\([0-9]*\).*/\1/')
row 'keeper, private dirty memory' "$(awk '/^Private_Dirty/ {n += $2} END {print n " KiB"}' "/proc/$keeper/smaps_rollup")"

linux=${HUSK_TEST_CACHE:-/var/cache/husk-test}/linux
if [ "$(cat "$linux/agent" 2>/dev/null)" = yes ]; then
	"$husk" run -d -q --name guest --accel tcg --memory 256M --kernel "$linux/vmlinuz" --initrd "$linux/initramfs.cpio" \
		--append 'console=ttyS0 quiet' --agent
	until "$husk" agent guest ping >/dev/null 2>&1; do sleep 0.1; done
	row 'agent exec true, against bare words' "$("$pair" "$ROUNDS" "'$husk' agent guest exec -- true" \
		"'$HUSK_BUILD/t/tool-agent' '$HUSK_RUNDIR/guest/agent.sock' true")"
	"$husk" remove --force guest
fi

i=1
while [ $i -lt "$VMS" ]; do
	"$husk" run -d -q --name "vm$i" --machine none --accel tcg --memory 16M --console off
	i=$((i + 1))
done
row "list of $VMS, against true" "$("$pair" "$ROUNDS" "'$husk' list >/dev/null" true)"
stopped=$("$husk" status --json vm1 | sed 's/.*"pid":\([0-9]*\).*/\1/')
kill -STOP "$stopped"
row "list of $VMS, one of them stopped" "$("$pair" 5 "'$husk' list >/dev/null" true)"
kill -CONT "$stopped"

cp "$husk" "$HUSK_RUNDIR/.husk"
strip "$HUSK_RUNDIR/.husk"
row 'binary, stripped' "$(($(wc -c <"$HUSK_RUNDIR/.husk") / 1024)) KiB"
