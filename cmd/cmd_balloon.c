/* SPDX-License-Identifier: MIT */
/* husk balloon: take memory from the guest, or give it back. */
#include "cmds.h"
#include "show.h"

#include <base/err.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <vm/live.h>

#define PAGE 4096		/* the balloon's unit, whatever the guest's pages are (virtio 1.2, 5.5.6) */
#define LOOK_MS 100

const struct opt balloon_opts[] = {
	OPT_FLAG(struct balloon_opts, no_wait, "no-wait", "do not wait until the guest has done it"),
	{ 0 }
};

/* The argument, read as any size is. */
static int read_size(struct cmd_ctx *ctx, uint64_t *size)
{
	static const struct opt rows[] = {
		{ .name = "size", .type = OPT_T_SIZE, .flags = OPT_FIRST, .min = 1 << 20, .max = INT64_MAX },
		{ 0 }
	};

	return ctx->nargs < 2 ? 0 : opt_parse_sub(rows, size, &ctx->pool, NULL, "balloon", ctx->args[1]);
}

static bool reached(uint64_t actual, uint64_t wanted)
{
	return (actual > wanted ? actual - wanted : wanted - actual) < PAGE;
}

/* The monitor is free in between: guests take their time. */
static int await(struct cmd_ctx *ctx, const struct vmdir *d, uint64_t wanted, uint64_t *actual)
{
	uint64_t before = *actual;

	while (!reached(*actual, wanted)) {
		autoqmp struct qmp q = QMP_INIT;
		autoclose int lock = -1;
		int rc;

		if (deadline_passed(ctx->deadline)) {
			autobuf struct buf b = BUF_INIT;

			show_size(&b, *actual);
			buf_adds(&b, " of ");
			show_size(&b, wanted);
			return fail_exit(EXIT_DEADLINE, "%s: the guest's memory is %s%s", d->name, buf_str(&b),
					 *actual == before ? "; it does not move: has it a balloon driver?" : "");
		}
		(void)loop_poll(NULL, 0, deadline_min(deadline_in(LOOK_MS), ctx->deadline));
		rc = vm_control(d, "balloon", &q, &lock, deadline_in(2000));
		if (rc >= 0)
			rc = live_balloon(&q, actual, deadline_in(2000));
		if (rc < 0)
			return rc;
	}
	return 0;
}

static void print_balloon(const struct cmd_ctx *ctx, uint64_t actual, uint64_t wanted, uint64_t maximum)
{
	autobuf struct buf b = BUF_INIT;
	struct json_out o = JSON_OUT(&b);

	if (ctx->g.json) {
		json_open(&o, NULL, '{');
		json_put_str(&o, "name", ctx->name);
		json_put_uint(&o, "actual", actual);
		json_put_uint(&o, "maximum", maximum);
		if (wanted)
			json_put_uint(&o, "wanted", wanted);
		json_close(&o, '}');
	} else {
		buf_addf(&b, "%s: ", ctx->name);
		show_size(&b, actual);
		buf_adds(&b, " of ");
		show_size(&b, maximum);
	}
	show_out(&b);
}

int cmd_balloon(struct cmd_ctx *ctx)
{
	const struct balloon_opts *opts = ctx->opts;
	autovmdir struct vmdir d = VMDIR_INIT;
	autoqmp struct qmp q = QMP_INIT;
	autoclose int lock = -1;
	struct vm_record record;
	uint64_t actual, wanted = 0;
	int rc = read_size(ctx, &wanted);

	if (rc >= 0)
		rc = show_control(ctx, "balloon", &d, &q, &lock);
	if (rc >= 0)
		rc = record_load(&d, &record, NULL);
	if (rc < 0)
		return rc;
	if (wanted > record.memory)
		return fail_exit(EXIT_USAGE, "balloon: %s is more than the %" PRIu64 " MiB that %s was started with", ctx->args[1],
				 record.memory >> 20, d.name);
	rc = live_balloon(&q, &actual, ctx->deadline);
	if (rc >= 0 && wanted)
		rc = live_balloon_set(&q, wanted, ctx->deadline);
	if (rc >= 0 && wanted && opts->no_wait)
		rc = live_balloon(&q, &actual, ctx->deadline);
	qmp_close(&q);
	fd_close(&lock);
	if (rc < 0)
		return err_prefix(rc, "%s", d.name);
	if (wanted && !opts->no_wait)
		rc = await(ctx, &d, wanted, &actual);
	if (rc >= 0 && !(ctx->g.quiet && wanted))
		print_balloon(ctx, actual, wanted, record.memory);
	return rc;
}
