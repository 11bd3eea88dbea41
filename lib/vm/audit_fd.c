/* SPDX-License-Identifier: MIT */
/* QEMU's descriptors: each one is of the plan, or one that QEMU made of nothing, or does not belong there. */
#include "audit_look.h"

#include <base/fd.h>
#include <base/file.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INODES_MAX 512

/*
 * Numbers tell little: QEMU moves what it is given to others.  So a socket is known by its address, a pair or a pipe
 * by the keeper's end, a file by its identity.
 */
struct fd_look {
	struct look *l;
	int host;		/* /proc of a process in husk's network namespace */
	struct buf sockets;		/* /proc/KEEPER/net/unix: of the namespace in which husk made the sockets */
	uint64_t pipe[INODES_MAX];	/* of which the keeper has an end */
	size_t npipe;
	bool keeper;			/* its descriptors could be read */
	uint64_t pair[INODES_MAX];	/* unnamed sockets met so far */
	size_t npair, pairs;		/* and how many there may be */
	unsigned n, odd;
	bool failed;
};

struct one_fd {
	char number[16];
	char what[PATH_MAX + 32];	/* the link's text */
	int flags;			/* of open(2), -1: unknown */
};

static void judge(struct fd_look *f, const struct one_fd *d, bool good, const char *role)
{
	autobuf struct buf safe = BUF_INIT;
	static const char *const access_names[] = { " read-only", " write-only", "" };
	int mode = d->flags < 0 ? 2 : d->flags & O_ACCMODE;

	buf_add_safe(&safe, d->what, strlen(d->what));
	f->odd += !good;
	look_put(f->l, good ? AUDIT_HOLDS : AUDIT_BROKEN, "fd", d->number, "%s%s: %s", buf_str(&safe), access_names[mode], role);
}

/* "socket:[123]" */
static bool inode_of(const char *what, const char *kind, uint64_t *inode)
{
	size_t len = strlen(kind);
	char *end;

	if (strncmp(what, kind, len) || strncmp(what + len, ":[", 2))
		return false;
	*inode = strtoull(what + len + 2, &end, 10);
	return *end == ']';
}

static bool has_inode(const uint64_t *list, size_t n, uint64_t inode)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == inode)
			return true;
	return false;
}

/* The planned listening socket that has this address; its role, or NULL. */
static const char *role_of_address(struct fd_look *f, const char *address)
{
	const struct json *j = f->l->j;
	int fds = json_get(j, f->l->plan, "fds"), iter = 0, item;
	char dir[PATH_MAX], name[256], role[64];
	size_t skip;

	if (json_str(j, json_get(j, f->l->plan, "dir"), dir, sizeof(dir)) < 0 || !strrchr(dir, '/'))
		return NULL;
	/* bound from the directory above ("web/control.sock"), or by the whole path: see fd_listen() */
	skip = strlen(dir);
	if (strncmp(address, dir, skip)) {
		const char *base = strrchr(dir, '/') + 1;

		skip = strlen(base);
		if (strncmp(address, base, skip))
			return NULL;
	}
	while (address[skip] == '/' && json_next(j, fds, &iter, NULL, &item)) {
		if (!json_eq(j, json_get(j, item, "kind"), "listen") ||
		    json_str(j, json_get(j, item, "path"), name, sizeof(name)) < 0 ||
		    json_str(j, json_get(j, item, "role"), role, sizeof(role)) < 0)
			continue;
		if (!strcmp(address + skip + 1, name))
			return pool_strdup(&f->l->a->pool, role);
	}
	return NULL;
}

static bool read_sockets(struct fd_look *f)
{
	buf_clear(&f->sockets);
	return look_read(f->host, "net/unix", &f->sockets);
}

/* Does the descriptor still lead to what it did? */
static bool is_there(const struct fd_look *f, const struct one_fd *d)
{
	char link[32], what[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "fd/%s", d->number);
	n = readlinkat(f->l->proc, link, what, sizeof(what) - 1);
	return n == (ssize_t)strlen(d->what) && !memcmp(what, d->what, (size_t)n);
}

