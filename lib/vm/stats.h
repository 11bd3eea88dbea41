/* SPDX-License-Identifier: MIT */
/* What VMs use, in numbers: of their processes, vCPUs, disks, network cards, balloon and cgroup. */
#ifndef VM_STATS_H
#define VM_STATS_H

#include <base/pool.h>
#include <vm/vm.h>

/*
 * How it works: /proc and the cgroup are read from the host, so a VM whose QEMU is stuck has those numbers too; all
 * QEMUs are asked at once (vm_ask()) for what only they know.  Each thing that is counted is one struct stat_item: a
 * name and an array of numbers whose places the enums below tell.  cmd/stats_show.c has a row for each place, with
 * its key, its metric and its unit.  Nothing is changed by looking: a balloon's guest statistics are there only where
 * its polling interval was set by somebody.
 */
#define STAT_UNKNOWN UINT64_MAX		/* nobody counts it here, or it cannot be read; QEMU's numbers beyond INT64_MAX too */

enum stat_group { STATS_PROCESS, STATS_VCPU, STATS_DISK, STATS_NIC, STATS_BALLOON, STATS_CGROUP, STATS_GROUPS };

/* microseconds, bytes */
enum { PROC_PID, PROC_USER, PROC_KERNEL, PROC_THREADS, PROC_RSS, PROC_ANON, PROC_FILE, PROC_SHMEM, PROC_PSS,
       PROC_PRIVATE, PROC_SWAP, PROC_STATS };
/* nanoseconds on a host CPU, and the thread's id on the host; the second vCPU of one thread has neither */
enum { VCPU_RUN, VCPU_THREAD, VCPU_STATS };
enum { DISK_RD_BYTES, DISK_WR_BYTES, DISK_UNMAP_BYTES, DISK_RD_OPS, DISK_WR_OPS, DISK_FLUSH_OPS, DISK_UNMAP_OPS, DISK_RD_NS,
       DISK_WR_NS, DISK_FLUSH_NS, DISK_RD_FAILED, DISK_WR_FAILED, DISK_FLUSH_FAILED, DISK_STATS };
/* as the guest sees it: received is what came from the network */
enum { NIC_RX_BYTES, NIC_RX_PACKETS, NIC_RX_ERRORS, NIC_RX_DROPPED, NIC_TX_BYTES, NIC_TX_PACKETS, NIC_TX_ERRORS,
       NIC_TX_DROPPED, NIC_STATS };
/* bytes and page faults; BALLOON_UPDATED: seconds since 1970, BALLOON_INTERVAL: seconds between two polls, 0: never */
enum { BALLOON_ACTUAL, BALLOON_FREE, BALLOON_TOTAL, BALLOON_AVAILABLE, BALLOON_CACHES, BALLOON_SWAP_IN, BALLOON_SWAP_OUT,
       BALLOON_MAJOR, BALLOON_MINOR, BALLOON_UPDATED, BALLOON_INTERVAL, BALLOON_STATS };
enum { CGROUP_MEMORY, CGROUP_MEMORY_PEAK, CGROUP_SWAP, CGROUP_PIDS, CGROUP_USER, CGROUP_SYSTEM, CGROUP_THROTTLED,
       CGROUP_THROTTLES, CGROUP_OOM_KILLS, CGROUP_STATS };
#define STATS_ITEMS_MAX 1024		/* of one group: vCPUs a VM may have; more of anything is QEMU's invention */

struct stat_item {
	char name[64];			/* "qemu", "keeper", "passt"; "0"; "disk0"; unique in its group */
	uint64_t v[DISK_STATS];		/* no group has more */
};

struct vm_stats {
	int64_t at_us;			/* CLOCK_MONOTONIC, when the host's numbers were read */
	bool helpers_known;		/* false: there are some, and which processes they are cannot be told */
	size_t n[STATS_GROUPS];
	struct stat_item *item[STATS_GROUPS];	/* in the pool */
};

/*
 * vm_stats - the numbers of n VMs whose status' dir is open.
 * @s, @v: arrays of n; v is filled as by vm_query()
 * Never fails: what cannot be had is STAT_UNKNOWN, or not in the list.
 */
void vm_stats(struct vm_stats *s, struct vm_status *v, size_t n, struct pool *pool, deadline_t until);

/*
 * stats_take_disks, _vcpus, _balloon - what QEMU replied; no I/O (fuzzed).
 * stats_take_vcpus leaves the thread's id in QEMU's own pid namespace in VCPU_THREAD.
 */
void stats_take_disks(struct vm_stats *s, struct pool *pool, const struct json *j, int v);
void stats_take_vcpus(struct vm_stats *s, struct pool *pool, const struct json *j, int v);
void stats_take_balloon(struct vm_stats *s, const struct json *j, int v);
/* stats_find_balloon - the id of the balloon device in the reply to qom-list; false where there is none.  No I/O. */
bool stats_find_balloon(const struct json *j, int v, char *id, size_t size);
/* stats_add - one more item of a group, all unknown; NULL: one of that name is there, or there are too many. */
struct stat_item *stats_add(struct vm_stats *s, enum stat_group g, struct pool *pool, const char *name);

/* stats_host.c: what /proc and the cgroup tell.  record: the text of state.json, for its plan */
void stats_of_host(struct vm_stats *s, struct pool *pool, const struct vm_record *r, const char *record, size_t len);
/* stats_map_threads - the vCPUs' threads become those of the host, and get their times. */
void stats_map_threads(struct vm_stats *s, const struct vm_record *r);
/* stats_helpers.c: the helpers' processes.  Their number, or a negative errno: which they are cannot be told. */
int stats_helpers(const struct vm_record *r, const struct json *record, pid_t *pid, size_t max);

#endif
