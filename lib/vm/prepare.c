/* SPDX-License-Identifier: MIT */
/* From what was asked to what will be done. */
#include <vm/vm.h>

#include <base/err.h>
#include <base/log.h>
#include <qemu/qemu.h>
#include <sandbox/cgroup.h>
#include <sandbox/sandbox.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool arch_is_x86(const char *arch)
{
	return !strcmp(arch, "x86_64") || !strcmp(arch, "i386");
}

/* KVM or TCG: decided here, once, from what the host can really do. */
static int choose_accel(struct plan *p, struct host *h, bool tcg)
{
	const struct spec *s = p->spec;
	bool native = !strcmp(h->qemu.arch, h->arch);

	p->accel = "tcg";
	if (s->accel == ACCEL_TCG || (s->accel == ACCEL_AUTO && (tcg || !native)))
		return 0;
	host_probe_kvm(&h->kvm);
	if (s->accel == ACCEL_KVM) {
		if (!native)
			return fail_exit(EXIT_HOST, "accel=kvm: %s emulates %s, this host is %s", h->qemu.path, h->qemu.arch, h->arch);
		if (!h->kvm.runs)
			return fail_exit(EXIT_HOST, "accel=kvm: KVM cannot be used: %s", h->kvm.why);
		p->accel = "kvm";
		return 0;
	}
	if (!h->kvm.usable) {
		notice("%s: using TCG, QEMU's translator: %s", p->name, h->kvm.why);
		return 0;
	}
	p->accel = "kvm";
	p->accel_chosen = true;
	return 0;
}

static void choose_machine(struct plan *p)
{
	const struct spec *s = p->spec;
	bool x86 = arch_is_x86(p->host->qemu.arch);

	p->machine = s->machine ? s->machine : x86 ? "q35" : "virt";
	if (s->cpu)
		p->cpu = s->cpu;
	else if (!strncmp(p->machine, "none", 4))
		p->cpu = NULL;
	else
		p->cpu = !strcmp(p->accel, "kvm") ? "host" : "max";
}

/* What the host can and the VM has must agree with the places in QEMU. */
static int check_room(const struct plan *p)
{
	if (p->nhelper > PLAN_HELPERS_MAX)
		return fail_exit(EXIT_USAGE, "%s: needs %zu helper programs, %d is the most", p->name, p->nhelper, PLAN_HELPERS_MAX);
	if (p->nfd > PLAN_FDS_MAX)
		return fail_exit(EXIT_USAGE, "%s: needs %zu descriptors in QEMU, %d is the most", p->name, p->nfd, PLAN_FDS_MAX);
	return 0;
}

int vm_prepare(struct plan *p, struct host *host, const struct spec *s, const struct rundir *r, bool tcg)
{
	static struct host_cgroup cgroups;
	int rc;

	p->spec = s;
	p->host = host;
	p->name = s->name;
	p->dir = pool_printf(&p->pool, "%s/%s", r->path, s->name);
	host->root = geteuid() == 0;
	host->arch = host_arch();
	rc = vmdir_check_path(p->dir);
	if (rc >= 0)
		rc = host_find_qemu(&host->qemu, &p->pool, s->qemu, r->fd);
	if (rc >= 0)
		rc = choose_accel(p, host, tcg);
	if (rc < 0)
		return rc;
	choose_machine(p);
	rc = sandbox_choose(p);
	if (rc >= 0)
		rc = qemu_plan(p);
	if (rc >= 0)
		rc = sandbox_plan(p);
	if (rc >= 0) {
		host_probe_cgroup(&cgroups);
		rc = cgroup_plan(p, &cgroups);
	}
	return rc < 0 ? rc : check_room(p);
}
