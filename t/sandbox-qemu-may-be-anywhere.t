#!/bin/sh
# SPDX-License-Identifier: MIT
# A QEMU outside of /usr brings its own firmware and modules into its root; what is no program is refused by name.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need bootsector
chmod 711 "$T" "$HUSK_RUNDIR"
real=$(readlink -f "$(command -v qemu-system-x86_64)")

# As `make install` with a prefix of one's own leaves it; with a blank in its name, and closed to everybody else.
prefix="$T/my own"
mkdir -p "$prefix/bin" "$prefix/share"
cp "$real" "$prefix/bin/qemu-system-x86_64"
"$real" -L help | while read -r dir; do
	to=$prefix/${dir#*/../}
	[ "$to" = "$prefix/$dir" ] || [ ! -d "$dir" ] || { mkdir -p "${to%/*}" && cp -rL "$dir" "$to"; }
done
for dir in lib lib64 "lib/$(uname -m)-linux-gnu"; do
	[ ! -d "/usr/$dir/qemu" ] || { mkdir -p "$prefix/$dir" && cp -rL "/usr/$dir/qemu" "$prefix/$dir/qemu"; }
done
chmod 700 "$prefix"

run boot own --qemu "$prefix/bin/qemu-system-x86_64"
exits 0 'a QEMU in a directory of its own: its guest boots'
ok '... its sandbox is whole' audit own
if [ "$(id -u)" = 0 ]; then
	mounts=$(cat "/proc/$(qemu_of own)/mountinfo")
	like "$mounts" "*/my\\\\040own/share/*" '... its own firmware is in its root'
	like "$mounts" "*/my\\\\040own/bin/qemu-system-x86_64 *" '... and its own program'
	unlike "$mounts" '* /usr/share/*' "... and not the host's"
fi
"$HUSK" stop -q --now own

ln -s "$prefix/bin/qemu-system-x86_64" "$T/qemu-link-x86_64"
run boot link --qemu "$T/qemu-link-x86_64"
exits 0 'by a symbolic link'
ok '... its sandbox is whole' audit link
"$HUSK" stop -q --now link

cp "$HUSK_BUILD/t/tool-static-probe" "$T/qemu-system-x86_64"
run none static --qemu "$T/qemu-system-x86_64"
exits 0 'a program without any library'
ok '... its sandbox is whole' audit static
"$HUSK" stop -q --now static

# refused FILE TEXT WHAT
refused() {
	run none refused --qemu "$1"
	exits 8 "$3"
	like "$err" "*$1*$2*" '... is named, with the reason'
}
printf '#!/bin/sh\nexec %s "$@"\n' "$real" >"$T/script"
chmod 755 "$T/script"
refused "$T/script" 'not an ELF program' 'a script'
cp "$T/qemu-system-x86_64" "$T/closed"
chmod 644 "$T/closed"
refused "$T/closed" 'not a program' 'a file that may not be executed'
refused "$T/none" 'No such file' 'a file that is not there'
refused "$T" 'not a program' 'a directory'
cp "$(command -v cat)" "$T/cat"
refused "$T/cat" '' 'another program'
: >"$T/empty"
chmod 755 "$T/empty"
refused "$T/empty" 'not an ELF program' 'an empty file'
done_testing
