/* SPDX-License-Identifier: MIT */
/* Building a plan, and showing it. */
#include <plan/plan.h>

#include <base/buf.h>
#include <base/json.h>
#include <fcntl.h>
#include <sched.h>
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
		.num = kind == PLAN_BLOB && p->jailed ? -1 : PLAN_FIRST_FD + p->npassed,
		.role = pool_strdup(&p->pool, role),
		.path = path,
	};
	p->nfd++;
	p->npassed += f->num >= 0;
	return f;
}

struct plan_helper *plan_helper_add(struct plan *p, const char *name, const char *role, const char *path)
{
	struct plan_helper *h;

	p->helper = pool_grow(&p->pool, p->helper, p->nhelper, sizeof(*p->helper));
	h = &p->helper[p->nhelper++];
	*h = (struct plan_helper){ .name = name, .role = pool_strdup(&p->pool, role) };
	plan_helper_arg(p, h, path);
	return h;
}

void plan_helper_arg(struct plan *p, struct plan_helper *h, const char *arg)
{
	h->argv.v = pool_grow(&p->pool, h->argv.v, h->argv.n, sizeof(*h->argv.v));
	h->argv.v[h->argv.n++] = pool_strdup(&p->pool, arg);
}

void plan_mount_add(struct plan *p, const char *from, const char *to, bool directory, bool exec)
{
	for (size_t i = 0; i < p->nmount; i++)
		if (!strcmp(p->mount[i].to, to))
			return;
	p->mount = pool_grow(&p->pool, p->mount, p->nmount, sizeof(*p->mount));
	p->mount[p->nmount++] = (struct plan_mount){ .from = from, .to = to, .directory = directory, .exec = exec };
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
	[PLAN_HELPER] = "helper",
	[PLAN_BLOB] = "blob",
};

static const struct { uint64_t flag; const char *name; } namespace_names[] = {
	{ CLONE_NEWUSER, "user" }, { CLONE_NEWNS, "mnt" }, { CLONE_NEWPID, "pid" }, { CLONE_NEWNET, "net" },
	{ CLONE_NEWIPC, "ipc" }, { CLONE_NEWUTS, "uts" }, { CLONE_NEWCGROUP, "cgroup" },
};

static void print_sandbox(struct buf *b, const struct plan *p)
{
	buf_addf(b, "uid      %s\n", p->own_uid ? "one of its own" : "the caller's");
	buf_adds(b, "new ns  ");
	for (size_t i = 0; i < sizeof(namespace_names) / sizeof(namespace_names[0]); i++)
		if (p->namespaces & namespace_names[i].flag)
			buf_addf(b, " %s", namespace_names[i].name);
	buf_adds(b, p->namespaces ? "\n" : " none\n");
	buf_addf(b, "filter   %s\n", p->filter_name ? p->filter_name : "none");
	for (int i = 0; sandbox_part_names[i]; i++)
		if (!plan_has(p, i))
			buf_addf(b, "without  %s\n", sandbox_part_names[i]);
	for (size_t i = 0; i < p->nmount; i++) {
		const struct plan_mount *m = &p->mount[i];

		buf_addf(b, "mount    %s%s", m->to, m->exec ? "" : " noexec");
		buf_addc(b, '\n');
	}
	for (size_t i = 0; i < p->nfd; i++)
		if (p->fd[i].num < 0)
			buf_addf(b, "mount    /vm/%s noexec: %s\n", p->fd[i].role, p->fd[i].path);
	if (p->kvm_node)
		buf_adds(b, "mount    /dev/kvm\n");
	if (p->cgroup.parent)
		buf_addf(b, "cgroup   %s/%s\n", p->cgroup.parent, p->name);
}

static void mount_json(struct json_out *o, const char *path, bool exec, bool device)
{
	json_open(o, NULL, '{');
	json_put_str(o, "path", path);
	json_put_bool(o, "exec", exec);
	json_put_bool(o, "device", device);
	json_close(o, '}');
}

static void limit_json(struct json_out *o, const struct limit *l)
{
	const struct { const char *name; uint64_t value; } rows[] = {
		{ "memory", l->memory }, { "cpu", (uint64_t)l->cpu }, { "pids", (uint64_t)l->pids }, { "io_read", l->io_read },
		{ "io_write", l->io_write }, { "io_read_ops", (uint64_t)l->io_read_ops }, { "io_write_ops", (uint64_t)l->io_write_ops },
	};

	json_open(o, "limit", '{');
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].value)
			json_put_uint(o, rows[i].name, rows[i].value);
	json_close(o, '}');
}

