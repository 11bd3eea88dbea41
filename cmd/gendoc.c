/* SPDX-License-Identifier: MIT */
/* Makes husk(1), husk.vm(5) and the bash completion from the tables, and refuses to where a table is wrong. */
#include "cmd.h"

#include <base/buf.h>
#include <base/err.h>
#include <base/file.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define DOC_DATE "November 23, 2026"	/* fixed, so that two builds give the same bytes */
#define PROSE_MAX ((size_t)1 << 20)

/* ---- is every row complete, and does no name clash? ---- */

/* A name that two sets of one command have is never what was meant, but for an option that means the same in both. */
static int check_clash(const struct cmd *c, const struct opt *a, const struct opt *b)
{
	for (const struct opt *o = a; a && o->name; o++) {
		for (const struct opt *p = b; b && p->name; p++) {
			if (strcmp(o->name, p->name) == 0 && !(a == spec_options && o->type == p->type))
				return fail_exit(EXIT_FAILED, "command table: %s: two options --%s", c->name, o->name);
			if (o->letter && o->letter == p->letter)
				return fail_exit(EXIT_FAILED, "command table: %s: two options -%c", c->name, o->letter);
		}
	}
	return 0;
}

static bool has_option(const struct opt *table, const char *name)
{
	for (; table && table->name; table++)
		if (strcmp(table->name, name) == 0)
			return true;
	return false;
}

static const char *wrong_row(const struct cmd *c)
{
	if (!c->summary || !c->summary[0] || c->summary[strlen(c->summary) - 1] == '.')
		return "no summary, or one with a full stop";
	if (!c->run)
		return "no function";
	if (c->min_args < 0 || (c->max_args != ARGS_ANY && c->max_args < c->min_args))
		return "wrong argument count";
	if (c->max_args != 0 && (!c->args || !c->args[0]))
		return "arguments without a synopsis";
	if (c->opts && !c->opts_size)
		return "options without a struct";
	if ((c->needs & NEEDS_NAME) && c->min_args < 1)
		return "needs a name but no argument";
	if (c->same_as && !strchr(c->same_as, ' '))
		return "same_as is no command line";
	if (cmd_find(c->name) != c)
		return "two rows of that name";
	return NULL;
}

/* Each verb is complete, and takes only options that the row has. */
static const char *wrong_verb(const struct cmd *c)
{
	if (c->verbs && (!(c->needs & NEEDS_NAME) || c->min_args != 2))
		return "verbs, but no NAME and VERB";
	for (const struct cmd_verb *v = c->verbs; v && v->name; v++) {
		if (!v->args || !v->summary || !v->summary[0] || !v->run)
			return "a verb without arguments, summary or function";
		for (const char *s = v->opts; s && s[0] && s[1]; s += strcspn(s + 1, " ") + 1) {
			char name[64];

			snprintf(name, sizeof(name), "%.*s", (int)strcspn(s + 1, " "), s + 1);
			if (s[0] != ' ' || s[strlen(s) - 1] != ' ' || !has_option(c->opts, name))
				return "a verb with an option that the command does not have";
		}
	}
	return NULL;
}

static int check_tables(void)
{
	int rc = opt_table_check(global_opts);

	if (rc == 0)
		rc = opt_table_check(spec_options);
	for (const struct cmd *c = commands; c->name && rc == 0; c++) {
		const char *wrong = wrong_row(c);

		if (!wrong)
			wrong = wrong_verb(c);
		if (wrong)
			return fail_exit(EXIT_FAILED, "command table: %s: %s", c->name, wrong);
		if (c->opts)
			rc = opt_table_check(c->opts);
		if (rc < 0)
			return err_prefix(rc, "%s", c->name);
		rc = check_clash(c, c->opts, global_opts);
		if (rc == 0 && c->spec_opts)
			rc = check_clash(c, c->opts, spec_options);
		if (rc == 0 && c->spec_opts)
			rc = check_clash(c, spec_options, global_opts);
	}
	return rc;
}

