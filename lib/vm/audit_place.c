/* SPDX-License-Identifier: MIT */
/* Where QEMU is: its namespaces, what is in them, its cgroup. */
#include "audit_look.h"

#include <base/fd.h>
#include <base/file.h>
#include <fcntl.h>
#include <sandbox/cgroup.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CGROUP_FILE_MAX 65536

/* Under /proc/PID/ns, and what promises it; PART_COUNT: only where the plan names it. */
static const struct { const char *name; enum sandbox_part part; } namespaces[] = {
	{ "mnt", PART_MNTNS }, { "pid", PART_PIDNS }, { "net", PART_NETNS }, { "ipc", PART_IPCNS }, { "uts", PART_UTSNS },
	{ "cgroup", PART_CGROUPNS }, { "user", PART_COUNT },
};

static bool planned(const struct look *l, const char *name)
{
	int list = json_get(l->j, l->plan, "namespaces"), iter = 0, item;

	while (json_next(l->j, list, &iter, NULL, &item))
		if (json_eq(l->j, item, name))
			return true;
	return false;
}

static bool read_ns(int dir, const char *path, char *out, size_t size)
{
	ssize_t n = readlinkat(dir, path, out, size - 1);

	if (n <= 0)
		return false;
	out[n] = '\0';
	return true;
}

static void look_namespace(struct look *l, size_t i)
{
	const char *name = namespaces[i].name;
	enum sandbox_part part = namespaces[i].part;
	char path[32], self[40], mine[64], its[64];
	bool promised = planned(l, name);

	snprintf(path, sizeof(path), "ns/%s", name);
	snprintf(self, sizeof(self), "/proc/self/ns/%s", name);
	if (!read_ns(AT_FDCWD, self, mine, sizeof(mine)))
		return;		/* a kernel without that kind */
	if (!read_ns(l->proc, path, its, sizeof(its))) {
		look_put(l, promised ? AUDIT_UNREADABLE : AUDIT_SAID, "namespace", name, "cannot be read");
		return;
	}
	if (strcmp(mine, its))
		look_put(l, promised ? AUDIT_HOLDS : AUDIT_SAID, "namespace", name, "its own, %s", its);
	else if (promised)
		look_put(l, AUDIT_BROKEN, "namespace", name, "husk's own");
	else if (part != PART_COUNT)
		look_put(l, look_has(l, part) ? AUDIT_BROKEN : AUDIT_GIVEN_UP, "namespace", name, "husk's own");
}

static void look_pid(struct look *l)
{
	autobuf struct buf b = BUF_INIT;
	struct proc_status s;

	if (!look_has(l, PART_PIDNS))
		return;
	if (!look_read(l->proc, "status", &b) || procfs_status(&s, buf_str(&b), b.len) < 0 || s.inner_pid < 0)
		look_put(l, AUDIT_UNREADABLE, "pid", NULL, "its number inside cannot be read");
	else
		look_put(l, s.inner_pid == 1 && s.pid_depth > 1 ? AUDIT_HOLDS : AUDIT_BROKEN, "pid", NULL, "%d outside, %d inside",
			 (int)l->r->qemu.pid, s.inner_pid);
}

/* /proc/PID/net is of the namespace that process is in. */
static void look_network(struct look *l)
{
	autobuf struct buf b = BUF_INIT, list = BUF_INIT;
	bool others = false;
	char name[64];
	size_t at = 0;

	if (!look_read(l->proc, "net/dev", &b)) {
		look_put(l, look_has(l, PART_NETNS) ? AUDIT_UNREADABLE : AUDIT_GIVEN_UP, "network", NULL, "cannot be read");
		return;
	}
	while (procfs_interface(buf_str(&b), b.len, &at, name, sizeof(name))) {
		buf_adds(&list, list.len ? ", " : "");
		buf_add_safe(&list, name, strlen(name));
		others |= strcmp(name, "lo") != 0;
	}
	look_put(l, look_judge(l, PART_NETNS, !others), "network", NULL, "%s%s", list.len ? buf_str(&list) : "no interface",
		 others ? "" : " only");
}

