/* SPDX-License-Identifier: MIT */
/* The shell around QEMU: its part of the plan, and the steps by which a child becomes QEMU. */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include <plan/plan.h>

/*
 * How it works: sandbox_plan() writes limits and ids into the plan.  After the launcher has cloned, the child
 * calls sandbox_become_qemu(), which walks these steps in this order and never returns:
 *	wait for release	the parent has recorded our pid; if it died, so do we
 *	new session		no controlling terminal; TERM, INT and HUP blocked
 *	pass descriptors	exactly plan->fd under its numbers, everything else close-on-exec
 *	limit resources		rlimits
 *	drop privileges		bounding set, groups, uid, gid, every capability
 *	no new privileges
 *	exec
 * A step that fails is reported through the pipe with its name and its object; the launch ends with exit code 7.
 */

/* sandbox_plan - limits, ids and QEMU's own filter, after qemu_plan(). 0 or recorded. */
int sandbox_plan(struct plan *p);

struct sandbox_child {
	const struct plan *plan;
	const int *fd;		/* what the launcher opened, in the order of plan->fd */
	int output;		/* stdout and stderr: the log pipe */
	int release;		/* read end: one byte, or the end of file when the launcher is gone */
	int report;		/* write end, closed by exec: an error as struct sandbox_report */
	uid_t uid;		/* where plan->own_uid */
};

struct sandbox_report {
	int code;		/* enum exit_code */
	char text[1000];
};

_Noreturn void sandbox_become_qemu(const struct sandbox_child *c);

#endif
