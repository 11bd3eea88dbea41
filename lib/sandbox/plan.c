/* SPDX-License-Identifier: MIT */
/* The sandbox's part of the plan. */
#include <sandbox/sandbox.h>

#include <sandbox/filter.h>

#include <base/err.h>
#include <base/log.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#define QEMU_NOFILE 512		/* many more than any plan passes; lower than SANDBOX_EXEC_FD */
#define QEMU_THREADS 96		/* 64 workers of the thread pool (util/thread-pool.c), main, RCU, iothreads, slack */

static const struct { enum sandbox_part part; uint64_t flag; } namespaces[] = {
	{ PART_MNTNS, CLONE_NEWNS }, { PART_PIDNS, CLONE_NEWPID }, { PART_NETNS, CLONE_NEWNET },
	{ PART_IPCNS, CLONE_NEWIPC }, { PART_UTSNS, CLONE_NEWUTS }, { PART_CGROUPNS, CLONE_NEWCGROUP },
};

int sandbox_choose(struct plan *p)
{
	const struct spec *s = p->spec;

	p->without = s->without;
	p->own_uid = p->host->root && plan_has(p, PART_UID);
	p->jailed = plan_has(p, PART_MNTNS);
	for (size_t i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++)
		if (plan_has(p, namespaces[i].part))
			p->namespaces |= namespaces[i].flag;
	/* what an ordinary user may not do in the host's namespaces he may do in one of his own */
	if (p->namespaces && !p->host->root)
		p->namespaces |= CLONE_NEWUSER;
	if (s->sandbox == SANDBOX_OFF)
		warn("%s: the sandbox is off; a guest that takes over QEMU has %s", p->name,
		     p->host->root ? "root's rights" : "your rights");
	return 0;
}

/* "/usr/bin/../share/qemu" as "/usr/share/qemu": there are no links in the jail, so the text alone decides. */
static const char *lexical(struct plan *p, const char *path)
{
	char *out = pool_strdup(&p->pool, path), *w = out;

	for (const char *r = path; *r;) {
		size_t len = strcspn(r + 1, "/") + 1;

		if (len == 3 && !strncmp(r, "/..", 3)) {
			while (w > out && *--w != '/')
				;
		} else if (len > 1 && !(len == 2 && r[1] == '.')) {
			memmove(w, r, len);
			w += len;
		}
		r += len;
	}
	*w = '\0';
	return out;
}

static void plan_root(struct plan *p)
{
	const struct host_qemu *q = &p->host->qemu;

	if (q->interp)
		plan_mount_add(p, q->interp, q->interp, false, true);
	for (size_t i = 0; i < q->lib.n; i++)
		plan_mount_add(p, q->lib.v[i], q->lib.v[i], false, true);
	plan_mount_add(p, q->path, q->path, false, true);
	for (size_t i = 0; i < q->module.n; i++)
		plan_mount_add(p, q->module.v[i], q->module.v[i], true, true);
	for (size_t i = 0; i < q->data.n; i++)
		plan_mount_add(p, q->data.v[i], lexical(p, q->data.v[i]), true, false);
	/* spares the loader hundreds of failing look-ups; QEMU probes for OFD locks on /dev/null */
	if (q->interp && access("/etc/ld.so.cache", R_OK) == 0)
		plan_mount_add(p, "/etc/ld.so.cache", "/etc/ld.so.cache", false, false);
	/* QEMU's own stack hands the guest's questions to the host's name server */
	if (p->spec->nnic && !plan_has(p, PART_NETNS) && access("/etc/resolv.conf", R_OK) == 0)
		plan_mount_add(p, "/etc/resolv.conf", "/etc/resolv.conf", false, false);
	plan_mount_add(p, "/dev/null", "/dev/null", false, false);
	p->mount[p->nmount - 1].device = true;
	p->kvm_node = !strcmp(p->accel, "kvm");
}

static void plan_filter(struct plan *p)
{
	const struct spec *s = p->spec;

	p->filter = !strcmp(p->accel, "kvm") ? FILTER_KVM : p->wx ? FILTER_TCG_RWX : FILTER_TCG;
	for (size_t i = 0; i < s->ndisk; i++)
		if (s->disk[i].aio == AIO_IO_URING)
			p->filter |= FILTER_IO_URING;
	if (s->nnic && !plan_has(p, PART_NETNS))
		p->filter |= FILTER_SLIRP;
	if (!plan_has(p, PART_PIDNS))
		p->filter |= FILTER_NO_PIDNS;
	p->filter_name = s->seccomp ? s->seccomp : filter_describe(p->filter, pool_alloc(&p->pool, 128), 128);
}

int sandbox_plan(struct plan *p)
{
	plan_rlimit_add(p, "nofile", RLIMIT_NOFILE, QEMU_NOFILE);
	/* 0 would not keep a core_pattern that begins with '|' from getting a dump; 1 does (fs/coredump.c) */
	plan_rlimit_add(p, "core", RLIMIT_CORE, 1);
	/* counted per uid, so it only means something where the uid is QEMU's own */
	if (p->own_uid)
		plan_rlimit_add(p, "nproc", RLIMIT_NPROC, (rlim_t)p->spec->cpus + QEMU_THREADS);
	if (p->jailed)
		plan_root(p);
	if (plan_has(p, PART_SECCOMP))
		plan_filter(p);
	return 0;
}
