/* SPDX-License-Identifier: MIT */
/* The text of a policy: what is refused with which words, and that the program made of it says what the text says. */
#include <sandbox/policy.h>

#include <base/err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/fs.h>
#include <linux/if_tun.h>
#include <linux/prctl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "bpf.h"
#include "tap.h"

#define D "@default errno EPERM # d\n"

/* Texts to include. */
static bool find(const void *ctx, const char *name, struct policy_text *text)
{
	static const struct { const char *name, *text; } texts[] = {
		{ "one", "read # r\n" }, { "two", "@default kill # d\nwrite # w\n" }, { "broken", "\nwrote # w\n" },
		{ "self", "@include self\n" }, { "open", "@arch x86_64\n" },
		{ "d1", "@include d2\n" }, { "d2", "@include d3\n" }, { "d3", "@include d4\n" }, { "d4", "@include d5\n" },
		{ "d5", "@include d6\n" }, { "d6", "@include d7\n" }, { "d7", "@include d8\n" }, { "d8", "@include one\n" },
		{ "narrow", "mmap if arg2 & 4 == 0 # n\n" },
	};

	(void)ctx;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!strcmp(texts[i].name, name)) {
			*text = (struct policy_text){ .data = texts[i].text, .len = strlen(texts[i].text) };
			return true;
		}
	return false;
}

