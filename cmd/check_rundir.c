/* SPDX-License-Identifier: MIT */
/* husk check: may VMs be kept under the run directory? */
#include "check.h"

#include <base/err.h>
#include <base/fd.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <state/state.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <unistd.h>

#define SPACE_MIN (16u << 20)	/* logs, the journal and records of a few VMs */
/* The longest path in a VM's directory that a socket is bound to. */
#define SOCKET_SUFFIX "/monitor.sock"

static const char *fs_name(unsigned long magic)
{
	static const struct { unsigned long magic; const char *name; } known[] = {
		{ TMPFS_MAGIC, "tmpfs" }, { EXT4_SUPER_MAGIC, "ext4" }, { 0x58465342, "xfs" }, { BTRFS_SUPER_MAGIC, "btrfs" },
		{ OVERLAYFS_SUPER_MAGIC, "overlay" }, { NFS_SUPER_MAGIC, "nfs" }, { V9FS_MAGIC, "9p" }, { 0x65735546, "fuse" },
		{ RAMFS_MAGIC, "ramfs" }, { 0x2fc12fc1, "zfs" }, { F2FS_SUPER_MAGIC, "f2fs" }, { 0xff534d42, "cifs" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].magic == magic)
			return known[i].name;
	return "file system";
}

/* The nearest directory above that exists; where the run directory would be made. */
static void existing_parent(const char *path, char parent[PATH_MAX])
{
	snprintf(parent, PATH_MAX, "%s", path);
	do {
		char *slash = strrchr(parent, '/');

		if (slash == parent) {
			parent[1] = '\0';
			return;
		}
		*slash = '\0';
	} while (access(parent, F_OK) < 0);
}

/* A directory takes writes, and has room.  0, or recorded. */
static int check_place(const char *dir, unsigned long *magic, uint64_t *space)
{
	struct statvfs v;
	struct statfs fs;
	int rc = host_can_write_dir(dir);

	*magic = 0;
	*space = 0;
	if (statvfs(dir, &v) == 0 && statfs(dir, &fs) == 0) {
		*magic = (unsigned long)fs.f_type & 0xffffffff;
		*space = (uint64_t)v.f_bavail * v.f_frsize;
		if (v.f_flag & ST_RDONLY)
			rc = -EROFS;
	}
	return rc < 0 ? fail(rc, "%s cannot be written to", dir) : 0;
}

static int name_room(const char *path)
{
	return (int)sizeof(((struct sockaddr_un *)0)->sun_path) - (int)strlen(path) - (int)sizeof("/" SOCKET_SUFFIX);
}

static const char *help(void)
{
	if (geteuid() == 0)
		return "name another one with --rundir or HUSK_RUNDIR";
	return "log in anew so that XDG_RUNTIME_DIR is set, or name a directory of yours with --rundir or HUSK_RUNDIR";
}

/* Is it there, or can it be made?  0, or recorded; *exists. */
static int check_usable(const char *given, char path[PATH_MAX], bool *exists, unsigned long *magic, uint64_t *space)
{
	struct rundir run = { .fd = -1 };
	char place[PATH_MAX];
	int rc = rundir_path(path, given);

	if (rc < 0)
		return rc;
	rc = rundir_open(&run, given, false);
	*exists = run.fd >= 0;
	rundir_close(&run);
	if (rc < 0)
		return rc;
	if (*exists)
		snprintf(place, sizeof(place), "%s", path);
	else
		existing_parent(path, place);
	return check_place(place, magic, space);
}

void check_rundir(struct report *r, const char *given)
{
	char path[PATH_MAX] = "";
	unsigned long magic = 0;
	uint64_t space = 0;
	bool exists = false;
	int room;

	if (check_usable(given, path, &exists, &magic, &space) < 0) {
		report_row(r, CHECK_MISSING, "rundir", "%s; %s", err_text(), help());
		json_put_str(&r->out, "path", path[0] ? path : NULL);
		return;
	}
	room = name_room(path);
	if (room < 1)
		report_row(r, CHECK_MISSING, "rundir", "%s: too long for the sockets in it; %s", path, help());
	else if (!space)	/* full, or /proc and its like, where nothing can be made */
		report_row(r, CHECK_MISSING, "rundir", "%s: there is no room on its %s; %s", path, fs_name(magic), help());
	else if (space < SPACE_MIN)
		report_row(r, CHECK_WARNING, "rundir", "%s: only %llu KiB are free on its %s", path,
			   (unsigned long long)(space >> 10), fs_name(magic));
	else if (room < VM_NAME_MAX - 1)
		report_row(r, CHECK_WARNING, "rundir", "%s: so long that a VM's name has %d bytes at most, because of its sockets",
			   path, room);
	else
		report_row(r, CHECK_OK, "rundir", "%s%s, %s with %llu MiB free", path, exists ? "" : " (not yet made)",
			   fs_name(magic), (unsigned long long)(space >> 20));
	json_put_str(&r->out, "path", path);
	json_put_bool(&r->out, "exists", exists);
	json_put_str(&r->out, "filesystem", fs_name(magic));
	json_put_uint(&r->out, "free", space);
	json_put_int(&r->out, "name_max", room < 0 ? 0 : room > VM_NAME_MAX - 1 ? VM_NAME_MAX - 1 : room);
}
