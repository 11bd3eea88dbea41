/* SPDX-License-Identifier: MIT */
/* QEMU's root: a small tmpfs with read-only binds.  Nothing in it is ever writable for QEMU, and no path is raced. */
#include <sandbox/sandbox.h>

#include <base/err.h>
#include <base/fd.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* glibc 2.36 has both sys/mount.h and linux/mount.h, and they clash: the calls are made directly. */
#define MS_RECURSIVE 16384ul
#define MS_PRIVATELY (1ul << 18)
#define MS_BINDING 4096ul
#define MNT_DETACH_FLAG 2
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

#define ROOT_BYTES 65536	/* directories, mount points and the root itself; blobs come on top */
#define KVM_MAJOR 10		/* Documentation/admin-guide/devices.txt: misc, kvm */
#define KVM_MINOR 232

/* The root while it is filled. */
struct root {
	int fd;
	char made[PATH_MAX];	/* the directory that was made last, without its first slash */
};

static int sys_open_tree(int dfd, const char *path, unsigned flags)
{
	return (int)syscall(SYS_open_tree, dfd, path, flags);
}

static int sys_mount(const char *from, const char *to, unsigned long flags)
{
	return (int)syscall(SYS_mount, from, to, NULL, flags, NULL);
}

static int sys_mount_setattr(int dfd, const char *path, unsigned flags, uint64_t set, uint64_t clear)
{
	struct mount_attr a = { .attr_set = set, .attr_clr = clear };

	return (int)syscall(SYS_mount_setattr, dfd, path, flags, &a, sizeof(a));
}

static int sys_move_mount(int from, int to_dir, const char *to)
{
	return (int)syscall(SYS_move_mount, from, "", to_dir, to, MOVE_MOUNT_F_EMPTY_PATH);
}

/* Whether QEMU's user may read a blob where it is; else it gets a copy. */
static bool readable(const struct sandbox_child *c, const struct stat *st)
{
	return !c->plan->own_uid || (st->st_mode & 0004);
}

/* Bytes of blobs that must be copied into the root. */
static uint64_t copied_bytes(const struct sandbox_child *c)
{
	uint64_t sum = 0;
	struct stat st;

	for (size_t i = 0; i < c->plan->nfd; i++)
		if (c->plan->fd[i].kind == PLAN_BLOB && fstat(c->fd[i], &st) == 0 && !readable(c, &st))
			sum += ((uint64_t)st.st_size + 65535) & ~65535ull;
	return sum;
}

static int make_tmpfs(const struct sandbox_child *c)
{
	autoclose int fs = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);
	char size[32], inodes[32];
	int root;

	snprintf(size, sizeof(size), "%llu", (unsigned long long)(ROOT_BYTES + copied_bytes(c)));
	snprintf(inodes, sizeof(inodes), "%zu", 64 + 2 * c->plan->nmount);
	if (fs < 0)
		return fail(-errno, "fsopen tmpfs");
	if (syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "size", size, 0) < 0 ||
	    syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "nr_inodes", inodes, 0) < 0 ||
	    syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "mode", "0755", 0) < 0 ||
	    syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return fail(-errno, "make a tmpfs");
	root = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
	return root < 0 ? fail(-errno, "fsmount tmpfs") : root;
}

/* The place itself and every directory above it; what stands in one directory comes one after the other. */
static int make_place(struct root *r, const char *to, bool directory)
{
	char path[PATH_MAX];
	size_t len = strlen(to), parent;

	if (to[0] != '/' || len >= sizeof(path))
		return fail(-EINVAL, "%s: not an absolute path, or too long", to);
	memcpy(path, to + 1, len);
	parent = (size_t)(strrchr(to, '/') - to);
	parent -= parent > 0;
	if (r->made[parent] || memcmp(r->made, path, parent) != 0) {
		for (char *p = path; (p = strchr(p, '/')); *p++ = '/') {
			*p = '\0';
			if (mkdirat(r->fd, path, 0755) < 0 && errno != EEXIST)
				return fail(-errno, "make %s in the root", path);
		}
		memcpy(r->made, path, parent);
		r->made[parent] = '\0';
	}
	if ((directory ? mkdirat(r->fd, path, 0755) : mknodat(r->fd, path, S_IFREG | 0444, 0)) < 0 && errno != EEXIST)
		return fail(-errno, "make %s in the root", to);
	return 0;
}

static int change(const struct root *r, const char *to, bool recursive, uint64_t set, uint64_t clear)
{
	return sys_mount_setattr(r->fd, to, AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), set, clear) < 0 ?
	       fail(-errno, "restrict the mount of /%s in the root", to) : 0;
}

/*
 * Our working directory is the root: paths without a slash in front lead into it, the others to the host.  Directories
 * are read-only at once, for the next place may be in one; files become so with all the rest.
 */
static int bind_mount(const struct plan_mount *m, struct root *r)
{
	uint64_t attr = (m->directory ? MOUNT_ATTR_RDONLY : 0) | (m->exec ? 0 : MOUNT_ATTR_NOEXEC);
	int rc = make_place(r, m->to, m->directory);

	if (rc < 0)
		return rc;
	if (sys_mount(m->from, m->to + 1, MS_BINDING | (m->directory ? MS_RECURSIVE : 0)) < 0)
		return fail(-errno, "bind %s", m->from);
	return attr ? change(r, m->to + 1, m->directory, attr, 0) : 0;
}

