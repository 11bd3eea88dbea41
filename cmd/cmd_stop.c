/* SPDX-License-Identifier: MIT */
/* husk stop: climb the ladder, and say which rung it took. */
#include "cmds.h"
#include "show.h"

#include <base/err.h>
#include <string.h>

const struct opt stop_opts[] = {
	OPT_FLAG(struct stop_opts, now, "now", "do not ask the guest: quit at once, then KILL"),
	{ 0 }
};

static void add_receipt(struct json_out *o, const char *name, const struct receipt *r)
{
	json_open(o, NULL, '{');
	json_put_str(o, "name", name);
	json_put_bool(o, "was_running", r->was_running);
	json_put_str(o, "rung", r->worked >= 0 ? rung_names[r->worked] : NULL);
	json_put_int(o, "ms", r->total_ms);
	json_open(o, "rungs", '[');
	for (int i = 0; i < RUNG_COUNT; i++) {
		if (!r->said[i][0])
			continue;
		json_open(o, NULL, '{');
		json_put_str(o, "rung", rung_names[i]);
		json_put_int(o, "ms", r->ms[i]);
		json_put_str(o, "result", r->said[i]);
		json_close(o, '}');
	}
	json_close(o, ']');
	json_close(o, '}');
}

static void add_text(struct buf *b, const char *name, const struct receipt *r)
{
	if (!r->was_running) {
		buf_addf(b, "%s: was not running", name);
		return;
	}
	buf_addf(b, "%s: stopped by %s in ", name, r->worked >= 0 ? rung_names[r->worked] : "itself");
	show_span(b, r->total_ms * 1000);
	for (int i = 0; i < RUNG_COUNT; i++)
		if (r->said[i][0] && i != r->worked)
			buf_addf(b, "%s%s: %s", strstr(b->data, " (") ? "; " : " (", rung_names[i], r->said[i]);
	if (strstr(b->data, " ("))
		buf_addc(b, ')');
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
	int rc = show_open(ctx, &r, &d);

	if (rc < 0)
		return rc;
	o.budget_ms = deadline_left_ms(ctx->deadline);
	rc = vm_stop(&d, &o, &receipt);
	if (ctx->g.json)
		add_receipt(&out, d.name, &receipt);
	else if (rc >= 0 && !ctx->g.quiet)
		add_text(&b, d.name, &receipt);
	show_out(&b);
	return rc < 0 ? rc : EXIT_OK;
}
