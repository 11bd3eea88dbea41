/* SPDX-License-Identifier: MIT */
/* The shell around QEMU: its part of the plan, and the steps by which a child becomes QEMU. */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include <plan/plan.h>
#include <sys/types.h>

/*
 * How it works: sandbox_choose() decides what the sandbox is, sandbox_plan() what stands in it.  The launcher clones
 * into new namespaces; the child calls sandbox_become_qemu(), which walks these steps in this order and never returns:
 *	wait for release	the parent has recorded our pid; if it died, so do we
 *	map users		without root: one id in a user namespace
 *	new session		no terminal, no keyring, a neutral host name; TERM, INT and HUP blocked
 *	build root		a tmpfs with read-only binds of what QEMU loads, and nothing else	(root.c)
 *	open program		QEMU as descriptor 1000, the only one that the filter lets exec
 *	pass descriptors	exactly plan->fd under its numbers, everything else close-on-exec
 *	limit resources		rlimits; no descriptor can reach 1000 any more
 *	drop privileges		bounding set, groups, uid, gid, every capability	(privileges.c)
 *	no new privileges
 *	restrict paths		Landlock, where the kernel has it	(landlock.c)
 *	refuse write-exec	PR_SET_MDWE, where the kernel has it
 *	load filter		seccomp	(filter.c)
 *	exec
 * A step that fails is reported through the pipe with its name and its object; the launch ends with exit code 7.
 */

/* sandbox_choose - namespaces, uid and what was given up; before qemu_plan(), which asks plan->jailed.  0 or recorded. */
int sandbox_choose(struct plan *p);
/* sandbox_plan - mounts, limits and filter; after qemu_plan().  0 or recorded. */
int sandbox_plan(struct plan *p);

#define SANDBOX_EXEC_FD 1000

struct filter;
struct sandbox_child {
	const struct plan *plan;
	const int *fd;		/* what the launcher opened, in the order of plan->fd */
	int output;		/* stdout and stderr: the log pipe */
	int release;		/* read end: one byte, or the end of file when the launcher is gone */
	int report;		/* write end, closed by exec: an error as struct sandbox_report */
	uid_t uid;		/* where plan->own_uid */
	uid_t outer_uid;	/* the caller's, for the map of a user namespace */
	gid_t outer_gid;
	const struct filter *filter;	/* ready to load; NULL: none */
};

struct sandbox_report {
	int code;		/* enum exit_code */
	char text[1000];
};

_Noreturn void sandbox_become_qemu(const struct sandbox_child *given);

/* caps_bound - empty this thread's bounding set.  0 or recorded. */
int caps_bound(void);
/*
 * caps_set - these are effective and permitted (1 << CAP_...), none is inheritable or ambient.  0, or recorded, also
 * where the kernel says afterwards that more are left.
 */
int caps_set(uint64_t caps);

/* The steps with files of their own.  0 or recorded. */
int sandbox_map_users(uid_t outer_uid, gid_t outer_gid);
int sandbox_build_root(const struct sandbox_child *c);
int sandbox_drop_privileges(const struct plan *p, uid_t uid);
int sandbox_restrict_paths(const struct plan *p);

#endif
