/* SPDX-License-Identifier: MIT */
/* husk inspect: everything known about a VM as JSON; or what its sandbox is, by the kernel's word. */
#include "cmds.h"
#include "show.h"

#include <base/err.h>
#include <base/file.h>
#include <errno.h>
#include <string.h>
#include <vm/audit.h>

const struct opt inspect_opts[] = {
	OPT_FLAG(struct inspect_opts, sandbox, "sandbox", "read from the kernel what QEMU can still reach, and judge it by the plan"),
	{ 0 }
};

/* How a fact begins: what is as it should be is not marked. */
static const char *const marks[AUDIT_STATES] = {
	[AUDIT_SAID] = " ", [AUDIT_HOLDS] = " ", [AUDIT_HIDDEN] = " ", [AUDIT_GIVEN_UP] = "-", [AUDIT_UNREADABLE] = "?",
	[AUDIT_BROKEN] = "!",
};

static bool failed(const struct audit_fact *f)
{
	return f->state == AUDIT_BROKEN || f->state == AUDIT_UNREADABLE;
}

static void add_name(struct buf *b, const struct audit_fact *f)
{
	buf_addf(b, "%s%s%s", f->part, f->name ? " " : "", f->name ? f->name : "");
}

static void audit_text(struct buf *b, const struct audit *a, const struct vm_record *r)
{
	size_t given_up = 0;

	buf_addf(b, "%s: QEMU %d, keeper %d, %s\n", r->name, (int)r->qemu.pid, (int)r->keeper.pid, r->accel);
	for (size_t i = 0; i < a->n; i++) {
		const struct audit_fact *f = &a->fact[i];
		autobuf struct buf name = BUF_INIT;

		given_up += f->state == AUDIT_GIVEN_UP;
		if (f->detail && !failed(f))
			continue;
		add_name(&name, f);
		buf_addf(b, "%s %-22s %s%s\n", marks[f->state], buf_str(&name), f->state == AUDIT_GIVEN_UP ? "given up: " : "", f->text);
	}
	if (audit_failed(a))
		buf_addf(b, "verdict: %zu of the plan's promises are not in force\n", audit_failed(a));
	else if (given_up)
		buf_addf(b, "verdict: in force, but for what was given up\n");
	else
		buf_adds(b, "verdict: all that the plan promises is in force\n");
}

static void audit_json(struct json_out *o, const struct audit *a, const struct vm_record *r)
{
	json_open(o, NULL, '{');
	json_put_str(o, "name", r->name);
	json_put_int(o, "pid", r->qemu.pid);
	json_put_int(o, "keeper", r->keeper.pid);
	json_put_bool(o, "ok", audit_failed(a) == 0);
	json_open(o, "facts", '[');
	for (size_t i = 0; i < a->n; i++) {
		json_open(o, NULL, '{');
		json_put_str(o, "part", a->fact[i].part);
		json_put_str(o, "name", a->fact[i].name);
		json_put_str(o, "state", audit_state_names[a->fact[i].state]);
		json_put_str(o, "text", a->fact[i].text);
		json_close(o, '}');
	}
	json_close(o, ']');
	json_close(o, '}');
}

/* The promises that are not known to be in force, as the error. */
static int verdict(const struct audit *a, const char *name)
{
	autobuf struct buf list = BUF_INIT;

	for (size_t i = 0; i < a->n; i++) {
		if (!failed(&a->fact[i]))
			continue;
		buf_adds(&list, list.len ? ", " : "");
		add_name(&list, &a->fact[i]);
		if (a->fact[i].state == AUDIT_UNREADABLE)
			buf_adds(&list, " (unreadable)");
	}
	return list.len ? fail_exit(EXIT_FAILED, "%s: not in force: %s", name, buf_str(&list)) : 0;
}

static int inspect_sandbox(struct cmd_ctx *ctx)
{
	autobuf struct buf b = BUF_INIT, text = BUF_INIT;
	autorundir struct rundir dir = { .fd = -1 };
	struct json_out o = JSON_OUT(&b);
	autovmdir struct vmdir d = VMDIR_INIT;
	autoaudit struct audit a = { 0 };
	static struct vm_record r;
	int rc = show_open(ctx, &dir, &d);

	if (rc >= 0) {
		rc = record_load(&d, &r, &text);
		if (rc == -ENOENT || (rc >= 0 && !record_qemu_alive(&r)))
			rc = fail_exit(EXIT_NOT_RUNNING, "%s: it does not run, so it has no sandbox to look at", ctx->name);
	}
	if (rc >= 0)
		rc = audit_vm(&a, &d, &r, buf_str(&text), text.len);
	if (rc < 0)
		return rc;
	if (ctx->g.json)
		audit_json(&o, &a, &r);
	else if (!ctx->g.quiet)
		audit_text(&b, &a, &r);
	if (b.failed)
		return fail(-ENOMEM, "%s", ctx->name);
	show_out(&b);
	return verdict(&a, ctx->name);
}

static int inspect_all(struct cmd_ctx *ctx)
{
	autobuf struct buf b = BUF_INIT, record = BUF_INIT;
	struct json_out o = JSON_OUT(&b);
	struct vm_record r;
	struct vm_status v;
	int rc = show_query(ctx, &v);

	if (rc < 0) {
		vmdir_close(&v.dir);
		return rc;
	}
	json_open(&o, NULL, '{');
	show_status_json(&o, "status", &v);
	json_put_str(&o, "dir", v.dir.path);
	/* it has just been parsed as strict JSON, so it goes in as it is */
	if (v.has_record && record_load(&v.dir, &r, &record) >= 0) {
		while (record.len && record.data[record.len - 1] == '\n')
			record.data[--record.len] = '\0';
		json_put_raw(&o, "record", buf_str(&record), record.len);
	}
	json_close(&o, '}');
	show_out(&b);
	vmdir_close(&v.dir);
	return 0;
}

int cmd_inspect(struct cmd_ctx *ctx)
{
	const struct inspect_opts *o = ctx->opts;

	return o->sandbox ? inspect_sandbox(ctx) : inspect_all(ctx);
}