static const struct { const char *text, *error; } wrong[] = {
	{ "read\n", "p:1: no reason: every line ends with # and why" },
	{ "read # \n", "p:1: no reason: every line ends with # and why" },
	{ "@default errno EPERM\n", "p:1: no reason: every line ends with # and why" },
	{ "\n# text\nwrote # w\n", "p:3: unknown system call wrote" },
	{ "READ # r\n", "p:1: unknown system call READ" },
	{ "@arch aarch64\nopen # o\n@end\n", "p:2: aarch64 has no system call open; put the line between @arch and @end" },
	{ "socketcall # s\n", "p:1: x86_64 has no system call socketcall; put the line between @arch and @end" },
	{ "= # r\n", "p:1: expected a system call or a directive before \"=\"" },
	{ "read write # r\n", "p:1: expected an action, if or a comment before \"write\"" },
	{ "read allow write # r\n", "p:1: expected if or a comment before \"write\"" },
	{ "read errno # r\n", "p:1: expected the name of an error at the end of the line" },
	{ "read errno EWHAT # r\n", "p:1: unknown error EWHAT" },
	{ "read errno 1 # r\n", "p:1: unknown error 1" },
	{ "read if # r\n", "p:1: expected arg0 to arg5 at the end of the line" },
	{ "read if fd == 1 # r\n", "p:1: expected arg0 to arg5 before \"fd\"" },
	{ "read if arg6 == 1 # r\n", "p:1: arg6: arguments are arg0 to arg5" },
	{ "read if arg00 == 1 # r\n", "p:1: arg00: arguments are arg0 to arg5" },
	{ "read if arg0:16 == 1 # r\n", "p:1: only :32 may follow an argument" },
	{ "read if arg0 # r\n", "p:1: expected &, == or != at the end of the line" },
	{ "read if arg0 < 1 # r\n", "p:1: expected &, == or != before \"<\"" },
	{ "read if arg0 = 1 # r\n", "p:1: expected &, == or != before \"=\"" },
	{ "read if arg0 & 1 # r\n", "p:1: expected == at the end of the line" },
	{ "read if arg0 & 1 != 1 # r\n", "p:1: != compares the whole argument: neither :32 nor a mask goes with it" },
	{ "read if arg0:32 != 1 # r\n", "p:1: != compares the whole argument: neither :32 nor a mask goes with it" },
	{ "read if arg0 & 0 == 0 # r\n", "p:1: a mask of 0 lets everything through" },
	{ "read if arg0 & PROT_NONE == 0 # r\n", "p:1: a mask of 0 lets everything through" },
	{ "read if arg0:32 & 0x100000000 == 0 # r\n", "p:1: the mask does not fit into 32 bits" },
	{ "read if arg0:32 == 0x100000000 # r\n", "p:1: arg0 can never be 0x100000000 there: the mask is 0xffffffff" },
	{ "read if arg0 & 2 == 3 # r\n", "p:1: arg0 can never be 0x3 there: the mask is 0x2" },
	{ "read if arg0 == # r\n", "p:1: expected a number or a constant at the end of the line" },
	{ "read if arg0 == 1 | # r\n", "p:1: expected a number or a constant at the end of the line" },
	{ "read if arg0 == 1 || 2 # r\n", "p:1: expected a number or a constant before \"|\"" },
	{ "read if arg0 == -1 # r\n", "p:1: expected a number or a constant before \"-\"" },
	{ "read if arg0 == 1 and # r\n", "p:1: expected arg0 to arg5 at the end of the line" },
	{ "read if arg0 == 1 or arg1 == 1 # r\n", "p:1: expected and, | or a comment before \"or\"" },
	{ "read if arg0 == 1 and arg0 == 2 # r\n", "p:1: arg0 is tested twice; two lines are alternatives" },
	{ "read if arg0 == AF_WHAT # r\n", "p:1: unknown constant AF_WHAT" },
	{ "read if arg0 == 010 # r\n", "p:1: 010: a number is decimal, or hexadecimal with 0x" },
	{ "read if arg0 == 0x # r\n", "p:1: 0x: a number is decimal, or hexadecimal with 0x" },
	{ "read if arg0 == 12a # r\n", "p:1: 12a: not a number" },
	{ "read if arg0 == 0xFF # r\n", "p:1: 0xFF: not a number" },
	{ "read if arg0 == 18446744073709551616 # r\n", "p:1: 18446744073709551616: does not fit into 64 bits" },
	{ "read if arg0 == 0x10000000000000000 # r\n", "p:1: 0x10000000000000000: does not fit into 64 bits" },
	{ "read # r\nread # r\n", "p:2: read: the same stands at p:1" },
	{ "read allow # r\nread # r\n", "p:2: read: the same stands at p:1" },
	{ "read if arg0 == 1 and arg1 == 2 # r\nread if arg1 == 2 and arg0 == 1 # r\n", "p:2: read: the same stands at p:1" },
	{ "read if arg0:32 == 1 # r\nread if arg0 & 0xffffffff == 1 # r\n", "p:2: read: the same stands at p:1" },
	{ "read # r\nread if arg0 == 1 # r\n", "p:2: read: adds nothing to p:1" },
	{ "read if arg0 == 1 # r\nread # r\n", "p:2: read: covers what stands at p:1" },
	{ "read if arg0 != 2 # r\nread if arg0 == 1 # r\n", "p:2: read: a line with != must be the only one of its call; see p:1" },
	{ "read # r\nread if arg1 == 1 and arg0 != 1 # r\n",
	  "p:2: read: a line with != must be the only one of its call; see p:1" },
	{ "read if arg0 & 1 == 1 # r\nread if arg0 & 3 == 3 # r\n", "p:2: read: adds nothing to p:1" },
	{ "read # r\nread kill # r\n", "p:2: read: contradicts p:1" },
	{ "read errno EPERM # r\nread errno ENOSYS # r\n", "p:2: read: contradicts p:1" },
	{ "read kill # r\nread if arg0 == 1 # r\n", "p:2: read: contradicts p:1" },
	{ "read if arg0 == 1 # r\nread kill if arg1 == 1 # r\n", "p:2: read: contradicts p:1" },
	{ "read if arg0 & 1 == 1 # r\nread kill if arg0 & 2 == 2 # r\n", "p:2: read: contradicts p:1" },
	{ "@defaults kill # d\n", "p:1: unknown directive @defaults" },
	{ "@ # d\n", "p:1: unknown directive @" },
	{ "@default # d\n", "p:1: expected allow, kill, log or errno at the end of the line" },
	{ "@default permit # d\n", "p:1: expected allow, kill, log or errno before \"permit\"" },
	{ "@default kill errno # d\n", "p:1: expected a comment before \"errno\"" },
	{ "@default kill # d\n@default kill # d\n", "p:2: @default: is set already, at p:1" },
	{ "@newer kill # d\n@newer allow # d\n", "p:2: @newer: is set already, at p:1" },
	{ "@badarch allow # d\n", "p:1: @badarch can only kill or answer an errno: no rule would judge those calls" },
	{ "@badarch log # d\n", "p:1: @badarch can only kill or answer an errno: no rule would judge those calls" },
	{ "@include\n", "p:1: expected the name of a policy at the end of the line" },
	{ "@include ../etc\n", "p:1: expected the name of a policy before \".\"" },
	{ "@include one two\n", "p:1: expected a comment before \"two\"" },
	{ "@include nothing\n", "p:1: no policy is called nothing" },
	{ "@include broken\n", "broken.policy:2: unknown system call wrote" },
	{ "@include one\n@include one\n", "p:2: one is included already, at p:1" },
	{ "@include self\n", "self.policy:1: self is included already, at p:1" },
	{ "@include d1\n", "d8.policy:1: includes go deeper than 8" },
	{ "@include open\n", "open.policy:1: @arch without @end" },
	{ "@arch x86_64\n@include one\n@end\n", "p:2: @include may not stand between @arch and @end" },
	{ "@arch x86_64\nread # r\n", "p:1: @arch without @end" },
	{ "@arch x86_64\n@arch aarch64\n", "p:2: @arch inside of the @arch at line 1" },
	{ "@arch\n", "p:1: expected an architecture at the end of the line" },
	{ "@arch riscv64\n", "p:1: unknown architecture riscv64; there are x86_64 and aarch64" },
	{ "@arch x86_64 aarch64\n", "p:1: expected a comment before \"aarch64\"" },
	{ "@end\n", "p:1: @end without @arch" },
	{ "@arch x86_64\n@end here\n", "p:2: expected a comment before \"here\"" },
	{ "read\r # r\n", "p:1: byte 0x0d is no text" },
	{ "read # r\033[1m\n", "p:1: byte 0x1b is no text" },
	{ "iopl iopl_very_long_name_that_no_system_call_has_and_that_goes_on_and_on # x\n",
	  "p:1: expected an action, if or a comment before \"iopl_very_long_name_that_no_system_call_has_and_that_goes_on_and_on\"" },
};

