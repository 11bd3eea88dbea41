#!/bin/sh
# SPDX-License-Identifier: MIT
# What its user may not read, husk says it may not read; it does not speak of anything else.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
need user qemu
mkdir "$T/run" "$T/home"
chmod 755 "$T"
chown nobody "$T/run"
chmod 700 "$T/home" "$T/run"
: >"$T/secret.vm"
: >"$T/secret.raw"
: >"$T/home/x.vm"
chmod 600 "$T/secret.vm" "$T/secret.raw"
nobody() { run setpriv --reuid nobody --regid 65534 --clear-groups "$HUSK" run -q -d --rundir "$T/run" "$@"; }

nobody "$T/secret.vm"
is "$rc $err" "1 husk: read $T/secret.vm: Permission denied" 'a .vm file'
nobody "$T/home/x.vm"
is "$rc $err" "1 husk: read $T/home/x.vm: Permission denied" 'a .vm file in a closed directory'
HUSK_CONFDIR=$T/home
export HUSK_CONFDIR
nobody x
is "$rc $err" "1 husk: read $T/home/x.vm: Permission denied" 'a name in a closed directory'
nobody --name x --disk "$T/secret.raw"
is "$rc $err" "1 husk: open $T/secret.raw: Permission denied" 'an image'
nobody --name x --kernel "$T/secret.raw"
is "$rc $err" "1 husk: open $T/secret.raw: Permission denied" 'a kernel'
is "$(find "$T/run" -mindepth 1 ! -name '.qemu-*')" '' 'nothing was left'
done_testing
