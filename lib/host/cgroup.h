/* SPDX-License-Identifier: MIT */
/* Which cgroups this host has, and where husk may make those of its VMs. */
#ifndef HOST_CGROUP_H
#define HOST_CGROUP_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * How it works: limits need the unified hierarchy (version 2; Documentation/admin-guide/cgroup-v2.rst).  A cgroup
 * belongs to whoever it was delegated to, so there are two places for a VM's:
 *	own	husk's own cgroup, where it was handed over to husk (systemd's Delegate=yes, a container's own
 *		hierarchy) or belongs to the user who runs it.  Controllers can only be switched on for children of a
 *		cgroup without processes, so husk goes into a child of its own first.
 *	top	for root anywhere else: "husk" at the top of the hierarchy
 */

enum host_cgroup_mode { CGROUP_NONE, CGROUP_V1, CGROUP_HYBRID, CGROUP_V2 };
extern const char *const host_cgroup_mode_names[];
enum host_controller { CONTROLLER_MEMORY, CONTROLLER_CPU, CONTROLLER_PIDS, CONTROLLER_IO, HOST_CONTROLLERS };
extern const char *const host_controller_names[HOST_CONTROLLERS];
enum host_cgroup_place { CGROUP_NOWHERE, CGROUP_IN_OWN, CGROUP_IN_TOP };

#define CGROUP_KEEPER "keeper"		/* the child of CGROUP_IN_OWN in which husk itself is */

struct host_cgroup {
	enum host_cgroup_mode mode;
	enum host_cgroup_place place;
	char mount[PATH_MAX];	/* where the unified hierarchy is mounted; "": nowhere */
	char path[PATH_MAX];	/* CGROUP_V2: the directory in which VMs' cgroups are made, or where it was tried */
	int writable;		/* cgroups can be made there, and processes put there: 0 or negative errno */
	bool handed_over;	/* CGROUP_IN_OWN: every process in it is husk's to move, not only husk's own */
	bool controller[HOST_CONTROLLERS];	/* available to what is made there */
};
void host_probe_cgroup(struct host_cgroup *c);

/* What /proc/self/mountinfo tells of cgroups. */
struct host_cgroup_mounts {
	bool v1;		/* at least one controller of version 1 is mounted */
	char at[PATH_MAX];	/* mount point of the unified hierarchy, "": none */
	char root[PATH_MAX];	/* which of its cgroups is seen there: "/" but in some containers */
};
/* host_cgroup_mounts_parse - the text of mountinfo.  No I/O. */
void host_cgroup_mounts_parse(const char *text, struct host_cgroup_mounts *m);
/* host_cgroup_parse - the v2 path in the text of /proc/self/cgroup; 0 or -ENOENT.  No I/O. */
int host_cgroup_parse(const char *text, char *path, size_t size);
/* host_cgroup_directory - where a path of /proc/self/cgroup is; 0, or -ENOENT: not to be seen from here.  No I/O. */
int host_cgroup_directory(const struct host_cgroup_mounts *m, const char *path, char *dir, size_t size);
/* host_controllers_parse - the words of a cgroup.controllers file.  No I/O. */
void host_controllers_parse(const char *text, bool controller[HOST_CONTROLLERS]);
/* host_cgroup_value - the number behind a key in a flat keyed file such as memory.events; -1: not there.  No I/O. */
int64_t host_cgroup_value(const char *text, const char *key);

/*
 * host_whole_disk - the block device that I/O limits of a file or partition count on.
 * @dev: st_dev of a file, st_rdev of a block device
 * 0 with *whole, or -ENODEV: its file system has no block device of its own (tmpfs, btrfs, overlayfs, NFS).  Not recorded.
 */
int host_whole_disk(dev_t dev, dev_t *whole);

#endif
