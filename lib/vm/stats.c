/* SPDX-License-Identifier: MIT */
/* What QEMU says of its disks, vCPUs and balloon, taken apart; every number of every VM gathered in one round. */
#include <vm/stats.h>

#include <base/err.h>
#include <stdio.h>
#include <string.h>

struct stat_item *stats_add(struct vm_stats *s, enum stat_group g, struct pool *pool, const char *name)
{
	struct stat_item *item;

	if (s->n[g] >= STATS_ITEMS_MAX)
		return NULL;
	for (size_t i = 0; i < s->n[g]; i++)
		if (!strcmp(s->item[g][i].name, name))
			return NULL;
	s->item[g] = pool_grow(pool, s->item[g], s->n[g], sizeof(*item));
	item = &s->item[g][s->n[g]++];
	snprintf(item->name, sizeof(item->name), "%s", name);
	memset(item->v, 0xff, sizeof(item->v));
	return item;
}

/* A number that fits everywhere, or none. */
static uint64_t number(const struct json *j, int v)
{
	uint64_t n;

	return json_uint(j, v, &n) && n <= INT64_MAX ? n : STAT_UNKNOWN;
}

/* "/machine/peripheral/disk0/virtio-backend" is disk0; a device nobody named is what stands behind /machine/. */
static bool disk_name(const struct json *j, int v, char *out, size_t size)
{
	static const char named[] = "/machine/peripheral/";
	char path[256];
	const char *name = path;

	if (json_str(j, json_get(j, v, "qdev"), path, sizeof(path)) > 0) {
		if (!strncmp(path, named, sizeof(named) - 1)) {
			name += sizeof(named) - 1;
			path[sizeof(named) - 1 + strcspn(name, "/")] = '\0';
		} else if (!strncmp(path, "/machine/", 9)) {
			name += 9;
		}
	} else if (json_str(j, json_get(j, v, "device"), path, sizeof(path)) <= 0 &&
		   json_str(j, json_get(j, v, "node-name"), path, sizeof(path)) <= 0) {
		return false;
	}
	return *name && (size_t)snprintf(out, size, "%s", name) < size;
}

void stats_take_disks(struct vm_stats *s, struct pool *pool, const struct json *j, int v)
{
	static const char *const keys[DISK_STATS] = {
		[DISK_RD_BYTES] = "rd_bytes", [DISK_WR_BYTES] = "wr_bytes", [DISK_UNMAP_BYTES] = "unmap_bytes",
		[DISK_RD_OPS] = "rd_operations", [DISK_WR_OPS] = "wr_operations", [DISK_FLUSH_OPS] = "flush_operations",
		[DISK_UNMAP_OPS] = "unmap_operations", [DISK_RD_NS] = "rd_total_time_ns", [DISK_WR_NS] = "wr_total_time_ns",
		[DISK_FLUSH_NS] = "flush_total_time_ns", [DISK_RD_FAILED] = "failed_rd_operations",
		[DISK_WR_FAILED] = "failed_wr_operations", [DISK_FLUSH_FAILED] = "failed_flush_operations",
	};
	int iter = 0, disk;

	while (json_is_array(j, v) && json_next(j, v, &iter, NULL, &disk)) {
		int stats = json_get(j, disk, "stats");
		struct stat_item *item = NULL;
		char name[64];

		if (disk_name(j, disk, name, sizeof(name)))
			item = stats_add(s, STATS_DISK, pool, name);
		for (int i = 0; item && i < DISK_STATS; i++)
			item->v[i] = number(j, json_get(j, stats, keys[i]));
	}
}

void stats_take_vcpus(struct vm_stats *s, struct pool *pool, const struct json *j, int v)
{
	int iter = 0, cpu;

	while (json_is_array(j, v) && json_next(j, v, &iter, NULL, &cpu)) {
		uint64_t index = number(j, json_get(j, cpu, "cpu-index")), thread = number(j, json_get(j, cpu, "thread-id"));
		struct stat_item *item;
		char name[24];

		if (index == STAT_UNKNOWN)
			continue;
		snprintf(name, sizeof(name), "%llu", (unsigned long long)index);
		item = stats_add(s, STATS_VCPU, pool, name);
		if (item)
			item->v[VCPU_THREAD] = thread;
	}
}

void stats_take_balloon(struct vm_stats *s, const struct json *j, int v)
{
	static const struct { int place; const char *key; } rows[] = {
		{ BALLOON_FREE, "stat-free-memory" }, { BALLOON_TOTAL, "stat-total-memory" },
		{ BALLOON_AVAILABLE, "stat-available-memory" }, { BALLOON_CACHES, "stat-disk-caches" },
		{ BALLOON_SWAP_IN, "stat-swap-in" }, { BALLOON_SWAP_OUT, "stat-swap-out" },
		{ BALLOON_MAJOR, "stat-major-faults" }, { BALLOON_MINOR, "stat-minor-faults" },
	};
	uint64_t updated = number(j, json_get(j, v, "last-update"));
	uint64_t *to = s->n[STATS_BALLOON] ? s->item[STATS_BALLOON]->v : NULL;
	int stats = json_get(j, v, "stats");

	if (!to || !updated || updated == STAT_UNKNOWN)
		return;			/* the guest was never asked: there is nothing but 2^64-1 */
	to[BALLOON_UPDATED] = updated;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		to[rows[i].place] = number(j, json_get(j, stats, rows[i].key));
}

