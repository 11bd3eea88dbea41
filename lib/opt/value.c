/* SPDX-License-Identifier: MIT */
/* One value of every scalar type, and what is said when it is wrong. */
#include <opt/parts.h>

#include <base/buf.h>
#include <base/pool.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct unit {
	const char *name;
	int64_t factor;
};

/* largest first, so that a bound is written with the largest unit that divides it */
static const struct unit sizes[] = {
	{ "T", INT64_C(1) << 40 }, { "G", 1 << 30 }, { "M", 1 << 20 }, { "K", 1 << 10 }, { "", 1 }, { 0 } };
/* a bare number is seconds */
static const struct unit times[] = {
	{ "h", 3600000 }, { "m", 60000 }, { "s", 1000 }, { "ms", 1 }, { "", 1000 }, { 0 } };
static const struct unit plain[] = { { "", 1 }, { 0 } };

static const struct unit *units_of(enum opt_type type)
{
	return type == OPT_T_SIZE ? sizes : type == OPT_T_TIME ? times : plain;
}

const char *opt_number(char out[OPT_NUMBER_MAX], enum opt_type type, int64_t n)
{
	const struct unit *u = units_of(type);

	while (n != 0 && n % u->factor != 0)
		u++;
	if (n == 0)
		u = plain;
	snprintf(out, OPT_NUMBER_MAX, "%" PRId64 "%s", n / u->factor, u->name);
	return out;
}

static int out_of_range(const struct opt *row, const struct opt_place *p, struct opt_text t)
{
	char lo[OPT_NUMBER_MAX], hi[OPT_NUMBER_MAX];

	opt_number(lo, row->type, row->min);
	if (row->max == INT64_MAX)
		return opt_place_fail(p, "%s is out of range (at least %s)", OPT_QUOTED(t), lo);
	return opt_place_fail(p, "%s is out of range (%s to %s)", OPT_QUOTED(t), lo, opt_number(hi, row->type, row->max));
}

/* Digits with an optional minus sign.  1: a number, 0: none, -ERANGE: one that no int64_t holds. */
static int digits(const char **s, const char *end, int64_t *out)
{
	bool minus = *s < end && **s == '-', huge = false;
	const char *first = *s + minus;
	int64_t n = 0;

	for (*s = first; *s < end && **s >= '0' && **s <= '9'; (*s)++)
		huge |= __builtin_mul_overflow(n, 10, &n) || __builtin_sub_overflow(n, **s - '0', &n);
	if (*s == first)
		return 0;
	/* counted downwards, because INT64_MIN has no positive twin */
	if (!minus)
		huge |= __builtin_sub_overflow(0, n, &n);
	*out = n;
	return huge ? -ERANGE : 1;
}

static int wrong_number(const struct opt *row, const struct opt_place *p, struct opt_text t)
{
	switch (row->type) {
	case OPT_T_SIZE:
		return opt_place_fail(p, "\"%s\" is not a size (a whole number with K, M, G or T behind it)", OPT_QUOTED(t));
	case OPT_T_TIME:
		return opt_place_fail(p, "\"%s\" is not a time (a whole number with ms, s, m or h behind it)", OPT_QUOTED(t));
	default:
		return opt_place_fail(p, "\"%s\" is not a whole number", OPT_QUOTED(t));
	}
}

static int read_number(const struct opt *row, const struct opt_place *p, struct opt_text t, int64_t *out)
{
	const char *s = t.s, *end = t.s + t.len;
	const struct unit *u = units_of(row->type);
	int64_t n = 0;
	int rc = digits(&s, end, &n);

	if (rc == 0)
		return wrong_number(row, p, t);
	while (u->name && !(strlen(u->name) == (size_t)(end - s) && memcmp(u->name, s, (size_t)(end - s)) == 0))
		u++;
	if (!u->name)
		return wrong_number(row, p, t);
	if (rc < 0 || __builtin_mul_overflow(n, u->factor, &n) || n < row->min || n > row->max)
		return out_of_range(row, p, t);
	*out = n;
	return 0;
}