/* ---- manual pages ---- */

static void put_date(struct buf *b)
{
	buf_adds(b, DOC_DATE);
}

static void put_version(struct buf *b)
{
	buf_adds(b, HUSK_VERSION);
}

static void add_call(struct buf *b, const struct cmd *c)
{
	buf_addf(b, "Cm %s Oo Ar options Oc", c->name);
	if (c->args && c->args[0]) {
		buf_adds(b, " Ar \"");
		opt_mdoc_word(b, c->args);
		buf_adds(b, "\"");
	}
	buf_addc(b, '\n');
}

static void put_synopsis(struct buf *b)
{
	for (const struct cmd *c = commands; c->name; c++) {
		buf_adds(b, ".Nm\n.");
		add_call(b, c);
	}
}

static void add_sentence(struct buf *b, const char *text)
{
	autobuf struct buf line = BUF_INIT;

	buf_addf(&line, "%c%s.", toupper((unsigned char)text[0]), text + 1);
	opt_mdoc_text(b, buf_str(&line));
}

static void add_exits(struct buf *b, const struct cmd_exit *e)
{
	buf_adds(b, ".Pp\nExit status:\n.Bl -tag -width 3n -compact\n");
	for (; e->text; e++) {
		buf_addf(b, ".It %d\n", e->code);
		opt_mdoc_text(b, e->text);
	}
	buf_adds(b, ".El\n");
}

static void add_verbs(struct buf *b, const struct cmd_verb *v)
{
	buf_adds(b, ".Bl -tag -width Ds\n");
	for (; v->name; v++) {
		buf_addf(b, ".It Cm %s", v->name);
		if (*v->args) {
			buf_adds(b, " Ar \"");
			opt_mdoc_word(b, v->args);
			buf_addc(b, '"');
		}
		buf_addc(b, '\n');
		add_sentence(b, v->summary);
		if (v->budget_ms > 0)
			buf_addf(b, "It gives up after %g seconds.\n", (double)v->budget_ms / 1000);
	}
	buf_adds(b, ".El\n");
}

static void add_command(struct buf *b, const struct cmd *c)
{
	buf_addf(b, ".Ss husk %s\n.D1 Nm husk ", c->name);
	add_call(b, c);
	buf_adds(b, ".Pp\n");
	add_sentence(b, c->summary);
	if (c->same_as)
		buf_addf(b, "The same as\n.Dq Nm husk Cm %s ,\nwhere the options are described.\n", c->same_as);
	if (c->man) {
		if (c->man[0] != '.')
			buf_adds(b, ".Pp\n");
		opt_mdoc_text(b, c->man);
	}
	if (c->verbs)
		add_verbs(b, c->verbs);
	if (c->opts && c->opts[0].name && !c->same_as)
		opt_mdoc(b, c->opts, false);
	if (c->spec_opts && !c->same_as)
		buf_adds(b, ".Pp\nEach key of\n.Xr husk.vm 5\nis an option here too, with two dashes before it.\n");
	if (c->budget_ms > 0)
		buf_addf(b, ".Pp\nWithout\n.Fl \\-timeout\nit gives up after %g seconds.\n", (double)c->budget_ms / 1000);
	if (c->exits)
		add_exits(b, c->exits);
}

static void put_commands(struct buf *b)
{
	for (const struct cmd *c = commands; c->name; c++)
		add_command(b, c);
}

static void put_global_options(struct buf *b)
{
	opt_mdoc(b, global_opts, false);
}

static void add_literal(struct buf *b, const char *text)
{
	buf_adds(b, ".Bd -literal -offset indent\n");
	while (*text) {
		size_t n = strcspn(text, "\n");
		autobuf struct buf line = BUF_INIT;

		buf_add(&line, text, n);
		opt_mdoc_word(b, buf_str(&line));
		buf_addc(b, '\n');
		text += n + (text[n] == '\n');
	}
	buf_adds(b, ".Ed\n");
}