static void refused(const char *text, const char *error)
{
	autopolicy struct policy p;

	err_clear();
	policy_init(&p, AUDIT_ARCH_X86_64, find, NULL);
	is_int(policy_parse(&p, "p", text, strlen(text)), -ECANCELED, "refused: %.60s", text);
	is_str(err_text(), error, "says why");
	is_int(err_code(), EXIT_USAGE, "as a mistake of the user's");
}

static void test_refused(void)
{
	autopolicy struct policy p;
	char line[POLICY_LINE_MAX + 8];
	struct policy_program program;
	static char big[POLICY_TEXT_MAX + 1];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		refused(wrong[i].text, wrong[i].error);
	memset(line, 'x', sizeof(line));
	memcpy(line, "read # ", 7);
	line[POLICY_LINE_MAX + 1] = '\0';
	refused(line, "p:1: longer than 400 bytes");
	memset(big, '\n', sizeof(big));
	policy_init(&p, AUDIT_ARCH_X86_64, find, NULL);
	is_int(policy_parse(&p, "p", big, sizeof(big)), -ECANCELED, "a text beyond the limit is refused");
	is_str(err_text(), "p: longer than 65536 bytes", "says so");
	is_int(policy_parse(&p, "p", "read # \0 x\n", 11), -ECANCELED, "a NUL byte is refused");
	is_str(err_text(), "p:1: byte 0x00 is no text", "says so");
	is_int(policy_compile(&p, &program), -ECANCELED, "a policy without @default is not compiled");
	is_str(err_text(), "the policy does not say @default", "says so");
	policy_free(&p);
	policy_init(&p, AUDIT_ARCH_X86_64, NULL, NULL);
	is_int(policy_include(&p, "one"), -ECANCELED, "nothing can be included without a callback");
}

