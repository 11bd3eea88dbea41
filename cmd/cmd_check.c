/* SPDX-License-Identifier: MIT */
/* husk check: can this host run VMs, and how tightly? */
#include "check.h"
#include "cmds.h"
#include "show.h"

#include <base/err.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const struct opt check_opts[] = {
	OPT_FLAG(struct check_opts, boot, "boot", "boot the built-in test guest through the whole path"),
	OPT_STRING(struct check_opts, qemu, "qemu", "PROGRAM", "QEMU binary to look at"),
	{ 0 }
};

static const char *const state_names[CHECK_STATES] = {
	[CHECK_OK] = "ok", [CHECK_WARNING] = "warning", [CHECK_MISSING] = "missing",
};

void report_init(struct report *r)
{
	memset(r, 0, sizeof(*r));
	r->out = (struct json_out)JSON_OUT(&r->json);
	json_open(&r->out, NULL, '[');
}

void report_free(struct report *r)
{
	buf_free(&r->text);
	buf_free(&r->json);
	buf_free(&r->missing);
}

/* What a library or QEMU said may have lines: here it is one. */
static void join_lines(struct buf *b)
{
	for (char *p = b->data; p && *p; p++)
		if (*p == '\n')
			*p = ' ';
}

void report_row(struct report *r, enum check_state state, const char *name, const char *fmt, ...)
{
	autobuf struct buf text = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_addv(&text, fmt, ap);
	va_end(ap);
	join_lines(&text);
	buf_addf(&r->text, "%-8s %-14s ", state_names[state], name);
	buf_add_safe(&r->text, buf_str(&text), text.len);
	buf_addc(&r->text, '\n');
	if (r->open)
		json_close(&r->out, '}');
	r->open = true;
	json_open(&r->out, NULL, '{');
	json_put_str(&r->out, "name", name);
	json_put_str(&r->out, "state", state_names[state]);
	json_put_str(&r->out, "text", buf_str(&text));
	r->count[state]++;
	if (state == CHECK_MISSING)
		buf_addf(&r->missing, "%s%s", r->missing.len ? ", " : "", name);
}

void report_end(struct report *r)
{
	if (r->open)
		json_close(&r->out, '}');
	r->open = false;
	json_close(&r->out, ']');
}

static void add_parts(struct buf *b, unsigned parts)
{
	const char *comma = "";

	for (int i = 0; i < PART_COUNT; i++) {
		if (!(parts & 1u << i))
			continue;
		buf_addf(b, "%s%s", comma, sandbox_part_names[i]);
		comma = ",";
	}
}

static void add_verdict(struct buf *b, const struct report *r)
{
	if (r->count[CHECK_MISSING]) {
		buf_addf(b, "VMs cannot run here: %s", buf_str(&r->missing));
		if (r->without) {
			buf_adds(b, "; what is missing of the sandbox can be given up: --sandbox-without=");
			add_parts(b, r->without);
		}
		buf_addc(b, '\n');
	} else if (r->count[CHECK_WARNING])
		buf_addf(b, "VMs can run here, with %d warning%s\n", r->count[CHECK_WARNING],
			 r->count[CHECK_WARNING] == 1 ? "" : "s");
	else
		buf_adds(b, "VMs can run here\n");
}

static void print_json(const struct report *r, const struct boot_result *boot)
{
	autobuf struct buf b = BUF_INIT, without = BUF_INIT;
	struct json_out o = JSON_OUT(&b);

	json_open(&o, NULL, '{');
	json_put_bool(&o, "ok", !r->count[CHECK_MISSING]);
	add_parts(&without, r->without);
	json_put_str(&o, "sandbox_without", without.len ? without.data : NULL);
	json_put_raw(&o, "checks", buf_str(&r->json), r->json.len);
	if (boot) {
		json_open(&o, "boot", '{');
		json_put_bool(&o, "ok", boot->ok);
		json_put_str(&o, "why", boot->ok ? NULL : boot->why);
		json_put_str(&o, "accel", boot->accel[0] ? boot->accel : NULL);
		json_put_int(&o, "start_ms", boot->start_ms);
		json_put_int(&o, "line_ms", boot->line_ms);
		json_put_int(&o, "stop_ms", boot->stop_ms);
		json_close(&o, '}');
	} else {
		json_put_null(&o, "boot");
	}
	json_close(&o, '}');
	show_out(&b);
}

static void add_boot(struct report *r, const struct boot_result *b)
{
	if (b->ok)
		report_row(r, CHECK_OK, "boot", "the test guest ran with %s: CPUs after %lld ms, first line %lld ms later, "
			   "powered off in %lld ms", b->accel, (long long)b->start_ms, (long long)b->line_ms,
			   (long long)b->stop_ms);
	else
		report_row(r, CHECK_MISSING, "boot", "%s", b->why);
}

static void check_all(struct cmd_ctx *ctx, struct report *r, struct boot_result *boot)
{
	const struct check_opts *opts = ctx->opts;
	struct host h = { .root = geteuid() == 0, .arch = host_arch() };
	struct host_features f = { 0 };

	/* nothing is remembered: who checks wants to know how it is now, and there may be no run directory */
	if (host_find_qemu(&h.qemu, &ctx->pool, opts->qemu, -1) >= 0) {
		check_qemu(r, &h.qemu, opts->qemu, NULL);
		host_probe_features(&f, &h.qemu, ctx->deadline);
		check_features(r, &f, &h.qemu);
	} else {
		check_qemu(r, NULL, opts->qemu, err_text());
		h.qemu.path = NULL;
	}
	host_probe_kvm(&h.kvm);
	check_kvm(r, &h.kvm, h.qemu.path ? &h.qemu : NULL, f.asked ? &f : NULL);
	check_rundir(r, ctx->g.rundir);
	check_kernel(r);
	check_helpers(r);
	if (opts->boot) {
		check_boot(boot, ctx, opts->qemu, &h);
		add_boot(r, boot);
	}
	report_end(r);
	err_clear();
}

int cmd_check_host(struct cmd_ctx *ctx)
{
	const struct check_opts *opts = ctx->opts;
	struct boot_result boot = { 0 };
	struct report r;
	int code;

	report_init(&r);
	check_all(ctx, &r, &boot);
	add_verdict(&r.text, &r);
	if (ctx->g.json)
		print_json(&r, opts->boot ? &boot : NULL);
	else if (!ctx->g.quiet)
		show_out(&r.text);
	code = r.count[CHECK_MISSING] ? EXIT_HOST : EXIT_OK;
	report_free(&r);
	if (code == EXIT_HOST && deadline_passed(ctx->deadline))
		return fail_exit(EXIT_DEADLINE, "check: not done within its time");
	return code;
}
