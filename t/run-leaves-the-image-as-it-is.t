#!/bin/sh
# SPDX-License-Identifier: MIT
# A VM's image keeps owner, group, mode, times and size through a run, though QEMU is somebody else.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need bootsector
bootsector_disk "$T/boot.raw" 1M
chmod 0600 "$T/boot.raw"
touch -d '2020-02-02 02:02:02' "$T/boot.raw"
before=$(stat -c '%u %g %a %Y %Z %s %i %h' "$T/boot.raw")
sum=$(cksum <"$T/boot.raw")
boot same
is "$(stat -c '%u %g %a %Y %Z %s %i %h' "$T/boot.raw")" "$before" 'while it runs'
run "$HUSK" stop same
exits 0 'stop'
is "$(stat -c '%u %g %a %Y %Z %s %i %h' "$T/boot.raw")" "$before" 'after it has ended'
is "$(cksum <"$T/boot.raw")" "$sum" '... with the same bytes'
is "$(getfacl -cp "$T/boot.raw" 2>/dev/null | grep -c '^user:[^:]')" 0 '... and no access list'
done_testing