static int copy_blob(int from, struct root *r, const char *to, off_t size)
{
	autoclose int copy = -1;
	off_t at = 0;
	int rc = make_place(r, to, false);

	if (rc < 0)
		return rc;
	copy = openat(r->fd, to + 1, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (copy < 0)
		return fail(-errno, "open %s in the root", to);
	while (at < size) {
		char piece[65536];
		ssize_t n = pread(from, piece, sizeof(piece), at);

		if (n <= 0)
			return fail(n < 0 ? -errno : -EIO, "read what becomes %s", to);
		rc = fd_write_all(copy, piece, (size_t)n);
		if (rc < 0)
			return fail(rc, "write %s", to);
		at += n;
	}
	return 0;
}

/* A kernel or initrd: bound where QEMU may read the very file that the launcher has opened, else copied. */
static int place_blob(const struct sandbox_child *c, size_t i, struct root *r)
{
	const struct plan_fd *f = &c->plan->fd[i];
	char to[64];
	struct stat mine, there;

	snprintf(to, sizeof(to), "/vm/%s", f->role);
	if (fstat(c->fd[i], &mine) < 0)
		return fail(-errno, "%s", f->path);
	if (readable(c, &mine)) {
		autoclose int tree = sys_open_tree(AT_FDCWD, f->path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

		/* the name may lead elsewhere by now: then what was opened counts, and is copied */
		if (tree >= 0 && fstat(tree, &there) == 0 && there.st_ino == mine.st_ino && there.st_dev == mine.st_dev) {
			int rc = make_place(r, to, false);

			if (rc < 0)
				return rc;
			if (sys_mount_setattr(tree, "", AT_EMPTY_PATH, MOUNT_ATTR_NOEXEC, 0) < 0 ||
			    sys_move_mount(tree, r->fd, to + 1) < 0)
				return fail(-errno, "bind %s", f->path);
			return 0;
		}
	}
	return copy_blob(c->fd[i], r, to, mine.st_size);
}

/* QEMU 7.2 opens /dev/kvm by name: a node of its own, or where that is not allowed the host's. */
static int place_kvm(const struct sandbox_child *c, struct root *r, const char **node)
{
	static const struct plan_mount host = { .from = "/dev/kvm", .to = "/dev/kvm", .device = true };

	if (mkdirat(r->fd, "dev", 0755) < 0 && errno != EEXIST)
		return fail(-errno, "make /dev in the root");
	*node = "";		/* it is the root's own */
	if (c->plan->own_uid && mknodat(r->fd, "dev/kvm", S_IFCHR | 0600, makedev(KVM_MAJOR, KVM_MINOR)) == 0)
		return fchownat(r->fd, "dev/kvm", c->uid, (gid_t)c->uid, 0) < 0 ? fail(-errno, "own /dev/kvm") : 0;
	*node = host.to + 1;
	return bind_mount(&host, r);
}

/* Nobody else sees these mounts, and nothing of QEMU's runs yet: the same for all in one call, then the devices. */
static int restrict_mounts(const struct sandbox_child *c, const struct root *r, const char *kvm)
{
	int rc = 0;

	if (sys_mount_setattr(r->fd, "", AT_EMPTY_PATH | AT_RECURSIVE, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, 0) < 0)
		return fail(-errno, "make the new root read-only");
	for (size_t i = 0; i < c->plan->nmount && rc >= 0; i++)
		if (c->plan->mount[i].device)
			rc = change(r, c->plan->mount[i].to + 1, false, 0, MOUNT_ATTR_NODEV);
	return rc >= 0 && kvm ? change(r, kvm, false, 0, MOUNT_ATTR_NODEV) : rc;
}

static int fill(const struct sandbox_child *c, struct root *r)
{
	const char *kvm = NULL;
	int rc = 0;

	for (size_t i = 0; i < c->plan->nmount && rc >= 0; i++)
		rc = bind_mount(&c->plan->mount[i], r);
	for (size_t i = 0; i < c->plan->nfd && rc >= 0; i++)
		if (c->plan->fd[i].kind == PLAN_BLOB)
			rc = place_blob(c, i, r);
	if (rc >= 0 && c->plan->kvm_node)
		rc = place_kvm(c, r, &kvm);
	return rc < 0 ? rc : restrict_mounts(c, r, kvm);
}

int sandbox_build_root(const struct sandbox_child *c)
{
	struct root r = { .fd = -1 };
	autoclose int root = -1;
	int rc;

	if (sys_mount(NULL, "/", MS_RECURSIVE | MS_PRIVATELY) < 0)
		return fail(-errno, "make the mounts private");
	root = make_tmpfs(c);
	if (root < 0)
		return root;
	/* on top of "/": our root directory stays what is below it, so the host's paths still lead where they did */
	if (sys_move_mount(root, AT_FDCWD, "/") < 0)
		return fail(-errno, "mount the new root");
	if (fchdir(root) < 0)
		return fail(-errno, "enter the new root");
	r.fd = root;
	umask(022);
	rc = fill(c, &r);
	umask(077);
	if (rc < 0)
		return rc;
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		return fail(-errno, "pivot_root");
	if (syscall(SYS_umount2, ".", MNT_DETACH_FLAG) < 0)
		return fail(-errno, "detach the old root");
	return chdir("/") < 0 ? fail(-errno, "chdir /") : 0;
}
