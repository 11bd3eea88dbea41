/* SPDX-License-Identifier: MIT */
/* husk run, husk start: launch a VM and keep it. */
#include "cmds.h"
#include "show.h"

#include <base/err.h>
#include <stdio.h>

const struct opt run_opts[] = {
	OPT_FLAG(struct run_opts, detach, "detach", "return when the guest's CPUs run", .letter = 'd'),
	OPT_FLAG(struct run_opts, dry_run, "dry-run", "print what would be done, and do nothing"),
	OPT_FLAG(struct run_opts, stdin_console, "stdin", "send standard input to the console though it is no terminal"),
	{ 0 }
};

void run_preset_detach(void *opts)
{
	((struct run_opts *)opts)->detach = true;
}

static void print_plan(struct cmd_ctx *ctx, const struct plan *p)
{
	autobuf struct buf b = BUF_INIT;
	struct json_out o = JSON_OUT(&b);

	if (ctx->g.json)
		plan_json(&o, NULL, p);
	else
		plan_print(&b, p);
	show_out(&b);
}

static void print_started(struct cmd_ctx *ctx, const char *name)
{
	autobuf struct buf b = BUF_INIT;
	struct json_out o = JSON_OUT(&b);
	struct vm_status v;

	ctx->name = name;
	if (!ctx->g.json || show_query(ctx, &v) < 0)
		return;
	show_status_json(&o, NULL, &v);
	vmdir_close(&v.dir);
	show_out(&b);
}

int cmd_run(struct cmd_ctx *ctx)
{
	const struct run_opts *opts = ctx->opts;
	autorundir struct rundir r = { .fd = -1 };
	autoplan struct plan p = { 0 };
	struct host host = { 0 };
	struct run_options o = { .detach = opts->detach, .stdin_console = opts->stdin_console };
	autospec struct spec s;
	int rc = cmd_read_spec(ctx, &s, ctx->nargs ? ctx->args[0] : NULL);

	if (rc >= 0)
		rc = rundir_open(&r, ctx->g.rundir, false);
	if (opts->dry_run)
		fd_close(&r.fd);	/* nothing is touched: what is learnt of QEMU is not even remembered */
	if (rc >= 0)
		rc = vm_prepare(&p, &host, &s, &r, false);
	if (rc < 0)
		return rc;
	if (opts->dry_run) {
		print_plan(ctx, &p);
		return EXIT_OK;
	}
	/* what was asked wrongly has left nothing behind; from here on there is a run directory */
	if (r.fd < 0)
		rc = rundir_open(&r, ctx->g.rundir, true);
	if (rc < 0)
		return rc;
	o.deadline = deadline_in(s.start_timeout);
	rc = vm_run(&s, &p, &host, &r, &o);
	if (rc >= 0 && opts->detach)
		print_started(ctx, s.name);
	return rc;
}
