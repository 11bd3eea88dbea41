/* SPDX-License-Identifier: MIT */
/* QEMU's root directory: every mount in it, and everything that is no mount. */
#include "audit_look.h"

#include <base/fd.h>
#include <base/file.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX 12		/* of directories on the root's own tmpfs */
#define ENTRIES_MAX 4096

/* What the plan says of a path: flags that its mount must have, -1: nothing, so it must not be there. */
static int planned_flags(struct look *l, const char *path)
{
	int mounts = json_get(l->j, l->plan, "mounts"), fds = json_get(l->j, l->plan, "fds"), iter = 0, item;
	char name[PATH_MAX];

	while (json_next(l->j, mounts, &iter, NULL, &item)) {
		size_t len;

		if (json_str(l->j, json_get(l->j, item, "path"), name, sizeof(name)) < 0)
			continue;
		len = strlen(name);
		/* a directory is bound with what the host has mounted below it */
		if (strncmp(path, name, len) || (path[len] && path[len] != '/'))
			continue;
		return MOUNT_IS_RO | MOUNT_IS_NOSUID |
		       (json_bool(l->j, json_get(l->j, item, "device")) == 1 ? 0 : MOUNT_IS_NODEV) |
		       (json_bool(l->j, json_get(l->j, item, "exec")) == 1 ? 0 : MOUNT_IS_NOEXEC);
	}
	iter = 0;
	while (!strncmp(path, "/vm/", 4) && json_next(l->j, fds, &iter, NULL, &item))
		if (json_eq(l->j, json_get(l->j, item, "kind"), "blob") && json_eq(l->j, json_get(l->j, item, "role"), path + 4))
			return MOUNT_IS_RO | MOUNT_IS_NOSUID | MOUNT_IS_NODEV | MOUNT_IS_NOEXEC;
	return -1;
}

static bool kvm_planned(const struct look *l)
{
	return json_eq(l->j, json_get(l->j, l->plan, "accel"), "kvm");
}

static const char *flags_text(struct look *l, unsigned flags)
{
	return pool_printf(&l->a->pool, "%s%s%s%s", flags & MOUNT_IS_RO ? "ro" : "writable", flags & MOUNT_IS_NOSUID ? ",nosuid" : "",
			   flags & MOUNT_IS_NODEV ? ",nodev" : "", flags & MOUNT_IS_NOEXEC ? ",noexec" : "");
}

static void look_mount(struct look *l, const struct proc_mount *m)
{
	autobuf struct buf safe = BUF_INIT;
	unsigned wanted;
	int flags;

	buf_add_safe(&safe, m->path, strlen(m->path));
	if (!strcmp(m->path, "/")) {
		/* a /dev/kvm of its own stands on it */
		wanted = MOUNT_IS_RO | MOUNT_IS_NOSUID | (kvm_planned(l) ? 0 : MOUNT_IS_NODEV);
		look_put(l, !strcmp(m->type, "tmpfs") && (m->flags & wanted) == wanted ? AUDIT_HOLDS : AUDIT_BROKEN, "root", NULL,
			 "%s, %s", m->type, flags_text(l, m->flags));
		return;
	}
	flags = planned_flags(l, m->path);
	wanted = (unsigned)flags;
	if (flags < 0)
		look_detail(l, AUDIT_BROKEN, "mount", buf_str(&safe), "%s: not in the plan", flags_text(l, m->flags));
	else
		look_detail(l, (m->flags & wanted) == wanted ? AUDIT_HOLDS : AUDIT_BROKEN, "mount", buf_str(&safe), "%s%s%s",
			    flags_text(l, m->flags), (m->flags & wanted) == wanted ? "" : ", which should be ",
			    (m->flags & wanted) == wanted ? "" : flags_text(l, wanted));
}

static void look_mounts(struct look *l)
{
	static struct proc_mount m;
	autobuf struct buf b = BUF_INIT;
	unsigned n = 0, writable = 0;
	size_t at = 0;
	int rc;

	if (!look_read(l->proc, "mountinfo", &b)) {
		look_put(l, AUDIT_UNREADABLE, "mounts", NULL, "cannot be read");
		return;
	}
	while ((rc = procfs_mount(buf_str(&b), b.len, &at, &m)) > 0) {
		n++;
		writable += !(m.flags & MOUNT_IS_RO);
		look_mount(l, &m);
	}
	if (rc < 0)
		look_put(l, AUDIT_UNREADABLE, "mounts", NULL, "/proc/%d/mountinfo is not understood", (int)l->r->qemu.pid);
	else
		look_put(l, writable ? AUDIT_BROKEN : AUDIT_HOLDS, "mounts", NULL, "%u, %u of them writable", n, writable);
}

/* One thing on the root's own tmpfs that is no directory. */
static bool entry_planned(struct look *l, const char *path, const struct stat *st)
{
	if (S_ISCHR(st->st_mode))
		return !strcmp(path, "/dev/kvm") && kvm_planned(l) && st->st_uid == l->r->uid && (st->st_mode & 0777) == 0600;
	/* a blob that QEMU's user could not read was copied */
	return S_ISREG(st->st_mode) && !strncmp(path, "/vm/", 4) && planned_flags(l, path) >= 0;
}

struct walk {
	struct look *l;
	dev_t root;
	unsigned entries, odd, own;	/* own: directories of QEMU's user */
	bool failed;
};

static void walk(struct walk *w, int parent, const char *name, const char *path, int depth)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!d) {
		fd_close(&fd);
		w->failed = true;
		return;
	}
	while ((e = readdir(d)) && ++w->entries < ENTRIES_MAX) {
		char below[PATH_MAX];
		struct stat st;
		struct buf b = BUF_FIXED(below);

		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		buf_addf(&b, "%s/%s", path, e->d_name);
		if (b.failed || fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
			w->failed = true;
		} else if (st.st_dev != w->root) {
			continue;	/* a mount: judged already */
		} else if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX) {
			w->own += st.st_uid == w->l->r->uid;
			walk(w, dirfd(d), e->d_name, below, depth + 1);
		} else if (!entry_planned(w->l, below, &st)) {
			w->odd++;
			look_detail(w->l, AUDIT_BROKEN, "file", below, "not in the plan, and no mount");
		}
	}
	closedir(d);
}

/* What stands on the tmpfs itself; /proc/PID/root leads into QEMU's mount namespace. */
static void look_files(struct look *l)
{
	struct walk w = { .l = l };
	autoclose int root = openat(l->proc, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (root < 0 || fstat(root, &st) < 0) {
		look_put(l, AUDIT_UNREADABLE, "files", NULL, "its root cannot be entered");
		return;
	}
	w.root = st.st_dev;
	walk(&w, root, ".", "", 0);
	if (w.failed || w.entries >= ENTRIES_MAX)
		look_put(l, AUDIT_UNREADABLE, "files", NULL, "its root cannot be read whole");
	else
		look_put(l, w.odd || (l->own_uid && w.own) ? AUDIT_BROKEN : AUDIT_HOLDS, "files", NULL,
			 "%u beside the mounts that are not in the plan%s", w.odd,
			 l->own_uid && w.own ? ", and directories of QEMU's own user" : "");
}

void look_root(struct look *l)
{
	if (!l->jailed) {
		look_put(l, look_judge(l, PART_MNTNS, false), "root", NULL, "the host's");
		return;
	}
	look_mounts(l);
	look_files(l);
}
