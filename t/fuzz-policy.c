/* SPDX-License-Identifier: MIT */
/* Fuzz: the text of a policy is refused with one line, or becomes a program that says what the text says. */
#include <sandbox/policy.h>

#include <base/err.h>
#include <linux/audit.h>
#include <sandbox/blobs.h>

#include "bpf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const char *text;
	size_t len;
};

static void must(bool cond)
{
	if (!cond)
		abort();
}

/* "self" is the text itself, everything else what husk carries. */
static bool find(const void *ctx, const char *name, struct policy_text *text)
{
	const struct input *in = ctx;

	if (!strcmp(name, "self")) {
		*text = (struct policy_text){ .data = in->text, .len = in->len };
		return true;
	}
	for (const struct blob_text *t = blob_index; t->name[0]; t++)
		if (!strcmp(t->name, name)) {
			*text = (struct policy_text){ .data = blob_texts + t->start, .len = t->len, .reviewed = true };
			return true;
		}
	return false;
}

static uint32_t code(struct policy_action a)
{
	return a.act == POLICY_ALLOW ? SECCOMP_RET_ALLOW : a.act == POLICY_LOG ? SECCOMP_RET_LOG :
	       a.act == POLICY_KILL ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | (uint32_t)a.err;
}

static void must_agree(const struct policy *p, const struct policy_program *prog, struct seccomp_data *d)
{
	must(bpf_run(prog->insn, prog->len, d) == code(policy_decide(p, d->arch, d->nr, (const uint64_t *)d->args)));
}

/* Each rule met, and missed by one bit of each argument. */
static void must_say_the_same(const struct policy *p, const struct policy_program *prog)
{
	for (size_t i = 0; i < p->nrule; i++) {
		const struct policy_rule *r = &p->rule[i];
		struct seccomp_data d = { .nr = r->nr, .arch = p->arch };

		for (size_t k = 0; k < r->ntest; k++)
			d.args[r->test[k].arg] = r->test[k].value;
		must_agree(p, prog, &d);
		for (size_t k = 0; k < r->ntest; k++)
			for (unsigned bit = 0; bit < 64; bit += 7) {
				d.args[r->test[k].arg] ^= UINT64_C(1) << bit;
				must_agree(p, prog, &d);
				d.args[r->test[k].arg] ^= UINT64_C(1) << bit;
			}
	}
	for (int nr = -2; nr < 600; nr++) {
		struct seccomp_data d = { .nr = nr, .arch = nr % 5 ? p->arch : AUDIT_ARCH_I386 };

		must_agree(p, prog, &d);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autopolicy struct policy p = { 0 };
	struct policy_program prog = { 0 };
	struct input in;
	int rc;

	if (size < 1)
		return 0;
	in = (struct input){ .text = (const char *)data + 1, .len = size - 1 };
	err_clear();
	policy_init(&p, data[0] % 2 ? AUDIT_ARCH_X86_64 : AUDIT_ARCH_AARCH64, find, &in);
	rc = policy_parse(&p, "fuzz", in.text, in.len);
	if (rc >= 0)
		rc = policy_compile(&p, &prog);
	if (rc >= 0) {
		must(prog.len > 0 && prog.len <= POLICY_INSNS_MAX);
		must_say_the_same(&p, &prog);
	} else {
		must(err_code() == EXIT_USAGE && err_text()[0]);
		for (const char *s = err_text(); *s; s++)
			must((unsigned char)*s >= ' ' && *s != 0x7f);
	}
	policy_program_free(&prog);
	return 0;
}
