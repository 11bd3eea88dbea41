/* SPDX-License-Identifier: MIT */
/* The host's side of a VM's numbers: /proc of its processes and threads, its cgroup, its tap devices. */
#include <vm/stats.h>

#include <base/file.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vm/procfs.h>

#define PROC_FILE_MAX (256u << 10)
#define TASKS_MAX 16384		/* threads looked at for vCPUs; QEMU has some beside them */

/* Empty where it cannot be read: then nothing is found in it. */
static void slurp(int dir, const char *name, struct buf *b)
{
	buf_clear(b);
	if (file_read(dir, name, b, PROC_FILE_MAX) < 0)
		buf_clear(b);
}

static void add_kib(struct stat_item *item, int place, const struct buf *b, const char *key)
{
	uint64_t n;

	if (procfs_kib(buf_str(b), b->len, key, &n) < 0)
		return;
	item->v[place] = item->v[place] == STAT_UNKNOWN ? n : item->v[place] + n;
}

static void add_process(struct vm_stats *s, struct pool *pool, const struct proc_id *id, const char *name)
{
	autoclose int dir = proc_open_dir(id);
	autobuf struct buf b = BUF_INIT;
	uint64_t user, kernel, tick = 1000000 / (uint64_t)sysconf(_SC_CLK_TCK);
	struct stat_item *item = dir < 0 ? NULL : stats_add(s, STATS_PROCESS, pool, name);

	if (!item)
		return;
	item->v[PROC_PID] = (uint64_t)id->pid;
	slurp(dir, "stat", &b);
	if (procfs_times(buf_str(&b), b.len, &user, &kernel, &item->v[PROC_THREADS]) >= 0) {
		item->v[PROC_USER] = user * tick;
		item->v[PROC_KERNEL] = kernel * tick;
	}
	slurp(dir, "status", &b);
	add_kib(item, PROC_RSS, &b, "VmRSS:");
	add_kib(item, PROC_ANON, &b, "RssAnon:");
	add_kib(item, PROC_FILE, &b, "RssFile:");
	add_kib(item, PROC_SHMEM, &b, "RssShmem:");
	add_kib(item, PROC_SWAP, &b, "VmSwap:");
	slurp(dir, "smaps_rollup", &b);
	add_kib(item, PROC_PSS, &b, "Pss:");
	add_kib(item, PROC_PRIVATE, &b, "Private_Clean:");
	add_kib(item, PROC_PRIVATE, &b, "Private_Dirty:");
}

/* "passt", and "passt-2" where there is one already; passt.avx2 is what the program made of itself. */
static void add_helper(struct vm_stats *s, struct pool *pool, pid_t pid)
{
	char path[32], name[40], comm[20];
	struct buf b = BUF_FIXED(comm);
	struct proc_id id;
	size_t had = s->n[STATS_PROCESS];

	if (proc_identify(pid, &id) < 0)
		return;
	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	if (file_read(AT_FDCWD, path, &b, sizeof(comm) - 1) < 0)
		return;
	comm[strcspn(comm, ".\n")] = '\0';
	snprintf(name, sizeof(name), "%s", comm);
	for (int i = 2; i <= PLAN_HELPERS_MAX + 1; i++) {
		add_process(s, pool, &id, name);
		if (s->n[STATS_PROCESS] > had || !proc_alive(&id))
			return;
		snprintf(name, sizeof(name), "%s-%d", comm, i);
	}
}

static uint64_t thread_time(int task, struct buf *b)
{
	uint64_t user, kernel, n;

	slurp(task, "schedstat", b);
	if (procfs_first(buf_str(b), b->len, &n) >= 0 && n)
		return n;
	slurp(task, "stat", b);		/* a kernel without schedstat, or with all of it zero */
	if (procfs_times(buf_str(b), b->len, &user, &kernel, &n) < 0)
		return STAT_UNKNOWN;
	return (user + kernel) * (1000000000 / (uint64_t)sysconf(_SC_CLK_TCK));
}

