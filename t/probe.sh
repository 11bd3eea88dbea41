# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# For tests of the sandbox, sourced behind t/lib.sh: VMs whose QEMU is t/tool-static-probe, which tries to get out.
#
#	as root|user	who runs husk from now on; user is nobody, in a run directory of his own
#	by COMMAND...	run it as that one
#	probe NAME PARTS [OPTION...]	start one that gives up PARTS (comma list, may be ''); its findings are in $log
#	report PREFIX	each of them as a test of this script
# shellcheck disable=SC2154 # T and HUSK_RUNDIR are t/lib.sh's
chmod 711 "$T" "$HUSK_RUNDIR"
cp "$HUSK" "$T/husk"
cp "$HUSK_BUILD/t/tool-static-probe" "$T/qemu-system-x86_64"
abstract=husk-probe-$$

# an abstract socket, whose network namespace is ours
socat "ABSTRACT-LISTEN:$abstract,fork" /dev/null 2>/dev/null &
ends $!

as() {
	who=$1 rundir=$HUSK_RUNDIR uid=0 groups=--groups=5,20	# which QEMU must not have
	if [ "$who" = user ]; then
		rundir=$HUSK_RUNDIR/user uid=65534 groups=--clear-groups
		mkdir -p "$rundir"
		chown 65534:65534 "$rundir"
	fi
	image=$T/$who.raw
	truncate -s 1M "$image" && chmod 600 "$image" && chown "$uid" "$image"
	# a process that a QEMU might want to reach
	setpriv --reuid "$uid" --regid "$uid" --clear-groups tail -f /dev/null &
	neighbour=$!
	ends "$neighbour"
}
by() { setpriv --reuid "$uid" --regid "$uid" "$groups" env -u XDG_RUNTIME_DIR HUSK_RUNDIR="$rundir" "$@"; }

probe_run() {
	_vm=$1 _without=$2; shift 2
	for _word in "without=$_without" "user=$([ "$who" = root ] || echo 1)" "dir=$rundir/$_vm" "file=$image" \
		"pid=$neighbour" "abstract=$abstract" "host=$(uname -n)" "keyring=$(by "$T/qemu-system-x86_64" --keyring)"; do
		set -- "$@" --qemu-arg -probe --qemu-arg "$_word"
	done
	[ -z "$_without" ] || set -- "$@" --sandbox-without="$_without"
	log=$rundir/$_vm/qemu.log
	by "$T/husk" run -d --accel tcg --memory 16M --name "$_vm" --qemu "$T/qemu-system-x86_64" --disk "$image" "$@" \
		</etc/hostname 9</etc/passwd	# neither of which must get into QEMU
}
probe() {
	probe_run "$@" || return
	ends "$(json "$rundir/$_vm/state.json" qemu.pid)"
	# its plan comes last
	wait_until 30 has "$log" 1..
}

report() {
	_plan=$(sed -n 's/^1\.\.//p' "$log")
	is "$_plan" "$(grep -cE '^(not )?ok ' "$log")" "$1: the probe came through all it tries"
	while read -r _line; do
		case $_line in
		'ok '*) _say ok "$1: ${_line#ok * - }" ;;
		'not ok '*) _say 'not ok' "$1: ${_line#not ok * - }" ;;
		esac
	done <"$log"
}
# failures - those that failed, one a line.
failures() { sed -n 's/^not ok [0-9]* - //p' "$log"; }

# given_up - what inspect --sandbox says was given up, one a line.
given_up() { by "$T/husk" inspect --sandbox "$1" 2>/dev/null | sed -n 's/^- \(.\{22\}\).*/\1/p' | sed "s/ *$//"; }

# facts PART - what the audit shows as given up for it.
facts() {
	case $1 in
	mntns) printf 'namespace mnt\nroot\nlandlock\n' ;;
	netns) printf 'namespace net\nnetwork\n' ;;
	pidns | ipcns | utsns | cgroupns) echo "namespace ${1%ns}" ;;
	*) echo "$1" ;;
	esac
}
# only PARTS - a VM without them.
only() {
	run probe p "$1"
	exits 0 "$who: without $1" || return
	is "$(failures)" '' "$who: without $1: what is left refuses what it should, and no more"
	run by "$T/husk" inspect --sandbox p
	exits 0 "$who: without $1: the audit finds the rest in force"
	is "$(given_up p | sort)" "$(for part in $(echo "$1" | tr , ' '); do facts "$part"; done | sort -u)" \
		"$who: without $1: the audit names what was given up"
	by "$T/husk" stop -q --now p
}
# without_each - as whoever was chosen: each part, alone and together with the filter before it.
without_each() {
	only seccomp
	for part in mntns pidns netns ipcns utsns cgroupns uid landlock mdwe cgroup; do
		only "$part"
		# without the filter before it, what a part alone keeps off is seen
		only "$part,seccomp"
	done
}
