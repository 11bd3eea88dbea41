/* SPDX-License-Identifier: MIT */
/* Rules become a BPF program: libseccomp makes the tree, a few instructions of our own stand in front. */
#include <sandbox/policy.h>

#include <base/err.h>
#include <base/fd.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define X32_BIT 0x40000000	/* __X32_SYSCALL_BIT (arch/x86/include/uapi/asm/unistd.h) */
#define TREE 2			/* SCMP_FLTATR_CTL_OPTIMIZE: a binary tree, which the kernel takes ten times faster than a list */

void policy_init(struct policy *p, uint32_t arch, policy_find_t *find, const void *ctx)
{
	*p = (struct policy){ .arch = arch, .find = find, .ctx = ctx };
	p->set[POLICY_BADARCH].action.act = POLICY_KILL;
}

void policy_free(struct policy *p)
{
	pool_free(&p->pool);
}

/* ---- without the kernel ---- */
static bool foreign(const struct policy *p, uint32_t arch, int nr)
{
	/* -1 is what a tracer leaves where it has answered a call itself: no x32 call, and no call at all */
	return arch != p->arch || (arch == AUDIT_ARCH_X86_64 && (uint32_t)nr >= X32_BIT && nr != -1);
}

static bool matches(const struct policy_rule *r, const uint64_t args[6])
{
	for (size_t i = 0; i < r->ntest; i++) {
		const struct policy_test *t = &r->test[i];

		if (((args[t->arg] & t->mask) == t->value) == t->differs)
			return false;
	}
	return true;
}

/* Beyond the table; for x86_64, not beyond all numbers. */
static bool is_newer(const struct policy *p, int nr)
{
	return p->set[POLICY_NEWER].file && (uint32_t)nr >= POLICY_NEWER_FROM &&
	       (p->arch != AUDIT_ARCH_X86_64 || (uint32_t)nr < X32_BIT);
}

struct policy_action policy_decide(const struct policy *p, uint32_t arch, int nr, const uint64_t args[6])
{
	bool named = false;

	if (foreign(p, arch, nr))
		return p->set[POLICY_BADARCH].action;
	for (size_t i = 0; i < p->nrule; i++) {
		if (p->rule[i].nr != nr)
			continue;
		named = true;
		if (matches(&p->rule[i], args))
			return p->rule[i].action;
	}
	return p->set[is_newer(p, nr) && !named ? POLICY_NEWER : POLICY_DEFAULT].action;
}

/* ---- with libseccomp ---- */
static uint32_t action_code(struct policy_action a)
{
	switch (a.act) {
	case POLICY_ALLOW:
		return SCMP_ACT_ALLOW;
	case POLICY_LOG:
		return SCMP_ACT_LOG;
	case POLICY_ERRNO:
		return SCMP_ACT_ERRNO((uint32_t)a.err);
	case POLICY_KILL:
		break;
	}
	return SCMP_ACT_KILL_PROCESS;
}

static int add_rule(scmp_filter_ctx ctx, const struct policy_rule *r)
{
	struct scmp_arg_cmp cmp[6];
	int rc;

	for (size_t i = 0; i < r->ntest; i++) {
		const struct policy_test *t = &r->test[i];

		cmp[i] = (struct scmp_arg_cmp){ .arg = t->arg, .op = SCMP_CMP_MASKED_EQ, .datum_a = t->mask, .datum_b = t->value };
		if (t->mask == UINT64_MAX) {
			cmp[i].op = t->differs ? SCMP_CMP_NE : SCMP_CMP_EQ;
			cmp[i].datum_a = t->value;
		}
	}
	/* it takes the number on the machine it runs on, and translates that for the filter's */
	rc = seccomp_rule_add_exact_array(ctx, action_code(r->action), seccomp_syscall_resolve_name(r->name), (unsigned)r->ntest,
					  cmp);
	return rc < 0 ? fail_exit(EXIT_USAGE, "%s:%u: libseccomp does not take this rule: %s", r->file, r->line, strerror(-rc)) : 0;
}

/* libseccomp refuses what equals the default, and errs where one rule holds another. */
static bool is_needless(const struct policy *p, const struct policy_rule *r)
{
	if (policy_same_action(r->action, p->set[POLICY_DEFAULT].action))
		return true;
	for (const struct policy_rule *o = p->rule; o < p->rule + p->nrule; o++)
		if (o != r && policy_same_action(o->action, r->action) && policy_covers(o, r) &&
		    (o < r || !policy_covers(r, o)))	/* of two that say the same, the first stays */
			return true;
	return false;
}