/* ---- the program says what the text says ---- */
static uint32_t code(struct policy_action a)
{
	return a.act == POLICY_ALLOW ? SECCOMP_RET_ALLOW : a.act == POLICY_LOG ? SECCOMP_RET_LOG :
	       a.act == POLICY_KILL ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | (uint32_t)a.err;
}

static uint64_t seed = 88172645463325252u;

static uint64_t any(void)		/* xorshift64 */
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	return seed ^= seed << 17;
}

/* Near to what some rule tests, or anything. */
static uint64_t near(const struct policy *p, unsigned arg, int nr)
{
	const struct policy_test *t = NULL;
	uint64_t v;

	for (size_t i = 0; i < p->nrule; i++)
		for (size_t k = 0; k < p->rule[i].ntest; k++)
			if (p->rule[i].nr == nr && p->rule[i].test[k].arg == arg && (!t || any() % 3 == 0))
				t = &p->rule[i].test[k];
	if (!t)
		return any();
	v = t->value | (any() % 2 ? any() & ~t->mask : 0);
	if (any() % 3 == 0)
		v ^= UINT64_C(1) << any() % 64;
	return v;
}

static unsigned differences(const struct policy *p, const struct policy_program *prog, unsigned tries)
{
	static const uint32_t archs[] = { AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64, AUDIT_ARCH_I386, AUDIT_ARCH_ARM };
	unsigned bad = 0;

	for (unsigned i = 0; i < tries; i++) {
		struct seccomp_data d = { .arch = any() % 16 ? p->arch : archs[any() % 4], .instruction_pointer = any() };
		uint32_t want, got;

		d.nr = any() % 4 && p->nrule ? p->rule[any() % p->nrule].nr : (int)(any() % 600);
		if (any() % 32 == 0)
			d.nr = (int)any();
		else if (any() % 32 == 0)
			d.nr |= 0x40000000;
		for (unsigned a = 0; a < 6; a++)
			d.args[a] = near(p, a, d.nr);
		want = code(policy_decide(p, d.arch, d.nr, (const uint64_t *)d.args));
		got = bpf_run(prog->insn, prog->len, &d);
		if (want != got && !bad++)
			diag("arch %x nr %d args %llx %llx %llx %llx: got %x, wanted %x", d.arch, d.nr, (long long)d.args[0],
			     (long long)d.args[1], (long long)d.args[2], (long long)d.args[3], got, want);
	}
	return bad;
}