static void look_socket(struct fd_look *f, const struct one_fd *d, uint64_t inode)
{
	char address[PATH_MAX];
	bool listening;
	const char *role;

	/* clients come and go: one that is not in the table may be younger than that, or gone */
	if (procfs_unix_socket(buf_str(&f->sockets), f->sockets.len, inode, &listening, address, sizeof(address)) < 0 &&
	    (!read_sockets(f) ||
	     procfs_unix_socket(buf_str(&f->sockets), f->sockets.len, inode, &listening, address, sizeof(address)) < 0)) {
		if (is_there(f, d))
			judge(f, d, false, "no socket of husk's");
		return;
	}
	if (address[0]) {
		role = role_of_address(f, address);
		judge(f, d, role != NULL, !role ? "a socket that is not in the plan" :
		      pool_printf(&f->l->a->pool, "%s, %s", role, listening ? "listening" : "a client's connection"));
		return;
	}
	if (!has_inode(f->pair, f->npair, inode) && f->npair < INODES_MAX)
		f->pair[f->npair++] = inode;
	judge(f, d, f->npair <= f->pairs, f->npair <= f->pairs ? "one end of a pair, to the keeper or a helper" :
	      "one socket pair more than planned");
}

static void look_pipe(struct fd_look *f, const struct one_fd *d, uint64_t inode)
{
	bool good = d->flags >= 0 && (d->flags & O_ACCMODE) == O_WRONLY && (!f->keeper || has_inode(f->pipe, f->npipe, inode));

	judge(f, d, good, !good ? "no log of husk's" : f->keeper ? "a log, to the keeper" : "a log, whose keeper cannot be seen");
}

static bool kvm_planned(const struct fd_look *f)
{
	return json_eq(f->l->j, json_get(f->l->j, f->l->plan, "accel"), "kvm");
}

static bool uring_planned(const struct fd_look *f)
{
	int argv = json_get(f->l->j, f->l->plan, "argv"), iter = 0, item;

	while (json_next(f->l->j, argv, &iter, NULL, &item)) {
		size_t len;
		const char *raw = json_raw(f->l->j, item, &len);

		if (raw && memmem(raw, len, "io_uring", 8))
			return true;
	}
	return false;
}

/* What has no name in any file system. */
static void look_anonymous(struct fd_look *f, const struct one_fd *d)
{
	static const char *const own[] = { "[eventfd]", "[signalfd]", "[timerfd]", "[eventpoll]" };
	const char *kind = d->what + strlen("anon_inode:");

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (!strcmp(kind, own[i])) {
			judge(f, d, true, "QEMU's own");
			return;
		}
	}
	if (!strncmp(kind, "kvm-", 4) || !strncmp(kind, "[kvm-", 5))
		judge(f, d, kvm_planned(f), "KVM's");
	else if (!strcmp(kind, "[io_uring]"))
		judge(f, d, uring_planned(f), uring_planned(f) ? "aio=io_uring, which passes by the filter" : "not in the plan");
	else
		judge(f, d, false, "not in the plan");
}

static bool writes(const struct one_fd *d)
{
	return d->flags < 0 || (d->flags & O_ACCMODE) != O_RDONLY;
}

/* The file of these rows that this is; true: found, and judged. */
static bool look_known_file(struct fd_look *f, const struct one_fd *d, const struct json *j, int fds)
{
	int iter = 0, item;
	char link[32], path[PATH_MAX], role[64];
	struct stat here, there;
	bool known;

	snprintf(link, sizeof(link), "fd/%s", d->number);
	known = fstatat(f->l->proc, link, &here, 0) == 0;
	while (json_next(j, fds, &iter, NULL, &item)) {
		bool file = json_eq(j, json_get(j, item, "kind"), "file"), blob = json_eq(j, json_get(j, item, "kind"), "blob");
		bool may_write = json_bool(j, json_get(j, item, "writable")) == 1;

		if ((!file && !blob) || json_str(j, json_get(j, item, "path"), path, sizeof(path)) < 0 ||
		    json_str(j, json_get(j, item, "role"), role, sizeof(role)) < 0)
			continue;
		/* the name may lead to another file by now; then the link's text tells */
		if (strcmp(path, d->what) &&
		    !(known && stat(path, &there) == 0 && there.st_dev == here.st_dev && there.st_ino == here.st_ino))
			continue;
		judge(f, d, may_write || !writes(d), may_write || !writes(d) ? role : "writable, though planned read-only");
		return true;
	}
	return false;
}

/* Below one of the root's read-only mounts: firmware that is being loaded. */
static bool in_root(struct fd_look *f, const char *path)
{
	const struct json *j = f->l->j;
	int mounts = json_get(j, f->l->plan, "mounts"), iter = 0, item;
	char name[PATH_MAX];

	while (json_next(j, mounts, &iter, NULL, &item)) {
		size_t len;

		if (json_str(j, json_get(j, item, "path"), name, sizeof(name)) < 0)
			continue;
		len = strlen(name);
		if (!strncmp(path, name, len) && (!path[len] || path[len] == '/'))
			return true;
	}
	return !strncmp(path, "/vm/", 4);
}

