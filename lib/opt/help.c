/* SPDX-License-Identifier: MIT */
/* The rows as --help shows them. */
#include <opt/parts.h>

#include <base/buf.h>
#include <stdint.h>
#include <string.h>

#define HELP_COLUMN 26		/* where the explanation begins */
#define HELP_WIDTH 79
#define CHOICES_SHOWN 28	/* longer lists of words are shown in the explanation instead */

static size_t choices_width(const struct opt *row)
{
	size_t n = 0;

	for (int i = 0; row->choices[i]; i++)
		n += strlen(row->choices[i]) + (i > 0);
	return n;
}

static void add_choices(struct buf *b, const struct opt *row, const char *between)
{
	for (int i = 0; row->choices[i]; i++)
		buf_addf(b, "%s%s", i ? between : "", row->choices[i]);
}

void opt_add_arg(struct buf *b, const struct opt *row)
{
	const struct opt *first = row->sub;

	switch (row->type) {
	case OPT_T_FLAG:
		return;
	case OPT_T_CHOICE:
		if (choices_width(row) > CHOICES_SHOWN)
			break;
		add_choices(b, row, "|");
		return;
	case OPT_T_LIST:
	case OPT_T_STRUCT:
		while (first->name && !(first->flags & OPT_FIRST))
			first++;
		if (!first->name) {
			buf_adds(b, "KEY=VALUE,...");
			return;
		}
		opt_add_arg(b, first);
		if (row->sub[1].name)
			buf_adds(b, "[,KEY=VALUE...]");
		return;
	default:
		break;
	}
	buf_adds(b, row->arg ? row->arg : "VALUE");
}

void opt_add_bounds(struct buf *b, const struct opt *row)
{
	char lo[OPT_NUMBER_MAX], hi[OPT_NUMBER_MAX];
	bool said = false;

	if (row->type == OPT_T_INT || row->type == OPT_T_SIZE || row->type == OPT_T_TIME) {
		opt_number(lo, row->type, row->min);
		opt_number(hi, row->type, row->max);
		said = true;
		if (row->max != INT64_MAX)
			buf_addf(b, "%s to %s", lo, hi);
		else if (row->min > 0)
			buf_addf(b, "at least %s", lo);
		else
			said = false;
	}
	if (row->type == OPT_T_CHOICE && choices_width(row) > CHOICES_SHOWN) {
		buf_adds(b, "one of ");
		add_choices(b, row, ", ");
		said = true;
	}
	if (row->deflt)
		buf_addf(b, "%sdefault %s", said ? ", " : "", row->deflt);
}

/* Text in words, each line filled up to the width and continued at the column. */
static void fill(struct buf *b, size_t column, size_t indent, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, " ");

		if (column > indent && column + 1 + n > HELP_WIDTH) {
			buf_addf(b, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			buf_addc(b, ' ');
			column++;
		}
		buf_add(b, text, n);
		column += n;
		text += n + (text[n] == ' ');
	}
	buf_addc(b, '\n');
}

static void add_row(struct buf *b, const struct opt *row, size_t indent, bool sub)
{
	autobuf struct buf left = BUF_INIT, right = BUF_INIT, bounds = BUF_INIT;

	if (sub)
		buf_addf(&left, "%*s%s=", (int)indent, "", row->name);
	else if (row->letter)
		buf_addf(&left, "  -%c, --%s", row->letter, row->name);
	else
		buf_addf(&left, "      --%s", row->name);
	if (sub && row->type == OPT_T_FLAG) {
		buf_adds(&left, "on|off");
	} else if (row->type != OPT_T_FLAG) {
		if (!sub)
			buf_addc(&left, ' ');
		opt_add_arg(&left, row);
	}
	buf_adds(&right, row->help);
	opt_add_bounds(&bounds, row);
	if (row->flags & OPT_REQUIRED)
		buf_addf(&bounds, "%srequired", bounds.len ? ", " : "");
	if (row->type == OPT_T_LIST || row->type == OPT_T_STRINGS)
		buf_addf(&bounds, "%smay be repeated", bounds.len ? ", " : "");
	if (bounds.len)
		buf_addf(&right, " (%s)", buf_str(&bounds));
	buf_add(b, buf_str(&left), left.len);
	if (left.len + 2 > HELP_COLUMN)
		buf_addf(b, "\n%*s", HELP_COLUMN, "");
	else
		buf_addf(b, "%*s", (int)(HELP_COLUMN - left.len), "");
	fill(b, HELP_COLUMN, HELP_COLUMN, buf_str(&right));
}

void opt_help(struct buf *b, const struct opt *table)
{
	for (const struct opt *row = table; row->name; row++) {
		if (row->flags & OPT_HIDDEN)
			continue;
		add_row(b, row, 0, false);
		if (row->type != OPT_T_LIST && row->type != OPT_T_STRUCT)
			continue;
		for (const struct opt *sub = row->sub; sub->name; sub++)
			if (!(sub->flags & OPT_HIDDEN))
				add_row(b, sub, 10, true);
	}
}
