/* SPDX-License-Identifier: MIT */
/* One row per option: command line, .vm file, sub-options, --help, man page and completion all read it. */
#ifndef OPT_OPT_H
#define OPT_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pool;
struct buf;

/*
 * How it works: a table of rows describes the fields of a struct.  An opt_set reads values into that
 * struct, from the command line or from a file, one rank after the other: a scalar may be given once per
 * rank, a later rank overrides (file first, command line after), lists add up.  Where each value came from
 * is kept, so that a later check can name file, line, column and key.  Nothing is guessed: an unknown
 * key is an error with the nearest valid name, and so is a value out of range.
 *
 * Sub-options ("disk FILE,key=value,...") are a table one level down, of a struct whose address is a
 * new element of a list.  A comma inside a value is doubled, as in QEMU.  Keys are whole words.
 * The first element may be a bare value where the table has an OPT_FIRST row; it is a key=value when it
 * has the form WORD=..., WORD being [a-z][a-z0-9-]*.
 */
/* Text for the manual alone, which gendoc writes at build time; husk itself does not carry it. */
#ifdef HUSK_DOCS
#define DOC(text) (text)
#else
#define DOC(text) ((const char *)(0 * sizeof(text)))
#endif

struct opt_at {
	const char *file;	/* NULL: the command line */
	int line;		/* 1..., or the argument's number on the command line */
	int col;		/* 1..., byte column of the value; 0: none to name */
};

enum opt_type {
	OPT_END = 0,
	OPT_T_STRING,		/* const char *: any text without control characters */
	OPT_T_PATH,		/* const char *: a file; relative to the directory of the file that names it */
	OPT_T_NAME,		/* const char *: [A-Za-z0-9][A-Za-z0-9_.-]{0,62} */
	OPT_T_FLAG,		/* bool: "on" or "off"; bare on the command line and in a file means on, but not as a sub-option */
	OPT_T_INT,		/* int64_t between min and max */
	OPT_T_SIZE,		/* uint64_t bytes: 64K 512M 1G 2T, powers of 1024; min..max */
	OPT_T_TIME,		/* int64_t milliseconds: 250ms 90 90s 5m 1h; a bare number is seconds; min..max in ms */
	OPT_T_CHOICE,		/* int: the place of the word in choices */
	OPT_T_STRINGS,		/* struct opt_strings: adds up */
	OPT_T_LIST,		/* a list of structs with a table of their own: adds up */
	OPT_T_STRUCT,		/* one struct with a table of its own, embedded: given once per rank, key by key */
	OPT_T_CUSTOM,		/* parse() below decides */
};

struct opt_strings {
	const char **v;
	size_t n;
};

enum {
	OPT_FIRST = 1,		/* sub-options only: the value of the bare first element */
	OPT_REQUIRED = 2,	/* sub-options only: must be given */
	OPT_CMDLINE = 4,	/* not in a .vm file */
	OPT_HIDDEN = 8,		/* not in help and documents */
};

struct opt {
	const char *name;	/* without dashes */
	/* as small as they may be: there are hundreds of rows */
	uint8_t type;		/* enum opt_type */
	char letter;		/* -d; 0: none */
	uint8_t flags;
	uint16_t offset;
	uint16_t elem, count_offset, at_offset;	/* LIST and STRUCT: element size, its counter, its struct opt_at */
	const char *arg;	/* what the value is called: "FILE", "N"; NULL for a flag */
	const char *help;	/* one line, lower case, no full stop */
	const char *man;	/* more for the man page (mdoc allowed), or NULL */
	const char *const *choices;	/* NULL-terminated */
	int64_t min, max;
	const char *deflt;	/* as shown in help and man; NULL: none */
	const struct opt *sub;
	void (*init)(void *elem);	/* LIST: defaults of a new (zeroed) element; NULL: all zero */
	/* CUSTOM: parse text into field; on error return -EINVAL with *why set to a short text: KEY: "TEXT": WHY */
	int (*parse)(struct pool *pool, const char *text, void *field, const char **why);
};

/* A row whose field has the wrong type does not compile. */
#define OPT_CHECK(st, f, t) (offsetof(st, f) + 0 * sizeof(char[__builtin_types_compatible_p( \
	__typeof__(((st *)0)->f), t) ? 1 : -1]))

