/* SPDX-License-Identifier: MIT */
/* husk stats: what VMs use, once or again and again. */
#include "cmds.h"
#include "show.h"
#include "stats_show.h"

#include <base/err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

const struct opt stats_opts[] = {
	OPT_FLAG(struct stats_opts, watch, "watch", "again and again, with rates instead of totals", .letter = 'w'),
	OPT_TIME(struct stats_opts, interval, "interval", 100, 86400000, "time between two looks; implies --watch", .deflt = "2s"),
	OPT_FLAG(struct stats_opts, prometheus, "prometheus", "metrics for Prometheus, all VMs in one text"),
	{ 0 }
};

void stats_defaults(void *opts)
{
	((struct stats_opts *)opts)->interval = 2000;
}

static void sample_free(struct sample *s)
{
	show_close_all(s->v, s->n);
	pool_free(&s->pool);
	memset(s, 0, sizeof(*s));
}

static int sample_take(struct cmd_ctx *ctx, struct sample *s, deadline_t until)
{
	int rc = show_open_all(ctx, &s->v, &s->n);

	if (rc < 0)
		return rc;
	s->s = pool_alloc(&s->pool, (s->n + 1) * sizeof(*s->s));
	s->wall_us = clock_wall_us();
	vm_stats(s->s, s->v, s->n, &s->pool, until);
	return 0;
}

/* As status exits, the worst of those that were named. */
static int worst(const struct cmd_ctx *ctx, const struct sample *s)
{
	int code = EXIT_OK;

	for (size_t i = 0; ctx->nargs && i < s->n; i++)
		if (status_exit_code(&s->v[i]) > code)
			code = status_exit_code(&s->v[i]);
	return code;
}

/* The table over the one before it: each line is cut to the window and rubbed out behind its end. */
static void print_in_place(const struct buf *table)
{
	struct winsize w;
	const char *p = buf_str(table);

	if (ioctl(1, TIOCGWINSZ, &w) < 0 || !w.ws_row || !w.ws_col)
		w = (struct winsize){ .ws_row = 24, .ws_col = 80 };
	fputs("\033[H", stdout);
	for (int row = 1; *p && row < w.ws_row; row++) {
		int len = (int)strcspn(p, "\n");

		printf("%.*s\033[K\n", len < w.ws_col ? len : w.ws_col, p);
		p += len + (p[len] == '\n');
	}
	fputs("\033[J", stdout);
}

static int print(struct cmd_ctx *ctx, const struct sample *now, const struct sample *before)
{
	const struct stats_opts *opts = ctx->opts;
	autobuf struct buf b = BUF_INIT;

	if (opts->prometheus)
		stats_prometheus(&b, now);
	else if (ctx->g.json)
		stats_json(&b, now, before);
	else
		stats_table(&b, now, before);
	if (b.failed)
		return fail(-ENOMEM, "statistics of %zu VMs", now->n);
	if (before && !ctx->g.json && isatty(1))
		print_in_place(&b);
	else
		fwrite(buf_str(&b), 1, b.len, stdout);
	return fflush(stdout) ? fail(-errno, "write to stdout") : 0;
}

static int watch(struct cmd_ctx *ctx, int64_t interval)
{
	struct sample before = { .n = 0 }, now = { .n = 0 };
	deadline_t next = clock_us();
	int rc;

	for (;;) {
		/* a reader that went away is seen between two looks too */
		struct pollfd out = { .fd = 1, .events = 0 };

		rc = sample_take(ctx, &now, deadline_min(ctx->deadline, deadline_in(PROBE_BUDGET_MS)));
		if (rc >= 0)
			rc = print(ctx, &now, &before);
		sample_free(&before);
		before = now;
		now = (struct sample){ .n = 0 };
		/* from the start of the last look, so that looking costs no time; what was missed is left out */
		next += interval * 1000;
		if (deadline_passed(next))
			next = deadline_in(interval);
		if (rc < 0 || loop_poll(&out, 1, deadline_min(next, ctx->deadline)) > 0 || deadline_passed(ctx->deadline))
			break;
	}
	sample_free(&before);
	return rc < 0 ? rc : EXIT_OK;
}

int cmd_stats(struct cmd_ctx *ctx)
{
	const struct stats_opts *opts = ctx->opts;
	struct sample s = { .n = 0 };
	bool again = opts->watch || opt_given(ctx->set, "interval");
	int rc;

	if (opts->prometheus && (again || ctx->g.json))
		return fail_exit(EXIT_USAGE, "--prometheus excludes --watch and --json");
	if (again)
		return watch(ctx, opts->interval);
	rc = sample_take(ctx, &s, ctx->g.timeout_ms >= 0 ? ctx->deadline : deadline_in(PROBE_BUDGET_MS));
	if (rc >= 0)
		rc = print(ctx, &s, NULL);
	if (rc >= 0)
		rc = worst(ctx, &s);
	sample_free(&s);
	return rc;
}
