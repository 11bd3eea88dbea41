/* SPDX-License-Identifier: MIT */
/* The global options, and how a command line becomes a command's context. */
#include "cmd.h"

#include <base/err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct opt global_opts[] = {
	OPT_FLAG(struct globals, json, "json", "print JSON instead of text; an error becomes one JSON object on stderr",
		 .flags = OPT_CMDLINE),
	OPT_TIME(struct globals, timeout_ms, "timeout", 1, 86400000, "give up after this time, with exit code 6",
		 .deflt = "depends on the command", .flags = OPT_CMDLINE),
	OPT_FLAG(struct globals, quiet, "quiet", "say nothing but errors", .letter = 'q', .flags = OPT_CMDLINE),
	OPT_FLAG(struct globals, trace, "trace", "show every stage and every QMP line with its time on stderr",
		 .flags = OPT_CMDLINE),
	OPT_STRING(struct globals, rundir, "rundir", "DIR", "directory that holds the running VMs",
		 .deflt = "$HUSK_RUNDIR, /run/husk, or without root $XDG_RUNTIME_DIR/husk", .flags = OPT_CMDLINE),
	OPT_FLAG(struct globals, help, "help", "show what the command takes", .letter = 'h', .flags = OPT_CMDLINE),
	OPT_FLAG(struct globals, version, "version", "show husk's version", .flags = OPT_CMDLINE),
	{ 0 }
};

static const struct globals globals_unset = { .timeout_ms = -1 };

