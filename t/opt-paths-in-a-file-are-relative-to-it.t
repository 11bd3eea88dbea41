#!/bin/sh
# SPDX-License-Identifier: MIT
# A relative path is taken from the directory of the file that names it, on the command line from the current one.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/qemus.sh
. "$ROOT/t/qemus.sh"
mkdir "$T/conf" "$T/conf/sub" "$T/here"
qemu=$(qemu_of 7.2.22 x86_64)
cat >"$T/conf/x.vm" <<'END'
accel tcg
kernel k
initrd ../i
disk a.raw
disk sub/b.raw
disk ./c.raw
disk /abs/d.raw
cdrom e.iso
END
cat >"$T/conf/q.vm" <<END
accel tcg
qemu ../${qemu#"$T"/}
END

# paths ARGUMENT... - of the plan's kernels, disks and CD-ROMs
paths() {
	run "$HUSK" run --dry-run "$@"
	[ "$rc" = 0 ] || diag "$err"
	printf '%s\n' "$out" | sed -n 's,^fd .* file [^/]* \(/.*\),\1,p; s,^mount .*noexec: ,,p' | tr '\n' ' '
}
file="$T/conf/k $T/conf/../i $T/conf/a.raw $T/conf/sub/b.raw $T/conf/./c.raw /abs/d.raw $T/conf/e.iso "
cd "$T/here" || exit 1
is "$(paths "$T/conf/x.vm")" "$file" 'an absolute path to the file'
is "$(HUSK_CONFDIR=$T/conf paths x)" "$file" 'a file found by its name'
is "$(paths ../conf/x.vm)" "$(echo "$file" | sed "s,$T/conf,$T/here/../conf,g")" 'a relative path to the file'
cd "$T/conf" || exit 1
is "$(paths x.vm)" "$(echo "$file" | sed "s,/\\./,/,")" 'a file in the current directory'
cd "$T/here" || exit 1
is "$(paths --name y --accel tcg --disk a.raw --disk ./b.raw --disk ../c.raw --kernel k)" \
	"$T/here/k $T/here/a.raw $T/here/b.raw $T/here/../c.raw " 'the command line'
is "$(paths "$T/conf/x.vm" --disk z.raw)" \
	"$T/conf/k $T/conf/../i $T/conf/a.raw $T/conf/sub/b.raw $T/conf/./c.raw /abs/d.raw $T/here/z.raw $T/conf/e.iso " 'both'

run "$HUSK" run --dry-run "$T/conf/q.vm"
exits 0 'a QEMU named by a path follows the same rule'
like "$out" "*qemu     $qemu *" 'and is that one'
run "$HUSK" run --dry-run --name y --accel tcg --qemu "../${qemu#"$T"/}"
like "$out" "*qemu     $qemu *" 'from the command line too'
run "$HUSK" run --dry-run "$T/conf/q.vm" --qemu "../${qemu#"$T"/}"
exits 0 'the command line'\''s is not taken from the file'\''s directory'
done_testing