bool stats_find_balloon(const struct json *j, int v, char *id, size_t size)
{
	int iter = 0, child;
	char type[64];

	while (json_is_array(j, v) && json_next(j, v, &iter, NULL, &child))
		if (json_str(j, json_get(j, child, "type"), type, sizeof(type)) > 0 && !strncmp(type, "child<virtio-balloon-", 21) &&
		    json_str(j, json_get(j, child, "name"), id, size) > 0 && !strpbrk(id, "/\"\\"))
			return true;
	return false;
}

enum { ASK_VCPUS, ASK_DISKS, ASK_BALLOON, ASK_DEVICES, ASK_COUNT, ASK_GUEST = ASK_COUNT, ASK_INTERVAL };
static const char *const questions[ASK_COUNT] = {
	[ASK_VCPUS] = "\"query-cpus-fast\"", [ASK_DISKS] = "\"query-blockstats\"", [ASK_BALLOON] = "\"query-balloon\"",
	[ASK_DEVICES] = "\"qom-list\", \"arguments\": {\"path\": \"/machine/peripheral\"}",
};

struct gathering {
	struct vm_stats *s;
	struct pool *pool;
	char (*balloon)[64];		/* the id of each VM's */
};

static void ask_balloon(struct buf *more, const char *id, const char *property)
{
	autobuf struct buf path = BUF_INIT;
	struct json_out o = JSON_OUT(more);

	buf_addf(&path, "/machine/peripheral/%s", id);
	buf_adds(more, "\"qom-get\", \"arguments\": ");
	json_open(&o, NULL, '{');
	json_put_str(&o, "path", buf_str(&path));
	json_put_str(&o, "property", property);
	json_close(&o, '}');
}

static bool take(void *ctx, size_t index, unsigned i, const struct json *j, int value, struct buf *more)
{
	struct gathering *g = ctx;
	struct vm_stats *s = &g->s[index];
	struct stat_item *item = s->item[STATS_BALLOON];
	char *id = g->balloon[index];

	switch (i) {
	case ASK_VCPUS:
		stats_take_vcpus(s, g->pool, j, value);
		break;
	case ASK_DISKS:
		stats_take_disks(s, g->pool, j, value);
		break;
	case ASK_BALLOON:
		item = value >= 0 ? stats_add(s, STATS_BALLOON, g->pool, "balloon") : NULL;
		if (item)
			item->v[BALLOON_ACTUAL] = number(j, json_get(j, value, "actual"));
		break;
	case ASK_DEVICES:
		/* once: a QEMU that answers it again and again is not asked again and again */
		if (id[0] || !item || !stats_find_balloon(j, value, id, sizeof(g->balloon[0])))
			return false;
		ask_balloon(more, id, "guest-stats");
		return true;
	case ASK_GUEST:
		stats_take_balloon(s, j, value);
		if (!id[0] || (item && item->v[BALLOON_INTERVAL] != STAT_UNKNOWN))
			return false;
		if (item)
			item->v[BALLOON_INTERVAL] = 0;
		ask_balloon(more, id, "guest-stats-polling-interval");
		return true;
	case ASK_INTERVAL:
		if (item)
			item->v[BALLOON_INTERVAL] = number(j, value);
		break;
	}
	return false;
}

void vm_stats(struct vm_stats *s, struct vm_status *v, size_t n, struct pool *pool, deadline_t until)
{
	struct gathering g = { .s = s, .pool = pool, .balloon = pool_alloc(pool, (n + 1) * sizeof(*g.balloon)) };
	const struct vm_questions q = { .text = questions, .n = ASK_COUNT, .answer = take, .ctx = &g };

	memset(s, 0, n * sizeof(*s));
	vm_ask(v, n, &q, until);
	for (size_t i = 0; i < n; i++) {
		autobuf struct buf text = BUF_INIT;
		struct vm_record r;

		s[i].at_us = clock_us();
		/* again, for the plan; and it may have been started anew meanwhile */
		if (!v[i].has_record || v[i].state == VMS_STOPPED || record_load(&v[i].dir, &r, &text) < 0 ||
		    !proc_same(&r.qemu, &v[i].record.qemu))
			continue;
		stats_map_threads(&s[i], &r);
		stats_of_host(&s[i], pool, &r, buf_str(&text), text.len);
	}
	err_clear();
}