/* One thread of QEMU: is it a vCPU's?  Its id in QEMU's own pid namespace is the last of its NSpid. */
static bool map_thread(struct vm_stats *s, int tasks, const char *name, bool *found)
{
	autoclose int task = openat(tasks, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	autobuf struct buf b = BUF_INIT;
	struct proc_status status;

	if (task < 0)
		return false;
	slurp(task, "status", &b);
	if (procfs_status(&status, buf_str(&b), b.len) < 0)
		return false;
	if (status.inner_pid < 0)
		status.inner_pid = (int)strtol(name, NULL, 10);
	for (size_t i = 0; i < s->n[STATS_VCPU]; i++) {
		struct stat_item *item = &s->item[STATS_VCPU][i];

		if (found[i] || item->v[VCPU_THREAD] != (uint64_t)status.inner_pid)
			continue;
		item->v[VCPU_THREAD] = strtoul(name, NULL, 10);
		item->v[VCPU_RUN] = thread_time(task, &b);
		return found[i] = true;		/* the first only: a thread that runs several would count several times */
	}
	return false;
}

void stats_map_threads(struct vm_stats *s, const struct vm_record *r)
{
	bool found[STATS_ITEMS_MAX] = { false };
	size_t left = s->n[STATS_VCPU], looked = 0;
	autoclose int dir = left ? proc_open_dir(&r->qemu) : -1;
	int fd = dir < 0 ? -1 : openat(dir, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *tasks = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	while (tasks && left && looked++ < TASKS_MAX && (e = readdir(tasks)))
		if (e->d_name[0] != '.' && map_thread(s, dirfd(tasks), e->d_name, found))
			left--;
	if (tasks)
		closedir(tasks);
	for (size_t i = 0; i < s->n[STATS_VCPU]; i++)
		if (!found[i])
			s->item[STATS_VCPU][i].v[VCPU_THREAD] = STAT_UNKNOWN;
}

static void add_cgroup(struct vm_stats *s, struct pool *pool, const char *path)
{
	static const struct { int place; const char *file, *key; } rows[] = {
		{ CGROUP_MEMORY, "memory.current", NULL }, { CGROUP_MEMORY_PEAK, "memory.peak", NULL },
		{ CGROUP_SWAP, "memory.swap.current", NULL }, { CGROUP_PIDS, "pids.current", NULL },
		{ CGROUP_USER, "cpu.stat", "user_usec" }, { CGROUP_SYSTEM, "cpu.stat", "system_usec" },
		{ CGROUP_THROTTLED, "cpu.stat", "throttled_usec" }, { CGROUP_THROTTLES, "cpu.stat", "nr_throttled" },
		{ CGROUP_OOM_KILLS, "memory.events", "oom_kill" },
	};
	autoclose int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat_item *item = dir < 0 ? NULL : stats_add(s, STATS_CGROUP, pool, "cgroup");
	autobuf struct buf b = BUF_INIT;

	for (size_t i = 0; item && i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t n;

		slurp(dir, rows[i].file, &b);
		if ((rows[i].key ? procfs_keyed(buf_str(&b), b.len, rows[i].key, &n) : procfs_first(buf_str(&b), b.len, &n)) >= 0 &&
		    n <= INT64_MAX)
			item->v[rows[i].place] = n;
	}
}

/* The value of a key in "tap,id=net0,fd=7"; false where it is not there. */
static bool element(const char *arg, const char *key, char *out, size_t size)
{
	size_t len = strlen(key);

	for (const char *p = strchr(arg, ','); p; p = strchr(p, ',')) {
		if (!strncmp(++p, key, len) && p[len] == '=')
			return (size_t)snprintf(out, size, "%.*s", (int)strcspn(p + len + 1, ","), p + len + 1) < size;
	}
	return false;
}

/* A tap's name: as it was given, or by the descriptor that QEMU has. */
static bool tap_name(const char *arg, int dir, char *name, size_t size)
{
	autobuf struct buf b = BUF_INIT;
	char fd[16], path[32];
	const char *iff;

	if (element(arg, "ifname", name, size))
		return true;
	if (!element(arg, "fd", fd, sizeof(fd)))
		return false;
	snprintf(path, sizeof(path), "fdinfo/%s", fd);
	slurp(dir, path, &b);
	iff = strstr(buf_str(&b), "iff:\t");	/* drivers/net/tun.c */
	return iff && (size_t)snprintf(name, size, "%.*s", (int)strcspn(iff + 5, "\n"), iff + 5) < size;
}

/*
 * One -netdev.  Only a tap is counted by anybody, in the network namespace it is in: QEMU's or this one.  What the host
 * receives there, the guest has sent.  Neither passt nor QEMU's own stack counts.
 */
static void add_nic(struct vm_stats *s, struct pool *pool, const char *arg, int dir)
{
	static const signed char other_side[NETDEV_COUNTS] = {
		[NETDEV_RX_BYTES] = NIC_TX_BYTES, [NETDEV_RX_PACKETS] = NIC_TX_PACKETS, [NETDEV_RX_ERRORS] = NIC_TX_ERRORS,
		[NETDEV_RX_DROPPED] = NIC_TX_DROPPED, [NETDEV_TX_BYTES] = NIC_RX_BYTES, [NETDEV_TX_PACKETS] = NIC_RX_PACKETS,
		[NETDEV_TX_ERRORS] = NIC_RX_ERRORS, [NETDEV_TX_DROPPED] = NIC_RX_DROPPED,
	};
	autobuf struct buf b = BUF_INIT;
	uint64_t count[NETDEV_COUNTS];
	struct stat_item *item;
	char id[64], name[32];

	item = element(arg, "id", id, sizeof(id)) ? stats_add(s, STATS_NIC, pool, id) : NULL;
	if (!item || strncmp(arg, "tap,", 4) != 0 || !tap_name(arg, dir, name, sizeof(name)))
		return;
	slurp(dir, "net/dev", &b);
	if (procfs_counters(buf_str(&b), b.len, name, count) < 0) {
		slurp(AT_FDCWD, "/proc/self/net/dev", &b);
		if (procfs_counters(buf_str(&b), b.len, name, count) < 0)
			return;
	}
	for (int i = 0; i < NETDEV_COUNTS; i++)
		item->v[other_side[i]] = count[i];
}

static void add_nics(struct vm_stats *s, struct pool *pool, const struct vm_record *r, const struct json *j)
{
	autoclose int dir = proc_open_dir(&r->qemu);
	int iter = 0, arg;
	bool next = false;

	while (dir >= 0 && json_next(j, json_path(j, 0, "plan.argv"), &iter, NULL, &arg)) {
		char text[512];

		if (next && json_str(j, arg, text, sizeof(text)) > 0)
			add_nic(s, pool, text, dir);
		next = json_eq(j, arg, "-netdev");
	}
}

void stats_of_host(struct vm_stats *s, struct pool *pool, const struct vm_record *r, const char *record, size_t len)
{
	autojson struct json j = JSON_INIT;
	pid_t helper[PLAN_HELPERS_MAX];
	int n;

	if (!record_same_boot(r))
		return;
	add_process(s, pool, &r->qemu, "qemu");
	add_process(s, pool, &r->keeper, "keeper");
	if (json_parse(&j, record, len) < 0)
		return;
	n = stats_helpers(r, &j, helper, PLAN_HELPERS_MAX);
	s->helpers_known = n >= 0;
	for (int i = 0; i < n; i++)
		add_helper(s, pool, helper[i]);
	add_nics(s, pool, r, &j);
	if (r->cgroup[0])
		add_cgroup(s, pool, r->cgroup);
}