static int fill(scmp_filter_ctx ctx, const struct policy *p)
{
	uint32_t native = seccomp_arch_native();
	int rc = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, action_code(p->set[POLICY_BADARCH].action));

	if (rc >= 0 && p->arch != native) {
		rc = seccomp_arch_add(ctx, p->arch);
		if (rc >= 0)
			rc = seccomp_arch_remove(ctx, native);
	}
	if (rc >= 0)
		rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, TREE);
	if (rc < 0)
		return fail(rc, "set up libseccomp");
	for (size_t i = 0; i < p->nrule && rc >= 0; i++)
		if (!is_needless(p, &p->rule[i]))
			rc = add_rule(ctx, &p->rule[i]);
	return rc;
}

static bool is_named_newer(const struct policy *p, size_t i)
{
	if (!is_newer(p, p->rule[i].nr))
		return false;
	for (size_t k = 0; k < i; k++)
		if (p->rule[k].nr == p->rule[i].nr)
			return false;
	return true;
}

/*
 * What libseccomp cannot say: "every number from here on".  At most 3 + 2 + 64 instructions, so that a jump of 8 bits
 * reaches over them; one for each named call that is that young.
 */
#define PROLOGUE_MAX 70

static int make_prologue(const struct policy *p, struct sock_filter out[PROLOGUE_MAX])
{
	bool x86 = p->arch == AUDIT_ARCH_X86_64;
	unsigned n = 0, end;

	if (!p->set[POLICY_NEWER].file)
		return 0;
	out[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
	out[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, p->arch, 0, 0xff);
	out[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	out[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, POLICY_NEWER_FROM, 0, 0xff);
	if (x86)
		out[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0xff, 0);
	for (size_t i = 0; i < p->nrule; i++) {
		if (!is_named_newer(p, i))
			continue;
		if (n == PROLOGUE_MAX - 1)
			return fail_exit(EXIT_USAGE, "%s:%u: too many calls from number %d on are named", p->rule[i].file,
					 p->rule[i].line, POLICY_NEWER_FROM);
		out[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)p->rule[i].nr, 0xff, 0);
	}
	end = n + 1;
	/* jumps were written before their length was known: 0xff stands for "to libseccomp's program" */
	for (unsigned i = 0; i < n; i++) {
		if (BPF_CLASS(out[i].code) != BPF_JMP)
			continue;
		out[i].jt = out[i].jt ? (uint8_t)(end - i - 1) : 0;
		out[i].jf = out[i].jf ? (uint8_t)(end - i - 1) : 0;
	}
	out[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action_code(p->set[POLICY_NEWER].action));
	return (int)n;
}

/* libseccomp writes its program into a descriptor only. */
static int export_program(scmp_filter_ctx ctx, const struct sock_filter *prologue, size_t n, struct policy_program *out)
{
	autoclose int fd = memfd_create("husk-filter", MFD_CLOEXEC);
	size_t size;
	off_t end;
	int rc;

	if (fd < 0)
		return fail(-errno, "make memory for a filter");
	rc = seccomp_export_bpf(ctx, fd);
	end = lseek(fd, 0, SEEK_CUR);
	if (rc < 0 || end < 0)
		return fail(rc < 0 ? rc : -errno, "export a filter");
	size = (size_t)end;
	if (size == 0 || size % sizeof(struct sock_filter) || size / sizeof(struct sock_filter) + n > POLICY_INSNS_MAX)
		return fail_exit(EXIT_USAGE, "the policy becomes %zu instructions, more than the kernel's %d",
				 size / sizeof(struct sock_filter) + n, POLICY_INSNS_MAX);
	out->insn = malloc(n * sizeof(struct sock_filter) + size);
	if (!out->insn)
		return fail(-ENOMEM, "make a filter");
	if (n)
		memcpy(out->insn, prologue, n * sizeof(struct sock_filter));
	if (pread(fd, out->insn + n, size, 0) != (ssize_t)size) {
		policy_program_free(out);
		return fail(-EIO, "read a filter");
	}
	out->len = n + size / sizeof(struct sock_filter);
	return 0;
}

int policy_compile(const struct policy *p, struct policy_program *out)
{
	struct sock_filter prologue[PROLOGUE_MAX];
	scmp_filter_ctx ctx;
	int n, rc;

	*out = (struct policy_program){ 0 };
	if (!p->set[POLICY_DEFAULT].file)
		return fail_exit(EXIT_USAGE, "the policy does not say @default");
	n = make_prologue(p, prologue);
	if (n < 0)
		return n;
	ctx = seccomp_init(action_code(p->set[POLICY_DEFAULT].action));
	if (!ctx)
		return fail(-ENOMEM, "set up libseccomp");
	rc = fill(ctx, p);
	if (rc >= 0)
		rc = export_program(ctx, prologue, (size_t)n, out);
	seccomp_release(ctx);
	return rc;
}

void policy_program_free(struct policy_program *out)
{
	free(out->insn);
	*out = (struct policy_program){ 0 };
}
