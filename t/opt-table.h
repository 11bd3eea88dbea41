/* SPDX-License-Identifier: MIT */
/* One option table that uses every type, for the tests of lib/opt. */
#ifndef T_OPT_TABLE_H
#define T_OPT_TABLE_H

#include <errno.h>
#include <opt/opt.h>
#include <stdio.h>

struct disk {
	const char *file;
	int format;
	bool readonly;
	int64_t index;
	struct opt_strings tags;
	int64_t bus;		/* 7 where nothing is said */
	struct opt_at at;
};

struct limit {
	uint64_t memory;
	int64_t cpu;
	struct opt_at at;
};

struct all {
	const char *title, *image, *name;
	bool agent, detach, quiet;
	int64_t cpus, offset, grace;
	uint64_t memory;
	int machine;
	struct opt_strings env;
	struct disk *disk;
	size_t ndisk;
	struct limit limit;
	unsigned char mac[6];
};

static const char *const formats[] = { "raw", "qcow2", NULL };
static const char *const machines[] = { "q35", "microvm", "virt", NULL };

static int parse_mac(struct pool *pool, const char *text, void *field, const char **why)
{
	unsigned char *mac = field;
	int n = 0;

	(void)pool;
	if (sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &mac[0], &mac[1], &mac[2], &mac[3], &mac[4], &mac[5],
		   &n) == 6 && text[n] == '\0')
		return 0;
	*why = "not a MAC address";
	return -EINVAL;
}

static void disk_init(void *elem)
{
	((struct disk *)elem)->bus = 7;
}

static const struct opt disk_opts[] = {
	OPT_PATH(struct disk, file, "file", "image to open", .flags = OPT_FIRST | OPT_REQUIRED),
	OPT_CHOICE(struct disk, format, "format", formats, "never probed"),
	OPT_FLAG(struct disk, readonly, "readonly", "refuse guest writes"),
	OPT_INT(struct disk, index, "index", 0, 9, "place"),
	OPT_STRINGS(struct disk, tags, "tag", "TEXT", "any label"),
	OPT_INT(struct disk, bus, "bus", 0, 9, "where it is plugged"),
	{ 0 } };

static const struct opt limit_opts[] = {
	OPT_SIZE(struct limit, memory, "memory", 1 << 20, INT64_MAX, "most memory", .flags = OPT_REQUIRED),
	OPT_INT(struct limit, cpu, "cpu", 1, 6400, "percent of one CPU"),
	{ 0 } };

static const struct opt all_opts[] = {
	OPT_STRING(struct all, title, "title", "TEXT", "shown to people"),
	OPT_PATH(struct all, image, "image", "a file"),
	OPT_NAME(struct all, name, "name", "the VM's name"),
	OPT_FLAG(struct all, agent, "agent", "give it an agent port"),
	OPT_FLAG(struct all, detach, "detach", "do not wait", .letter = 'd', .flags = OPT_CMDLINE),
	OPT_FLAG(struct all, quiet, "quiet", "say less", .letter = 'q'),
	OPT_INT(struct all, cpus, "cpus", 1, 255, "virtual CPUs", .letter = 'n', .deflt = "1"),
	OPT_INT(struct all, offset, "offset", INT64_MIN, INT64_MAX, "any number"),
	OPT_TIME(struct all, grace, "grace", 1, 3600000, "patience", .deflt = "90s"),
	OPT_SIZE(struct all, memory, "memory", 16 << 20, INT64_C(4) << 40, "guest memory", .deflt = "512M"),
	OPT_CHOICE(struct all, machine, "machine", machines, "board"),
	OPT_STRINGS(struct all, env, "env", "K=V", "for the program"),
	OPT_LIST(struct all, disk, ndisk, "disk", struct disk, disk_opts, "a disk", .init = disk_init),
	OPT_STRUCT(struct all, limit, "limit", struct limit, limit_opts, "upper bounds"),
	OPT_CUSTOM(struct all, mac, unsigned char[6], "mac", "MAC", parse_mac, "hardware address"),
	{ 0 } };

#endif
