/* SPDX-License-Identifier: MIT */
/* Options from the command line: --name value, --name=value, -d, -dq, -n value. */
#include <opt/parts.h>

#include <base/err.h>
#include <errno.h>
#include <string.h>

struct args {
	struct opt_set *const *sets;
	size_t nsets;
	int argc;
	char *const *argv;
	int i;			/* the argument that is read */
};

static const char *nth_option(const void *ctx, size_t n)
{
	const struct args *a = ctx;

	for (size_t k = 0; k < a->nsets; k++)
		for (const struct opt *o = a->sets[k]->table; o->name; o++)
			if (!(o->flags & OPT_HIDDEN) && n-- == 0)
				return o->name;
	return NULL;
}

static int unknown_long(const struct args *a, struct opt_text name)
{
	char word[OPT_QUOTE_MAX];
	const char *near = NULL;

	if (name.len < sizeof(word)) {
		memcpy(word, name.s, name.len);
		word[name.len] = '\0';
		near = opt_nearest(word, nth_option, a);
	}
	if (near)
		fail_exit(EXIT_USAGE, "--%s: unknown option (did you mean --%s?)", OPT_QUOTED(name), near);
	else
		fail_exit(EXIT_USAGE, "--%s: unknown option", OPT_QUOTED(name));
	return -EINVAL;
}

/* @arg: the argument's number; @col: where in its word, or in the next one, the value begins */
static int read_one(struct opt_set *set, int row, int arg, size_t col, const char *text)
{
	struct opt_place p = { .key = set->table[row].name, .at = { .line = arg, .col = (int)col } };
	struct opt_text t = { text, strlen(text) };
	size_t off;
	const char *wrong = opt_check_text(t, false, &off);

	if (wrong)
		return opt_place_fail(&p, "%s", wrong);
	return opt_read(set, row, &p, t);
}

/* The next argument is the value, unless it looks like a forgotten one: a value may begin with "--" only behind "=". */
static int read_next(struct args *a, struct opt_set *set, int row)
{
	struct opt_place p = { .key = set->table[row].name };
	int arg = a->i;

	if (arg + 1 >= a->argc)
		return opt_place_fail(&p, "a value is missing");
	if (strncmp(a->argv[arg + 1], "--", 2) == 0)
		return opt_place_fail(&p, "a value is missing (one that begins with -- is written --%s=VALUE)", p.key);
	a->i++;
	return read_one(set, row, arg, 1, a->argv[a->i]);
}

static int read_long(struct args *a)
{
	const char *name = a->argv[a->i] + 2;
	struct opt_text key = { name, strcspn(name, "=") };
	int row;

	for (size_t k = 0; k < a->nsets; k++) {
		row = opt_find(a->sets[k]->table, key);
		if (row < 0)
			continue;
		if (name[key.len] == '=')
			return read_one(a->sets[k], row, a->i, key.len + 4, name + key.len + 1);
		if (a->sets[k]->table[row].type == OPT_T_FLAG)
			return read_one(a->sets[k], row, a->i, 1, "on");
		return read_next(a, a->sets[k], row);
	}
	return unknown_long(a, key);
}

static bool find_letter(const struct args *a, char letter, struct opt_set **set, int *row)
{
	for (size_t k = 0; k < a->nsets; k++) {
		const struct opt *table = a->sets[k]->table;

		for (int i = 0; table[i].name; i++) {
			if (table[i].letter != letter)
				continue;
			*set = a->sets[k];
			*row = i;
			return true;
		}
	}
	return false;
}

static int read_letters(struct args *a)
{
	const char *word = a->argv[a->i];
	struct opt_set *set;
	int row, rc;

	for (const char *s = word + 1; *s; s++) {
		if (!find_letter(a, *s, &set, &row)) {
			fail_exit(EXIT_USAGE, "%s: unknown option -%s", OPT_QUOTED(((struct opt_text){ word, strlen(word) })),
				  OPT_QUOTED(((struct opt_text){ s, 1 })));
			return -EINVAL;
		}
		if (set->table[row].type != OPT_T_FLAG)
			return s[1] ? read_one(set, row, a->i, (size_t)(s - word) + 2, s + 1) : read_next(a, set, row);
		rc = read_one(set, row, a->i, 1, "on");
		if (rc < 0)
			return rc;
	}
	return 0;
}

int opt_parse_args(struct opt_set *const *sets, size_t nsets, int argc, char *const *argv, const char **positional,
		   int stop_after)
{
	struct args a = { .sets = sets, .nsets = nsets, .argc = argc, .argv = argv };
	int n = 0, rc;

	for (a.i = 1; a.i < argc; a.i++) {
		const char *word = argv[a.i];

		if (strcmp(word, "--") == 0) {
			a.i++;
			break;
		}
		if (word[0] == '-' && word[1]) {
			rc = word[1] == '-' ? read_long(&a) : read_letters(&a);
			if (rc < 0)
				return rc;
			continue;
		}
		positional[n++] = word;
		if (n == stop_after) {
			a.i++;
			if (a.i < argc && strcmp(argv[a.i], "--") == 0)
				a.i++;
			break;
		}
	}
	while (a.i < argc)
		positional[n++] = argv[a.i++];
	return n;
}
