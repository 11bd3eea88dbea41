/* SPDX-License-Identifier: MIT */
/* husk agent NAME ip, osinfo, users: what the guest says of itself. */
#include "cmds.h"
#include "show.h"

#include <inttypes.h>
#include <string.h>
#include <vm/agent.h>

static void add_safe(struct buf *b, const char *text)
{
	buf_add_safe(b, text, strlen(text));
}

int agent_ip(struct cmd_ctx *ctx)
{
	const struct agent_opts *opts = ctx->opts;
	autovmdir struct vmdir d = VMDIR_INIT;
	autoagent struct agent a = AGENT_INIT;
	autobuf struct buf b = BUF_INIT;
	struct json_out o = JSON_OUT(&b);
	struct qga_addresses all;
	struct qga_address one;
	int rc = agent_call(ctx, &d, &a, "guest-network-get-interfaces", NULL);

	if (rc < 0)
		return rc;
	all = (struct qga_addresses)QGA_ADDRESSES(&a.qga.conn.json, agent_return(&a));
	if (ctx->g.json)
		json_open(&o, NULL, '[');
	while (qga_next_address(&all, &one)) {
		if (one.loopback && !opts->all)
			continue;
		if (!ctx->g.json) {
			add_safe(&b, one.interface);
			buf_addc(&b, ' ');
			add_safe(&b, one.address);
			buf_addf(&b, one.prefix >= 0 ? "/%" PRId64 "\n" : "\n", one.prefix);
			continue;
		}
		json_open(&o, NULL, '{');
		json_put_str(&o, "interface", one.interface);
		json_put_str(&o, "mac", one.mac[0] ? one.mac : NULL);
		json_put_str(&o, "address", one.address);
		json_put_int(&o, "prefix", one.prefix);
		json_put_int(&o, "family", one.v6 ? 6 : 4);
		json_close(&o, '}');
	}
	if (ctx->g.json)
		json_close(&o, ']');
	show_out(&b);
	return 0;
}

/* One object, a line for each member; nested values as JSON. */
static void add_members(struct buf *b, const struct json *j, int v)
{
	int iter = 0, key, value;
	char text[1024];
	const char *raw;
	size_t len;

	while (json_next(j, v, &iter, &key, &value)) {
		if (json_str(j, key, text, sizeof(text)) < 0)
			continue;
		add_safe(b, text);
		buf_adds(b, ": ");
		if (json_str(j, value, text, sizeof(text)) >= 0) {
			add_safe(b, text);
		} else {
			raw = json_raw(j, value, &len);
			buf_add_safe(b, raw, len);
		}
		buf_addc(b, '\n');
	}
}

static int print_members(struct cmd_ctx *ctx, const char *command)
{
	autovmdir struct vmdir d = VMDIR_INIT;
	autoagent struct agent a = AGENT_INIT;
	autobuf struct buf b = BUF_INIT;
	const struct json *j = &a.qga.conn.json;
	int rc = agent_call(ctx, &d, &a, command, NULL), iter = 0, v = agent_return(&a), item;
	const char *raw;
	size_t len;

	if (rc < 0)
		return rc;
	if (ctx->g.json) {
		raw = json_raw(j, v, &len);
		buf_add(&b, raw, len);
	} else if (json_is_object(j, v)) {
		add_members(&b, j, v);
	} else {
		while (json_next(j, v, &iter, NULL, &item)) {
			if (b.len)
				buf_addc(&b, '\n');
			add_members(&b, j, item);
		}
	}
	show_out(&b);
	return 0;
}

int agent_osinfo(struct cmd_ctx *ctx)
{
	return print_members(ctx, "guest-get-osinfo");
}

int agent_users(struct cmd_ctx *ctx)
{
	return print_members(ctx, "guest-get-users");
}
