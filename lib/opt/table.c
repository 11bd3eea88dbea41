/* SPDX-License-Identifier: MIT */
/* A table is checked before it is shipped: a bad row is a bug of husk, not of its user. */
#include <opt/parts.h>

#include <base/err.h>
#include <errno.h>
#include <string.h>

static int bad(const char *name, const char *what)
{
	fail_exit(EXIT_FAILED, "option table: %s: %s", name, what);
	return -EINVAL;
}

static const char *wrong_help(const struct opt *row)
{
	size_t n = row->help ? strlen(row->help) : 0;

	if (n == 0)
		return "no help";
	if (row->help[n - 1] == '.')
		return "help ends in a full stop";
	if (strchr(row->help, '\n') || (row->deflt && strchr(row->deflt, '\n')))
		return "more than one line";
	return NULL;
}

static const char *wrong_type(const struct opt *row)
{
	switch (row->type) {
	case OPT_T_INT:
	case OPT_T_TIME:
		return row->min > row->max ? "empty range" : NULL;
	case OPT_T_SIZE:
		return row->min > row->max || row->min < 0 ? "empty range" : NULL;
	case OPT_T_CHOICE:
		return !row->choices || !row->choices[0] ? "no choices" : NULL;
	case OPT_T_FLAG:
		return row->arg ? "a flag has no argument" : NULL;
	case OPT_T_CUSTOM:
		return !row->parse ? "no parser" : NULL;
	case OPT_T_LIST:
	case OPT_T_STRUCT:
		return !row->sub || !row->sub->name || !row->elem ? "no sub-options" : NULL;
	case OPT_T_STRING:
	case OPT_T_STRINGS:
		return !row->arg ? "the value has no name" : NULL;
	case OPT_T_PATH:
	case OPT_T_NAME:
		return NULL;
	default:
		return "no type";
	}
}

static const char *wrong_sub(const struct opt *row)
{
	if (row->type == OPT_T_LIST || row->type == OPT_T_STRUCT)
		return "sub-options do not nest";
	if (row->letter || (row->flags & OPT_CMDLINE))
		return "a sub-option has no letter and may stand in a file";
	if ((row->flags & OPT_FIRST) && row->type == OPT_T_FLAG)
		return "a flag cannot be the bare first element";
	return NULL;
}

static const char *wrong_row(const struct opt *table, int i, bool sub)
{
	const struct opt *row = &table[i];
	const char *wrong = wrong_help(row);

	if (opt_word_len((struct opt_text){ row->name, strlen(row->name) }) != strlen(row->name))
		return "the name is not [a-z][a-z0-9-]*";
	if (!wrong)
		wrong = wrong_type(row);
	if (!wrong && sub)
		wrong = wrong_sub(row);
	if (!wrong && !sub && (row->flags & (OPT_FIRST | OPT_REQUIRED)))
		wrong = "only sub-options are first or required";
	for (int k = 0; k < i && !wrong; k++) {
		if (strcmp(table[k].name, row->name) == 0)
			wrong = "two rows of that name";
		else if (row->letter && table[k].letter == row->letter)
			wrong = "two rows of that letter";
		else if (table[k].flags & row->flags & OPT_FIRST)
			wrong = "two first rows";
	}
	return wrong;
}

static int check(const struct opt *table, const char *above)
{
	for (int i = 0; table[i].name; i++) {
		const char *wrong = i < OPT_ROWS_MAX ? wrong_row(table, i, above) : "too many rows";
		int rc = 0;

		if (wrong) {
			bad(table[i].name, wrong);
			return above ? err_prefix(-EINVAL, "%s", above) : -EINVAL;
		}
		if (table[i].type == OPT_T_LIST || table[i].type == OPT_T_STRUCT)
			rc = check(table[i].sub, table[i].name);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int opt_table_check(const struct opt *table)
{
	return check(table, NULL);
}
