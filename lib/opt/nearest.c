/* SPDX-License-Identifier: MIT */
/* The name that was probably meant. */
#include <opt/parts.h>

#include <string.h>

#define WORD_MAX 63		/* longer words are not compared */

/*
 * Damerau-Levenshtein distance in its "optimal string alignment" form: insert, delete, replace, or swap two
 * neighbours, each costs one.  Three rows of the matrix are enough.
 */
static unsigned distance(const char *a, size_t na, const char *b, size_t nb)
{
	unsigned rows[3][WORD_MAX + 1];

	for (size_t j = 0; j <= nb; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= na; i++) {
		unsigned *cur = rows[i % 3], *prev = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

		cur[0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			unsigned best = prev[j - 1] + (a[i - 1] != b[j - 1]);

			if (prev[j] + 1 < best)
				best = prev[j] + 1;
			if (cur[j - 1] + 1 < best)
				best = cur[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			cur[j] = best;
		}
	}
	return rows[na % 3][nb];
}

const char *opt_nearest(const char *word, const char *(*nth)(const void *ctx, size_t n), const void *ctx)
{
	size_t len = strlen(word);
	const char *name, *best = NULL;
	unsigned best_distance = 0;

	if (len == 0 || len > WORD_MAX)
		return NULL;
	for (size_t n = 0; (name = nth(ctx, n)); n++) {
		size_t size = strlen(name);
		unsigned d;

		if (size > WORD_MAX)
			continue;
		d = distance(word, len, name, size);
		if (d * 3 <= (len > size ? len : size) && (!best || d < best_distance)) {
			best = name;
			best_distance = d;
		}
	}
	return best;
}

struct rows {
	const struct opt *table;
	unsigned but;
};

static const char *nth_row(const void *ctx, size_t n)
{
	const struct rows *r = ctx;

	for (const struct opt *o = r->table; o->name; o++)
		if (!(o->flags & r->but) && n-- == 0)
			return o->name;
	return NULL;
}

const char *opt_nearest_row(const struct opt *table, struct opt_text word, unsigned but)
{
	struct rows r = { .table = table, .but = but };
	char text[WORD_MAX + 1];

	if (word.len > WORD_MAX)
		return NULL;
	memcpy(text, word.s, word.len);
	text[word.len] = '\0';
	return opt_nearest(text, nth_row, &r);
}