static void put_json(struct buf *b)
{
	for (const struct cmd *c = commands; c->name; c++) {
		if (!c->json)
			continue;
		buf_addf(b, ".Pp\n.Cm %s\nprints:\n", c->name);
		add_literal(b, c->json);
	}
}

/* "husk stop web  # why": the reason goes before the line. */
static void put_examples(struct buf *b)
{
	size_t start = b->len;

	for (const struct cmd *c = commands; c->name; c++) {
		for (const char *const *e = c->examples; e && *e; e++) {
			const char *why = strstr(*e, "  # ");
			autobuf struct buf line = BUF_INIT;

			buf_add(&line, *e, why ? (size_t)(why - *e) : strlen(*e));
			if (b->len != start)
				buf_adds(b, ".Pp\n");
			if (why)
				buf_addf(b, "%c%s:\n", toupper((unsigned char)why[4]), why + 5);
			buf_adds(b, ".Dl $ ");
			opt_mdoc_word(b, buf_str(&line));
			buf_addc(b, '\n');
		}
	}
}

static void put_vm_options(struct buf *b)
{
	opt_mdoc(b, spec_options, true);
}

/* ---- bash completion ---- */

/*
 * What can follow is said in kinds: "=WORD" a word, "file", "dir", "vm", "command", "flag" (no value, or on and off behind
 * "="), "sub:KEY" sub-options, "text" anything.  The functions at the end of the script read them.
 */
static bool add_named_words(struct buf *b, const struct opt *row)
{
	static const char intro[] = "one of ";
	const char *word = row->help;

	if (row->type != OPT_T_CUSTOM || !word || strncmp(word, intro, sizeof(intro) - 1) != 0)
		return false;
	for (word += sizeof(intro) - 1; *word; word += strspn(word, ", ")) {
		size_t len = strcspn(word, ",");
		size_t stem = strcspn(word, "=,");

		/* of event=TYPE what is the same for all */
		buf_addf(b, "=%.*s ", (int)(stem < len ? stem + 1 : len), word);
		word += len;
	}
	return true;
}

static void add_kind(struct buf *b, const struct opt *row, const char *owner)
{
	if (add_named_words(b, row))
		return;
	switch (row->type) {
	case OPT_T_FLAG:
		buf_adds(b, "flag");
		break;
	case OPT_T_CHOICE:
		for (int i = 0; row->choices[i]; i++)
			buf_addf(b, "%s=%s", i ? " " : "", row->choices[i]);
		break;
	case OPT_T_PATH:
		buf_adds(b, "file");
		break;
	case OPT_T_LIST:
	case OPT_T_STRUCT:
		buf_addf(b, "sub:%s.%s", owner, row->name);
		break;
	default:
		buf_adds(b, row->arg && strcmp(row->arg, "DIR") == 0 ? "dir" :
			    row->arg && strcmp(row->arg, "FILE") == 0 ? "file" : "text");
	}
}

static void add_option_words(struct buf *b, const struct opt *table)
{
	for (const struct opt *o = table; o && o->name; o++)
		if (!(o->flags & OPT_HIDDEN))
			buf_addf(b, " --%s", o->name);
}

/* @command: "*" for those of every command; @but: options that are already known */
static void add_option_kinds(struct buf *b, const struct opt *table, const char *owner, const char *command,
			     const struct opt *but)
{
	for (const struct opt *o = table; o && o->name; o++) {
		if (has_option(but, o->name))
			continue;
		buf_addf(b, "\t%s\" --%s\"", command, o->name);
		if (o->letter)
			buf_addf(b, " | %s\" -%c\"", command, o->letter);
		buf_adds(b, ") echo \"");
		add_kind(b, o, owner);
		buf_adds(b, "\" ;;\n");
	}
}

