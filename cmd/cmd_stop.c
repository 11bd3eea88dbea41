/* SPDX-License-Identifier: MIT */
/* husk stop: climb the ladder, and say which rung it took. */
#include "cmds.h"
#include "show.h"

#include <base/err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

const struct opt stop_opts[] = {
	OPT_FLAG(struct stop_opts, now, "now", "do not ask the guest: quit at once, then KILL"),
	OPT_FLAG(struct stop_opts, all, "all", "every VM of the run directory"),
	{ 0 }
};

struct many {
	struct cmd_ctx *ctx;
	struct vm_status *v;
	struct stop_result *results;
	bool all;
};

/* Of all VMs, only those are worth a word that ran. */
static bool is_news(const struct many *m, size_t i)
{
	return !m->all || m->results[i].receipt.was_running || m->results[i].rc < 0;
}

static void say_done(void *ctx, size_t i)
{
	const struct many *m = ctx;
	autobuf struct buf b = BUF_INIT;

	if (m->ctx->g.json || m->ctx->g.quiet || m->results[i].rc < 0 || !is_news(m, i))
		return;
	show_receipt(&b, m->v[i].dir.name, "stopped", rung_names, RUNG_COUNT, &m->results[i].receipt);
	show_out(&b);
	fflush(stdout);
}

/* The exit code is the highest of them; every reason stands on a line of its own. */
static int conclude(const struct many *m, size_t n)
{
	autobuf struct buf b = BUF_INIT, errors = BUF_INIT;
	struct json_out out = JSON_OUT(&b);
	enum exit_code code = EXIT_OK;

	if (m->ctx->g.json)
		json_open(&out, NULL, '[');
	for (size_t i = 0; i < n; i++) {
		const struct stop_result *r = &m->results[i];

		if (m->ctx->g.json && is_news(m, i))
			show_receipt_json(&out, m->v[i].dir.name, rung_names, RUNG_COUNT, &r->receipt, r->rc < 0 ? r->error : "");
		if (r->rc >= 0)
			continue;
		buf_addf(&errors, "%s%s", errors.len ? "\n" : "", r->error);
		if (r->code > code)
			code = r->code;
	}
	if (m->ctx->g.json)
		json_close(&out, ']');
	show_out(&b);
	return code == EXIT_OK ? EXIT_OK : err_set(code, buf_str(&errors));
}

static int stop_many(struct cmd_ctx *ctx, const struct stop_options *o, bool all)
{
	struct many m = { .ctx = ctx, .all = all };
	size_t n;
	int rc = show_open_all(ctx, &m.v, &n);

	if (rc < 0)
		return rc;
	m.results = calloc(n + 1, sizeof(*m.results));
	rc = m.results ? vm_stop_all(m.v, n, o, m.results, say_done, &m) : fail(-ENOMEM, "stop %zu VMs", n);
	if (rc >= 0)
		rc = conclude(&m, n);
	free(m.results);
	show_close_all(m.v, n);
	return rc;
}

int cmd_stop(struct cmd_ctx *ctx)
{
	const struct stop_opts *opts = ctx->opts;
	autorundir struct rundir r = { .fd = -1 };
	autovmdir struct vmdir d = VMDIR_INIT;
	autobuf struct buf b = BUF_INIT;
	struct json_out out = JSON_OUT(&b);
	struct stop_options o = { .now = opts->now, .by = "husk stop" };
	struct receipt receipt = { .worked = -1 };
	int rc;

	o.budget_ms = deadline_left_ms(ctx->deadline);
	if (opts->all ? ctx->nargs > 0 : !ctx->nargs)
		return fail_exit(EXIT_USAGE, opts->all ? "stop: --all excludes names" : "stop: a name is missing, or --all");
	if (ctx->nargs != 1)
		return stop_many(ctx, &o, opts->all);
	ctx->name = ctx->args[0];
	rc = show_open(ctx, &r, &d);
	if (rc < 0)
		return rc;
	rc = vm_stop(&d, &o, &receipt);
	if (ctx->g.json)
		show_receipt_json(&out, d.name, rung_names, RUNG_COUNT, &receipt, NULL);
	else if (rc >= 0 && !ctx->g.quiet)
		show_receipt(&b, d.name, "stopped", rung_names, RUNG_COUNT, &receipt);
	show_out(&b);
	return rc < 0 ? rc : EXIT_OK;
}
