/* SPDX-License-Identifier: MIT */
/* Fuzzes what QEMU replies about its disks, vCPUs and balloon. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <vm/stats.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct vm_stats *s, enum stat_group g, int n)
{
	if (s->n[g] > STATS_ITEMS_MAX)
		abort();
	for (size_t i = 0; i < s->n[g]; i++) {
		const struct stat_item *item = &s->item[g][i];

		if (!memchr(item->name, '\0', sizeof(item->name)) || !item->name[0])
			abort();
		for (int k = 0; k < n; k++)
			if (item->v[k] > INT64_MAX && item->v[k] != STAT_UNKNOWN)
				abort();
		for (size_t k = 0; k < i; k++)
			if (!strcmp(s->item[g][k].name, item->name))
				abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autojson struct json j = JSON_INIT;
	struct pool pool = { 0 };
	struct vm_stats s = { 0 };
	char id[64];
	char *text = malloc(size ? size : 1);

	if (!text)
		return 0;
	if (size)
		memcpy(text, data, size);
	if (json_parse(&j, text, size) == 0) {
		stats_take_disks(&s, &pool, &j, 0);
		stats_take_vcpus(&s, &pool, &j, 0);
		stats_add(&s, STATS_BALLOON, &pool, "balloon");
		stats_take_balloon(&s, &j, 0);
		if (stats_find_balloon(&j, 0, id, sizeof(id)) && strlen(id) >= sizeof(id))
			abort();
	}
	check(&s, STATS_DISK, DISK_STATS);
	check(&s, STATS_VCPU, VCPU_STATS);
	check(&s, STATS_BALLOON, BALLOON_STATS);
	json_free(&j);
	pool_free(&pool);
	free(text);
	return 0;
}