static const struct { const char *what, *text; } good[] = {
	{ "nothing but a default", D },
	{ "a default of kill", "@default kill # d\nread # r\n" },
	{ "a rule that repeats the default", D "read errno EPERM # r\nwrite # w\n" },
	{ "CRLF-free text without a last newline", D "read # r" },
	{ "tabs, blanks, comments", "\t# c\n\n  \n" D "\tread\t\tallow # r\n" },
	{ "all actions", "@default log # d\nread # r\nwrite kill # k\nopenat errno EACCES # e\nclose log # l\n" },
	{ "equality", D "read if arg0 == 5 # r\nread if arg0 == 0x1234567890abcdef # r\n" },
	{ "difference", D "read if arg0 != 5 # r\nwrite kill if arg2 != 0x100000000 and arg1 == 0 # w\n" },
	{ "low words", D "ioctl if arg1:32 == TCGETS # t\nioctl if arg1:32 & IOCTL_TYPE_MASK == KVM_TYPE # k\n" },
	{ "masks", D "mmap if arg2 & PROT_EXEC == 0 # m\nmmap if arg2 & PROT_WRITE == 0 # m\n"
	  "mprotect if arg2 & 0xff000000ff == 0x100000001 # w\n" },
	{ "many tests in one rule", D "mmap if arg0 == 0 and arg1 & 0xfff == 0 and arg2:32 == PROT_READ|PROT_WRITE and "
	  "arg3:32 == MAP_PRIVATE|MAP_ANONYMOUS and arg4:32 == 0xffffffff and arg5 == 0 # m\n" },
	{ "several actions of one call", D "fcntl if arg1:32 == F_GETFD # g\nfcntl kill if arg1:32 == F_SETFD # s\n"
	  "fcntl errno EBADF if arg1:32 == F_GETFL # f\n" },
	{ "differences", D "read if arg0 != 5 and arg1 != 7 and arg2 & 8 == 0 # r\n" },
	{ "numbers beyond the table", D "@newer errno ENOSYS # n\nread # r\n" },
	{ "numbers beyond the table that are named", D "@newer errno ENOSYS # n\nread # r\nfutex_waitv # f\n"
	  "set_mempolicy_home_node if arg0 == 1 # s\n" },
	{ "no number beyond the table", D "read # r\nfutex_waitv # f\n" },
	{ "foreign calls answered", D "@badarch errno ENOSYS # b\nread # r\n" },
	{ "includes", "@include one\n" D "@include two\n" },
	{ "an include that is widened", D "@include narrow\nmmap # wide\n" },
	{ "two files that say the same", D "@include one\nread # r\n" },
	{ "blocks", D "@arch x86_64\nopen # o\nread if arg0 == O_DIRECTORY # d\n@end\n@arch aarch64\n"
	  "read if arg0 == O_DIRECTORY # d\n@end\n" },
};

static void test_good(uint32_t arch)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		autopolicy struct policy p;
		struct policy_program prog = { 0 };
		int rc;

		policy_init(&p, arch, find, NULL);
		rc = policy_parse(&p, "p", good[i].text, strlen(good[i].text));
		if (rc >= 0)
			rc = policy_compile(&p, &prog);
		if (!is_int(rc, 0, "%s compiles for %s", good[i].what, policy_arch_name(arch)))
			diag("%s", err_text());
		else
			is_int(differences(&p, &prog, 20000), 0, "and the program says what the text says");
		policy_program_free(&prog);
	}
}

/* Rules made at random, as long as the parser takes them. */
static void test_random(void)
{
	static const char *const calls[] = { "read", "write", "ioctl", "mmap", "futex_waitv" };
	static const char *const actions[] = { "", "kill", "errno EIO", "log" };
	unsigned bad = 0, compiled = 0, rules = 0;

	for (unsigned round = 0; round < 400; round++) {
		autopolicy struct policy p;
		struct policy_program prog;

		policy_init(&p, round % 2 ? AUDIT_ARCH_X86_64 : AUDIT_ARCH_AARCH64, find, NULL);
		policy_parse(&p, "d", "@default errno EPERM # d\n@newer errno ENOSYS # n\n", 49);
		for (unsigned line = 0; line < 40; line++) {
			char text[200], file[8];
			unsigned arg = (unsigned)(any() % 3);

			/* as if each stood in a file of its own: then one may widen another */
			snprintf(file, sizeof(file), "f%u", line);
			snprintf(text, sizeof(text), "%s %s if arg%u %s %llu and arg%u & 0x%llx == 0 # x\n", calls[any() % 5],
				 actions[any() % 4], arg, any() % 16 ? "==" : "!=", (long long)(any() % 4), arg + 1, (long long)(any() % 2 ? any() | 1 : any() % 7 + 1));
			rules += policy_parse(&p, file, text, strlen(text)) == 0;
		}
		if (policy_compile(&p, &prog) < 0) {
			diag("%s", err_text());
			continue;
		}
		compiled++;
		bad += differences(&p, &prog, 3000) > 0;
		policy_program_free(&prog);
	}
	is_int(compiled, 400, "400 random policies compile");
	ok(rules > 4000, "of many rules (%u)", rules);
	is_int(bad, 0, "and each program says what its text says");
}

