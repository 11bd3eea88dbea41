/* SPDX-License-Identifier: MIT */
/* The steps from a forked launcher to QEMU. */
#include <sandbox/sandbox.h>

#include <base/err.h>
#include <base/fd.h>
#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/securebits.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Above every number that plan->fd uses, below the limit that is set later. */
#define PARKED_FD (PLAN_FIRST_FD + PLAN_FDS_MAX)

static int park(int *fd)
{
	int parked = fcntl(*fd, F_DUPFD_CLOEXEC, PARKED_FD);

	if (parked < 0)
		return -errno;
	*fd = parked;
	return 0;
}

static int sandbox_wait_for_release(struct sandbox_child *c)
{
	char byte;

	if (park(&c->release) < 0 || park(&c->report) < 0)
		return fail(-errno, "park descriptors");
	/* end of file: the launcher is gone and nobody knows us */
	if (fd_read(c->release, &byte, 1) != 1)
		_exit(EXIT_FAILED);
	return 0;
}

static int sandbox_new_session(void)
{
	sigset_t blocked;

	if (setsid() < 0)
		return fail(-errno, "setsid");
	/* a batch system or a shell that signals every process must not power the guest off: QEMU would obey */
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, SIGHUP);
	if (sigprocmask(SIG_SETMASK, &blocked, NULL) < 0)
		return fail(-errno, "block signals");
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	umask(077);
	if (chdir("/") < 0)
		return fail(-errno, "chdir /");
	return 0;
}

static int sandbox_pass_descriptors(struct sandbox_child *c)
{
	const struct plan *p = c->plan;
	int null, parked[PLAN_FDS_MAX], output = c->output;

	/* first out of the way, all of them: a number that one wants may be where another one is */
	for (size_t i = 0; i < p->nfd; i++) {
		parked[i] = c->fd[i];
		if (park(&parked[i]) < 0)
			return fail(-errno, "park the descriptor of %s", p->fd[i].role);
	}
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null < 0)
		return fail(-errno, "open /dev/null");
	if (park(&output) < 0 || park(&null) < 0 || fd_cloexec_from(3) < 0)
		return fail(-errno, "set close-on-exec");
	for (size_t i = 0; i < p->nfd; i++)
		if (dup2(parked[i], p->fd[i].num) < 0)
			return fail(-errno, "pass the descriptor of %s", p->fd[i].role);
	if (dup2(null, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0)
		return fail(-errno, "pass stdin, stdout and stderr");
	return 0;
}

static int sandbox_limit_resources(const struct plan *p)
{
	for (size_t i = 0; i < p->nrlimit; i++) {
		struct rlimit l = { .rlim_cur = p->rlimit[i].value, .rlim_max = p->rlimit[i].value }, had;

		if (getrlimit(p->rlimit[i].resource, &had) < 0)
			return fail(-errno, "read limit %s", p->rlimit[i].name);
		if (l.rlim_max > had.rlim_max && !p->host->root)
			l.rlim_cur = l.rlim_max = had.rlim_max;
		if (setrlimit(p->rlimit[i].resource, &l) < 0)
			return fail(-errno, "limit %s to %llu", p->rlimit[i].name, (unsigned long long)p->rlimit[i].value);
	}
	return 0;
}

/* The group that may open /dev/kvm, where QEMU needs it; 0 groups otherwise. */
static size_t kvm_group(const struct plan *p, gid_t *gid)
{
	struct stat st;

	if (strcmp(p->accel, "kvm") || stat("/dev/kvm", &st) < 0 || st.st_gid == 0)
		return 0;
	*gid = st.st_gid;
	return 1;
}

static int sandbox_drop_privileges(const struct plan *p, uid_t uid)
{
	gid_t group = 0;
	size_t ngroups;

	if (p->own_uid) {
		ngroups = kvm_group(p, &group);
		/* nothing that exec could ever give back: no root fix-ups, no ambient set */
		if (prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
			  SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE |
			  SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED) < 0)
			return fail(-errno, "lock securebits");
		capng_clear(CAPNG_SELECT_BOTH);
		if (capng_apply(CAPNG_SELECT_BOUNDS) < 0)
			return fail(-EPERM, "empty the capability bounding set");
		if (setgroups(ngroups, &group) < 0 || setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0)
			return fail(-errno, "become user %u", (unsigned)uid);
	}
	capng_clear(CAPNG_SELECT_BOTH);
	if (capng_apply(CAPNG_SELECT_CAPS) < 0)
		return fail(-EPERM, "drop all capabilities");
	if (capng_get_caps_process() < 0 || capng_have_capabilities(CAPNG_SELECT_CAPS) != CAPNG_NONE)
		return fail(-EPERM, "verify that no capability is left");
	return 0;
}

static int sandbox_no_new_privileges(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? fail(-errno, "set no_new_privs") : 0;
}

static int sandbox_exec(const struct plan *p)
{
	char *envp[] = { (char *)"PATH=/usr/bin:/bin", (char *)"LC_ALL=C", NULL };
	char **argv = pool_alloc((struct pool *)&p->pool, (p->argv.n + 1) * sizeof(*argv));

	for (size_t i = 0; i < p->argv.n; i++)
		argv[i] = (char *)p->argv.v[i];
	execve(p->host->qemu.path, argv, envp);
	return fail_as(EXIT_HOST, -errno, "exec %s", p->host->qemu.path);
}

_Noreturn void sandbox_become_qemu(const struct sandbox_child *given)
{
	struct sandbox_child c = *given;
	struct sandbox_report report = { 0 };
	const char *step = "wait for release";
	int rc = sandbox_wait_for_release(&c);

#define STEP(name, call) do { if (rc >= 0) { step = (name); rc = (call); } } while (0)
	STEP("new session", sandbox_new_session());
	STEP("pass descriptors", sandbox_pass_descriptors(&c));
	STEP("limit resources", sandbox_limit_resources(c.plan));
	STEP("drop privileges", sandbox_drop_privileges(c.plan, c.uid));
	STEP("no new privileges", sandbox_no_new_privileges());
	STEP("exec", sandbox_exec(c.plan));
#undef STEP
	err_prefix(rc, "sandbox: %s", step);
	report.code = err_code() == EXIT_FAILED ? EXIT_SANDBOX : (int)err_code();
	memcpy(report.text, err_text(), strnlen(err_text(), sizeof(report.text) - 1));
	(void)fd_write_all(c.report, &report, sizeof(report));
	_exit(EXIT_SANDBOX);
}
