/* SPDX-License-Identifier: MIT */
/* Building a plan, and showing it. */
#include <plan/plan.h>

#include <base/buf.h>
#include <base/json.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void plan_free(struct plan *p)
{
	pool_free(&p->pool);
}

void plan_arg(struct plan *p, const char *arg)
{
	p->argv.v = pool_grow(&p->pool, p->argv.v, p->argv.n, sizeof(*p->argv.v));
	p->argv.v[p->argv.n++] = pool_strdup(&p->pool, arg);
}

void plan_argf(struct plan *p, const char *fmt, ...)
{
	autobuf struct buf b = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_addv(&b, fmt, ap);
	va_end(ap);
	plan_arg(p, buf_str(&b));
}

struct plan_fd *plan_fd_add(struct plan *p, enum plan_fd_kind kind, const char *role, const char *path)
{
	struct plan_fd *f;

	p->fd = pool_grow(&p->pool, p->fd, p->nfd, sizeof(*p->fd));
	f = &p->fd[p->nfd];
	*f = (struct plan_fd){
		.kind = kind,
		.num = PLAN_FIRST_FD + (int)p->nfd,
		.role = pool_strdup(&p->pool, role),
		.path = path,
	};
	p->nfd++;
	return f;
}

const struct plan_fd *plan_fd_find(const struct plan *p, const char *role)
{
	for (size_t i = 0; i < p->nfd; i++)
		if (!strcmp(p->fd[i].role, role))
			return &p->fd[i];
	return NULL;
}

void plan_rlimit_add(struct plan *p, const char *name, int resource, rlim_t value)
{
	p->rlimit = pool_grow(&p->pool, p->rlimit, p->nrlimit, sizeof(*p->rlimit));
	p->rlimit[p->nrlimit++] = (struct plan_rlimit){ .name = name, .resource = resource, .value = value };
}

static const char *const kind_names[] = {
	[PLAN_LISTEN] = "listen",
	[PLAN_MONITOR] = "socketpair",
	[PLAN_LOG] = "pipe",
	[PLAN_FILE] = "file",
	[PLAN_BLOB] = "blob",
};

static const char *mode_text(const struct plan_fd *f)
{
	if (f->kind != PLAN_FILE)
		return "";
	if ((f->flags & O_ACCMODE) == O_RDWR)
		return f->flags & O_DIRECT ? " read-write direct" : " read-write";
	return f->flags & O_DIRECT ? " read-only direct" : " read-only";
}

/* One argument as a shell would need it, so that the printed line can be pasted. */
static void add_quoted(struct buf *b, const char *arg)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./,=:@%+";

	if (*arg && !arg[strspn(arg, plain)]) {
		buf_adds(b, arg);
		return;
	}
	buf_addc(b, '\'');
	for (const char *c = arg; *c; c++) {
		if (*c == '\'')
			buf_adds(b, "'\\''");
		else
			buf_add(b, c, 1);
	}
	buf_addc(b, '\'');
}

void plan_print(struct buf *b, const struct plan *p)
{
	buf_addf(b, "name     %s\n", p->name);
	buf_addf(b, "dir      %s\n", p->dir);
	buf_addf(b, "qemu     %s (%s)\n", p->host->qemu.path, p->host->qemu.version);
	buf_addf(b, "accel    %s%s\n", p->accel, p->accel_chosen ? " (tcg if it fails)" : "");
	buf_addf(b, "uid      %s\n", p->own_uid ? "one of its own" : "the caller's");
	for (size_t i = 0; i < p->nrlimit; i++) {
		if (p->rlimit[i].value == RLIM_INFINITY)
			buf_addf(b, "rlimit   %s unlimited\n", p->rlimit[i].name);
		else
			buf_addf(b, "rlimit   %s %llu\n", p->rlimit[i].name, (unsigned long long)p->rlimit[i].value);
	}
	for (size_t i = 0; i < p->nfd; i++) {
		const struct plan_fd *f = &p->fd[i];

		buf_addf(b, "fd %-5d %s %s%s%s%s\n", f->num, kind_names[f->kind], f->role, mode_text(f),
			 f->path ? " " : "", f->path ? f->path : "");
	}
	for (size_t i = 0; i < p->argv.n; i++) {
		/* an option starts a line, its value stays on it */
		buf_adds(b, i == 0 ? "exec     " : p->argv.v[i][0] == '-' ? " \\\n         " : " ");
		add_quoted(b, p->argv.v[i]);
	}
	buf_addc(b, '\n');
}

void plan_json(struct json_out *o, const char *key, const struct plan *p)
{
	json_open(o, key, '{');
	json_put_str(o, "name", p->name);
	json_put_str(o, "dir", p->dir);
	json_put_str(o, "accel", p->accel);
	json_put_bool(o, "accel_fallback", p->accel_chosen);
	json_put_bool(o, "own_uid", p->own_uid);
	json_open(o, "rlimits", '{');
	for (size_t i = 0; i < p->nrlimit; i++)
		if (p->rlimit[i].value == RLIM_INFINITY)
			json_put_str(o, p->rlimit[i].name, "unlimited");
		else
			json_put_uint(o, p->rlimit[i].name, p->rlimit[i].value);
	json_close(o, '}');
	json_open(o, "fds", '[');
	for (size_t i = 0; i < p->nfd; i++) {
		const struct plan_fd *f = &p->fd[i];

		json_open(o, NULL, '{');
		json_put_int(o, "fd", f->num);
		json_put_str(o, "kind", kind_names[f->kind]);
		json_put_str(o, "role", f->role);
		if (f->path)
			json_put_str(o, "path", f->path);
		if (f->kind == PLAN_FILE)
			json_put_bool(o, "writable", (f->flags & O_ACCMODE) == O_RDWR);
		json_close(o, '}');
	}
	json_close(o, ']');
	json_open(o, "argv", '[');
	for (size_t i = 0; i < p->argv.n; i++)
		json_put_str(o, NULL, p->argv.v[i]);
	json_close(o, ']');
	json_close(o, '}');
}
