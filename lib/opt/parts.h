/* SPDX-License-Identifier: MIT */
/* What the parts of lib/opt share: places in messages, text checks, the reading of one value. */
#ifndef OPT_PARTS_H
#define OPT_PARTS_H

#include <opt/opt.h>

#define OPT_QUOTE_MAX 64	/* bytes of a wrong value that a message repeats */

/* Where a value stands and what it is for, as messages say it. */
struct opt_place {
	struct opt_at at;
	const char *key;	/* the option */
	const char *sub;	/* the sub-option, or NULL */
	bool nowhere;		/* neither file nor command line: messages begin with the key */
	const char *dir;	/* relative paths are taken from here; NULL: they stay as they are */
};

/* One value as it was written. */
struct opt_text {
	const char *s;		/* need not end in a NUL */
	size_t len;
};

int opt_place_fail(const struct opt_place *p, const char *fmt, ...) __attribute__((format(printf, 2, 3), cold));
/* opt_quote - text for a message: cut, and nothing in it can drive a terminal.  Returns out. */
const char *opt_quote(char out[4 * OPT_QUOTE_MAX + 4], struct opt_text t);
#define OPT_QUOTED(t) opt_quote((char[4 * OPT_QUOTE_MAX + 4]){ 0 }, (t))
/* opt_hint - ` (did you mean "NAME"?)` for the nearest, or "". */
const char *opt_hint(char out[2 * OPT_QUOTE_MAX], const char *nearest);
#define OPT_HINT(nearest) opt_hint((char[2 * OPT_QUOTE_MAX]){ 0 }, (nearest))
/* opt_nearest_row - the nearest name of a table for an unknown word; rows with any of these flags are not offered. */
const char *opt_nearest_row(const struct opt *table, struct opt_text word, unsigned but);

/* opt_check_text - only valid UTF-8 without control characters?  NULL, or a constant text saying what is wrong, and where. */
const char *opt_check_text(struct opt_text t, bool tabs, size_t *off);
/* opt_word_len - length of [a-z][a-z0-9-]* at the start of t. */
size_t opt_word_len(struct opt_text t);
/* opt_find - the row of this name, or -1. */
int opt_find(const struct opt *table, struct opt_text name);

/* opt_read_value - one scalar, or one more of STRINGS; 0 or a negative errno, recorded. */
int opt_read_value(const struct opt *row, struct pool *pool, const struct opt_place *p, struct opt_text t, void *base);
/* opt_read_sub - "a,key=b" into elem; again: elem was filled by an earlier rank, so nothing is missing. */
int opt_read_sub(const struct opt *table, void *elem, struct pool *pool, const struct opt_place *p, struct opt_text t,
		 bool again);
/* opt_read - one option of a set, with the rules of ranks and lists. */
int opt_read(struct opt_set *s, int i, const struct opt_place *p, struct opt_text t);

#define OPT_NUMBER_MAX 32
/* opt_number - a bound as messages and documents write it: 16M, 250ms, 7. */
const char *opt_number(char out[OPT_NUMBER_MAX], enum opt_type type, int64_t n);

#endif
