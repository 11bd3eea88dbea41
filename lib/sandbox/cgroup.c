/* SPDX-License-Identifier: MIT */
/* Deciding on, making, ending and removing a VM's cgroup (Documentation/admin-guide/cgroup-v2.rst). */
#include <sandbox/cgroup.h>

#include <base/buf.h>
#include <base/err.h>
#include <base/fd.h>
#include <base/file.h>
#include <base/log.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define CPU_PERIOD_US 100000	/* the kernel's own default */
#define SAME_NAME_MAX 64	/* VMs of one name, in different run directories */
#define MOVE_ROUNDS 16		/* of moving processes that fork meanwhile */
#define PIDS_TEXT_MAX (1u << 20)

static bool any_io(const struct limit *l)
{
	return l->io_read || l->io_write || l->io_read_ops || l->io_write_ops;
}

/* What the limits cannot do without, as 1 << enum host_controller. */
static unsigned needed(const struct limit *l)
{
	return (l->memory ? 1u << CONTROLLER_MEMORY : 0) | (l->cpu ? 1u << CONTROLLER_CPU : 0) |
	       (l->pids ? 1u << CONTROLLER_PIDS : 0) | (any_io(l) ? 1u << CONTROLLER_IO : 0);
}

/* ---- deciding ---- */

static const char *why_not(struct plan *p, const struct host_cgroup *h)
{
	switch (h->mode) {
	case CGROUP_NONE:
		return "this host has no cgroups mounted";
	case CGROUP_V1:
	case CGROUP_HYBRID:
		return "this host's controllers are those of cgroup version 1; boot with systemd.unified_cgroup_hierarchy=1";
	default:
		return pool_printf(&p->pool, "husk may not make cgroups in %s (%s)%s", h->path, strerror(-h->writable),
				   p->host->root ? "" : "; systemd-run --user --scope -p Delegate=yes husk ... gives it one of its own");
	}
}

static const char *lacking(struct plan *p, const struct host_cgroup *h, unsigned need)
{
	for (int i = 0; i < HOST_CONTROLLERS; i++)
		if ((need & 1u << i) && !h->controller[i])
			return pool_printf(&p->pool, "%s has no %s controller", h->path, host_controller_names[i]);
	return NULL;
}

int cgroup_plan(struct plan *p, const struct host_cgroup *h)
{
	unsigned need = needed(&p->spec->limit);
	bool off = p->spec->sandbox == SANDBOX_OFF;
	struct plan_cgroup *c = &p->cgroup;
	const char *lack;

	if (!plan_has(p, PART_CGROUP) && !off) {
		c->why = "it was given up";
		return 0;
	}
	lack = h->place == CGROUP_NOWHERE ? why_not(p, h) : lacking(p, h, need);
	if (lack) {
		c->why = lack;
		if (!need || off)
			return 0;
		return fail_exit(EXIT_SANDBOX, "limit: %s; sandbox-without=cgroup starts %s without limits", lack, p->name);
	}
	p->without &= ~(1u << PART_CGROUP);	/* sandbox=off leaves the limits */
	c->parent = pool_strdup(&p->pool, h->path);
	c->top = h->place == CGROUP_IN_TOP ? pool_strdup(&p->pool, h->mount) : NULL;
	c->handed_over = h->handed_over;
	for (int i = 0; i < HOST_CONTROLLERS; i++)
		c->controllers |= h->controller[i] ? 1u << i : 0;
	return 0;
}

/* ---- small files ---- */