static void look_users(struct look *l)
{
	autobuf struct buf uids = BUF_INIT, gids = BUF_INIT, groups = BUF_INIT;
	uint32_t in, out, gid_in, gid_out;

	if (!planned(l, "user"))
		return;
	if (!look_read(l->proc, "uid_map", &uids) || !look_read(l->proc, "gid_map", &gids) ||
	    !look_read(l->proc, "setgroups", &groups)) {
		look_put(l, AUDIT_UNREADABLE, "users", NULL, "the maps of its user namespace cannot be read");
		return;
	}
	if (procfs_id_map(buf_str(&uids), uids.len, &in, &out) < 0 || procfs_id_map(buf_str(&gids), gids.len, &gid_in, &gid_out) < 0)
		look_put(l, AUDIT_BROKEN, "users", NULL, "its user namespace has more than one user or group");
	else
		look_put(l, in && gid_in && out == l->r->uid && !strncmp(buf_str(&groups), "deny", 4) ? AUDIT_HOLDS : AUDIT_BROKEN,
			 "users", NULL, "only %u, which is %u inside", (unsigned)out, (unsigned)in);
}

void look_namespaces(struct look *l)
{
	for (size_t i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++)
		look_namespace(l, i);
	look_pid(l);
	look_network(l);
	look_users(l);
}

/* ---- the cgroup, and the limits that it has ---- */

/* The first line of one of its files. */
static bool cgroup_value(const char *dir, const char *file, char *out, size_t size)
{
	autoclose int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	autobuf struct buf b = BUF_INIT;

	if (fd < 0 || file_read(fd, file, &b, CGROUP_FILE_MAX) < 0)
		return false;
	snprintf(out, size, "%.*s", (int)strcspn(buf_str(&b), "\n"), buf_str(&b));
	return true;
}

static void look_limit(struct look *l, const char *file, const char *key, uint64_t wanted)
{
	char text[128], *end = text;
	uint64_t value, period = 100;

	if (!cgroup_value(l->r->cgroup, file, text, sizeof(text))) {
		look_put(l, AUDIT_UNREADABLE, "cgroup", file, "cannot be read");
		return;
	}
	value = strtoull(text, &end, 10);
	/* "150000 100000": CPU time in each period; the plan has percent of one CPU */
	if (*end == ' ') {
		period = strtoull(end, NULL, 10);
		value = period ? value * 100 / period : UINT64_MAX;
	}
	look_put(l, end != text && value <= wanted ? AUDIT_HOLDS : AUDIT_BROKEN, "cgroup", file, "%s, for %s=%llu", text, key,
		 (unsigned long long)wanted);
}

static void look_cgroup_limits(struct look *l, int limits)
{
	static const struct { const char *key, *file; } rows[] = {
		{ "memory", "memory.max" }, { "cpu", "cpu.max" }, { "pids", "pids.max" },
	};
	char text[256];
	bool io = false;
	int iter = 0, key;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t wanted;

		if (json_uint(l->j, json_get(l->j, limits, rows[i].key), &wanted))
			look_limit(l, rows[i].file, rows[i].key, wanted);
	}
	while (json_next(l->j, limits, &iter, &key, NULL))
		io |= json_str(l->j, key, text, sizeof(text)) > 3 && !strncmp(text, "io_", 3);
	if (!io)
		return;
	if (!cgroup_value(l->r->cgroup, "io.max", text, sizeof(text)))
		look_put(l, AUDIT_UNREADABLE, "cgroup", "io.max", "cannot be read");
	else
		look_put(l, text[0] ? AUDIT_HOLDS : AUDIT_BROKEN, "cgroup", "io.max", "%s", text[0] ? text : "no limit");
}

void look_cgroup(struct look *l)
{
	int limits = json_get(l->j, l->plan, "limit");
	char why[256];

	if (!l->r->cgroup[0]) {
		if (json_str(l->j, json_get(l->j, l->plan, "cgroup_none"), why, sizeof(why)) < 0)
			snprintf(why, sizeof(why), "not to be had");
		look_put(l, !look_has(l, PART_CGROUP) ? AUDIT_GIVEN_UP : json_size(l->j, limits) ? AUDIT_BROKEN : AUDIT_SAID,
			 "cgroup", NULL, "none of its own: %s", why);
		return;
	}
	look_put(l, cgroup_holds(l->r->cgroup, l->r->qemu.pid) ? AUDIT_HOLDS : AUDIT_BROKEN, "cgroup", NULL, "%s", l->r->cgroup);
	look_cgroup_limits(l, limits);
}
