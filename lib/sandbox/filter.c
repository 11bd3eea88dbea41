/* SPDX-License-Identifier: MIT */
/* A program made by the build where there is one, else compiled; then seccomp(2). */
#include <sandbox/filter.h>

#include <base/buf.h>
#include <base/err.h>
#include <base/file.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sandbox/blobs.h>
#include <sandbox/policy.h>
#include <sandbox/sandbox.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool find_text(const void *ctx, const char *name, struct policy_text *text)
{
	(void)ctx;
	for (const struct blob_text *t = blob_index; t->name[0]; t++) {
		if (strcmp(t->name, name))
			continue;
		*text = (struct policy_text){ .data = blob_texts + t->start, .len = t->len, .reviewed = true };
		return true;
	}
	return false;
}

static bool find_blob(struct filter *f, uint32_t features)
{
	for (const struct blob *b = blobs; b->features; b++) {
		if (b->features != features)
			continue;
		*f = (struct filter){ .insn = blob_code + b->start, .len = b->len };
		return true;
	}
	return false;
}

/* A filter that does not let QEMU start would only say so by a dead child. */
static int check_exec(const struct policy *p, const char *file)
{
	const uint64_t args[6] = { SANDBOX_EXEC_FD, 1, 1, 1, AT_EMPTY_PATH };
	struct policy_action a = policy_decide(p, p->arch, SYS_execveat, args);

	if (a.act == POLICY_ALLOW || a.act == POLICY_LOG)
		return 0;
	return fail_exit(EXIT_USAGE, "%s: nothing here lets QEMU be started: execveat if arg0:32 == %d and arg4:32 == AT_EMPTY_PATH",
			 file, SANDBOX_EXEC_FD);
}

static int read_user_policy(struct policy *p, const char *file)
{
	autobuf struct buf b = BUF_INIT;
	int rc = file_read(AT_FDCWD, file, &b, POLICY_TEXT_MAX);

	if (rc == -EFBIG)
		return fail_exit(EXIT_USAGE, "%s: longer than %u bytes", file, POLICY_TEXT_MAX);
	if (rc < 0)
		return fail_as(EXIT_USAGE, rc, "read %s", file);
	rc = policy_parse(p, file, buf_str(&b), b.len);
	if (rc >= 0 && !p->set[POLICY_DEFAULT].file)
		rc = fail_exit(EXIT_USAGE, "%s: does not say @default", file);
	return rc < 0 ? rc : check_exec(p, file);
}

static int compile(struct filter *f, const struct policy *p)
{
	struct policy_program program;
	int rc = policy_compile(p, &program);

	if (rc >= 0)
		*f = (struct filter){ .insn = program.insn, .len = program.len, .own = program.insn };
	return rc;
}

int filter_prepare(struct filter *f, unsigned features, const char *user_policy)
{
	autopolicy struct policy p;
	const char *names[FILTER_TEXTS_MAX];
	size_t n = 0;
	int rc = 0;

	*f = (struct filter){ 0 };
	policy_init(&p, policy_arch(NULL), find_text, NULL);
	if (!p.arch)
		return fail_exit(EXIT_SANDBOX, "there is no filter for this architecture; --sandbox-without=seccomp does without");
	if (user_policy) {
		rc = read_user_policy(&p, user_policy);
	} else if (find_blob(f, features)) {
		return 0;
	} else {
		n = filter_texts(features, names);
		if (!n)
			return fail(-EINVAL, "no filter for the features 0x%x", features);
	}
	for (size_t i = 0; i < n && rc >= 0; i++)
		rc = policy_include(&p, names[i]);
	return rc < 0 ? rc : compile(f, &p);
}

void filter_free(struct filter *f)
{
	free(f->own);
	*f = (struct filter){ 0 };
}

int filter_load(const struct filter *f)
{
	struct sock_fprog program = { .len = (unsigned short)f->len, .filter = (struct sock_filter *)f->insn };

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		return fail_as(EXIT_SANDBOX, -errno, "load the seccomp filter of %zu instructions", f->len);
	return 0;
}

static int load_blob(uint32_t which)
{
	struct filter f;

	if (!find_blob(&f, which))
		return fail_exit(EXIT_SANDBOX, "there is no filter for this architecture");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return fail_as(EXIT_SANDBOX, -errno, "set no_new_privs");
	return filter_load(&f);
}

int filter_keeper(void)
{
	return load_blob(BLOB_KEEPER);
}

int filter_reader(void)
{
	return load_blob(BLOB_READER);
}
