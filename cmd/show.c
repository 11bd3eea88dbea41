/* SPDX-License-Identifier: MIT */
/* What several commands print alike. */
#include "show.h"

#include "cmd.h"

#include <base/err.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define QUERY_BUDGET_MS 2000	/* where the command itself has no deadline; as status has */

int show_open(struct cmd_ctx *ctx, struct rundir *r, struct vmdir *d)
{
	int rc;

	*d = (struct vmdir)VMDIR_INIT;
	rc = rundir_open(r, ctx->g.rundir, false);
	return rc < 0 ? rc : vmdir_open(d, r, ctx->name);
}

int show_control(struct cmd_ctx *ctx, const char *doing, struct vmdir *d, struct qmp *q, int *lock)
{
	autorundir struct rundir r = { .fd = -1 };
	struct vm_record record;
	int rc = show_open(ctx, &r, d);

	if (rc < 0)
		return rc;
	rc = record_load(d, &record, NULL);
	if (rc == -ENOENT || (rc >= 0 && !record_qemu_alive(&record)))
		return fail_exit(EXIT_NOT_RUNNING, "%s is not running", d->name);
	return rc < 0 ? rc : vm_control(d, doing, q, lock, ctx->deadline);
}

static bool is_named_before(struct cmd_ctx *ctx, int arg)
{
	for (int i = 0; i < arg; i++)
		if (!strcmp(ctx->args[i], ctx->args[arg]))
			return true;
	return false;
}

static int open_named(struct cmd_ctx *ctx, const struct rundir *r, struct vm_status *v, size_t *n)
{
	for (int i = 0; i < ctx->nargs; i++) {
		int rc = is_named_before(ctx, i) ? 1 : vmdir_open(&v[*n].dir, r, ctx->args[i]);

		if (rc < 0)
			return rc;
		*n += rc == 0;
	}
	return 0;
}

int show_open_all(struct cmd_ctx *ctx, struct vm_status **v, size_t *n)
{
	autorundir struct rundir r = { .fd = -1 };
	size_t nnames = (size_t)ctx->nargs;
	char **names = NULL;
	int rc = rundir_open(&r, ctx->g.rundir, false);

	*v = NULL;
	*n = 0;
	if (rc >= 0 && !nnames)
		rc = rundir_names(&r, &names, &nnames);
	if (rc < 0)
		return rc;
	*v = calloc(nnames + 1, sizeof(**v));
	if (!*v)
		rc = fail(-ENOMEM, "%zu VMs", nnames);
	else if (!names)
		rc = open_named(ctx, &r, *v, n);
	for (size_t i = 0; names && *v && i < nnames; i++)
		/* one that vanishes between the two looks is none */
		if (vmdir_open(&(*v)[*n].dir, &r, names[i]) >= 0)
			++*n;
	if (names)
		rundir_free_names(names, nnames);
	if (rc < 0) {
		show_close_all(*v, *n);
		*v = NULL;
		*n = 0;
	}
	return rc < 0 ? rc : 0;
}

void show_close_all(struct vm_status *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		vmdir_close(&v[i].dir);
	free(v);
}

int show_query(struct cmd_ctx *ctx, struct vm_status *v)
{
	autorundir struct rundir r = { .fd = -1 };
	int rc;

	memset(v, 0, sizeof(*v));
	rc = show_open(ctx, &r, &v->dir);
	if (rc >= 0)
		vm_query(v, 1, ctx->deadline != DEADLINE_NEVER ? ctx->deadline : deadline_in(QUERY_BUDGET_MS));
	return rc;
}

void show_time(struct buf *b, int64_t us)
{
	time_t t = (time_t)(us / 1000000);
	char text[32];
	struct tm tm;

	if (localtime_r(&t, &tm) && strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm))
		buf_adds(b, text);
}

void show_span(struct buf *b, int64_t us)
{
	long long s = us / 1000000;

	if (us < 0)
		us = s = 0;
	if (s < 1)
		buf_addf(b, "%lldms", (long long)us / 1000);
	else if (s < 60)
		buf_addf(b, "%llds", s);
	else if (s < 3600)
		buf_addf(b, "%lldm%02llds", s / 60, s % 60);
	else if (s < 86400)
		buf_addf(b, "%lldh%02lldm", s / 3600, s / 60 % 60);
	else
		buf_addf(b, "%lldd%lldh", s / 86400, s / 3600 % 24);
}

void show_size(struct buf *b, uint64_t bytes)
{
	static const char unit[] = "KMGT";
	uint64_t k = bytes >> 10;
	int i = 0;

	while (i < 3 && k >= 1024 && k % 1024 == 0) {
		k >>= 10;
		i++;
	}
	buf_addf(b, "%llu%c", (unsigned long long)k, unit[i]);
}

