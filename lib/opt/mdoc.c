/* SPDX-License-Identifier: MIT */
/* The rows as the manual pages show them; only gendoc links this. */
#include <opt/parts.h>

#include <base/buf.h>
#include <ctype.h>
#include <string.h>

#define MDOC_WIDTH 78

static void add_char(struct buf *b, char c)
{
	if (c == '\\')
		buf_adds(b, "\\e");
	else if (c == '-')
		buf_adds(b, "\\-");
	else
		buf_addc(b, c);
}

void opt_mdoc_word(struct buf *b, const char *text)
{
	if (*text == '.' || *text == '\'')
		buf_adds(b, "\\&");
	for (; *text; text++)
		add_char(b, *text);
}

/* One argument of a macro: quoted where it has blanks, and never a macro's name or punctuation by accident. */
static void add_macro_arg(struct buf *b, const char *text)
{
	bool quote = text[strcspn(text, " \"")] != '\0';

	if (quote)
		buf_addc(b, '"');
	if (strlen(text) <= 3)
		buf_adds(b, "\\&");
	for (; *text; text++) {
		if (*text == '"')
			buf_adds(b, "\\(dq");
		else
			add_char(b, *text);
	}
	if (quote)
		buf_addc(b, '"');
}

static bool is_macro_line(const char *s)
{
	return s[0] == '.' && isupper((unsigned char)s[1]) && islower((unsigned char)s[2]) &&
	       (s[3] == ' ' || s[3] == '\n' || s[3] == '\0');
}

/* Does a sentence end with this word?  "e.g." and ".vm" do not. */
static bool ends_sentence(const char *word, size_t n)
{
	while (n > 1 && strchr("\")'", word[n - 1]))
		n--;
	return n > 2 && strchr(".?!", word[n - 1]) && !memchr(word, '.', n - 1);
}

static void add_fill_word(struct buf *b, const char *word, size_t n, bool first)
{
	if (first && (*word == '.' || *word == '\''))
		buf_adds(b, "\\&");
	for (size_t i = 0; i < n; i++) {
		if (word[i] == '-' && (i == 0 || word[i - 1] == '-' || i + 1 == n))
			buf_adds(b, "\\-");
		else
			buf_addc(b, word[i]);
	}
}

static void fill_line(struct buf *b, const char *text, size_t len)
{
	size_t column = 0;
	bool full_stop = false;

	for (size_t i = 0; i < len;) {
		size_t n = 0;

		if (text[i] == ' ') {
			i++;
			continue;
		}
		while (i + n < len && text[i + n] != ' ')
			n++;
		if (column && (full_stop || column + 1 + n > MDOC_WIDTH)) {
			buf_addc(b, '\n');
			column = 0;
		}
		if (column)
			buf_addc(b, ' ');
		add_fill_word(b, text + i, n, column == 0);
		column += n + 1;
		full_stop = ends_sentence(text + i, n);
		i += n;
	}
	if (column)
		buf_addc(b, '\n');
}

void opt_mdoc_text(struct buf *b, const char *text)
{
	while (*text) {
		size_t len = 0, shown;

		if (is_macro_line(text)) {
			shown = strcspn(text, "\n");
			buf_add(b, text, shown);
			buf_addc(b, '\n');
			text += shown + (text[shown] == '\n');
			continue;
		}
		/* up to the next macro line it is one paragraph, however it was broken into lines */
		while (text[len] && !(text[len] == '\n' && is_macro_line(text + len + 1)))
			len++;
		shown = len;
		while (shown && text[shown - 1] == '\n')
			shown--;
		if (shown)
			fill_line(b, text, shown);
		text += len + (text[len] == '\n');
	}
}

/* Help is one line without full stop; here it becomes a sentence. */
static void add_sentence(struct buf *b, const char *help)
{
	autobuf struct buf text = BUF_INIT;

	buf_adds(&text, help);
	if (text.len && islower((unsigned char)text.data[0]) && (islower((unsigned char)text.data[1]) || text.data[1] == ' '))
		text.data[0] = (char)toupper((unsigned char)text.data[0]);
	buf_addc(&text, '.');
	opt_mdoc_text(b, buf_str(&text));
}

static void add_bounds(struct buf *b, const struct opt *row)
{
	autobuf struct buf text = BUF_INIT;

	opt_add_bounds(&text, row);
	if (row->flags & OPT_REQUIRED)
		buf_addf(&text, "%srequired", text.len ? ", " : "");
	if (row->type == OPT_T_LIST || row->type == OPT_T_STRINGS)
		buf_addf(&text, "%smay be repeated", text.len ? ", " : "");
	if (row->flags & OPT_FIRST)
		buf_addf(&text, "%smay stand first without its key", text.len ? ", " : "");
	if (text.len) {
		text.data[0] = (char)toupper((unsigned char)text.data[0]);
		buf_addc(&text, '.');
		opt_mdoc_text(b, buf_str(&text));
	}
}

static void add_tag(struct buf *b, const struct opt *row, bool file, bool sub)
{
	autobuf struct buf arg = BUF_INIT;

	opt_add_arg(&arg, row);
	if (row->type == OPT_T_FLAG && (file || sub))
		buf_adds(&arg, "on|off");
	if (sub) {
		buf_adds(b, ".It Cm ");
		add_macro_arg(b, row->name);
		buf_adds(b, " Ns = Ns Ar ");
	} else if (file) {
		buf_adds(b, ".It Ic ");
		add_macro_arg(b, row->name);
		buf_adds(b, " Ar ");
	} else {
		buf_adds(b, ".It ");
		if (row->letter)
			buf_addf(b, "Fl %c , ", row->letter);
		buf_addf(b, "Fl \\-%s", row->name);
		if (arg.len)
			buf_adds(b, " Ar ");
	}
	if (arg.len)
		add_macro_arg(b, buf_str(&arg));
	buf_addc(b, '\n');
}

static void add_rows(struct buf *b, const struct opt *table, bool file, bool sub)
{
	buf_adds(b, ".Bl -tag -width Ds\n");
	for (const struct opt *row = table; row->name; row++) {
		if ((row->flags & OPT_HIDDEN) || (file && (row->flags & OPT_CMDLINE)))
			continue;
		add_tag(b, row, file, sub);
		add_sentence(b, row->help);
		if (row->man)
			opt_mdoc_text(b, row->man);
		add_bounds(b, row);
		if (row->sub && file)
			add_rows(b, row->sub, file, true);
	}
	buf_adds(b, ".El\n");
}

void opt_mdoc(struct buf *b, const struct opt *table, bool file)
{
	add_rows(b, table, file, false);
}