static const char *nth_choice(const void *ctx, size_t n)
{
	const struct opt *row = ctx;

	return row->choices[n];		/* opt_nearest() stops at the first NULL */
}

static int read_choice(const struct opt *row, const struct opt_place *p, struct opt_text t, int *out)
{
	char storage[512], word[OPT_QUOTE_MAX];
	struct buf list = BUF_FIXED(storage);
	const char *near = NULL;

	for (int i = 0; row->choices[i]; i++) {
		if (strlen(row->choices[i]) == t.len && memcmp(row->choices[i], t.s, t.len) == 0) {
			*out = i;
			return 0;
		}
		buf_addf(&list, "%s%s", i ? ", " : "", row->choices[i]);
	}
	if (t.len < sizeof(word)) {
		memcpy(word, t.s, t.len);
		word[t.len] = '\0';
		near = opt_nearest(word, nth_choice, row);
	}
	return opt_place_fail(p, "\"%s\" is not one of %s%s", OPT_QUOTED(t), buf_str(&list), OPT_HINT(near));
}

static int read_flag(const struct opt_place *p, struct opt_text t, bool *out)
{
	if (t.len == 2 && memcmp(t.s, "on", 2) == 0)
		*out = true;
	else if (t.len == 3 && memcmp(t.s, "off", 3) == 0)
		*out = false;
	else
		return opt_place_fail(p, "\"%s\" is neither on nor off", OPT_QUOTED(t));
	return 0;
}

static const char *path(struct pool *pool, const struct opt_place *p, const char *text)
{
	size_t n;

	if (!p->dir || text[0] == '/')
		return text;
	n = strlen(p->dir);
	return pool_printf(pool, "%s%s%s", p->dir, n && p->dir[n - 1] == '/' ? "" : "/", text);
}

static int read_custom(const struct opt *row, struct pool *pool, const struct opt_place *p, const char *text, void *field)
{
	const char *why = "not understood";

	if (row->parse(pool, text, field, &why) < 0)
		return opt_place_fail(p, "\"%s\": %s", OPT_QUOTED(((struct opt_text){ text, strlen(text) })), why);
	return 0;
}

int opt_read_value(const struct opt *row, struct pool *pool, const struct opt_place *p, struct opt_text t, void *base)
{
	void *field = (char *)base + row->offset;
	struct opt_strings *strings = field;
	int64_t n;
	char *text;
	int rc;

	if (t.len == 0)
		return opt_place_fail(p, "empty value");
	switch (row->type) {
	case OPT_T_FLAG:
		return read_flag(p, t, field);
	case OPT_T_CHOICE:
		return read_choice(row, p, t, field);
	case OPT_T_INT:
	case OPT_T_TIME:
		return read_number(row, p, t, field);
	case OPT_T_SIZE:
		n = 0;
		rc = read_number(row, p, t, &n);
		if (rc == 0)
			*(uint64_t *)field = (uint64_t)n;
		return rc;
	default:
		break;
	}
	text = pool_strndup(pool, t.s, t.len);
	switch (row->type) {
	case OPT_T_NAME:
		if (!opt_valid_name(text))
			return opt_place_fail(p, "\"%s\" is not a name (A-Z a-z 0-9 _ . -, at most 63, a letter or digit first)",
					      OPT_QUOTED(t));
		*(const char **)field = text;
		return 0;
	case OPT_T_STRING:
		*(const char **)field = text;
		return 0;
	case OPT_T_PATH:
		*(const char **)field = path(pool, p, text);
		return 0;
	case OPT_T_STRINGS:
		strings->v = pool_grow(pool, strings->v, strings->n, sizeof(*strings->v));
		strings->v[strings->n++] = text;
		return 0;
	case OPT_T_CUSTOM:
		return read_custom(row, pool, p, text, field);
	default:
		return opt_place_fail(p, "a list cannot stand here");	/* opt_table_check() refuses such a table */
	}
}
