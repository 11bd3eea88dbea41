/* SPDX-License-Identifier: MIT */
/* The sandbox's part of the plan. */
#include <sandbox/sandbox.h>

#define QEMU_NOFILE 512		/* many more than any plan passes; lower than any number a stray descriptor gets */
#define QEMU_THREADS 96		/* 64 workers of the thread pool (util/thread-pool.c), main, RCU, iothreads, slack */

int sandbox_plan(struct plan *p)
{
	p->own_uid = p->host->root;
	plan_rlimit_add(p, "nofile", RLIMIT_NOFILE, QEMU_NOFILE);
	/* 0 would not keep a core_pattern that begins with '|' from getting a dump; 1 does (fs/coredump.c) */
	plan_rlimit_add(p, "core", RLIMIT_CORE, 1);
	/* counted per uid, so it only means something where the uid is QEMU's own */
	if (p->own_uid)
		plan_rlimit_add(p, "nproc", RLIMIT_NPROC, (rlim_t)p->spec->cpus + QEMU_THREADS);
	plan_arg(p, "-sandbox");
	plan_arg(p, "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
	return 0;
}
