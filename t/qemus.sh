# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# QEMUs of any version for tests of plans, and a plan's text without what differs from host to host.
# Sourced behind t/lib.sh.

# qemu_of VERSION ARCH - t/fake-qemu under the name of that architecture, claiming to be that version; prints its path.
# The user that husk asks as, nobody, must be able to enter $T.
qemu_of() {
	_qemu=$T/qemu-$1/qemu-system-$2
	if [ ! -e "$_qemu" ]; then
		chmod 755 "$T" && mkdir -p "${_qemu%/*}" || return
		# the same number of bytes: it is a program
		sed "s/version 7\\.2\\.22 (fake)/version $(printf '%-13s' "$1")/" "$HUSK_BUILD/t/fake-qemu" >"$_qemu" &&
			chmod 755 "$_qemu" || return
	fi
	echo "$_qemu"
}

# plan_text - descriptors and command line from a printed plan; paths and run directory under fixed names.
# What the sandbox adds has tests of its own.
plan_text() {
	sed -n -e "s,$T,@TMP@,g; s,$HUSK_RUNDIR,@RUN@,g; s,$ROOT/t/plan,@DIR@,g" -e 's, \\$,,; /^ *-sandbox /d; /^ *--dns /d' \
		-e 's,^helper   .*/,helper   ,; /^name /p; /^accel /p; /^mount  *.vm.* noexec: /p; /^fd /p; /^helper /p; /^exec /p; /^         /p'
}
