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

# From the word to go until QEMU's program is executed, in this mount namespace; without a sandbox that is a process's
# wake-up and the kernel's exec, and what it takes more with one is the sandbox.
cat >"$HUSK_RUNDIR/.jail" <<'END'
laps() {
	i=0
	while [ $i -lt "$ROUNDS" ]; do
		"$HUSK_BUILD/husk" run -d --trace --name jail --machine none --accel tcg --memory 16M --console off "$@" 2>&1 |
			sed -n 's/^husk: +\([0-9]*\) \(released\|executed\):.*/\1/p' | tr '\n' ' '
		echo
		"$HUSK_BUILD/husk" remove --force jail >/dev/null
		i=$((i + 1))
	done | awk '{ print $2 - $1 }' | sort -n | awk '{ n[NR] = $1 } END { printf "%.2f ms (%.2f..%.2f)", n[int((NR + 1) / 2)] / 1000, n[1] / 1000, n[NR] / 1000 }'
}
printf '%-34s %s    %s without\n' "sandbox, $(wc -l </proc/self/mountinfo) host mounts" "$(laps)" "$(laps --sandbox off)"
END
export HUSK_BUILD ROUNDS
sh "$HUSK_RUNDIR/.jail"
if [ "$(id -u)" = 0 ]; then
	mkdir "$HUSK_RUNDIR/.mounts"
	# shellcheck disable=SC2016 # for the shell inside
	unshare -m --propagation private sh -c 'i=0; while [ $i -lt 300 ]; do mkdir "$1/$i"; mount -t tmpfs none "$1/$i"; i=$((i + 1)); done
		exec sh "$2"' sh "$HUSK_RUNDIR/.mounts" "$HUSK_RUNDIR/.jail"
fi
"$HUSK_BUILD/t/tool-filterbench" | while read -r line; do row 'filter' "$line"; done

"$husk" run -d -q --name one --machine none --accel tcg
if [ "$(id -u)" = 0 ]; then
	pid=$("$husk" status --json one | sed 's/.*"pid":\([0-9]*\).*/\1/')
	row "memory of QEMU's root" "$(stat -f -c '%b %f %S' "/proc/$pid/root" | awk '{ print ($1 - $2) * $3 / 1024 " KiB" }')"
fi
row 'status, against true' "$("$pair" "$ROUNDS" "'$husk' status one >/dev/null" true)"
row 'qmp query-status, against true' "$("$pair" "$ROUNDS" "'$husk' qmp one query-status >/dev/null" true)"
row 'list of 1, against true' "$("$pair" "$ROUNDS" "'$husk' list >/dev/null" true)"
keeper=$("$husk" status --json one | sed 's/.*"keeper":\([0-9]*\).*/\1/')
row 'keeper, private dirty memory' "$(awk '/^Private_Dirty/ {n += $2} END {print n " KiB"}' "/proc/$keeper/smaps_rollup")"
"$husk" events -f --json one | "$HUSK_BUILD/t/tool-lag" >"$HUSK_RUNDIR/.lag" &
i=0
while [ $i -lt "$ROUNDS" ]; do
	"$husk" pause one
	"$husk" resume one
	i=$((i + 1))
done
"$husk" remove --force one >/dev/null
wait $!
row "events -f, behind QEMU's time stamp" "$(awk '{ printf "%.2f ms (%.2f..%.2f)", $1 / 1000, $2 / 1000, $3 / 1000 }' "$HUSK_RUNDIR/.lag")"
"$husk" run -d -q --name one --machine none --accel tcg

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
