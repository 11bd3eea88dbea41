#!/bin/sh
# SPDX-License-Identifier: MIT
# husk stats --prometheus keeps the rules of the text format, whatever VMs and QEMU are called and say.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need bootsector

# check FILE - prints what breaks the text format 0.0.4, or promtool's rules for names:
# HELP and TYPE once and before the samples of a metric, all of these together; counters end in _total; labels are
# escaped; no series comes twice; values are numbers; the last line ends.
cat >"$T/check.awk" <<'AWK'
function bad(why) { print FILENAME ":" FNR ": " why ": " $0 }
/^# HELP / { if ($3 in help) bad("a second HELP"); if (NF < 4) bad("no help"); help[$3] = 1; now = $3; next }
/^# TYPE / {
	if ($3 in type) bad("a second TYPE")
	if ($3 != now) bad("TYPE is not behind its HELP")
	if ($4 != "counter" && $4 != "gauge") bad("no such type")
	if (($4 == "counter") != ($3 ~ /_total$/)) bad("a counter ends in _total, and nothing else does")
	type[$3] = $4; next
}
/^#/ { bad("a comment that is none"); next }
{
	if (!match($0, /^[a-zA-Z_:][a-zA-Z0-9_:]*/)) { bad("no name"); next }
	name = substr($0, 1, RLENGTH); rest = substr($0, RLENGTH + 1)
	if (name != now) bad("not among its metric's samples")
	if (!(name in type)) bad("no TYPE")
	if (name !~ /^husk_vm_/) bad("a foreign name")
	if (!match(rest, /^\{([a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\["\\n])*"(,|\}))+/)) { bad("labels"); next }
	labels = substr(rest, 1, RLENGTH); value = substr(rest, RLENGTH + 1)
	if (labels !~ /\}$/ || labels ~ /,\}$/) bad("labels do not end")
	if (labels !~ /^\{vm="/) bad("the first label is not vm")
	if (name labels in seen) bad("a series comes twice")
	seen[name labels] = 1
	if (value !~ /^ [0-9]+(\.[0-9]+)?$/) bad("not a number")
	samples++
}
END { if (!samples) print "no sample"; for (m in type) if (!(m in help)) print "no HELP: " m }
AWK
check() { awk -f "$T/check.awk" "$1"; [ -z "$(tail -c 1 "$1" | tr -d '\n')" ] || echo 'the last line does not end'; }

# the checker itself can fail
good='# HELP husk_vm_up U.
# TYPE husk_vm_up gauge
husk_vm_up{vm="a"} 1'
printf '%s\n' "$good" >"$T/x"
is "$(check "$T/x")" '' 'the checker likes what is right'
for wrong in "$good
$good" 'husk_vm_up{vm="a"} 1' "$good
husk_vm_up{vm=\"a\"} 2" "$good
husk_vm_up{vm=\"a\\x\"} 2" "$good
husk_vm_up{vm=\"b\"} -" "$good
husk_vm_other{vm=\"b\"} 1" "# HELP husk_vm_n N.
# TYPE husk_vm_n counter
husk_vm_n{vm=\"a\"} 1"; do
	printf '%s\n' "$wrong" >"$T/x"
	isnt "$(check "$T/x")" '' 'the checker dislikes what is wrong'
done

run "$HUSK" stats --prometheus
exits 0 'without any VM'
unlike "$out" '*husk_vm_up{*' '... there are no samples'

ok 'a VM with two CPUs' boot web --cpus 2
ok 'a VM without anything' none plain.vm-1
none gone && "$HUSK" stop -q --now gone
# every number and name that a QEMU might say
ok 'a QEMU that invents disks' fake odd \
	'answer=[{"qdev":"/machine/peripheral/a\"b\\\\c\u001b[31m\u202e\n/x","stats":{"rd_bytes":1}},{"device":"d","stats":{"rd_bytes":2,"wr_bytes":-1,"rd_operations":1.5,"wr_operations":18446744073709551615,"flush_operations":"7","unmap_bytes":99999999999999999999999}},{"device":"d","stats":{"rd_bytes":3}},{"node-name":"","stats":7}]@query-blockstats'
# shellcheck disable=SC2154 # rc, out and err are set by run
run "$HUSK" stats --prometheus
exits 0 'a scrape'
is "$(check "$T/.out")" '' '... is valid'
value() { grep -F "$1 " "$T/.out" | sed 's/.* //'; }
is "$(value 'husk_vm_up{vm="web"}') $(value 'husk_vm_up{vm="plain.vm-1"}') $(value 'husk_vm_up{vm="gone"}')" '1 1 0' 'all VMs are in it'
is "$(value 'husk_vm_state{vm="gone",state="stopped"}') $(value 'husk_vm_state{vm="web",state="stopped"}')" '1 0' '... with their states'
like "$(value 'husk_vm_cpu_seconds_total{vm="web",process="qemu",mode="user"}')" '[0-9]*.[0-9][0-9][0-9][0-9][0-9][0-9]' \
	'CPU time in seconds'
like "$(value 'husk_vm_memory_resident_bytes{vm="web",process="qemu"}')" '[1-9]???????*' 'memory in bytes'
like "$(value 'husk_vm_vcpu_seconds_total{vm="web",vcpu="1"}')" '[0-9]*.?????????' "a vCPU's time in seconds"
is "$(value 'husk_vm_disk_read_bytes_total{vm="web",disk="disk0"}')" 512 'the boot sector was read'
is "$(value 'husk_vm_memory_bytes{vm="web"}')" 16777216 'memory as asked for'
is "$(grep -c 'vm="odd",disk="d"' "$T/.out") $(value 'husk_vm_disk_read_bytes_total{vm="odd",disk="d"}')" '1 2' \
	'a disk that comes twice is the first, and numbers that are none are left out'
is "$(grep 'read_bytes_total{vm="odd",disk="a' "$T/.out" | sed 's/.*disk=//')" '"a\"b\\\\c\\x1b[31m\\xe2\\x80\\xae\\x0a"} 1' \
	'a name is escaped, and cannot drive a terminal'
run "$HUSK" stats --prometheus web
is "$(grep -c vm=.plain "$T/.out") $(check "$T/.out")" '0 ' 'of one VM only'
done_testing
