/* SPDX-License-Identifier: MIT */
/* husk logs: what the console, QEMU or the journal said, and what it says from now on. */
#include "cmds.h"
#include "show.h"

#include <base/err.h>
#include <base/log.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <vm/tail.h>

const struct opt logs_opts[] = {
	OPT_FLAG(struct logs_opts, follow, "follow", "go on with what is added, until the VM ends", .letter = 'f'),
	OPT_INT(struct logs_opts, lines, "lines", 0, 1000000000, "only the last N lines", .letter = 'n', .deflt = "all"),
	OPT_FLAG(struct logs_opts, qemu, "qemu", "QEMU's own output instead of the console"),
	OPT_FLAG(struct logs_opts, events, "events", "the journal of events instead of the console"),
	OPT_FLAG(struct logs_opts, raw, "raw", "the bytes as they are, on a terminal too"),
	{ 0 }
};

void logs_defaults(void *opts)
{
	((struct logs_opts *)opts)->lines = -1;
}

static int put(struct cmd_ctx *ctx, const char *data, size_t len)
{
	const struct logs_opts *opts = ctx->opts;
	autobuf struct buf safe = BUF_INIT;

	if (opts->raw || !isatty(1))
		return show_write(ctx, data, len);
	show_safe(&safe, data, len);
	return show_write(ctx, buf_str(&safe), safe.len);
}

/* All that is there now, of which the last lines may be wanted. */
static int show_new(struct cmd_ctx *ctx, struct tail *t, int64_t lines)
{
	autobuf struct buf all = BUF_INIT;
	char piece[65536];
	const char *from;
	ssize_t n;
	int rc = 0;

	while (rc >= 0 && (n = tail_read(t, piece, sizeof(piece))) != 0) {
		if (t->gap)
			warn("%s: some of %s is lost: it grew faster than it was read", t->dir->name, t->name);
		t->gap = false;
		if (n < 0)
			rc = (int)n;
		else if (lines < 0)
			rc = put(ctx, piece, (size_t)n);
		else
			rc = buf_add(&all, piece, (size_t)n);
	}
	if (rc < 0 || lines < 0)
		return rc;
	from = show_last_lines(buf_str(&all), all.len, lines);
	return put(ctx, from, all.len - (size_t)(from - buf_str(&all)));
}

static int follow(struct cmd_ctx *ctx, struct tail *t)
{
	int rc;

	for (;;) {
		rc = show_new(ctx, t, -1);
		if (rc < 0)
			return rc;
		rc = tail_wait(t, 1, ctx->deadline);
		if (rc == TAIL_DEADLINE)
			return fail_exit(EXIT_DEADLINE, "%s still runs", t->dir->name);
		if (rc == TAIL_END)
			return tail_over(t);
		if (rc != TAIL_MORE)
			return rc < 0 ? rc : 0;
	}
}

int cmd_logs(struct cmd_ctx *ctx)
{
	const struct logs_opts *opts = ctx->opts;
	autorundir struct rundir r = { .fd = -1 };
	autovmdir struct vmdir d = VMDIR_INIT;
	autotail struct tail t = TAIL_INIT;
	int rc;

	if (opts->qemu && opts->events)
		return fail_exit(EXIT_USAGE, "--qemu and --events exclude each other");
	rc = show_open(ctx, &r, &d);
	if (rc >= 0)
		rc = tail_open(&t, &d, opts->qemu ? "qemu.log" : opts->events ? "events.jsonl" : "console.log");
	t.only_backlog = true;
	if (rc >= 0)
		rc = show_new(ctx, &t, opts->lines);
	t.only_backlog = false;
	if (rc >= 0 && opts->follow)
		rc = follow(ctx, &t);
	return rc == -EPIPE ? EXIT_OK : rc;
}
