/* SPDX-License-Identifier: MIT */
/* The steps from a forked launcher to QEMU. */
#include <sandbox/sandbox.h>

#include <sandbox/filter.h>

#include <base/err.h>
#include <base/fd.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Above every number that plan->fd uses, below SANDBOX_EXEC_FD. */
#define PARKED_FD (PLAN_FIRST_FD + PLAN_FDS_MAX)

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65			/* linux/prctl.h, Linux 6.3 */
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif
#define KEYCTL_JOIN_SESSION_KEYRING 1	/* linux/keyctl.h */

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

/* Descriptor numbers up to SANDBOX_EXEC_FD are needed for a moment. */
static int sandbox_open_program(const struct plan *p)
{
	autoclose int fd = -1;
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) < 0)
		return fail(-errno, "read limit nofile");
	if (l.rlim_cur <= SANDBOX_EXEC_FD) {
		l.rlim_cur = SANDBOX_EXEC_FD + 1;
		if (l.rlim_max < l.rlim_cur)
			l.rlim_max = l.rlim_cur;
		if (setrlimit(RLIMIT_NOFILE, &l) < 0)
			return fail(-errno, "raise limit nofile to %d", SANDBOX_EXEC_FD + 1);
	}
	fd = open(p->host->qemu.path, O_PATH | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || dup3(fd, SANDBOX_EXEC_FD, O_CLOEXEC) < 0)
		return fail(-errno, "open %s in the root", p->host->qemu.path);
	return 0;
}

static int sandbox_new_session(const struct plan *p)
{
	sigset_t blocked;

	if ((p->namespaces & CLONE_NEWUTS) && (sethostname("vm", 2) < 0 || setdomainname("", 0) < 0))
		return fail(-errno, "set the host name");
	/* its own session keyring; where keyrings are refused there is none to share either */
	(void)syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);

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
	/* whoever starts husk may have taken address randomisation away, or made all memory executable */
	if (personality(PER_LINUX) < 0)
		return fail(-errno, "reset the personality");
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
		if (p->fd[i].num < 0)
			continue;
		if (park(&parked[i]) < 0)
			return fail(-errno, "park the descriptor of %s", p->fd[i].role);
	}
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null < 0)
		return fail(-errno, "open /dev/null");
	if (park(&output) < 0 || park(&null) < 0 || fd_cloexec_from(3) < 0)
		return fail(-errno, "set close-on-exec");
	for (size_t i = 0; i < p->nfd; i++)
		if (p->fd[i].num >= 0 && dup2(parked[i], p->fd[i].num) < 0)
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

static int sandbox_no_new_privileges(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? fail(-errno, "set no_new_privs") : 0;
}

/* Memory is writable or executable, never both: the kernel's word for it, beside the filter's. */
static int sandbox_refuse_write_exec(const struct plan *p)
{
	if (p->wx || !plan_has(p, PART_MDWE))
		return 0;
	if (prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) < 0 && errno != EINVAL)
		return fail(-errno, "PR_SET_MDWE");
	return 0;
}

static int sandbox_exec(const struct plan *p)
{
	char *envp[] = { (char *)"PATH=/usr/bin:/bin", (char *)"LC_ALL=C", NULL };
	char **argv = pool_alloc((struct pool *)&p->pool, (p->argv.n + 1) * sizeof(*argv));

	for (size_t i = 0; i < p->argv.n; i++)
		argv[i] = (char *)p->argv.v[i];
	syscall(SYS_execveat, SANDBOX_EXEC_FD, "", argv, envp, AT_EMPTY_PATH);
	return fail_as(EXIT_HOST, -errno, "exec %s", p->host->qemu.path);
}

_Noreturn void sandbox_become_qemu(const struct sandbox_child *given)
{
	struct sandbox_child c = *given;
	struct sandbox_report report = { 0 };
	const char *step = "wait for release";
	int rc = sandbox_wait_for_release(&c);

#define STEP(name, call) do { if (rc >= 0) { step = (name); rc = (call); } } while (0)
	if (c.plan->namespaces & CLONE_NEWUSER)
		STEP("map users", sandbox_map_users(c.outer_uid, c.outer_gid));
	STEP("new session", sandbox_new_session(c.plan));
	if (c.plan->jailed)
		STEP("build root", sandbox_build_root(&c));
	STEP("open program", sandbox_open_program(c.plan));
	STEP("pass descriptors", sandbox_pass_descriptors(&c));
	STEP("limit resources", sandbox_limit_resources(c.plan));
	STEP("drop privileges", sandbox_drop_privileges(c.plan, c.uid));
	STEP("no new privileges", sandbox_no_new_privileges());
	if (plan_has(c.plan, PART_LANDLOCK))
		STEP("restrict paths", sandbox_restrict_paths(c.plan));
	STEP("refuse write-exec", sandbox_refuse_write_exec(c.plan));
	if (c.filter)
		STEP("load filter", filter_load(c.filter));
	STEP("exec", sandbox_exec(c.plan));
#undef STEP
	err_prefix(rc, "sandbox: %s", step);
	report.code = err_code() == EXIT_FAILED ? EXIT_SANDBOX : (int)err_code();
	memcpy(report.text, err_text(), strnlen(err_text(), sizeof(report.text) - 1));
	(void)fd_write_all(c.report, &report, sizeof(report));
	_exit(EXIT_SANDBOX);
}
