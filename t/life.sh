# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# For tests of a VM's life, sourced after t/lib.sh: VMs that start in a tenth of a second, and looks at their processes.
#
#	none NAME [OPTION...]	a QEMU without a machine, its CPUs "run"; needs qemu
#	boot NAME [OPTION...]	the boot sector guest, up and listening; needs bootsector
#	fake NAME MODE [OPTION...]	t/fake-qemu with a fault
#	guest NAME [OPTION...]	the boot sector guest in the foreground: the caller adds & or <
# All but the last run in the background and end with husk's exit code.
# shellcheck disable=SC2154 # T and HUSK_RUNDIR are t/lib.sh's

ready='husk bootsector ready'
# For what ends as a keeper: whose filter does not let the leak sanitizer look at its own process.
no_leaks=exitcode=99:detect_leaks=0

none() { _vm=$1; shift; "$HUSK" run -d --accel tcg --machine none --memory 16M --name "$_vm" "$@"; }

guest() {
	_vm=$1; shift
	[ -e "$T/boot.raw" ] || bootsector_disk "$T/boot.raw" 1M
	ASAN_OPTIONS=$no_leaks "$HUSK" run --accel tcg --machine pc --memory 16M --name "$_vm" --disk "$T/boot.raw" "$@"
}

boot() {
	_vm=$1; shift
	guest "$_vm" -d "$@" && "$HUSK" wait -q --for "console=$ready" --timeout 20s "$_vm"
}

fake() {
	_vm=$1 _mode=$2; shift 2
	"$HUSK" run -d --accel tcg --machine none --memory 16M --name "$_vm" --qemu "$HUSK_BUILD/t/fake-qemu" \
		--qemu-arg -fake --qemu-arg "$_mode" "$@"
}

# type_at NAME TEXT - send it to the guest's console; \033 and the like as printf takes them.
# QEMU takes a byte at a time and forgets the rest where the connection goes, so only our half of it is closed.
# shellcheck disable=SC2059
type_at() { printf "$2" | socat -t 5 STDIO "UNIX-CONNECT:$HUSK_RUNDIR/$1/console.sock" >"$T/.typed" 2>&1; }

record() { json "$HUSK_RUNDIR/$1/state.json" "$2"; }
qemu_of() { record "$1" qemu.pid; }
keeper_of() { record "$1" keeper.pid; }
ended() { [ -e "$HUSK_RUNDIR/$1/exit.json" ]; }
reason_of() { json "$HUSK_RUNDIR/$1/exit.json" reason; }
is_running() { "$HUSK" status -q "$1" 2>/dev/null; }

# letter PID - of its state: R S T Z ...; nothing where it is gone.
letter() {
	_letter=
	read -r _letter 2>/dev/null <"/proc/$1/stat" || return 1
	_letter=${_letter##*) }
	echo "${_letter%% *}"
}
in_state() { [ "$(letter "$1")" = "$2" ]; }

# processes NAME - every husk and QEMU that has this VM's name on its command line; choose a name nobody else has.
# qemus NAME - the QEMUs among them.  (The brackets keep grep from finding itself.)
processes() { _with "[${1%"${1#?}"}]${1#?}" "[g]uest=$1"; }
qemus() { _with "[g]uest=$1"; }
_with() { grep -lszx -e "$1" -e "${2:-$1}" /proc/[0-9]*/cmdline 2>/dev/null | sed 's|/proc/||; s|/.*||'; }
none_left() { [ -z "$(processes "$1")" ]; }

# stopped_process NAME - the process of this VM that has stopped itself at HUSK_PAUSE_AT.
stopped_process() {
	for _pid in $(processes "$1"); do
		in_state "$_pid" T && { echo "$_pid"; return 0; }
	done
	return 1
}

# stages - the launch's stages in their order, as --trace tells them.
stages() {
	none stages --trace 2>"$T/trace" || return 1
	"$HUSK" stop -q --now stages
	sed -n 's/^husk: +[0-9]* \([a-z]*\): stages$/\1/p' "$T/trace"
}
