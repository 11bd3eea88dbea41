/* SPDX-License-Identifier: MIT */
/* husk wait: until the VM has ended; the exit code says how. */
#include "cmds.h"
#include "show.h"

#include <base/err.h>
#include <errno.h>
#include <string.h>

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

int cmd_wait(struct cmd_ctx *ctx)
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
	/* a keeper that lives has not yet said how a QEMU that is gone ended */
	if (rc >= 0 && v.has_record && v.state != VMS_BROKEN && (v.state != VMS_STOPPED || v.supervised)) {
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