static void add_subs(struct buf *b, const struct opt *table, const char *owner)
{
	for (const struct opt *o = table; o && o->name; o++) {
		if (o->type != OPT_T_LIST && o->type != OPT_T_STRUCT)
			continue;
		buf_addf(b, "\t%s.%s,) echo \"", owner, o->name);
		for (const struct opt *s = o->sub; s->name; s++)
			buf_addf(b, "%s%s=", s == o->sub ? "" : " ", s->name);
		buf_adds(b, "\" ;;\n");
		for (const struct opt *s = o->sub; s->name; s++) {
			buf_addf(b, "\t%s.%s,%s", owner, o->name, s->name);
			if (s->flags & OPT_FIRST)
				buf_addf(b, " | %s.%s,first", owner, o->name);
			buf_adds(b, ") echo \"");
			add_kind(b, s, owner);
			buf_adds(b, "\" ;;\n");
		}
	}
}

/* One word of a synopsis: "FILE|NAME", "[COMMAND]", "on|off". */
static void add_arg_kinds(struct buf *b, const char *word, size_t n)
{
	for (size_t i = 0, len; i < n; i += len + 1) {
		const char *s = word + i;

		len = 0;
		while (i + len < n && (isalnum((unsigned char)s[len]) || s[len] == '-'))
			len++;
		if (len == 4 && memcmp(s, "NAME", 4) == 0)
			buf_adds(b, " vm");
		else if (len == 4 && memcmp(s, "FILE", 4) == 0)
			buf_adds(b, " file");
		else if (len == 3 && memcmp(s, "DIR", 3) == 0)
			buf_adds(b, " dir");
		else if (len == 7 && memcmp(s, "COMMAND", 7) == 0)
			buf_adds(b, " command");
		else if (len && islower((unsigned char)s[0]))
			buf_addf(b, " =%.*s", (int)len, s);
	}
}

static void add_args(struct buf *b, const struct cmd *c)
{
	const char *s = c->args ? c->args : "";

	for (int i = 1; *s; i++) {
		size_t n = strcspn(s, " ");
		autobuf struct buf kinds = BUF_INIT;

		add_arg_kinds(&kinds, s, n);
		for (const struct cmd_verb *v = c->verbs; v && v->name && n == 4 && memcmp(s, "VERB", 4) == 0; v++)
			buf_addf(&kinds, " =%s", v->name);
		if (kinds.len) {
			bool more = strstr(s, "...") && !strchr(s + n, ' ');

			buf_addf(b, "\t\"%s %d\"%s) echo \"%s\" ;;\n", c->name, i, more ? "*" : "", buf_str(&kinds) + 1);
		}
		s += n + (s[n] == ' ');
	}
}

static void add_function(struct buf *b, const char *name, const char *what, const struct buf *rows)
{
	buf_addf(b, "\n# %s\n%s()\n{\n\tcase $1 in\n", what, name);
	buf_add(b, buf_str(rows), rows->len);
	buf_adds(b, "\tesac\n}\n");
}

static void put_completion(struct buf *b)
{
	autobuf struct buf options = BUF_INIT, kinds = BUF_INIT, subs = BUF_INIT, args = BUF_INIT;

	buf_adds(b, "_husk_commands=(");
	for (const struct cmd *c = commands; c->name; c++) {
		buf_addf(b, "%s%s", c == commands ? "" : " ", c->name);
		buf_addf(&options, "\t%s) echo \"", c->name);
		add_option_words(&options, c->opts);
		if (c->spec_opts)
			add_option_words(&options, spec_options);
		add_option_words(&options, global_opts);
		buf_adds(&options, "\" ;;\n");
		add_option_kinds(&kinds, c->opts, c->name, c->name, NULL);
		add_subs(&subs, c->opts, c->name);
		add_args(&args, c);
	}
	buf_adds(b, ")\n");
	buf_adds(&options, "\t*) echo \"");
	add_option_words(&options, global_opts);
	buf_adds(&options, "\" ;;\n");
	/* those of single commands went first: bash takes the first pattern that fits */
	add_option_kinds(&kinds, global_opts, "all", "*", NULL);
	add_option_kinds(&kinds, spec_options, "vm", "*", global_opts);
	add_subs(&subs, spec_options, "vm");
	add_function(b, "_husk_options", "the options of a command", &options);
	add_function(b, "_husk_kind", "what the value of \"COMMAND OPTION\" is", &kinds);
	add_function(b, "_husk_sub", "the keys of \"OPTION,\", what the value of \"OPTION,KEY\" is", &subs);
	add_function(b, "_husk_arg", "what the argument \"COMMAND N\" is", &args);
}