#define OPT_STRING(st, f, n, a, h, ...) \
	{ .name = (n), .type = OPT_T_STRING, .offset = OPT_CHECK(st, f, const char *), .arg = (a), .help = (h), __VA_ARGS__ }
#define OPT_PATH(st, f, n, h, ...) \
	{ .name = (n), .type = OPT_T_PATH, .offset = OPT_CHECK(st, f, const char *), .arg = "FILE", .help = (h), __VA_ARGS__ }
#define OPT_NAME(st, f, n, h, ...) \
	{ .name = (n), .type = OPT_T_NAME, .offset = OPT_CHECK(st, f, const char *), .arg = "NAME", .help = (h), __VA_ARGS__ }
#define OPT_FLAG(st, f, n, h, ...) \
	{ .name = (n), .type = OPT_T_FLAG, .offset = OPT_CHECK(st, f, bool), .help = (h), __VA_ARGS__ }
#define OPT_INT(st, f, n, lo, hi, h, ...) \
	{ .name = (n), .type = OPT_T_INT, .offset = OPT_CHECK(st, f, int64_t), .arg = "N", .help = (h), .min = (lo), .max = (hi), __VA_ARGS__ }
#define OPT_SIZE(st, f, n, lo, hi, h, ...) \
	{ .name = (n), .type = OPT_T_SIZE, .offset = OPT_CHECK(st, f, uint64_t), .arg = "SIZE", .help = (h), .min = (lo), .max = (hi), __VA_ARGS__ }
#define OPT_TIME(st, f, n, lo, hi, h, ...) \
	{ .name = (n), .type = OPT_T_TIME, .offset = OPT_CHECK(st, f, int64_t), .arg = "TIME", .help = (h), .min = (lo), .max = (hi), __VA_ARGS__ }
#define OPT_CHOICE(st, f, n, c, h, ...) \
	{ .name = (n), .type = OPT_T_CHOICE, .offset = OPT_CHECK(st, f, int), .arg = "WORD", .choices = (c), .help = (h), __VA_ARGS__ }
#define OPT_STRINGS(st, f, n, a, h, ...) \
	{ .name = (n), .type = OPT_T_STRINGS, .offset = OPT_CHECK(st, f, struct opt_strings), .arg = (a), .help = (h), __VA_ARGS__ }
/* the list is two fields, "struct e *f; size_t nf;", and struct e has a "struct opt_at at;" */
#define OPT_LIST(st, f, nf, n, e, s, h, ...) \
	{ .name = (n), .type = OPT_T_LIST, .offset = OPT_CHECK(st, f, e *), .count_offset = OPT_CHECK(st, nf, size_t), \
	  .elem = sizeof(e), .at_offset = OPT_CHECK(e, at, struct opt_at), .sub = (s), .help = (h), __VA_ARGS__ }
#define OPT_STRUCT(st, f, n, e, s, h, ...) \
	{ .name = (n), .type = OPT_T_STRUCT, .offset = OPT_CHECK(st, f, e), .elem = sizeof(e), \
	  .at_offset = OPT_CHECK(e, at, struct opt_at), .sub = (s), .help = (h), __VA_ARGS__ }
#define OPT_CUSTOM(st, f, t, n, a, p, h, ...) \
	{ .name = (n), .type = OPT_T_CUSTOM, .offset = OPT_CHECK(st, f, t), .arg = (a), .parse = (p), .help = (h), __VA_ARGS__ }

#define OPT_ROWS_MAX 96		/* rows of one table; opt_table_check() refuses more */

/* One table with the struct it fills. */
struct opt_set {
	const struct opt *table;
	void *base;
	struct pool *pool;
	int rank;				/* raised by opt_next_rank() */
	signed char rank_of[OPT_ROWS_MAX];	/* 0: not given */
	struct opt_at at[OPT_ROWS_MAX];		/* where it was given last */
};

void opt_init(struct opt_set *s, const struct opt *table, void *base, struct pool *pool);
/* opt_next_rank - values read from here on override those read before. */
void opt_next_rank(struct opt_set *s);

