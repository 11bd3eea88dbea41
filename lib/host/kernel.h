/* SPDX-License-Identifier: MIT */
/* What this kernel, and whoever configured it or put husk into a container, lets husk confine a QEMU with. */
#ifndef HOST_KERNEL_H
#define HOST_KERNEL_H

#include <host/cgroup.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * How it works: each means is tried in a child of its own that ends at once, because a version number tells
 * little: sysctls, security modules and a container's filter take away what the kernel has.  A result is 0 (it
 * works) or the negative errno the kernel gave.
 */
enum host_ns { NS_MNT, NS_PID, NS_NET, NS_IPC, NS_UTS, NS_CGROUP, HOST_NAMESPACES };
extern const char *const host_ns_names[HOST_NAMESPACES];	/* as under /proc/PID/ns */

enum host_action { ACTION_KILL_PROCESS, ACTION_ERRNO, ACTION_LOG, ACTION_USER_NOTIF, HOST_ACTIONS };
extern const char *const host_action_names[HOST_ACTIONS];	/* as in /proc/sys/kernel/seccomp/actions_avail */

struct host_kernel {
	char release[65];	/* uname -r */
	int clone3, pidfd;
	int user_ns;		/* a user namespace in which a mount namespace can be made */
	int ns[HOST_NAMESPACES];	/* by root's own right, otherwise inside a user namespace */
	int mount_api;		/* open_tree, mount_setattr, fsopen */
	int seccomp;		/* filters */
	bool action[HOST_ACTIONS];
	int landlock;		/* ABI, from 1; negative errno: none */
	int mdwe;		/* prctl(PR_SET_MDWE), Linux 6.3 */
	int kmsg;		/* /dev/kmsg can be read */
	/* why there may be no user namespaces; -1: no such sysctl */
	int64_t max_user_namespaces, unprivileged_userns_clone, apparmor_restrict_userns;
};
void host_probe_kernel(struct host_kernel *k);

/* host_try_uid - root becoming this user and group, in a child; 0 or negative errno. */
int host_try_uid(uid_t uid);
/* host_uid_mapped - are all of these ids there, by the text of /proc/self/uid_map?  No I/O. */
bool host_uid_mapped(const char *map, uint64_t first, uint64_t count);
/* host_can_write_dir - may this process make files in a directory (permissions, read-only mounts)?  0 or negative errno. */
int host_can_write_dir(const char *path);

enum host_helper { HELPER_PASST, HELPER_VIRTIOFSD, HELPER_SWTPM, HELPER_QEMU_IMG, HOST_HELPERS };
extern const char *const host_helper_names[HOST_HELPERS];
struct host_program {
	char path[PATH_MAX];	/* "": not installed */
	char version[128];	/* its own first line; "": it says none */
};
/* host_find_helper - look for it where distributions put it, and ask for its version. */
void host_find_helper(struct host_program *p, enum host_helper helper);

#endif
