/* SPDX-License-Identifier: MIT */
/* husk reboot: the guest boots again, and the receipt says what made it. */
#include "cmds.h"
#include "show.h"

const struct opt reboot_opts[] = {
	OPT_FLAG(struct reboot_opts, now, "now", "do not ask the guest: press reset"),
	{ 0 }
};

int cmd_reboot(struct cmd_ctx *ctx)
{
	const struct reboot_opts *opts = ctx->opts;
	autorundir struct rundir r = { .fd = -1 };
	autovmdir struct vmdir d = VMDIR_INIT;
	autobuf struct buf b = BUF_INIT;
	struct json_out out = JSON_OUT(&b);
	struct reboot_options o = { .now = opts->now, .budget_ms = deadline_left_ms(ctx->deadline) };
	struct receipt receipt = { .worked = -1 };
	int rc = show_open(ctx, &r, &d);

	if (rc < 0)
		return rc;
	rc = vm_reboot(&d, &o, &receipt);
	if (ctx->g.json && receipt.was_running)
		show_receipt_json(&out, d.name, reboot_rung_names, REBOOT_RUNGS, &receipt, NULL);
	else if (rc >= 0 && !ctx->g.quiet)
		show_receipt(&b, d.name, "rebooted", reboot_rung_names, REBOOT_RUNGS, &receipt);
	show_out(&b);
	return rc;
}
