/* SPDX-License-Identifier: MIT */
/* husk list: all VMs, never held up by one. */
#include "cmds.h"
#include "show.h"

#include <base/err.h>
#include <stdio.h>

const struct opt list_opts[] = {
	OPT_FLAG(struct list_opts, names, "names", "print names only, one a line"),
	OPT_FLAG(struct list_opts, running, "running", "leave out what does not run"),
	{ 0 }
};

static bool shown(const struct list_opts *opts, const struct vm_status *v)
{
	return !opts->running || (v->state != VMS_STOPPED && v->state != VMS_BROKEN);
}

static void add_row(struct buf *b, const struct vm_status *v)
{
	autobuf struct buf memory = BUF_INIT, up = BUF_INIT;
	bool alive = v->state == VMS_RUNNING || v->state == VMS_PAUSED || v->state == VMS_UNRESPONSIVE;

	if (v->has_record)
		show_size(&memory, v->record.memory);
	if (alive)
		show_span(&up, clock_wall_us() - v->record.started_us);
	buf_addf(b, "%-16s %-12s ", v->dir.name, vm_state_names[v->state]);
	if (alive)
		buf_addf(b, "%8d", (int)v->record.qemu.pid);
	else
		buf_addf(b, "%8s", "-");
	buf_addf(b, " %7s %6s  %s%s\n", alive ? buf_str(&up) : "-", memory.len ? buf_str(&memory) : "-",
		 alive && !v->supervised ? "unsupervised " : "", v->detail);
}

static void print(struct cmd_ctx *ctx, const struct vm_status *v, size_t n)
{
	const struct list_opts *opts = ctx->opts;
	autobuf struct buf b = BUF_INIT;
	struct json_out o = JSON_OUT(&b);

	if (ctx->g.json)
		json_open(&o, NULL, '[');
	else if (!opts->names && !ctx->g.quiet)
		buf_addf(&b, "%-16s %-12s %8s %7s %6s  %s\n", "NAME", "STATE", "PID", "UP", "MEMORY", "DETAIL");
	for (size_t i = 0; i < n; i++) {
		if (!shown(opts, &v[i]))
			continue;
		if (ctx->g.json)
			show_status_json(&o, NULL, &v[i]);
		else if (opts->names)
			buf_addf(&b, "%s\n", v[i].dir.name);
		else
			add_row(&b, &v[i]);
	}
	if (ctx->g.json)
		json_close(&o, ']');
	show_out(&b);
}

int cmd_list(struct cmd_ctx *ctx)
{
	const struct list_opts *opts = ctx->opts;
	struct vm_status *v;
	size_t n;
	int rc = show_open_all(ctx, &v, &n);

	if (rc < 0)
		return rc;
	if (!opts->names || opts->running)
		vm_query(v, n, ctx->g.timeout_ms >= 0 ? ctx->deadline : deadline_in(PROBE_BUDGET_MS));
	print(ctx, v, n);
	show_close_all(v, n);
	return EXIT_OK;
}