void show_amount(struct buf *b, uint64_t n)
{
	static const char unit[] = "KMGTPE";
	uint64_t tenths;
	int i = -1;

	if (n < 1024) {
		buf_addf(b, "%llu", (unsigned long long)n);
		return;
	}
	for (tenths = 0; n >= 1024; i++) {
		tenths = n % 1024 * 10 / 1024;
		n /= 1024;
	}
	if (n < 10)
		buf_addf(b, "%llu.%llu%c", (unsigned long long)n, (unsigned long long)tenths, unit[i]);
	else
		buf_addf(b, "%llu%c", (unsigned long long)n, unit[i]);
}

static void add_running(struct buf *b, const struct vm_status *v)
{
	buf_addf(b, ", QEMU %d, %s %s, ", (int)v->record.qemu.pid, v->record.machine, v->record.accel);
	show_size(b, v->record.memory);
	buf_addf(b, " %lld cpu, up ", (long long)v->record.cpus);
	show_span(b, clock_wall_us() - v->record.started_us);
	if (!v->supervised)
		buf_adds(b, ", unsupervised (its keeper is gone)");
}

void show_status(struct buf *b, const struct vm_status *v)
{
	bool alive = v->state == VMS_RUNNING || v->state == VMS_PAUSED || v->state == VMS_UNRESPONSIVE;

	buf_addf(b, "%s: %s", v->dir.name, vm_state_names[v->state]);
	if (alive && v->has_record)
		add_running(b, v);
	if (v->detail[0])
		buf_addf(b, "%s%s", alive ? "; " : ": ", v->detail);
	if (v->state == VMS_STOPPED && v->has_ending) {
		buf_adds(b, ", ");
		show_span(b, clock_wall_us() - v->ending.ended_us);
		buf_adds(b, " ago");
	}
}

void show_ending_json(struct json_out *o, const char *key, const struct ending *e)
{
	char name[64];

	json_open(o, key, '{');
	json_put_str(o, "reason", ending_names[e->reason]);
	json_put_str(o, "detail", e->detail);
	json_put_int(o, "exit", ending_exit_code(e->reason));
	json_put_str(o, "shutdown", e->shutdown[0] ? e->shutdown : NULL);
	if (e->wait_status >= 0 && WIFSIGNALED(e->wait_status))
		json_put_int(o, "signal", WTERMSIG(e->wait_status));
	else if (e->wait_status >= 0)
		json_put_int(o, "code", WEXITSTATUS(e->wait_status));
	if (e->syscall >= 0)
		json_put_str(o, "syscall", syscall_name(e->syscall, name, sizeof(name)));
	json_put_int(o, "started_us", e->started_us);
	json_put_int(o, "ended_us", e->ended_us);
	json_close(o, '}');
}

void show_status_json(struct json_out *o, const char *key, const struct vm_status *v)
{
	bool alive = v->state == VMS_RUNNING || v->state == VMS_PAUSED || v->state == VMS_UNRESPONSIVE ||
		     v->state == VMS_STARTING;

	json_open(o, key, '{');
	json_put_str(o, "name", v->dir.name);
	json_put_str(o, "state", vm_state_names[v->state]);
	json_put_str(o, "runstate", v->runstate[0] ? v->runstate : NULL);
	json_put_bool(o, "supervised", v->supervised);
	json_put_str(o, "detail", v->detail);
	if (v->has_record) {
		json_put_int(o, "pid", alive ? v->record.qemu.pid : 0);
		json_put_int(o, "keeper", v->supervised ? v->record.keeper.pid : 0);
		json_put_uint(o, "uid", v->record.uid);
		json_put_int(o, "started_us", v->record.started_us);
		json_put_str(o, "accel", v->record.accel);
		json_put_str(o, "machine", v->record.machine);
		json_put_uint(o, "memory", v->record.memory);
		json_put_int(o, "cpus", v->record.cpus);
		json_put_str(o, "qemu", v->record.qemu_version);
		json_put_str(o, "file", v->record.file);
	}
	if (v->has_ending)
		show_ending_json(o, "ended", &v->ending);
	json_close(o, '}');
}

void show_receipt_json(struct json_out *o, const char *name, const char *const *names, int n, const struct receipt *r,
		       const char *error)
{
	json_open(o, NULL, '{');
	json_put_str(o, "name", name);
	json_put_bool(o, "was_running", r->was_running);
	json_put_str(o, "rung", r->worked >= 0 ? names[r->worked] : NULL);
	json_put_int(o, "ms", r->total_ms);
	json_open(o, "rungs", '[');
	for (int i = 0; i < n; i++) {
		if (!r->said[i][0])
			continue;
		json_open(o, NULL, '{');
		json_put_str(o, "rung", names[i]);
		json_put_int(o, "ms", r->ms[i]);
		json_put_str(o, "result", r->said[i]);
		json_close(o, '}');
	}
	json_close(o, ']');
	if (error)
		json_put_str(o, "error", *error ? error : NULL);
	json_close(o, '}');
}

