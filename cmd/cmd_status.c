/* SPDX-License-Identifier: MIT */
/* husk status: how one VM is. */
#include "cmds.h"
#include "show.h"

int cmd_status(struct cmd_ctx *ctx)
{
	autobuf struct buf b = BUF_INIT;
	struct json_out o = JSON_OUT(&b);
	struct vm_status v;
	int rc = show_query(ctx, &v);

	if (rc < 0) {
		vmdir_close(&v.dir);
		return rc;
	}
	if (ctx->g.json)
		show_status_json(&o, NULL, &v);
	else if (!ctx->g.quiet)
		show_status(&b, &v);
	show_out(&b);
	vmdir_close(&v.dir);
	return status_exit_code(&v);
}
