/* SPDX-License-Identifier: MIT */
/* husk check: QEMU, what it can do, KVM, and the programs beside QEMU. */
#include "check.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static bool is_x86(const char *arch)
{
	return !strcmp(arch, "x86_64") || !strcmp(arch, "i386");
}

/* Debian's package of the emulator for an architecture. */
static const char *package_of(const char *arch)
{
	if (is_x86(arch))
		return "qemu-system-x86";
	return !strcmp(arch, "aarch64") || !strncmp(arch, "arm", 3) ? "qemu-system-arm" : "qemu-system";
}

void check_qemu(struct report *r, const struct host_qemu *q, const char *wanted, const char *why)
{
	if (!q) {
		if (wanted)
			report_row(r, CHECK_MISSING, "qemu", "%s", why);
		else
			report_row(r, CHECK_MISSING, "qemu", "%s; Debian: apt install %s", why, package_of(host_arch()));
		json_put_null(&r->out, "path");
		return;
	}
	report_row(r, CHECK_OK, "qemu", "%s, version %s", q->path, q->version);
	json_put_str(&r->out, "path", q->path);
	json_put_str(&r->out, "version", q->version);
	json_put_str(&r->out, "arch", q->arch);
}

/* The names that are there, and those that are not, as words; and both in the row's JSON. */
struct split {
	struct buf have, lack;
};

static void split(struct split *s, const char *const *names, const bool *have, size_t n)
{
	memset(s, 0, sizeof(*s));
	for (size_t i = 0; i < n; i++) {
		struct buf *b = have[i] ? &s->have : &s->lack;

		buf_addf(b, "%s%s", b->len ? " " : "", names[i]);
	}
}

static void put_names(struct report *r, const char *key, const char *const *names, const bool *have, size_t n)
{
	json_open(&r->out, key, '{');
	for (size_t i = 0; i < n; i++)
		json_put_bool(&r->out, names[i], have[i]);
	json_close(&r->out, '}');
}

static void split_free(struct split *s)
{
	buf_free(&s->have);
	buf_free(&s->lack);
}

static void check_machines(struct report *r, const struct host_features *f, const struct host_qemu *q)
{
	__attribute__((cleanup(split_free))) struct split s;
	enum host_machine usual = is_x86(q->arch) ? MACHINE_Q35 : MACHINE_VIRT;

	split(&s, host_machine_names, f->machine, HOST_MACHINES);
	if (f->machine[usual])
		report_row(r, CHECK_OK, "machines", "%s", buf_str(&s.have));
	else
		report_row(r, CHECK_WARNING, "machines", "no %s, which husk takes unless told otherwise; has %s",
			   host_machine_names[usual], s.have.len ? s.have.data : "none that husk knows");
	put_names(r, "machines", host_machine_names, f->machine, HOST_MACHINES);
}

static void check_devices(struct report *r, const struct host_features *f, const struct host_qemu *q)
{
	__attribute__((cleanup(split_free))) struct split s;

	split(&s, host_device_names, f->device, HOST_DEVICES);
	if (!s.lack.len)
		report_row(r, CHECK_OK, "devices", "%s", buf_str(&s.have));
	else
		report_row(r, CHECK_WARNING, "devices", "not built in: %s; Debian: apt install %s", s.lack.data,
			   package_of(q->arch));
	put_names(r, "devices", host_device_names, f->device, HOST_DEVICES);
}

static void check_netdevs(struct report *r, const struct host_features *f)
{
	__attribute__((cleanup(split_free))) struct split s;

	split(&s, host_netdev_names, f->netdev, HOST_NETDEVS);
	if (!s.lack.len)
		report_row(r, CHECK_OK, "netdevs", "%s", buf_str(&s.have));
	else
		report_row(r, CHECK_WARNING, "netdevs", "not built in: %s%s", s.lack.data,
			   f->netdev[NETDEV_STREAM] ? "" : "; stream, which passt is connected by, came with QEMU 7.2");
	put_names(r, "netdevs", host_netdev_names, f->netdev, HOST_NETDEVS);
}

