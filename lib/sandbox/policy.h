/* SPDX-License-Identifier: MIT */
/* seccomp policies: a text that can be reviewed, and the BPF program made from it. */
#ifndef SANDBOX_POLICY_H
#define SANDBOX_POLICY_H

#include <base/pool.h>
#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How it works: policy_parse.c reads texts (each may @include others) into rules, refusing everything unknown,
 * double or contradictory; policy.c has libseccomp make a BPF program of them.  A line of the text is
 *	NAME [allow | kill | log | errno ENAME] [if TEST [and TEST]...]   # why
 * where TEST is "argN == V", "argN != V", "argN & MASK == V", and argN:32 in place of argN looks at the low 32 bits
 * only, as the kernel does for an int.  V and MASK are numbers or constants (policy_names.c), several with '|'.
 * Lines of one call are alternatives.  A call that no line matches meets @default.  Directives:
 *	@default ACTION		what happens to everything else
 *	@newer ACTION		to calls younger than POLICY_NEWER_FROM that no line names: ENOSYS lets a libc fall back
 *	@badarch ACTION		to calls of another architecture; kill unless said otherwise
 *	@include NAME		the rules of another text; a setting of the including text outranks the included one's
 *	@arch x86_64 ... @end	lines for one architecture
 * No I/O here: a text is (pointer, length), an included one comes from a callback.
 */

/* Calls from this number on are as young as Linux 5.16 (asm-generic/unistd.h): a policy written before does not judge them. */
#define POLICY_NEWER_FROM 449

#define POLICY_INSNS_MAX 4096		/* BPF_MAXINSNS (linux/bpf_common.h) */
#define POLICY_TEXT_MAX 65536u
#define POLICY_LINE_MAX 400
#define POLICY_RULES_MAX 1024
#define POLICY_DEPTH_MAX 8

enum policy_act { POLICY_ALLOW, POLICY_KILL, POLICY_LOG, POLICY_ERRNO };

struct policy_action {
	enum policy_act act;
	int err;			/* POLICY_ERRNO: a positive errno */
};

struct policy_test {
	unsigned arg;			/* 0 to 5 */
	bool differs;			/* !=, mask is all ones then */
	uint64_t mask, value;
};

struct policy_rule {
	int nr;
	const char *name;
	struct policy_action action;
	struct policy_test test[6];	/* at most one an argument: libseccomp takes no more */
	size_t ntest;
	const char *file;		/* where it stands */
	unsigned line;
};

enum policy_setting { POLICY_DEFAULT, POLICY_NEWER, POLICY_BADARCH, POLICY_SETTINGS };

struct policy_set {
	struct policy_action action;
	const char *file;		/* NULL: not said */
	unsigned line;
	unsigned depth;			/* of includes: an outer one outranks */
};

struct policy_text {
	const char *data;
	size_t len;
	bool reviewed;			/* the build has seen a reason on every line, and left them out */
};

/* How an included name becomes a text, which must last as long as the policy is parsed. */
typedef bool policy_find_t(const void *ctx, const char *name, struct policy_text *text);

struct policy {
	struct pool pool;
	uint32_t arch;			/* AUDIT_ARCH_* (linux/audit.h) */
	policy_find_t *find;
	const void *ctx;
	struct policy_rule *rule;
	size_t nrule;
	struct policy_set set[POLICY_SETTINGS];
	struct policy_rule *included;	/* name, file and line of each @include */
	size_t nincluded;
};

/* policy_arch - AUDIT_ARCH_* of "x86_64" or "aarch64", NULL for the one this is compiled for; 0: not supported. */
uint32_t policy_arch(const char *name);
const char *policy_arch_name(uint32_t arch);

/* policy_init - an empty policy. */
void policy_init(struct policy *p, uint32_t arch, policy_find_t *find, const void *ctx);
void policy_free(struct policy *p);
#define autopolicy __attribute__((cleanup(policy_free)))

/*
 * policy_parse - add the rules of a text.
 * @file: what it is called in messages and, later, in rules; copied
 * 0, or recorded with EXIT_USAGE as "FILE:LINE: what is wrong".
 */
int policy_parse(struct policy *p, const char *file, const char *text, size_t len);
/* policy_include - add the rules of an embedded text by its name, as @include does. */
int policy_include(struct policy *p, const char *name);

/* policy_decide - what a whole policy says to a call; for checks and tests, the kernel runs the compiled form. */
struct policy_action policy_decide(const struct policy *p, uint32_t arch, int nr, const uint64_t args[6]);

struct policy_program {
	struct sock_filter *insn;	/* malloced */
	size_t len;
};
/* policy_compile - a program for the kernel.  0 or recorded. */
int policy_compile(const struct policy *p, struct policy_program *out);
void policy_program_free(struct policy_program *out);

/* Symbolic constants.  policy_constant - false: no such name on that architecture. */
bool policy_constant(const char *name, size_t len, uint32_t arch, uint64_t *value);
/* policy_errno - the number of "EPERM" and the like that a filter may answer; 0: unknown. */
int policy_errno(const char *name, size_t len);

/* Used between policy_parse.c and policy.c. */
/* policy_covers - whatever b matches, a matches as well. */
bool policy_covers(const struct policy_rule *a, const struct policy_rule *b);
bool policy_same_action(struct policy_action a, struct policy_action b);

#endif
