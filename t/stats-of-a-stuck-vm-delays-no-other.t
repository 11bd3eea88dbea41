#!/bin/sh
# SPDX-License-Identifier: MIT
# husk stats with a QEMU that is stopped, mute, endless or a liar: the others are whole, and it has the host's numbers.
# shellcheck source=t/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=t/life.sh
. "${0%/*}/life.sh"
need bootsector

stat() { json "$T/.out" "vms.$1"; }
ok 'a sound VM' boot web
ok 'one that will be stopped' none frozen
frozen=$(qemu_of frozen)
kill -STOP "$frozen"
wait_until 5 in_state "$frozen" T
run "$HUSK" stats --json frozen web
exits 6 'one of those named does not answer'
is "$(stat 0.up) $(stat 0.status.state) $(stat 1.up)" 'false unresponsive true' 'the stopped one is down, the other is up'
like "$(stat 0.processes.0.rss_bytes)" '[1-9]??????*' "the stopped one has the host's numbers"
is "$(stat 0.processes.0.pid)" "$frozen" '... of that process'
is "$(stat 0.disks) $(stat 0.vcpus)" '[] []' '... and none of QEMU'
is "$(stat 1.disks.0.name)" disk0 "the other one has QEMU's too"
run "$HUSK" stats --prometheus
is "$(grep 'husk_vm_up{vm="frozen"}' "$T/.out")" 'husk_vm_up{vm="frozen"} 0' 'a scrape says so'
kill -CONT "$frozen"

# Each answers query-status and then does its worst; all at once they cost one deadline.
n=0
for fault in no-reply@qom-list silence@control half-line@query-cpus-fast flood@qom-list huge-line@query-blockstats \
	never-reads@control garbage@control die-between-replies@query-blockstats; do
	n=$((n + 1))
	fake "bad$n" "$fault" || not_ok "a QEMU with $fault"
done
start=$(now)
run "$HUSK" stats --json
took=$(($(now) - start))
exits 0 "$n stuck ones"
ok "... cost $took hundredths of a second" test "$took" -lt 200
ups=$(i=0; while [ $i -lt $n ]; do stat "$i.up"; i=$((i + 1)); done | sort | uniq -c | tr -s ' \n' ' ')
is "$ups" " $n false " '... are all down'
for i in 0 3 4; do
	like "$(stat $i.name) $(stat $i.processes.0.rss_bytes)" 'bad? [1-9]*' "... but have the host's numbers ($i)"
done
like "$(json "$T/.out")" '*"name":"web","up":true*"name":"disk0","read_bytes":512,*' 'and the sound one is whole'
for i in $(seq $n); do "$HUSK" stop -q --now "bad$i"; done

# Replies that are no such thing.
fake liar1 'answer={"a":[1]}@query-blockstats'
fake liar2 'answer=[1,null,{},{"cpu-index":-1},{"cpu-index":0,"thread-id":1},{"cpu-index":1,"thread-id":1},{"cpu-index":2,"thread-id":99999999}]@query-cpus-fast'
fake liar3 'answer=7@query-status'
fake liar4 'many=5000,{"qdev":"/machine/peripheral/d#","stats":{"rd_bytes":1}}@query-blockstats'
fake liar5 'many=6000,{"device":"d#","padding":"'"$(printf %300s x)"'"}@query-blockstats'
fake liar6 'refuse@query-cpus-fast'
fake liar8 no-reply@query-blockstats
# not what it says within the usual quarter of a second, but what it says
run "$HUSK" stats --json --timeout 3s liar1 liar2 liar3 liar4 liar5 liar6 liar8
exits 6 'QEMUs that lie'
is "$(stat 0.up) $(stat 0.disks)" 'true []' 'no array of disks'
is "$(stat 1.vcpus.0.name) $(stat 1.vcpus.0.thread) $(stat 1.vcpus.1.run_ns) $(stat 1.vcpus.2.thread)" \
	"0 $(qemu_of liar2) null null" 'one thread of two vCPUs counts once, one that is not there never'
is "$(stat 2.up) $(stat 2.status.detail)" "false QEMU's monitor does not say its status" 'no status'
is "$(stat 3.up) $(stat 3.disks | grep -o '"name"' | wc -l)" 'true 1024' 'more disks than can be'
is "$(stat 4.up) $(stat 4.status.detail)" "false QEMU's monitor floods" 'a reply without measure'
is "$(stat 5.up) $(stat 5.vcpus)" 'true []' 'a QEMU that refuses one question is up'
is "$(stat 6.up) $(stat 6.disks)" 'true []' 'one that leaves a question out has no numbers there'
# A balloon that is everywhere: it is asked once.
fake liar7 'answer=[{"name":"x","type":"child<virtio-balloon-pci>"}]@qom-list' --qemu-arg -fake \
	--qemu-arg 'answer={"stats":{"stat-free-memory":18446744073709551615,"stat-total-memory":5},"last-update":1}@qom-get' \
	--qemu-arg -fake --qemu-arg 'answer={"actual":99}@query-balloon'
run "$HUSK" stats --json liar7
exits 0 'a balloon that answers alike to all'
is "$(stat 0.balloon.actual_bytes) $(stat 0.balloon.free_bytes) $(stat 0.balloon.total_bytes) $(stat 0.balloon.interval_s)" \
	'99 null 5 null' '... has what is a number'

# Somebody else speaks to it: stats waits for its turn, and not for ever.
exec 7>>"$HUSK_RUNDIR/web/lock"
flock 7
run "$HUSK" stats --json web
exits 0 'one that another command speaks to'
is "$(stat 0.up) $(stat 0.disks) $(stat 0.status.detail)" 'true [] another husk command is speaking to it' '... is not asked'
{ sleep 0.1; exec 7>&-; } &
exec 7>&-
run "$HUSK" stats --json --timeout 5s web
is "$rc $(stat 0.disks.0.name)" '0 disk0' '... unless it ends in time'
done_testing
