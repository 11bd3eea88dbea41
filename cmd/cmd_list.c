/* SPDX-License-Identifier: MIT */
/* husk list: all VMs, never held up by one. */
#include "cmds.h"
#include "show.h"

#include <base/err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

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
	autorundir struct rundir r = { .fd = -1 };
	struct vm_status *v;
	char **names;
	size_t n, open = 0;
	int rc = rundir_open(&r, ctx->g.rundir, false);

	if (rc >= 0)
		rc = rundir_names(&r, &names, &n);
	if (rc < 0)
		return rc;
	v = calloc(n ? n : 1, sizeof(*v));
	if (!v) {
		rundir_free_names(names, n);
		return fail(-ENOMEM, "list %zu VMs", n);
	}
	for (size_t i = 0; i < n; i++)
		/* one that vanishes between the two looks is none */
		if (vmdir_open(&v[open].dir, &r, names[i]) >= 0)
			open++;
	if (!opts->names || opts->running)
		vm_query(v, open, ctx->g.timeout_ms >= 0 ? ctx->deadline : deadline_in(PROBE_BUDGET_MS));
	print(ctx, v, open);
	for (size_t i = 0; i < open; i++)
		vmdir_close(&v[i].dir);
	free(v);
	rundir_free_names(names, n);
	return EXIT_OK;
}
