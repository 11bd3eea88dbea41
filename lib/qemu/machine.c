/* SPDX-License-Identifier: MIT */
/* The spine of the command line: name, machine, accelerator, CPUs, memory, what to boot and what to do at the end. */
#include <qemu/qemu.h>

#include <string.h>

bool qemu_is_x86(const struct plan *p)
{
	return !strcmp(p->host->qemu.arch, "x86_64") || !strcmp(p->host->qemu.arch, "i386");
}

static bool machine_is(const struct plan *p, const char *plain, const char *versioned)
{
	size_t len = strcspn(p->machine, ",");

	return (len == strlen(plain) && !strncmp(p->machine, plain, len)) ||
	       !strncmp(p->machine, versioned, strlen(versioned));
}

bool qemu_is_microvm(const struct plan *p)
{
	return machine_is(p, "microvm", "microvm,");
}

bool qemu_is_q35(const struct plan *p)
{
	return machine_is(p, "q35", "pc-q35-");
}

bool qemu_is_pc(const struct plan *p)
{
	return qemu_is_q35(p) || machine_is(p, "pc", "pc-i440fx-");
}

const char *qemu_virtio(struct plan *p, const char *base)
{
	return pool_printf(&p->pool, "%s-%s", base, qemu_is_microvm(p) ? "device" : "pci");
}

void qemu_plan_machine(struct plan *p)
{
	const struct spec *s = p->spec;

	plan_arg(p, p->host->qemu.path);
	plan_arg(p, "-name");
	plan_argf(p, "guest=%s", p->name);
	plan_arg(p, "-S");
	plan_arg(p, "-no-user-config");
	plan_arg(p, "-nodefaults");
	plan_arg(p, "-display");
	plan_arg(p, "none");
	plan_arg(p, "-msg");
	plan_arg(p, "timestamp=on");
	plan_arg(p, "-machine");
	/* a core dump holds the guest's memory and its secrets; vmport is a backdoor nobody asked for */
	plan_argf(p, "%.*s,dump-guest-core=off%s%s", (int)strcspn(p->machine, ","), p->machine,
		  qemu_is_pc(p) ? ",vmport=off" : "", p->machine + strcspn(p->machine, ","));
	plan_arg(p, "-accel");
	/* two views of the translator's buffer: none is ever both writable and executable */
	plan_argf(p, "%s%s", p->accel, !strcmp(p->accel, "tcg") && !p->wx ? ",split-wx=on" : "");
	if (p->cpu) {
		plan_arg(p, "-cpu");
		plan_arg(p, p->cpu);
	}
	plan_arg(p, "-smp");
	plan_argf(p, "%lld", (long long)s->cpus);
	plan_arg(p, "-m");
	plan_argf(p, "size=%lluk", (unsigned long long)(s->memory >> 10));
	plan_arg(p, "-rtc");
	plan_arg(p, "base=utc");
	plan_arg(p, "-action");
	plan_argf(p, "reboot=%s,shutdown=poweroff,panic=%s", s->on_reboot == REBOOT_STOP ? "shutdown" : "reset",
		  s->on_panic == PANIC_STOP ? "shutdown" : s->on_panic == PANIC_PAUSE ? "pause" : "none");
}

static void add_blob(struct plan *p, const char *option, const char *role, const char *path)
{
	struct plan_fd *f = plan_fd_add(p, PLAN_BLOB, role, path);

	f->key = f->role;
	f->at = *opt_where(&p->spec->set, role);
	plan_arg(p, option);
	/* QEMU opens these by name: a name in its jail, or the descriptor's */
	if (p->jailed)
		plan_argf(p, "/vm/%s", role);
	else
		plan_argf(p, "/proc/self/fd/%d", f->num);
}

void qemu_plan_boot(struct plan *p)
{
	const struct spec *s = p->spec;

	plan_arg(p, "-boot");
	plan_arg(p, "strict=on");
	if (s->kernel)
		add_blob(p, "-kernel", "kernel", s->kernel);
	if (s->initrd)
		add_blob(p, "-initrd", "initrd", s->initrd);
	if (s->append) {
		plan_arg(p, "-append");
		plan_arg(p, s->append);
	}
}

int qemu_plan(struct plan *p)
{
	int rc;

	qemu_plan_machine(p);
	qemu_plan_monitors(p);
	qemu_plan_boot(p);
	qemu_plan_console(p);
	qemu_plan_agent(p);
	rc = qemu_plan_disks(p);
	if (rc >= 0)
		rc = qemu_plan_nics(p);
	if (rc < 0)
		return rc;
	qemu_plan_misc(p);
	for (size_t i = 0; i < p->spec->qemu_arg.n; i++)
		plan_arg(p, p->spec->qemu_arg.v[i]);
	return 0;
}
