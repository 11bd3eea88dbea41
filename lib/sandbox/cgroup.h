/* SPDX-License-Identifier: MIT */
/* A VM's cgroup: limits that hold for QEMU and its helpers together, one switch that ends them all, and who ran out of memory. */
#ifndef SANDBOX_CGROUP_H
#define SANDBOX_CGROUP_H

#include <base/loop.h>
#include <host/cgroup.h>
#include <limits.h>
#include <plan/plan.h>
#include <stdint.h>

/*
 * How it works: cgroup_plan() decides where the VM's cgroup will be, cgroup_make() makes it and sets the limits,
 * clone3 puts QEMU (and each helper) into it by CLONE_INTO_CGROUP with leaf.fd, so none of them is ever outside.
 * The keeper holds leaf.fd, and with it a lock on the directory, for the VM's life: a cgroup that is not locked
 * and has no process is left over, and the next run of that name removes it.
 */

/*
 * cgroup_plan - fill plan->cgroup.  Changes nothing.
 * Nowhere to make one: a limit is refused (EXIT_SANDBOX) unless sandbox-without=cgroup was named; without a limit it is
 * no error, and plan->cgroup.why tells.
 */
int cgroup_plan(struct plan *p, const struct host_cgroup *h);

struct cgroup_leaf {
	int fd;			/* its directory, for CLONE_INTO_CGROUP; -1: there is none */
	char path[PATH_MAX];	/* "" where there is none */
};
#define CGROUP_LEAF_INIT { .fd = -1 }

/*
 * cgroup_make - make what was planned, with the limits of plan->spec; nothing where nothing was planned.
 * @fd: the opened images in the order of plan->fd, to find the devices that I/O limits are for
 * Where husk's own cgroup is divided, husk moves into a child of it first.  Without any limit to set, a failure only
 * means that there is no cgroup.  0, or recorded (EXIT_SANDBOX, file and errno) with everything it made removed.
 */
int cgroup_make(struct cgroup_leaf *leaf, const struct plan *p, const int *fd);

/* cgroup_fork - fork(2), the child in the cgroup of this descriptor from its first instruction; -1: in husk's own. */
pid_t cgroup_fork(int fd);

/* cgroup_put - write a cgroup's file; never makes one.  0 or negative errno, not recorded. */
int cgroup_put(int dirfd, const char *name, const char *text);

/* cgroup_oom_kills - how many of its processes the OOM killer took; -1: unknown.  Allocates nothing. */
int64_t cgroup_oom_kills(const struct cgroup_leaf *leaf);
/*
 * cgroup_discard - whoever holds the leaf: kill what is left in it, wait until it is gone, remove it, close the descriptor.
 * Allocates nothing.  0, -EBUSY: there is still a process in it, or negative errno; not recorded.
 */
int cgroup_discard(struct cgroup_leaf *leaf, deadline_t until);

/* cgroup_kill - SIGKILL to everything in it; to do without the leaf's descriptor.  0 or recorded. */
int cgroup_kill(const char *path);
/* cgroup_kill_each - what cgroup_kill() does on Linux before 5.14. */
int cgroup_kill_each(const char *path);
/* cgroup_holds - is that process in it? */
bool cgroup_holds(const char *path, pid_t pid);
/*
 * cgroup_clear - remove what a dead VM has left, once no process is in it and nobody holds it.
 * 0 (also where it is gone), -EBUSY: somebody's, or negative errno; not recorded.
 */
int cgroup_clear(const char *path, deadline_t until);

#endif