static void test_settings(void)
{
	autopolicy struct policy p;
	static const char text[] = "@include two\n" D;

	policy_init(&p, AUDIT_ARCH_X86_64, find, NULL);
	is_int(policy_parse(&p, "p", text, strlen(text)), 0, "a setting may stand in an included text as well");
	is_int(p.set[POLICY_DEFAULT].action.act, POLICY_ERRNO, "the outer one holds");
	is_str(p.set[POLICY_DEFAULT].file, "p", "wherever it stands");
	is_int(p.set[POLICY_BADARCH].action.act, POLICY_KILL, "foreign calls are killed unless said otherwise");
}

/* ---- constants are those of this machine ---- */
#define SAME(name) { #name, (uint64_t)(uint32_t)(name) }
static const struct { const char *name; uint64_t value; } headers[] = {
	SAME(AF_UNIX), SAME(AF_INET), SAME(AF_INET6), SAME(AF_NETLINK), SAME(AF_PACKET), SAME(AF_VSOCK), SAME(SOCK_STREAM),
	SAME(SOCK_DGRAM), SAME(SOCK_RAW), SAME(SOCK_SEQPACKET), SAME(SOCK_NONBLOCK), SAME(SOCK_CLOEXEC), SAME(SOL_SOCKET),
	SAME(SO_REUSEADDR), SAME(SO_TYPE), SAME(SO_ERROR), SAME(SO_SNDBUF), SAME(SO_RCVBUF), SAME(SO_KEEPALIVE),
	SAME(SO_OOBINLINE), SAME(SO_LINGER), SAME(SO_PASSCRED), SAME(SO_PEERCRED), SAME(SO_ATTACH_FILTER), SAME(SO_ZEROCOPY),
	SAME(PROT_READ), SAME(PROT_WRITE), SAME(PROT_EXEC), SAME(MAP_SHARED), SAME(MAP_PRIVATE), SAME(MAP_FIXED),
	SAME(MAP_ANONYMOUS), SAME(MAP_NORESERVE), SAME(MAP_POPULATE), SAME(MAP_STACK), SAME(MAP_HUGETLB),
	SAME(MADV_DONTNEED), SAME(MADV_REMOVE), SAME(MADV_DONTFORK), SAME(MADV_DOFORK), SAME(MADV_MERGEABLE),
	SAME(MADV_UNMERGEABLE), SAME(MADV_HUGEPAGE), SAME(MADV_NOHUGEPAGE), SAME(MADV_DONTDUMP), SAME(MADV_DODUMP),
	SAME(MADV_WILLNEED), SAME(MADV_SEQUENTIAL), SAME(MADV_RANDOM), SAME(F_DUPFD), SAME(F_GETFD), SAME(F_SETFD), SAME(F_GETFL),
	SAME(F_SETFL), SAME(F_GETLK), SAME(F_SETLK), SAME(F_SETLKW), SAME(F_OFD_GETLK), SAME(F_OFD_SETLK), SAME(F_OFD_SETLKW),
	SAME(F_DUPFD_CLOEXEC), SAME(F_ADD_SEALS), SAME(F_GET_SEALS), SAME(O_RDONLY), SAME(O_WRONLY), SAME(O_RDWR), SAME(O_CREAT),
	SAME(O_EXCL), SAME(O_NOCTTY), SAME(O_TRUNC), SAME(O_APPEND), SAME(O_NONBLOCK), SAME(O_DIRECT), SAME(O_DIRECTORY),
	SAME(O_NOFOLLOW), SAME(O_CLOEXEC), SAME(O_PATH), SAME(O_TMPFILE), SAME(AT_FDCWD), SAME(AT_SYMLINK_NOFOLLOW),
	SAME(AT_EMPTY_PATH), SAME(CLONE_VM), SAME(CLONE_FS), SAME(CLONE_FILES), SAME(CLONE_SIGHAND), SAME(CLONE_VFORK),
	SAME(CLONE_THREAD), SAME(CLONE_NEWNS), SAME(CLONE_SYSVSEM), SAME(CLONE_SETTLS), SAME(CLONE_PARENT_SETTID),
	SAME(CLONE_CHILD_CLEARTID), SAME(CLONE_DETACHED), SAME(CLONE_CHILD_SETTID), SAME(CLONE_NEWCGROUP), SAME(CLONE_NEWUTS),
	SAME(CLONE_NEWIPC), SAME(CLONE_NEWUSER), SAME(CLONE_NEWPID), SAME(CLONE_NEWNET), SAME(SIGHUP), SAME(SIGINT),
	SAME(SIGABRT), SAME(SIGKILL), SAME(SIGUSR1), SAME(SIGUSR2), SAME(SIGPIPE), SAME(SIGTERM), SAME(SIGCHLD),
	SAME(PR_SET_PDEATHSIG), SAME(PR_SET_DUMPABLE), SAME(PR_SET_NAME), SAME(PR_GET_NAME), SAME(PR_SET_SECCOMP),
	SAME(PR_SET_TIMERSLACK), SAME(PR_MCE_KILL), SAME(PR_SET_NO_NEW_PRIVS), SAME(BLKGETSIZE), SAME(BLKFLSBUF), SAME(BLKSSZGET),
	SAME(BLKBSZGET), SAME(BLKGETSIZE64), SAME(BLKDISCARD), SAME(BLKPBSZGET), SAME(BLKDISCARDZEROES), SAME(BLKSECDISCARD),
	SAME(BLKROTATIONAL), SAME(BLKZEROOUT), SAME(BLKROGET), SAME(FIGETBSZ), SAME(FS_IOC_GETFLAGS), SAME(FS_IOC_SETFLAGS),
	SAME(FS_IOC_GETVERSION), SAME(TCGETS), SAME(TCSETS), SAME(TCSETSW), SAME(TCSETSF), SAME(TIOCSTI), SAME(TIOCGWINSZ),
	SAME(TIOCLINUX), SAME(FIONREAD), SAME(FIONBIO), SAME(TIOCGPTN), SAME(TUNSETIFF), SAME(TUNGETFEATURES),
	SAME(TUNSETOFFLOAD), SAME(TUNGETIFF), SAME(TUNGETSNDBUF), SAME(TUNSETSNDBUF), SAME(TUNGETVNETHDRSZ),
	SAME(TUNSETVNETHDRSZ), SAME(TUNSETQUEUE), SAME(TUNSETVNETLE), SAME(TUNGETVNETLE), SAME(TUNSETVNETBE),
	SAME(TUNGETVNETBE), SAME(TUNSETCARRIER),
};

static void test_constants(void)
{
	uint64_t v = 0;

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		bool known = policy_constant(headers[i].name, strlen(headers[i].name), policy_arch(NULL), &v);

		ok(known && v == headers[i].value, "%s is 0x%llx", headers[i].name, (long long)headers[i].value);
	}
	ok(!policy_constant("AF_UNI", 6, AUDIT_ARCH_X86_64, &v) && !policy_constant("AF_UNIXX", 8, AUDIT_ARCH_X86_64, &v),
	   "a part of a name is no name");
	ok(policy_constant("O_DIRECT", 8, AUDIT_ARCH_AARCH64, &v) && v == 0200000, "O_DIRECT of aarch64 is its own");
}

int main(void)
{
	test_refused();
	test_settings();
	test_good(AUDIT_ARCH_X86_64);
	test_good(AUDIT_ARCH_AARCH64);
	test_random();
	if (policy_arch(NULL))
		test_constants();
	else
		skip(1, "no architecture with a filter");
	return done_testing();
}