int cgroup_put(int dirfd, const char *name, const char *text)
{
	autoclose int fd = openat(dirfd, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return -errno;
	return write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

static int put_at(const char *dir, const char *name, const char *text)
{
	autoclose int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : cgroup_put(fd, name, text);
}

/* ---- where husk's own cgroup is divided ---- */

/* The one that waits for a detached launch is husk too. */
static bool is_husk(const char *pid)
{
	struct stat own, other;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%s/exe", pid);
	return stat(path, &other) == 0 && stat("/proc/self/exe", &own) == 0 && own.st_ino == other.st_ino &&
	       own.st_dev == other.st_dev;
}

/*
 * Out of the parent: a cgroup with processes cannot have controllers switched on for its children.  Where it was not
 * handed over, what is no husk stays.  How many moved.
 */
static int move_out(const char *parent, int keeper, bool all)
{
	autobuf struct buf pids = BUF_INIT;
	char path[PATH_MAX + 32];
	int rc, moved = 0;

	snprintf(path, sizeof(path), "%s/cgroup.procs", parent);
	rc = file_read(AT_FDCWD, path, &pids, PIDS_TEXT_MAX);
	for (char *at = pids.data; rc >= 0 && at && *at; at++) {
		char *end = at + strcspn(at, "\n");
		bool last = !*end;

		*end = '\0';
		/* 0: a process of another pid namespace; one that ends meanwhile needs no moving */
		if (strcmp(at, "0") && (all || is_husk(at)) && cgroup_put(keeper, "cgroup.procs", at) >= 0)
			moved++;
		if (last)
			break;
		at = end;
	}
	return rc < 0 ? rc : moved;
}

static int switch_on(const char *dir, int controller)
{
	char word[16];

	snprintf(word, sizeof(word), "+%s", host_controller_names[controller]);
	return put_at(dir, "cgroup.subtree_control", word);
}

static int enter_keeper(const struct plan_cgroup *c, int *keeper)
{
	char path[PATH_MAX + 32];
	int rc;

	snprintf(path, sizeof(path), "%s/" CGROUP_KEEPER, c->parent);
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return fail_as(EXIT_SANDBOX, -errno, "sandbox: make cgroup %s", path);
	*keeper = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	rc = *keeper < 0 ? -errno : cgroup_put(*keeper, "cgroup.procs", "0");
	return rc < 0 ? fail_as(EXIT_SANDBOX, rc, "sandbox: move husk into cgroup %s", path) : 0;
}

/* ---- controllers ---- */

static bool is_on(const char *dir, int controller)
{
	bool on[HOST_CONTROLLERS] = { false };
	char path[PATH_MAX + 32], text[512];
	struct buf b = BUF_FIXED(text);

	snprintf(path, sizeof(path), "%s/cgroup.subtree_control", dir);
	if (file_read(AT_FDCWD, path, &b, sizeof(text) - 1) >= 0)
		host_controllers_parse(buf_str(&b), on);
	return on[controller];
}

static int enable_one(const struct plan_cgroup *c, int controller, int *keeper)
{
	int rc = 0;

	if (c->top) {
		/* systemd switches off at the top what none of its units needs, until a child of ours uses it: once more */
		for (int i = 0; i < 3; i++) {
			rc = is_on(c->top, controller) ? 0 : switch_on(c->top, controller);
			if (rc < 0)
				return fail_as(EXIT_SANDBOX, rc, "sandbox: enable %s in %s/cgroup.subtree_control",
					       host_controller_names[controller], c->top);
			rc = is_on(c->parent, controller) ? 0 : switch_on(c->parent, controller);
			if (rc != -ENOENT)
				break;
		}
	} else if (!is_on(c->parent, controller)) {
		if (*keeper < 0)
			rc = enter_keeper(c, keeper);
		if (rc < 0)
			return rc;
		rc = switch_on(c->parent, controller);
		for (int i = 0; i < MOVE_ROUNDS && rc == -EBUSY; i++) {
			if (move_out(c->parent, *keeper, c->handed_over) <= 0)
				break;
			rc = switch_on(c->parent, controller);
		}
	}
	if (rc == -EBUSY)
		return fail_exit(EXIT_SANDBOX, "sandbox: enable %s in %s/cgroup.subtree_control: other processes live there; start "
				 "husk in a cgroup of its own: systemd-run --user --scope -p Delegate=yes husk ...",
				 host_controller_names[controller], c->parent);
	if (rc < 0)
		return fail_as(EXIT_SANDBOX, rc, "sandbox: enable %s in %s/cgroup.subtree_control",
			       host_controller_names[controller], c->parent);
	return 0;
}

/*
 * Without limits, memory and pids are still counted at the top, for they cost nothing; cpu is not, because it would
 * divide the CPUs evenly between all VMs together and everything else.
 */
static int enable(const struct plan_cgroup *c, unsigned need)
{
	unsigned want = need, countable = 1u << CONTROLLER_MEMORY | 1u << CONTROLLER_PIDS;
	autoclose int keeper = -1;

	if (c->top || need)
		want |= c->controllers & countable;
	for (int i = 0; i < HOST_CONTROLLERS; i++) {
		int rc = (want & 1u << i) ? enable_one(c, i, &keeper) : 0;

		if (rc < 0 && (need & 1u << i))
			return rc;
	}
	return 0;
}

/* ---- the leaf ---- */

/* Still the directory of that name, and locked by us: only then is it ours, for others remove what is left over. */
static bool lock_leaf(const char *path, int fd)
{
	struct stat mine, there;

	return flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &mine) == 0 && stat(path, &there) == 0 &&
	       mine.st_ino == there.st_ino && mine.st_dev == there.st_dev;
}

/* 1: ours, 0: that name is another VM's. */
static int try_leaf(struct cgroup_leaf *leaf)
{
	for (int i = 0; i < 16; i++) {
		autoclose int fd = -1;
		int rc;

		if (mkdir(leaf->path, 0755) == 0) {
			fd = open(leaf->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
			if (fd >= 0 && lock_leaf(leaf->path, fd)) {
				leaf->fd = fd_take(&fd);
				return 1;
			}
			continue;	/* somebody who clears up was faster */
		}
		if (errno != EEXIST)
			return fail_as(EXIT_SANDBOX, -errno, "sandbox: make cgroup %s", leaf->path);
		rc = cgroup_clear(leaf->path, 0);
		if (rc < 0)
			return 0;
	}
	return 0;
}

static int make_leaf(struct cgroup_leaf *leaf, const struct plan *p)
{
	for (int i = 1; i <= SAME_NAME_MAX; i++) {
		int rc, n;

		/* the same name in another run directory, or a VM called "cgroup.procs" */
		if (i == 1)
			n = snprintf(leaf->path, sizeof(leaf->path), "%s/%s", p->cgroup.parent, p->name);
		else
			n = snprintf(leaf->path, sizeof(leaf->path), "%s/%s.%d", p->cgroup.parent, p->name, i);
		if (n < 0 || (size_t)n >= sizeof(leaf->path))
			return fail_exit(EXIT_SANDBOX, "sandbox: make cgroup %s/%s: path too long", p->cgroup.parent, p->name);
		rc = try_leaf(leaf);
		if (rc)
			return rc < 0 ? rc : 0;
	}
	return fail_exit(EXIT_SANDBOX, "sandbox: make cgroup %s/%s: all names up to .%d are taken", p->cgroup.parent, p->name,
			 SAME_NAME_MAX);
}

static int set(const struct cgroup_leaf *leaf, const char *file, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static int set(const struct cgroup_leaf *leaf, const char *file, const char *fmt, ...)
{
	char text[160];
	va_list ap;
	int rc;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	rc = cgroup_put(leaf->fd, file, text);
	return rc < 0 ? fail_as(EXIT_SANDBOX, rc, "sandbox: write \"%s\" to %s/%s", text, leaf->path, file) : 0;
}

static int limit_io(const struct cgroup_leaf *leaf, const struct limit *l, dev_t dev)
{
	const struct { const char *key; uint64_t value; } rows[] = {
		{ "rbps", l->io_read }, { "wbps", l->io_write },
		{ "riops", (uint64_t)l->io_read_ops }, { "wiops", (uint64_t)l->io_write_ops },
	};
	char text[128];
	struct buf b = BUF_FIXED(text);

	buf_addf(&b, "%u:%u", major(dev), minor(dev));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].value)
			buf_addf(&b, " %s=%" PRIu64, rows[i].key, rows[i].value);
	return set(leaf, "io.max", "%s", text);
}

/* Each disk's device gets the limit; two disks on one device share it. */
static int limit_disks(const struct cgroup_leaf *leaf, const struct plan *p, const int *fd)
{
	for (size_t i = 0; i < p->nfd; i++) {
		struct stat st;
		dev_t dev;
		int rc;

		if (!p->fd[i].disk)
			continue;
		if (fstat(fd[i], &st) < 0)
			return fail_as(EXIT_SANDBOX, -errno, "sandbox: limit io of %s", p->fd[i].path);
		rc = host_whole_disk(S_ISBLK(st.st_mode) ? st.st_rdev : st.st_dev, &dev);
		if (rc < 0)
			return fail_exit(EXIT_SANDBOX, "sandbox: limit io of %s: its file system has no block device of its own (tmpfs, "
					 "btrfs, overlayfs and NFS have none)", p->fd[i].path);
		rc = limit_io(leaf, &p->spec->limit, dev);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int set_limits(const struct cgroup_leaf *leaf, const struct plan *p, const int *fd)
{
	const struct limit *l = &p->spec->limit;
	int rc = 0;

	/* one process without the others is no VM: they go together.  No file: a controller that no limit needs is off */
	(void)cgroup_put(leaf->fd, "memory.oom.group", "1");
	if (l->memory) {
		rc = set(leaf, "memory.max", "%" PRIu64, l->memory);
		/* what is swapped out would come on top; no file: a kernel without swap */
		if (rc >= 0 && faccessat(leaf->fd, "memory.swap.max", F_OK, 0) == 0)
			rc = set(leaf, "memory.swap.max", "0");
	}
	if (rc >= 0 && l->cpu)
		rc = set(leaf, "cpu.max", "%" PRId64 " %d", l->cpu * (CPU_PERIOD_US / 100), CPU_PERIOD_US);
	if (rc >= 0 && l->pids)
		rc = set(leaf, "pids.max", "%" PRId64, l->pids);
	if (rc >= 0 && any_io(l))
		rc = limit_disks(leaf, p, fd);
	return rc;
}

int cgroup_make(struct cgroup_leaf *leaf, const struct plan *p, const int *fd)
{
	const struct plan_cgroup *c = &p->cgroup;
	unsigned need = needed(&p->spec->limit);
	int rc = 0;

	leaf->fd = -1;
	leaf->path[0] = '\0';
	if (!c->parent)
		return 0;
	if (c->top && mkdir(c->parent, 0755) < 0 && errno != EEXIST)
		rc = fail_as(EXIT_SANDBOX, -errno, "sandbox: make cgroup %s", c->parent);
	if (rc >= 0)
		rc = enable(c, need);
	if (rc >= 0)
		rc = make_leaf(leaf, p);
	if (rc >= 0)
		rc = set_limits(leaf, p, fd);
	if (rc >= 0)
		return 0;
	if (leaf->fd >= 0)
		(void)cgroup_discard(leaf, 0);
	leaf->path[0] = '\0';
	if (need)
		return rc;
	trace("cgroup", "none: %s", err_text());
	err_clear();
	return 0;
}

pid_t cgroup_fork(int fd)
{
	struct clone_args args = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = (uint64_t)fd };

	return fd < 0 ? fork() : (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}
