/* SPDX-License-Identifier: MIT */
/* Option sets: who was given when, and the one form of every message. */
#include <opt/opt.h>

#include <base/buf.h>
#include <base/err.h>
#include <base/pool.h>
#include <errno.h>
#include <opt/parts.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FILE_SHOWN 300		/* bytes of a long path in a message; the end says more than the start */

void opt_init(struct opt_set *s, const struct opt *table, void *base, struct pool *pool)
{
	memset(s, 0, sizeof(*s));
	s->table = table;
	s->base = base;
	s->pool = pool;
	s->rank = 1;
}

void opt_next_rank(struct opt_set *s)
{
	s->rank++;
}

int opt_find(const struct opt *table, struct opt_text name)
{
	for (int i = 0; table[i].name; i++)
		if (strlen(table[i].name) == name.len && memcmp(table[i].name, name.s, name.len) == 0)
			return i;
	return -1;
}

const struct opt_at *opt_where(const struct opt_set *s, const char *name)
{
	int i = opt_find(s->table, (struct opt_text){ name, strlen(name) });

	return i >= 0 && s->rank_of[i] ? &s->at[i] : NULL;
}

bool opt_given(const struct opt_set *s, const char *name)
{
	return opt_where(s, name) != NULL;
}

static void add_file_and_line(struct buf *text, const struct opt_at *at)
{
	size_t len = strlen(at->file);

	if (len > FILE_SHOWN)
		buf_addf(text, "...%s:%d:", at->file + len - FILE_SHOWN, at->line);
	else
		buf_addf(text, "%s:%d:", at->file, at->line);
	if (at->col)
		buf_addf(text, "%d:", at->col);
	buf_addc(text, ' ');
}

int opt_blame(const struct opt_at *at, const char *key, int rc)
{
	char storage[1000];
	struct buf text = BUF_FIXED(storage);

	if (rc >= 0 || !at->file)
		return rc;
	add_file_and_line(&text, at);
	if (!strncmp(err_text(), buf_str(&text), text.len))
		return rc;
	buf_adds(&text, key);
	return err_prefix(rc, "%s", buf_str(&text));
}

__attribute__((format(printf, 2, 0)))
static int vfail(const struct opt_place *p, const char *fmt, va_list ap)
{
	char storage[1000];
	struct buf text = BUF_FIXED(storage);

	if (p->at.file) {
		add_file_and_line(&text, &p->at);
	} else if (!p->nowhere && p->key) {
		buf_adds(&text, "--");
	}
	if (p->key)
		buf_addf(&text, "%s: ", p->key);
	if (p->sub)
		buf_addf(&text, "%s: ", p->sub);
	buf_addv(&text, fmt, ap);
	fail_exit(EXIT_USAGE, "%s", buf_str(&text));
	return -EINVAL;
}

int opt_place_fail(const struct opt_place *p, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = vfail(p, fmt, ap);
	va_end(ap);
	return rc;
}

int opt_fail(const struct opt_at *at, const char *key, const char *fmt, ...)
{
	struct opt_place p = { .key = key, .nowhere = !at };
	va_list ap;
	int rc;

	if (at)
		p.at = *at;
	va_start(ap, fmt);
	rc = vfail(&p, fmt, ap);
	va_end(ap);
	return rc;
}

/* A scalar may be given once per rank; the message names the first place. */
static int given_twice(const struct opt_set *s, int i, const struct opt_place *p)
{
	const struct opt_at *first = &s->at[i];

	if (p->at.file)
		return opt_place_fail(p, "given twice (first at line %d)", first->line);
	return opt_place_fail(p, "given twice (first as argument %d)", first->line);
}

static int read_list(const struct opt_set *s, const struct opt *row, const struct opt_place *p, struct opt_text t)
{
	char *base = s->base, *elem;
	void **array = (void **)(base + row->offset);
	size_t *count = (size_t *)(base + row->count_offset);
	int rc;

	*array = pool_grow(s->pool, *array, *count, row->elem);
	elem = (char *)*array + *count * row->elem;
	memset(elem, 0, row->elem);	/* an element that failed may have left its half there */
	if (row->init)
		row->init(elem);
	memcpy(elem + row->at_offset, &p->at, sizeof(p->at));
	rc = opt_read_sub(row->sub, elem, s->pool, p, t, false);
	if (rc == 0)
		(*count)++;
	return rc;
}

int opt_read(struct opt_set *s, int i, const struct opt_place *p, struct opt_text t)
{
	const struct opt *row = &s->table[i];
	bool adds_up = row->type == OPT_T_LIST || row->type == OPT_T_STRINGS;
	char *base = s->base;
	int rc;

	if (!adds_up && s->rank_of[i] == s->rank)
		return given_twice(s, i, p);
	if (t.len == 0)
		return opt_place_fail(p, "empty value");
	if (row->type == OPT_T_LIST) {
		rc = read_list(s, row, p, t);
	} else if (row->type == OPT_T_STRUCT) {
		memcpy(base + row->offset + row->at_offset, &p->at, sizeof(p->at));
		rc = opt_read_sub(row->sub, base + row->offset, s->pool, p, t, s->rank_of[i] != 0);
	} else {
		rc = opt_read_value(row, s->pool, p, t, base);
	}
	if (rc < 0)
		return rc;
	s->rank_of[i] = (signed char)s->rank;
	s->at[i] = p->at;
	return 0;
}
