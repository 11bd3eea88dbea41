/* SPDX-License-Identifier: MIT */
/* husk wait: until the VM has ended, and the exit code says how; or until it is or says something else. */
#include "cmds.h"
#include "show.h"

#include <base/err.h>
#include <errno.h>
#include <string.h>

static int parse_condition(struct pool *pool, const char *text, void *field, const char **why)
{
	(void)pool;
	*why = "not one of stopped, running, paused, agent, event=TYPE, console=TEXT, job=ID";
	return await_parse(field, text);
}

const struct opt wait_opts[] = {
	OPT_CUSTOM(struct wait_opts, what, struct await, "for", "CONDITION", parse_condition,
		   "one of stopped, running, paused, agent, event=TYPE, console=TEXT, job=ID", .deflt = "stopped"),
	OPT_CUSTOM(struct wait_opts, since, int64_t, "since", "WHEN", since_parse,
		   "with event=: not what happened before (see husk events)"),
	{ 0 }
};

/* QEMU's end, and that of whoever writes exit.json: the keeper, or without one the husk stop that ended it. */
static int await_end(const struct vm_status *v, deadline_t until)
{
	autoclose int qemu = proc_open(&v->record.qemu);
	autoclose int keeper = v->supervised ? proc_open(&v->record.keeper) : -ESRCH;
	autoclose int stopper = -1;
	int rc = qemu >= 0 ? loop_readable(qemu, until) : 1;

	if (rc > 0 && keeper >= 0)
		rc = loop_readable(keeper, until);
	if (rc > 0)
		stopper = vm_stopper(&v->dir);
	if (stopper >= 0)
		rc = loop_readable(stopper, until);
	if (rc == 0)
		return fail_exit(EXIT_DEADLINE, "%s still runs", v->dir.name);
	return rc < 0 ? fail(rc, "wait for %s", v->dir.name) : 0;
}

static int wait_for_end(struct cmd_ctx *ctx)
{
	autobuf struct buf b = BUF_INIT;
	struct json_out o = JSON_OUT(&b);
	struct vm_status v;
	autorundir struct rundir r = { .fd = -1 };
	int rc;

	memset(&v, 0, sizeof(v));
	rc = show_open(ctx, &r, &v.dir);
	/* however long the wait may be: a mute QEMU's control socket is not held for long */
	if (rc >= 0)
		vm_query(&v, 1, deadline_min(ctx->deadline, deadline_in(PROBE_BUDGET_MS)));
	/* a keeper that lives, or a husk stop without one, has not yet said how a QEMU that is gone ended */
	if (rc >= 0 && v.has_record && v.state != VMS_BROKEN && (v.state != VMS_STOPPED || v.supervised || !v.has_ending)) {
		rc = await_end(&v, ctx->deadline);
		if (rc >= 0)
			vm_query(&v, 1, deadline_in(PROBE_BUDGET_MS));
	}
	if (rc >= 0 && v.state != VMS_STOPPED)
		rc = fail_exit(EXIT_NOT_RUNNING, "%s: %s%s%s", v.dir.name, vm_state_names[v.state], v.detail[0] ? ": " : "",
			       v.detail);
	if (rc >= 0) {
		if (ctx->g.json)
			show_status_json(&o, NULL, &v);
		else if (!ctx->g.quiet)
			show_status(&b, &v);
		show_out(&b);
		rc = v.has_ending ? ending_exit_code(v.ending.reason) : EXIT_FAILED;
	}
	vmdir_close(&v.dir);
	return rc;
}

static void show_awaited(struct cmd_ctx *ctx, const char *name, const struct await *a, const struct buf *line)
{
	autobuf struct buf b = BUF_INIT, json = BUF_INIT;
	struct json_out o = JSON_OUT(&b);
	autojson struct json j = JSON_INIT;
	struct event e;
	bool event = a->kind == AWAIT_EVENT && event_parse(&j, buf_str(line), line->len, &e) >= 0;

	if (ctx->g.json) {
		json_open(&o, NULL, '{');
		json_put_str(&o, "name", name);
		json_put_str(&o, "for", a->text);
		if (event) {
			show_event_json(&json, &j);
			json_put_raw(&o, "event", buf_str(&json), json.len);
		} else {
			json_put_null(&o, "event");
		}
		json_close(&o, '}');
	} else if (event && !ctx->g.quiet) {
		show_event(&b, &j, &e);
	}
	show_out(&b);
}

int cmd_wait(struct cmd_ctx *ctx)
{
	struct wait_opts *opts = ctx->opts;
	autorundir struct rundir r = { .fd = -1 };
	autovmdir struct vmdir d = VMDIR_INIT;
	autobuf struct buf line = BUF_INIT;
	int rc;

	if (opt_given(ctx->set, "since") && opts->what.kind != AWAIT_EVENT)
		return opt_fail(opt_where(ctx->set, "since"), "since", "only --for event=TYPE has a past");
	if (opts->what.kind == AWAIT_STOPPED)
		return wait_for_end(ctx);
	opts->what.since_us = opts->since;
	rc = show_open(ctx, &r, &d);
	if (rc >= 0)
		rc = vm_await(&d, &opts->what, &line, ctx->deadline);
	if (rc >= 0)
		show_awaited(ctx, d.name, &opts->what, &line);
	return rc;
}
