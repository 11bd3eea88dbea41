#!/bin/sh
# SPDX-License-Identifier: MIT
# A VM is called as its file, unless the file or the command line says otherwise; what is no name is refused.
HUSK_FORGETFUL=1	# its run directory is to stay as it is
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
need qemu
rmdir "$HUSK_RUNDIR"

# named WANTED ARGUMENT... - the name in the plan
named() {
	wanted=$1; shift
	run "$HUSK" run -q --dry-run --json --accel tcg "$@"
	is "$rc $(printf '%s\n' "$out" | json - name)" "0 $wanted" "$* is $wanted"
}
mkdir "$T/conf"
: >"$T/web.vm"
: >"$T/conf/web.vm"
: >"$T/Web.1_a-b.vm"
: >"$T/no-ending"
echo 'name other' >"$T/named.vm"
HUSK_CONFDIR=$T/conf
export HUSK_CONFDIR
cd "$T" || exit 1
named web ./web.vm
named web web.vm
named web "$T/web.vm"
named web web
named Web.1_a-b Web.1_a-b.vm
named no-ending ./no-ending
named other named.vm
named third named.vm --name third
named fourth --name fourth
long=$(printf '%063d' 0)
: >"$long.vm"
named "$long" "$long.vm" --rundir /r

# unnamed FILE - its name is no name for a VM
unnamed() {
	: >"$1"
	run "$HUSK" run -d "./$1"
	is "$rc $err" "2 husk: ./$1: the file's name is no name for a VM; add a name" "./$1 is no name"
	run "$HUSK" run -q --dry-run --accel tcg "./$1" --name given
	exits 0 "./$1 is one with --name"
}
unnamed 'a b.vm'
unnamed .vm
unnamed -x.vm
unnamed ü.vm
unnamed "x$long.vm"

# refused WORD SAID - as an argument
refused() {
	run "$HUSK" run -d "$1"
	is "$rc $err" "2 husk: $2" "\"$1\" is refused"
}
refused 'a b' 'a b: not a name of a VM; a path has a slash or ends in .vm'
refused '.hidden' '.hidden: not a name of a VM; a path has a slash or ends in .vm'
refused '' ': not a name of a VM; a path has a slash or ends in .vm'
refused "x$long" "x$long: not a name of a VM; a path has a slash or ends in .vm"
ok 'no run directory was made' test ! -e "$HUSK_RUNDIR"
done_testing