void show_receipt(struct buf *b, const char *name, const char *verb, const char *const *names, int n, const struct receipt *r)
{
	if (!r->was_running) {
		buf_addf(b, "%s: was not running", name);
		return;
	}
	buf_addf(b, "%s: %s by %s in ", name, verb, r->worked >= 0 ? names[r->worked] : "itself");
	show_span(b, r->total_ms * 1000);
	for (int i = 0; i < n; i++)
		if (r->said[i][0] && i != r->worked)
			buf_addf(b, "%s%s: %s", strstr(b->data, " (") ? "; " : " (", names[i], r->said[i]);
	if (strstr(b->data, " ("))
		buf_addc(b, ')');
}

void show_out(const struct buf *b)
{
	fwrite(buf_str(b), 1, b->len, stdout);
	if (b->len && b->data[b->len - 1] != '\n')
		fputc('\n', stdout);
}

int show_write(struct cmd_ctx *ctx, const char *data, size_t len)
{
	while (len) {
		struct pollfd p = { .fd = 1, .events = POLLOUT };
		int rc = loop_poll(&p, 1, ctx->deadline);
		/* so much does not block where poll(2) said that there is room */
		ssize_t n = rc > 0 ? write(1, data, len < PIPE_BUF ? len : PIPE_BUF) : 0;

		if (rc == 0)
			return fail_exit(EXIT_DEADLINE, "write to stdout: its reader is too slow");
		if (rc > 0 && n < 0)
			rc = -errno;
		if (rc == -EPIPE)
			return rc;
		if (rc < 0 && rc != -EINTR && rc != -EAGAIN)
			return fail(rc, "write to stdout");
		data += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

const char *show_last_lines(const char *text, size_t len, int64_t lines)
{
	const char *p = text + len;

	if (lines <= 0)
		return lines < 0 ? text : p;
	if (len && p[-1] == '\n')
		p--;
	while (p > text && (p[-1] != '\n' || --lines > 0))
		p--;
	return p;
}

void show_event(struct buf *b, const struct json *j, const struct event *e)
{
	if (e->us) {
		show_time(b, e->us);
		buf_addf(b, ".%03d ", (int)(e->us / 1000 % 1000));
	}
	buf_add_safe(b, e->name, strlen(e->name));
	event_add_data(b, j, e);
}

void show_event_json(struct buf *b, const struct json *j)
{
	for (size_t i = 0; i < j->len;) {
		const unsigned char *s = (const unsigned char *)j->text + i;
		size_t n = json_utf8_len(j->text + i, j->len - i);
		uint32_t c = n < 2 ? s[0] : s[0] & (0x7f >> n);

		for (size_t k = 1; k < n; k++)
			c = c << 6 | (s[k] & 0x3f);
		/* what is no ASCII can only stand in a string */
		if (c >= 0x10000)
			buf_addf(b, "\\u%04x\\u%04x", 0xd7c0 + (c >> 10), 0xdc00 + (c & 0x3ff));
		else if (c >= 0x7f)
			buf_addf(b, "\\u%04x", c);
		else if (c >= 0x20)
			buf_addc(b, (char)c);
		i += n ? n : 1;
	}
}

void show_indented(struct buf *b, const char *text, size_t len, int max)
{
	const char *from = show_last_lines(text, len, max);

	while (from < text + len) {
		const char *end = memchr(from, '\n', (size_t)(text + len - from));
		size_t n = (size_t)((end ? end : text + len) - from);

		if (n && from[n - 1] == '\r')
			n--;
		buf_adds(b, "  ");
		buf_add_safe(b, from, n);
		buf_addc(b, '\n');
		if (!end)
			break;
		from = end + 1;
	}
}

void show_safe(struct buf *b, const char *data, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t n = 0;

		while (i + n < len && data[i + n] && !strchr("\n\r\t", data[i + n]))
			n++;
		buf_add_safe(b, data + i, n);
		for (i += n; i < len && data[i] && strchr("\n\r\t", data[i]); i++)
			if (data[i] != '\r')
				buf_addc(b, data[i]);
		if (i < len && !data[i]) {
			buf_adds(b, "\\x00");
			i++;
		}
	}
}

void show_guest(FILE *to, bool raw, const char *data, size_t len)
{
	autobuf struct buf safe = BUF_INIT;

	if (raw || !isatty(fileno(to))) {
		fwrite(data, 1, len, to);
		return;
	}
	show_safe(&safe, data, len);
	fwrite(buf_str(&safe), 1, safe.len, to);
}