void check_features(struct report *r, const struct host_features *f, const struct host_qemu *q)
{
	if (!f->asked) {
		report_row(r, CHECK_MISSING, "qemu-answers", "asked for its features over QMP, it did not answer: %s", f->why);
		return;
	}
	report_row(r, CHECK_OK, "qemu-answers", "in %lld ms, over QMP", (long long)f->ms);
	json_put_int(&r->out, "ms", f->ms);
	check_machines(r, f, q);
	check_devices(r, f, q);
	check_netdevs(r, f);
	report_row(r, f->tcg || f->kvm ? CHECK_OK : CHECK_MISSING, "accelerators", "%s",
		   f->tcg && f->kvm ? "kvm tcg" : f->tcg ? "tcg, no kvm" : f->kvm ? "kvm, no tcg" : "neither kvm nor tcg is built in");
	json_put_bool(&r->out, "kvm", f->kvm);
	json_put_bool(&r->out, "tcg", f->tcg);
	report_row(r, f->sandbox ? CHECK_OK : CHECK_WARNING, "qemu-sandbox", "QEMU was built with%s its own seccomp filter",
		   f->sandbox ? "" : "out");
	report_row(r, f->screendump_png ? CHECK_OK : CHECK_WARNING, "screenshots",
		   f->screendump_png ? "QEMU writes PNG" : "QEMU writes PPM only; PNG came with 7.1");
}

/* What would help where /dev/kvm does not open. */
static const char *kvm_help(const struct host_kvm *k)
{
	if (k->present)
		return k->hardware ? "" : "; switch virtualisation on in the firmware, or nested virtualisation on the host";
	if (access("/dev/kvm", F_OK) < 0)
		return k->hardware ? "; modprobe kvm_intel or kvm_amd; in a container, pass the device in" :
				     "; the CPU shows no vmx or svm: firmware setting, or nested virtualisation on the host";
	return "; join the group that owns it: usermod -aG kvm USER";
}

void check_kvm(struct report *r, const struct host_kvm *k, const struct host_qemu *q, const struct host_features *f)
{
	bool native = !q || !strcmp(q->arch, host_arch());
	bool translates = !f || f->tcg;

	if (k->usable && native && (!f || f->kvm))
		report_row(r, CHECK_OK, "kvm", "/dev/kvm runs a virtual CPU");
	else if (!translates)
		report_row(r, CHECK_MISSING, "kvm", "this QEMU cannot translate, and KVM cannot be used: %s%s",
			   k->usable ? "its guests are of another architecture" : k->why, k->usable ? "" : kvm_help(k));
	else if (k->usable)
		report_row(r, CHECK_WARNING, "kvm", "works, but %s: guests are translated (TCG), which is slow",
			   native ? "is not built into this QEMU" : "not for this QEMU's architecture");
	else
		report_row(r, CHECK_WARNING, "kvm", "guests are translated (TCG), which is slow: %s%s", k->why, kvm_help(k));
	json_put_bool(&r->out, "usable", k->usable);
	json_put_bool(&r->out, "present", k->present);
	json_put_bool(&r->out, "hardware", k->hardware);
}

void check_helpers(struct report *r)
{
	static const struct { const char *what, *package; } about[HOST_HELPERS] = {
		[HELPER_PASST] = { "networks only through QEMU's own stack", "passt" },
		[HELPER_VIRTIOFSD] = { "no shared directories", "virtiofsd" },
		[HELPER_SWTPM] = { "no TPM", "swtpm" },
		[HELPER_QEMU_IMG] = { "no tool to make or convert images", "qemu-utils" },
	};

	for (int i = 0; i < HOST_HELPERS; i++) {
		struct host_program p;

		host_find_helper(&p, (enum host_helper)i);
		if (p.path[0])
			report_row(r, CHECK_OK, host_helper_names[i], "%s%s%s", p.path, p.version[0] ? ", " : "", p.version);
		else
			report_row(r, CHECK_WARNING, host_helper_names[i], "not installed: %s; Debian: apt install %s",
				   about[i].what, about[i].package);
		json_put_str(&r->out, "path", p.path[0] ? p.path : NULL);
		json_put_str(&r->out, "version", p.version[0] ? p.version : NULL);
	}
}