/* ---- prose with @MARKERS@ ---- */

static const struct marker {
	const char *name;
	void (*put)(struct buf *b);
} markers[] = {
	{ "DATE", put_date },
	{ "VERSION", put_version },
	{ "SYNOPSIS", put_synopsis },
	{ "COMMANDS", put_commands },
	{ "GLOBAL_OPTIONS", put_global_options },
	{ "JSON", put_json },
	{ "EXAMPLES", put_examples },
	{ "VM_OPTIONS", put_vm_options },
	{ "COMPLETION", put_completion },
};

static const struct marker *find_marker(const char *s, size_t n)
{
	for (size_t i = 0; i < sizeof(markers) / sizeof(markers[0]); i++)
		if (strlen(markers[i].name) == n && memcmp(markers[i].name, s, n) == 0)
			return &markers[i];
	return NULL;
}

/* A marker is @NAME@; any other @ is text.  One that stands on a line of its own takes its newline along. */
static int expand(struct buf *out, const char *prose)
{
	while (*prose) {
		size_t n = strcspn(prose, "@"), len;
		const struct marker *m;

		buf_add(out, prose, n);
		prose += n;
		len = *prose ? strspn(prose + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") : 0;
		if (len == 0 || prose[len + 1] != '@') {
			n = *prose ? len + 1 : 0;
			buf_add(out, prose, n);
			prose += n;
			continue;
		}
		m = find_marker(prose + 1, len);
		if (!m)
			return fail_exit(EXIT_FAILED, "unknown marker %.*s", (int)len + 2, prose);
		m->put(out);
		prose += len + 2;
		if (*prose == '\n' && out->len && out->data[out->len - 1] == '\n')
			prose++;
	}
	return 0;
}

static int fill_in(struct buf *out, const char *file)
{
	autobuf struct buf prose = BUF_INIT;
	int rc = file_read(AT_FDCWD, file, &prose, PROSE_MAX);

	if (rc < 0)
		return fail(rc, "read %s", file);
	rc = expand(out, buf_str(&prose));
	return rc < 0 ? err_prefix(rc, "%s", file) : 0;
}

static int generate(struct buf *out, int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	int rc = check_tables();

	if (rc < 0 || strcmp(what, "check") == 0)
		return rc;
	if (strcmp(what, "man1") == 0)
		return fill_in(out, argc > 2 ? argv[2] : "cmd/husk.1.in");
	if (strcmp(what, "man5") == 0)
		return fill_in(out, argc > 2 ? argv[2] : "cmd/husk.vm.5.in");
	if (strcmp(what, "completion") == 0)
		return fill_in(out, argc > 2 ? argv[2] : "cmd/husk.bash.in");
	return fail_exit(EXIT_USAGE, "usage: gendoc check | man1 [PROSE] | man5 [PROSE] | completion [PROSE]");
}

int main(int argc, char **argv)
{
	autobuf struct buf out = BUF_INIT;
	int rc = generate(&out, argc, argv);

	if (rc < 0) {
		fprintf(stderr, "gendoc: %s\n", err_text());
		return err_code();
	}
	fwrite(buf_str(&out), 1, out.len, stdout);
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : EXIT_FAILED;
}