const struct cmd *cmd_find(const char *name)
{
	for (const struct cmd *c = commands; c->name; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

static const char *nth_command(const void *ctx, size_t n)
{
	const struct cmd *row = ctx;

	return row[n].name;		/* opt_nearest() stops at the first NULL */
}

const char *cmd_nearest(const char *name)
{
	return opt_nearest(name, nth_command, commands);
}

/* The sets of one reading of the command line, in the order in which they are asked for a name. */
struct reading {
	struct opt_set own, global;
	struct opt_set *sets[3];
	size_t n;
};

static void add_set(struct reading *r, struct opt_set *set)
{
	r->sets[r->n++] = set;
}

/*
 * One reading into the given structs.  A VM option goes before a global one of the same name: "husk run --timeout"
 * is the same as the file's "timeout".
 */
static int read_all(struct cmd_ctx *ctx, struct reading *r, void *opts, struct opt_set *spec, struct globals *g,
		    const char **positional)
{
	const struct cmd *c = ctx->cmd;

	if (c->opts) {
		if (c->init)
			c->init(opts);
		opt_init(&r->own, c->opts, opts, &ctx->pool);
		add_set(r, &r->own);
	}
	if (c->spec_opts)
		add_set(r, spec);
	*g = globals_unset;
	opt_init(&r->global, global_opts, g, &ctx->pool);
	add_set(r, &r->global);
	return opt_parse_args(r->sets, r->n, ctx->argc, ctx->argv, positional, c->stop_after ? c->stop_after + 1 : 0);
}

/* The first argument that is no global option; NULL where there is none.  Its options are not yet known. */
static int find_word(struct cmd_ctx *ctx, const char **word)
{
	const char **positional = pool_alloc(&ctx->pool, (size_t)ctx->argc * sizeof(*positional) + 1);
	struct opt_set global;
	struct opt_set *sets[] = { &global };
	int n;

	ctx->g = globals_unset;
	opt_init(&global, global_opts, &ctx->g, &ctx->pool);
	n = opt_parse_args(sets, 1, ctx->argc, ctx->argv, positional, 1);
	if (n < 0)
		return n;
	*word = n ? positional[0] : NULL;
	return 0;
}

static int unknown_command(const char *word)
{
	const char *near = cmd_nearest(word);

	if (near)
		return fail_exit(EXIT_USAGE, "%.64s: unknown command (did you mean \"%s\"?)", word, near);
	return fail_exit(EXIT_USAGE, "%.64s: unknown command (\"husk help\" lists them)", word);
}

static int check_arguments(struct cmd_ctx *ctx)
{
	const struct cmd *c = ctx->cmd;
	const char *args = c->args ? c->args : "";

	if (ctx->nargs < c->min_args)
		return fail_exit(EXIT_USAGE, "%s: argument missing (usage: husk %s%s%s)", c->name, c->name, *args ? " " : "", args);
	if (c->max_args != ARGS_ANY && ctx->nargs > c->max_args)
		return fail_exit(EXIT_USAGE, "%s: one argument too many: \"%.64s\" (usage: husk %s%s%s)", c->name,
				 ctx->args[c->max_args], c->name, *args ? " " : "", args);
	if ((c->needs & NEEDS_NAME) && ctx->nargs > 0) {
		ctx->name = ctx->args[0];
		if (!opt_valid_name(ctx->name))
			return fail_exit(EXIT_USAGE, "%s: \"%.64s\" is not a name of a VM (A-Z a-z 0-9 _ . -, at most 63, "
					 "a letter or digit first)", c->name, ctx->name);
	}
	return 0;
}

static const char *nth_verb(const void *ctx, size_t n)
{
	const struct cmd_verb *v = ctx;

	return v[n].name;
}

/* The verb behind the name: known, with as many words as it takes, and with no option of another one. */
static int check_verb(struct cmd_ctx *ctx)
{
	const struct cmd *c = ctx->cmd;
	const char *word = ctx->args[1], *near;
	const struct cmd_verb *v = c->verbs;

	while (v->name && strcmp(v->name, word) != 0)
		v++;
	if (!v->name) {
		near = opt_nearest(word, nth_verb, c->verbs);
		return fail_exit(EXIT_USAGE, near ? "%s: unknown verb \"%.64s\" (did you mean \"%s\"?)" :
				 "%s: unknown verb \"%.64s\" (\"husk help %s\" lists them)", c->name, word, near ? near : c->name);
	}
	ctx->verb = v;
	ctx->words = ctx->args + 2;
	ctx->nwords = ctx->nargs - 2;
	if (ctx->nwords < v->min_args || (v->max_args != ARGS_ANY && ctx->nwords > v->max_args))
		return fail_exit(EXIT_USAGE, "%s %s: %s (usage: husk %s NAME %s%s%s)", c->name, v->name,
				 ctx->nwords < v->min_args ? "argument missing" : "one argument too many", c->name, v->name,
				 *v->args ? " " : "", v->args);
	for (const struct opt *o = c->opts; o && o->name; o++) {
		size_t n = strlen(o->name);
		const char *at = v->opts;

		if (!opt_given(ctx->set, o->name))
			continue;
		while (at && (at = strstr(at, o->name)) != NULL && (at[-1] != ' ' || at[n] != ' '))
			at += n;
		if (!at)
			return fail_exit(EXIT_USAGE, "--%s: %s %s does not take it", o->name, c->name, v->name);
	}
	return 0;
}

static int check_globals(struct globals *g)
{
	const char *dir = getenv("HUSK_RUNDIR");

	if (g->quiet && g->trace)
		return fail_exit(EXIT_USAGE, "--quiet and --trace exclude each other");
	if (!g->rundir && dir && *dir)
		g->rundir = dir;
	return 0;
}

int cmd_parse(struct cmd_ctx *ctx)
{
	struct reading r = { .n = 0 };
	autospec struct spec spec;
	const char *word;
	int rc;

	spec_init(&spec);
	rc = find_word(ctx, &word);
	if (rc < 0)
		return rc;
	if (!word && (ctx->g.help || ctx->g.version))
		return 0;
	if (!word)
		return fail_exit(EXIT_USAGE, "a command is missing (\"husk help\" lists them)");
	ctx->cmd = cmd_find(word);
	if (!ctx->cmd)
		return unknown_command(word);
	ctx->args = pool_alloc(&ctx->pool, (size_t)ctx->argc * sizeof(*ctx->args));
	ctx->opts = ctx->cmd->opts ? pool_alloc(&ctx->pool, ctx->cmd->opts_size) : NULL;
	rc = read_all(ctx, &r, ctx->opts, &spec.set, &ctx->g, ctx->args);
	if (rc < 0)
		return rc;
	ctx->args++;		/* the command word */
	ctx->nargs = rc - 1;
	if (ctx->opts) {
		ctx->set = pool_alloc(&ctx->pool, sizeof(*ctx->set));
		*ctx->set = r.own;
	}
	rc = check_globals(&ctx->g);
	if (rc == 0 && !ctx->g.help && !ctx->g.version)
		rc = check_arguments(ctx);
	if (rc == 0 && ctx->cmd->verbs && !ctx->g.help && !ctx->g.version)
		rc = check_verb(ctx);
	return rc;
}

int cmd_read_spec(struct cmd_ctx *ctx, struct spec *s, const char *what)
{
	const struct cmd *c = ctx->cmd;
	struct reading r = { .n = 0 };
	struct globals again;
	int rc;

	spec_init(s);
	if (what) {
		rc = spec_load(s, what);
		if (rc < 0)
			return rc;
	}
	opt_next_rank(&s->set);
	rc = read_all(ctx, &r, c->opts ? pool_alloc(&ctx->pool, c->opts_size) : NULL, &s->set, &again,
		      pool_alloc(&ctx->pool, (size_t)ctx->argc * sizeof(char *)));
	return rc < 0 ? rc : spec_finish(s);
}