static void look_file(struct fd_look *f, const struct one_fd *d)
{
	if (!strcmp(d->number, "0"))
		judge(f, d, !strcmp(d->what, "/dev/null") && !writes(d), "stdin");
	else if (!strncmp(d->what, "/memfd:", 7))
		judge(f, d, true, "memory, QEMU's own");
	else if (look_known_file(f, d, f->l->j, json_get(f->l->j, f->l->plan, "fds")) ||
		 look_known_file(f, d, f->l->passed, f->l->passed->ntok ? 0 : -1))
		return;
	else if (!strcmp(d->what, "/dev/kvm"))
		judge(f, d, kvm_planned(f), "KVM's");
	else if (!strcmp(d->what, "/dev/null"))
		judge(f, d, true, "QEMU's own");
	else
		judge(f, d, f->l->jailed && in_root(f, d->what) && !writes(d), f->l->jailed && in_root(f, d->what) ?
		      "a file of its root" : "not in the plan");
}

static void look_fd(struct fd_look *f, int number)
{
	autobuf struct buf info = BUF_INIT;
	struct one_fd d = { .flags = -1 };
	char link[32];
	uint64_t inode;
	ssize_t n;

	snprintf(d.number, sizeof(d.number), "%d", number);
	snprintf(link, sizeof(link), "fd/%d", number);
	n = readlinkat(f->l->proc, link, d.what, sizeof(d.what) - 1);
	if (n < 0) {
		/* closed meanwhile, or not ours to see */
		f->failed |= errno != ENOENT;
		return;
	}
	d.what[n] = '\0';
	snprintf(link, sizeof(link), "fdinfo/%d", number);
	if (look_read(f->l->proc, link, &info))
		d.flags = procfs_fd_flags(buf_str(&info), info.len);
	f->n++;
	if (inode_of(d.what, "socket", &inode))
		look_socket(f, &d, inode);
	else if (inode_of(d.what, "pipe", &inode))
		look_pipe(f, &d, inode);
	else if (!strncmp(d.what, "anon_inode:", 11))
		look_anonymous(f, &d);
	else
		look_file(f, &d);
}

/* The keeper's ends of pipes. */
static void learn_pipes(struct fd_look *f)
{
	struct look_dir d;

	for (int fd = look_open(&d, f->l->keeper, "fd"); fd >= 0; fd = look_next(&d)) {
		char link[32], what[64];
		uint64_t inode;
		ssize_t n;

		snprintf(link, sizeof(link), "fd/%d", fd);
		n = readlinkat(f->l->keeper, link, what, sizeof(what) - 1);
		if (n <= 0)
			continue;
		what[n] = '\0';
		if (inode_of(what, "pipe", &inode) && f->npipe < INODES_MAX)
			f->pipe[f->npipe++] = inode;
	}
	f->keeper = d.dir != NULL;
	look_close(&d);
}

static void learn_plan(struct fd_look *f)
{
	int fds = json_get(f->l->j, f->l->plan, "fds"), iter = 0, item;

	while (json_next(f->l->j, fds, &iter, NULL, &item)) {
		int kind = json_get(f->l->j, item, "kind");

		f->pairs += json_eq(f->l->j, kind, "socketpair") || json_eq(f->l->j, kind, "helper");
	}
}

void look_descriptors(struct look *l)
{
	static struct fd_look f;
	autoclose int self = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct look_dir d;

	f = (struct fd_look){ .l = l, .host = l->keeper >= 0 ? l->keeper : self };
	if (!read_sockets(&f))
		look_put(l, AUDIT_UNREADABLE, "fds", NULL, "the sockets of husk's network namespace cannot be read");
	learn_pipes(&f);
	learn_plan(&f);
	for (int fd = look_open(&d, l->proc, "fd"); fd >= 0; fd = look_next(&d))
		look_fd(&f, fd);
	if (!d.dir || f.failed)
		look_put(l, AUDIT_UNREADABLE, "fds", NULL, "cannot be read");
	else
		look_put(l, f.odd ? AUDIT_BROKEN : AUDIT_HOLDS, "fds", NULL, "%u, %u of them unexpected", f.n, f.odd);
	look_close(&d);
	buf_free(&f.sockets);
}
