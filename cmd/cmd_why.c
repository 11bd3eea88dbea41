/* SPDX-License-Identifier: MIT */
/* husk why: what happened, in one line, and the evidence below it. */
#include "cmds.h"
#include "show.h"

#include <base/file.h>
#include <string.h>

#define TAIL_BYTES 16384

static void add_tail(struct buf *b, const struct vm_status *v, const char *title, const char *file, int lines)
{
	autobuf struct buf text = BUF_INIT;

	if (file_read_tail(v->dir.fd, file, &text, TAIL_BYTES) < 0 || !text.len)
		return;
	buf_addf(b, "%s\n", title);
	show_indented(b, buf_str(&text), text.len, lines);
}

static void add_json_tail(struct json_out *o, const char *key, const struct vm_status *v, const char *file)
{
	autobuf struct buf text = BUF_INIT;

	if (file_read_tail(v->dir.fd, file, &text, 4096) >= 0)
		json_put_strn(o, key, buf_str(&text), text.len);
	else
		json_put_null(o, key);
}

static void print_text(struct cmd_ctx *ctx, struct vm_status *v)
{
	autobuf struct buf b = BUF_INIT;

	vm_why(v, &b);
	buf_addc(&b, '\n');
	if (!ctx->g.quiet) {
		if (v->has_record) {
			buf_adds(&b, "started\n  ");
			show_time(&b, v->record.started_us);
			if (v->has_ending) {
				buf_adds(&b, ", ended ");
				show_time(&b, v->ending.ended_us);
				buf_adds(&b, " after ");
				show_span(&b, v->ending.ended_us - v->record.started_us);
			}
			buf_addc(&b, '\n');
		}
		add_tail(&b, v, "last events (events.jsonl)", "events.jsonl", 5);
		add_tail(&b, v, "QEMU's last words (qemu.log)", "qemu.log", 8);
		add_tail(&b, v, "end of the console (console.log)", "console.log", 10);
	}
	show_out(&b);
}

static void print_json(struct vm_status *v)
{
	autobuf struct buf b = BUF_INIT, verdict = BUF_INIT;
	struct json_out o = JSON_OUT(&b);

	vm_why(v, &verdict);
	json_open(&o, NULL, '{');
	json_put_str(&o, "verdict", buf_str(&verdict));
	show_status_json(&o, "status", v);
	add_json_tail(&o, "events", v, "events.jsonl");
	add_json_tail(&o, "qemu_log", v, "qemu.log");
	add_json_tail(&o, "console", v, "console.log");
	json_close(&o, '}');
	show_out(&b);
}

int cmd_why(struct cmd_ctx *ctx)
{
	struct vm_status v;
	int rc = show_query(ctx, &v);

	if (rc >= 0) {
		if (ctx->g.json)
			print_json(&v);
		else
			print_text(ctx, &v);
		rc = 0;
	}
	vmdir_close(&v.dir);
	return rc;
}
