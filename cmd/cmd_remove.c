/* SPDX-License-Identifier: MIT */
/* husk remove: forget a VM that has ended. */
#include "cmds.h"
#include "show.h"

#include <base/err.h>
#include <errno.h>
#include <stdio.h>

const struct opt remove_opts[] = {
	OPT_FLAG(struct remove_opts, force, "force", "stop it first, as husk stop --now does"),
	{ 0 }
};

/* Locked, and nothing of it runs any more. */
static int may_remove(struct vmdir *d, deadline_t until)
{
	struct vm_record r;
	int rc;

	(void)vm_settle(d, deadline_min(until, deadline_in(SETTLE_MS)));
	rc = vmdir_lock(d);
	if (rc == -EBUSY)
		return fail_exit(EXIT_BUSY, "%s is running; stop it first, or use --force", d->name);
	if (rc == -ESTALE)
		return fail_exit(EXIT_NO_VM, "%s was removed meanwhile", d->name);
	if (rc < 0)
		return rc;
	rc = record_load(d, &r, NULL);
	if (rc < 0 || !record_qemu_alive(&r))
		return 0;	/* a damaged record is no reason to keep it */
	if (r.phase == VM_RUNNING)
		return fail_exit(EXIT_BUSY, "%s is running, without keeper; stop it first, or use --force", d->name);
	return vm_kill_leftover(d, &r, until);
}

int cmd_remove(struct cmd_ctx *ctx)
{
	const struct remove_opts *opts = ctx->opts;
	struct stop_options o = { .now = true, .by = "husk remove" };
	autorundir struct rundir r = { .fd = -1 };
	autovmdir struct vmdir d = VMDIR_INIT;
	struct receipt receipt;
	int rc = show_open(ctx, &r, &d);

	if (rc >= 0 && opts->force) {
		o.budget_ms = deadline_left_ms(ctx->deadline);
		rc = vm_stop(&d, &o, &receipt);
	}
	if (rc >= 0)
		rc = may_remove(&d, ctx->deadline);
	if (rc >= 0)
		rc = vmdir_remove(&d, &r);
	if (rc >= 0 && ctx->g.json)
		printf("{\"name\": \"%s\", \"removed\": true}\n", d.name);
	return rc;
}
