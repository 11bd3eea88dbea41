/* SPDX-License-Identifier: MIT */
/* Fuzz: option text from a file, a command line or a hot-plug command is refused with a message, or read within its bounds. */
#include <opt/opt.h>

#include <base/err.h>
#include <base/pool.h>

#include "opt-table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool cond)
{
	if (!cond)
		abort();
}

/* Nothing empty, no byte below a blank and no DEL may get through. */
static void must_be_text(const char *s)
{
	if (!s)
		return;
	must(*s != '\0');
	for (const char *p = s; *p; p++)
		must((unsigned char)*p >= 0x20 && *p != 0x7f);
}

static void must_be_disk(const struct disk *d)
{
	must(d->file && d->format >= 0 && d->format < 2 && d->index >= 0 && d->index <= 9 && d->bus >= 0 && d->bus <= 9);
	must_be_text(d->file);
	for (size_t i = 0; i < d->tags.n; i++)
		must_be_text(d->tags.v[i]);
}

static void must_be_valid(const struct all *a, const struct opt_set *s)
{
	must_be_text(a->title);
	must_be_text(a->image);
	must(!a->name || opt_valid_name(a->name));
	must(!opt_given(s, "cpus") || (a->cpus >= 1 && a->cpus <= 255));
	must(!opt_given(s, "grace") || (a->grace >= 1 && a->grace <= 3600000));
	must(!opt_given(s, "memory") || (a->memory >= 16 << 20 && a->memory <= UINT64_C(4) << 40));
	must(!opt_given(s, "limit") || a->limit.memory >= 1 << 20);
	must(a->machine >= 0 && a->machine < 3);
	for (size_t i = 0; i < a->env.n; i++)
		must_be_text(a->env.v[i]);
	for (size_t i = 0; i < a->ndisk; i++)
		must_be_disk(&a->disk[i]);
}

static void must_say(int rc)
{
	must(rc == -EINVAL && err_code() == EXIT_USAGE && err_text()[0]);
	for (const char *p = err_text(); *p; p++)
		must((unsigned char)*p >= 0x20 && *p != 0x7f);
}

/* Every line is one argument. */
static int parse_args(struct opt_set *s, char *text)
{
	struct opt_set *sets[] = { s };
	char *argv[34] = { text };
	const char *positional[34];
	int argc = 1;

	for (char *p = text; p && argc < 33; argc++) {
		argv[argc] = p;
		p = strchr(p, '\n');
		if (p)
			*p++ = '\0';
	}
	return opt_parse_args(sets, 1, argc, argv, positional, argc % 3);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autopool struct pool pool = { 0 };
	struct all all = { 0 };
	struct disk d = { 0 };
	struct opt_set set;
	char *text;
	int rc;

	if (size < 1)
		return 0;
	text = pool_strndup(&pool, (const char *)data + 1, size - 1);
	err_clear();
	opt_init(&set, all_opts, &all, &pool);
	switch (data[0]) {
	case 's':
		rc = opt_parse_sub(disk_opts, &d, &pool, NULL, "disk", text);
		if (rc == 0)
			must_be_disk(&d);
		break;
	case 'a':
		rc = parse_args(&set, text);
		break;
	default:
		rc = opt_parse_file(&set, "dir/web.vm", (const char *)data + 1, size - 1);
		if (rc == 0) {
			/* the same text once more as a later rank must do as well */
			opt_next_rank(&set);
			must(opt_parse_file(&set, "dir/web.vm", (const char *)data + 1, size - 1) == 0);
		}
	}
	if (rc < 0)
		must_say(rc);
	else
		must_be_valid(&all, &set);
	return 0;
}
