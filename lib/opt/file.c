/* SPDX-License-Identifier: MIT */
/* Options from a .vm file: a line is a long option without its dashes. */
#include <opt/parts.h>

#include <base/err.h>
#include <base/pool.h>
#include <errno.h>
#include <string.h>

#define LINE_BYTES_MAX ((size_t)64 << 10)
#define FILE_BYTES_MAX ((size_t)1 << 20)

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Without the comment and the white space around. */
static struct opt_text strip(struct opt_text t)
{
	for (size_t i = 0; i < t.len; i++) {
		if (t.s[i] == '#' && (i == 0 || blank(t.s[i - 1]))) {
			t.len = i;
			break;
		}
	}
	while (t.len && blank(t.s[t.len - 1]))
		t.len--;
	while (t.len && blank(t.s[0])) {
		t.s++;
		t.len--;
	}
	return t;
}

/* The first word is none that an option could have. */
static int not_an_option(const struct opt_place *p, struct opt_text t)
{
	size_t n = 0, word = 0;

	while (n < t.len && !blank(t.s[n]) && t.s[n] != '=')
		n++;
	if (n > 2 && memcmp(t.s, "--", 2) == 0)
		word = opt_word_len((struct opt_text){ t.s + 2, t.len - 2 });
	if (word)
		return opt_place_fail(p, "options stand without dashes in a file: write \"%s\"",
				      OPT_QUOTED(((struct opt_text){ t.s + 2, word })));
	return opt_place_fail(p, "\"%s\" is not the name of an option", OPT_QUOTED(((struct opt_text){ t.s, n })));
}

static int unknown_option(const struct opt_set *s, struct opt_place *p, struct opt_text key)
{
	char word[4 * OPT_QUOTE_MAX + 4];

	p->key = opt_quote(word, key);
	p->at.col = 0;
	return opt_place_fail(p, "unknown option%s",
			      OPT_HINT(opt_nearest_row(s->table, key, OPT_HIDDEN | OPT_CMDLINE)));
}

/* One line without comment; p names its first byte. */
static int read_line(struct opt_set *s, struct opt_place *p, struct opt_text t)
{
	struct opt_text key = { t.s, opt_word_len(t) }, value;
	const char *wrong;
	size_t pos = key.len, off;
	int row;

	if (key.len == 0 || (pos < t.len && t.s[pos] != '=' && !blank(t.s[pos])))
		return not_an_option(p, t);
	row = opt_find(s->table, key);
	if (row < 0)
		return unknown_option(s, p, key);
	p->key = s->table[row].name;
	if (s->table[row].flags & OPT_CMDLINE) {
		p->at.col = 0;
		return opt_place_fail(p, "belongs on the command line, not in a file");
	}
	if (pos == t.len) {
		if (s->table[row].type != OPT_T_FLAG) {
			p->at.col = 0;
			return opt_place_fail(p, "a value is missing");
		}
		return opt_read(s, row, p, (struct opt_text){ "on", 2 });
	}
	if (t.s[pos] == '=')
		pos++;
	else
		while (blank(t.s[pos]))		/* t does not end in a blank */
			pos++;
	value = (struct opt_text){ t.s + pos, t.len - pos };
	p->at.col += (int)pos;
	if (value.len && value.s[0] == '=')
		return opt_place_fail(p, "no blanks around \"=\": write \"%s VALUE\" or \"%s=VALUE\"", p->key, p->key);
	if (value.len && blank(value.s[0]))
		return opt_place_fail(p, "no blank behind \"=\": write \"%s VALUE\" or \"%s=VALUE\"", p->key, p->key);
	wrong = opt_check_text(value, false, &off);
	if (wrong) {
		p->at.col += (int)off;
		return opt_place_fail(p, "%s", wrong);
	}
	return opt_read(s, row, p, value);
}

/* The directory of the file, for the relative paths in it; NULL: the file stands in the current one. */
static const char *directory(struct pool *pool, const char *file)
{
	const char *slash = strrchr(file, '/');

	return slash ? pool_strndup(pool, file, slash == file ? 1 : (size_t)(slash - file)) : NULL;
}

int opt_parse_file(struct opt_set *s, const char *file, const char *text, size_t len)
{
	struct opt_place start = { .at = { .file = file }, .dir = directory(s->pool, file) };
	const char *wrong;
	size_t off;
	int rc;

	if (len > FILE_BYTES_MAX) {
		fail_exit(EXIT_USAGE, "%s: larger than 1 MiB", file);
		return -EINVAL;
	}
	for (size_t pos = 0; pos < len;) {
		const char *nl = memchr(text + pos, '\n', len - pos);
		struct opt_text line = { text + pos, (nl ? (size_t)(nl - text) : len) - pos }, t;
		struct opt_place p = start;

		start.at.line++;
		p.at.line++;
		pos += line.len + 1;
		if (line.len > LINE_BYTES_MAX)
			return opt_place_fail(&p, "line longer than 64 KiB");
		if (line.len && line.s[line.len - 1] == '\r')
			line.len--;
		wrong = opt_check_text(line, true, &off);
		if (wrong) {
			p.at.col = (int)off + 1;
			return opt_place_fail(&p, "%s", wrong);
		}
		t = strip(line);
		if (t.len == 0)
			continue;
		p.at.col = (int)(t.s - line.s) + 1;
		rc = read_line(s, &p, t);
		if (rc < 0)
			return rc;
	}
	return 0;
}
