/* SPDX-License-Identifier: MIT */
/* husk agent NAME frozen, fsfreeze, fsthaw, fsstatus, fstrim: the guest's file systems. */
#include "cmds.h"
#include "show.h"

#include <base/err.h>
#include <base/log.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <vm/agent.h>

int agent_freeze(struct cmd_ctx *ctx)
{
	autovmdir struct vmdir d = VMDIR_INIT;
	autoagent struct agent a = AGENT_INIT;
	autobuf struct buf b = BUF_INIT;
	struct json_out o = JSON_OUT(&b);
	const char *verb = ctx->verb->name + 2;		/* "freeze", "thaw", "status" */
	bool status = strcmp(verb, "status") == 0;
	char text[32] = "?";
	int64_t n;
	int rc = agent_call(ctx, &d, &a, pool_printf(&ctx->pool, "guest-fsfreeze-%s", verb), NULL);

	if (rc == -ETIMEDOUT && strcmp(verb, "freeze") == 0)
		return err_prefix(rc, "the guest may freeze yet, \"husk agent %s fsthaw\" undoes it", ctx->name);
	if (rc < 0)
		return rc;
	n = json_int_or(&a.qga.conn.json, agent_return(&a), 0);
	(void)json_str(&a.qga.conn.json, agent_return(&a), text, sizeof(text));
	if (ctx->g.json) {
		json_open(&o, NULL, '{');
		json_put_str(&o, "name", d.name);
		if (status)
			json_put_str(&o, "status", text);
		else
			json_put_int(&o, "filesystems", n);
		json_close(&o, '}');
	} else if (status) {
		buf_add_safe(&b, text, strlen(text));
	} else if (!ctx->g.quiet) {
		buf_addf(&b, "%" PRId64 " file system%s", n, n == 1 ? "" : "s");
	}
	show_out(&b);
	return 0;
}

int agent_freeze_for(struct cmd_ctx *ctx)
{
	const struct agent_opts *opts = ctx->opts;
	autovmdir struct vmdir d = VMDIR_INIT;
	autoagent struct agent a = AGENT_INIT;
	const char **argv = pool_alloc(&ctx->pool, ((size_t)ctx->nwords + 1) * sizeof(*argv));
	struct frozen f = { .argv = argv, .thaw_ms = opts->thaw_ms };
	int rc = agent_of(ctx, &d, &a);

	memcpy(argv, ctx->words, (size_t)ctx->nwords * sizeof(*argv));
	if (rc >= 0)
		rc = agent_frozen(&a, &f, ctx->deadline);
	if (f.frozen_us)
		trace("frozen", "%" PRId64 " file systems, %" PRId64 " thawed, for %" PRId64 " ms", f.frozen, f.thawed,
		      f.frozen_us / 1000);
	return rc;
}

int agent_fstrim(struct cmd_ctx *ctx)
{
	autovmdir struct vmdir d = VMDIR_INIT;
	autoagent struct agent a = AGENT_INIT;
	autobuf struct buf b = BUF_INIT;
	const struct json *j = &a.qga.conn.json;
	int rc = agent_call(ctx, &d, &a, "guest-fstrim", NULL), iter = 0, v, n = 0, failed = 0;
	char text[512];
	const char *raw;
	size_t len;

	if (rc < 0)
		return rc;
	while (json_next(j, json_get(j, agent_return(&a), "paths"), &iter, NULL, &v)) {
		int64_t trimmed = json_int_or(j, json_get(j, v, "trimmed"), 0);

		n++;
		if (json_str(j, json_get(j, v, "path"), text, sizeof(text)) < 0)
			memcpy(text, "?", 2);
		buf_add_safe(&b, text, strlen(text));
		if (json_str(j, json_get(j, v, "error"), text, sizeof(text)) > 0) {
			failed++;
			buf_adds(&b, ": ");
			buf_add_safe(&b, text, strlen(text));
		} else {
			buf_addf(&b, "  %" PRId64 " bytes", trimmed);
		}
		buf_addc(&b, '\n');
	}
	if (ctx->g.json) {
		raw = json_raw(j, agent_return(&a), &len);
		buf_clear(&b);
		buf_add(&b, raw, len);
	}
	show_out(&b);
	/* some of a guest's file systems can never be trimmed */
	if (n && n == failed)
		return fail_exit(EXIT_FAILED, "%s: no file system could be trimmed", d.name);
	return 0;
}