static void sandbox_json(struct json_out *o, const struct plan *p)
{
	json_open(o, "namespaces", '[');
	for (size_t i = 0; i < sizeof(namespace_names) / sizeof(namespace_names[0]); i++)
		if (p->namespaces & namespace_names[i].flag)
			json_put_str(o, NULL, namespace_names[i].name);
	json_close(o, ']');
	json_open(o, "without", '[');
	for (int i = 0; sandbox_part_names[i]; i++)
		if (!plan_has(p, i))
			json_put_str(o, NULL, sandbox_part_names[i]);
	json_close(o, ']');
	json_put_bool(o, "jailed", p->jailed);
	json_put_str(o, "cgroup_in", p->cgroup.parent);
	json_put_str(o, "cgroup_none", p->cgroup.why);
	limit_json(o, &p->spec->limit);
	json_put_str(o, "filter", p->filter_name);
	json_put_bool(o, "write_execute", p->wx);
	json_open(o, "mounts", '[');
	for (size_t i = 0; i < p->nmount; i++)
		mount_json(o, p->mount[i].to, p->mount[i].exec, p->mount[i].device);
	if (p->kvm_node)
		mount_json(o, "/dev/kvm", false, true);
	json_close(o, ']');
}

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

static void print_command(struct buf *b, const char *title, const struct opt_strings *argv)
{
	for (size_t i = 0; i < argv->n; i++) {
		/* an option starts a line, its value stays on it */
		buf_adds(b, i == 0 ? title : argv->v[i][0] == '-' ? " \\\n         " : " ");
		add_quoted(b, argv->v[i]);
	}
	buf_addc(b, '\n');
}

void plan_print(struct buf *b, const struct plan *p)
{
	buf_addf(b, "name     %s\n", p->name);
	buf_addf(b, "dir      %s\n", p->dir);
	buf_addf(b, "qemu     %s (%s)\n", p->host->qemu.path, p->host->qemu.version);
	buf_addf(b, "accel    %s%s\n", p->accel, p->accel_chosen ? " (tcg if it fails)" : "");
	print_sandbox(b, p);
	for (size_t i = 0; i < p->nrlimit; i++) {
		if (p->rlimit[i].value == RLIM_INFINITY)
			buf_addf(b, "rlimit   %s unlimited\n", p->rlimit[i].name);
		else
			buf_addf(b, "rlimit   %s %llu\n", p->rlimit[i].name, (unsigned long long)p->rlimit[i].value);
	}
	for (size_t i = 0; i < p->nfd; i++) {
		const struct plan_fd *f = &p->fd[i];

		if (f->num < 0)
			continue;
		buf_addf(b, "fd %-5d %s %s%s%s%s\n", f->num, kind_names[f->kind], f->role, mode_text(f),
			 f->path ? " " : "", f->path ? f->path : "");
	}
	for (size_t i = 0; i < p->nhelper; i++)
		print_command(b, "helper   ", &p->helper[i].argv);
	print_command(b, "exec     ", &p->argv);
}

void plan_json(struct json_out *o, const char *key, const struct plan *p)
{
	json_open(o, key, '{');
	json_put_str(o, "name", p->name);
	json_put_str(o, "dir", p->dir);
	json_put_str(o, "accel", p->accel);
	json_put_bool(o, "accel_fallback", p->accel_chosen);
	json_put_bool(o, "own_uid", p->own_uid);
	sandbox_json(o, p);
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
		if (f->num >= 0)
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
	json_open(o, "helpers", '[');
	for (size_t i = 0; i < p->nhelper; i++) {
		json_open(o, NULL, '[');
		for (size_t k = 0; k < p->helper[i].argv.n; k++)
			json_put_str(o, NULL, p->helper[i].argv.v[k]);
		json_close(o, ']');
	}
	json_close(o, ']');
	json_open(o, "argv", '[');
	for (size_t i = 0; i < p->argv.n; i++)
		json_put_str(o, NULL, p->argv.v[i]);
	json_close(o, ']');
	json_close(o, '}');
}