/*
 * opt_parse_args - read "--name value", "--name=value", "-d", "-n value" from argv[1..], among several sets
 * (first set that knows the name wins).
 * @positional: receives the other arguments, in order (room for argc pointers); "--" ends the options
 * @stop_after: so many positional arguments end the options too, as "--" does ("agent NAME exec ..."); 0: none do
 * Returns the number of positional arguments, or a negative errno recorded with exit code EXIT_USAGE.
 * A flag takes "--name" or "--name=off"; "--no-name" is not known.  A lone "-" is a positional argument.
 * "-dq" is "-d -q"; a letter that takes a value takes the rest of the word ("-n5") or the next argument.
 */
int opt_parse_args(struct opt_set *const *sets, size_t nsets, int argc, char *const *argv,
		   const char **positional, int stop_after);

/*
 * opt_parse_file - read a .vm file's text.
 * @file: the path as said in messages; kept by reference.  Relative paths inside are taken from its directory.
 * A line is "key value" or "key=value"(the option without dashes); '#' starts a comment at the start of a
 * line or after white space; a line longer than 64 KiB, a NUL byte or broken UTF-8 is an error.
 * Returns 0 or a negative errno recorded as "FILE:LINE:COL: KEY: ..." with EXIT_USAGE.
 */
int opt_parse_file(struct opt_set *s, const char *file, const char *text, size_t len);

/*
 * opt_parse_sub - one value "a,b=c,..." into one struct of a sub-option table (hot-plug commands).
 * @elem: zeroed, with its defaults; at: NULL where the value is no option's, messages then begin "KEY: "
 * Returns 0 or a negative errno, recorded.
 */
int opt_parse_sub(const struct opt *table, void *elem, struct pool *pool, const struct opt_at *at,
		  const char *key, const char *text);

/* opt_given - was this option given at all?  opt_at - where; NULL when it was not. */
bool opt_given(const struct opt_set *s, const char *name);
const struct opt_at *opt_where(const struct opt_set *s, const char *name);

/*
 * opt_blame - what has been recorded is the fault of a line: "FILE:LINE:COL: KEY: " goes before it, unless that stands
 * there already or it was given on the command line.  Returns rc; the exit code stays.
 */
int opt_blame(const struct opt_at *at, const char *key, int rc);
/* opt_fail - record "FILE:LINE:COL: KEY: text", "--KEY: text", or without at "KEY: text", with EXIT_USAGE.
 * Returns -EINVAL. */
int opt_fail(const struct opt_at *at, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 3, 4), cold));

/* opt_nearest - the valid name closest to word (Damerau-Levenshtein, at most a third of it wrong), or NULL.
 * nth() gives the n-th valid name, NULL after the last. */
const char *opt_nearest(const char *word, const char *(*nth)(const void *ctx, size_t n), const void *ctx);
/* opt_valid_name - does the text match [A-Za-z0-9][A-Za-z0-9_.-]{0,62}? */
bool opt_valid_name(const char *s);

/* opt_table_check - a bad table is a bug: duplicate names or letters, missing help, too many rows, ...
 * 0 or -EINVAL, recorded.  Called by gendoc and the tests, never at run time. */
int opt_table_check(const struct opt *table);
/* opt_help - the rows as --help shows them, sub-options indented; wraps at 80 columns. */
void opt_help(struct buf *b, const struct opt *table);
/* opt_add_arg - what the value looks like: "SIZE", "raw|qcow2", "FILE[,KEY=VALUE...]"; nothing for a flag. */
void opt_add_arg(struct buf *b, const struct opt *row);
/* opt_add_bounds - range and default, "16M to 4T, default 512M"; nothing where there is neither. */
void opt_add_bounds(struct buf *b, const struct opt *row);
/* opt_mdoc - the rows as an mdoc(7) list with their prose; file: as keys of a .vm file, else as command line options. */
void opt_mdoc(struct buf *b, const struct opt *table, bool file);
/* opt_mdoc_text - prose as mdoc input: one sentence a line, wrapped; a line that is a macro (".Pp") stays as it is. */
void opt_mdoc_text(struct buf *b, const char *text);
/* opt_mdoc_word - literal text, with everything roff would interpret escaped. */
void opt_mdoc_word(struct buf *b, const char *text);

#endif
