/* SPDX-License-Identifier: MIT */
/* husk help: the overview, or what one command takes; all of it from the rows. */
#include "cmd.h"

#include <base/buf.h>
#include <base/err.h>
#include <stdio.h>
#include <string.h>

static void overview(struct buf *b)
{
	buf_adds(b, "usage: husk [OPTIONS] COMMAND [ARGUMENTS]\n\ncommands:\n");
	for (const struct cmd *c = commands; c->name; c++)
		buf_addf(b, "  %-12s %s\n", c->name, c->summary);
	buf_adds(b, "\noptions of every command:\n");
	opt_help(b, global_opts);
	buf_adds(b, "\n\"husk help COMMAND\" says what it takes; husk(1) and husk.vm(5) say it all.\n");
}

static void one_command(struct buf *b, const struct cmd *c)
{
	const char *args = c->args ? c->args : "";

	buf_addf(b, "usage: husk %s [OPTIONS]%s%s\n\n%s\n", c->name, *args ? " " : "", args, c->summary);
	if (c->verbs) {
		buf_adds(b, "\nverbs:\n");
		for (const struct cmd_verb *v = c->verbs; v->name; v++)
			buf_addf(b, "  %s%s%s\n        %s\n", v->name, *v->args ? " " : "", v->args, v->summary);
	}
	if (c->same_as) {
		buf_addf(b, "\nThe same as \"husk %s\", whose help lists the options.\n", c->same_as);
	} else {
		if (c->opts && c->opts[0].name) {
			buf_adds(b, "\noptions:\n");
			opt_help(b, c->opts);
		}
		if (c->spec_opts) {
			buf_adds(b, "\noptions of the VM, over those in its file:\n");
			opt_help(b, spec_options);
		}
	}
	buf_adds(b, "\noptions of every command:\n");
	opt_help(b, global_opts);
	if (c->exits) {
		buf_adds(b, "\nexit status:\n");
		for (const struct cmd_exit *e = c->exits; e->text; e++)
			buf_addf(b, "  %3d  %s\n", e->code, e->text);
	}
	if (c->examples) {
		buf_adds(b, "\nexamples:\n");
		for (const char *const *e = c->examples; *e; e++)
			buf_addf(b, "  %s\n", *e);
	}
}

void cmd_print_help(const struct cmd *cmd)
{
	autobuf struct buf b = BUF_INIT;

	if (cmd)
		one_command(&b, cmd);
	else
		overview(&b);
	fwrite(buf_str(&b), 1, b.len, stdout);
}

int cmd_help(struct cmd_ctx *ctx)
{
	const struct cmd *c = NULL;
	const char *near;

	if (ctx->nargs > 0) {
		c = cmd_find(ctx->args[0]);
		near = c ? NULL : cmd_nearest(ctx->args[0]);
		if (near)
			return fail_exit(EXIT_USAGE, "help: no command \"%.64s\" (did you mean \"%s\"?)", ctx->args[0], near);
		if (!c)
			return fail_exit(EXIT_USAGE, "help: no command \"%.64s\" (\"husk help\" lists them)", ctx->args[0]);
	}
	cmd_print_help(c);
	return 0;
}
