/* SPDX-License-Identifier: MIT */
/* husk run: in the foreground, or as a process that reports once and stays behind. */
#include <vm/vm.h>

#include <base/err.h>
#include <base/log.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sandbox/sandbox.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define REPORT_SLACK_MS 10000	/* beyond the launch's own deadline, for its undoing */

static void vm_init(struct vm *vm, const struct plan *p, const struct rundir *r)
{
	memset(vm, 0, sizeof(*vm));
	vm->plan = p;
	vm->rundir = *r;
	vm->dir.fd = vm->pidfd = vm->monitor.fd = vm->console_log = vm->output_log = vm->uid_holder = vm->kmsg = -1;
	vm->console.fd = vm->qemu.fd = vm->events.fd = vm->cgroup.fd = -1;
}

/* Launch; where accel=auto took KVM and QEMU did not get on with it, once more with TCG. */
static int launch(struct vm *vm, struct spec *s, struct plan *p, struct host *host, const struct rundir *r,
		  const struct run_options *o, int report)
{
	int rc = vm_launch(vm, o, report);

	if (rc >= 0 || !p->accel_chosen || !vm->refused)
		return rc;
	notice("%s: QEMU does not run with this host's KVM; using TCG, its translator", s->name);
	trace("fallback", "%s", err_text());
	plan_free(p);
	*p = (struct plan){ 0 };
	rc = vm_prepare(p, host, s, r, true);
	if (rc < 0)
		return rc;
	vm_init(vm, p, r);
	return vm_launch(vm, o, report);
}

/* What whoever started husk had open, a lock say, must not live on here.  husk's own are all close-on-exec. */
static void close_inherited(void)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		int fd = (int)strtol(e->d_name, NULL, 10);

		if (fd > 2 && fcntl(fd, F_GETFD) == 0)
			close(fd);
	}
	if (dir)
		closedir(dir);
}

/* The keeper of a detached VM: no terminal, no session, no directory of anybody. */
static void detach_stdio(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd < 3; fd++)
		if (null >= 0)
			dup2(null, fd);
	if (null > 2)
		close(null);
	log_to(-1);
}

static _Noreturn void background(struct spec *s, struct plan *p, struct host *host, const struct rundir *r,
				 const struct run_options *o, int report)
{
	static struct vm vm;
	struct sandbox_report text = { 0 };
	int rc;

	vm_init(&vm, p, r);
	rc = launch(&vm, s, p, host, r, o, report);
	if (rc < 0) {
		text.code = err_code();
		memcpy(text.text, err_text(), strnlen(err_text(), sizeof(text.text) - 1));
	}
	(void)fd_write_all(report, &text, sizeof(text));
	if (rc < 0)
		_exit(text.code);
	close(report);
	detach_stdio();
	close_inherited();
	if (chdir("/") < 0)
		warn("chdir /");
	_exit(vm_keep(&vm, o));
}

/* Wait for the one report.  Without it the launch has died. */
static int await_report(int fd, const char *name, const struct run_options *o)
{
	deadline_t until = o->deadline == DEADLINE_NEVER ? DEADLINE_NEVER : o->deadline + REPORT_SLACK_MS * 1000;
	struct sandbox_report r = { 0 };
	size_t got = 0;

	while (got < sizeof(r)) {
		ssize_t n = loop_readable(fd, until) > 0 ? fd_read(fd, (char *)&r + got, sizeof(r) - got) : -ETIMEDOUT;

		if (n == -ETIMEDOUT)
			return fail_exit(EXIT_DEADLINE, "%s: no report from the launch within its deadline", name);
		if (n <= 0)
			return fail_exit(EXIT_FAILED, "%s: the launch was killed before it was done", name);
		got += (size_t)n;
	}
	r.text[sizeof(r.text) - 1] = '\0';
	return r.code ? err_set((enum exit_code)r.code, r.text) : 0;
}

static int run_detached(struct spec *s, struct plan *p, struct host *host, const struct rundir *r,
			const struct run_options *o)
{
	int report[2], rc = fd_pipe(report), status;
	pid_t pid;

	if (rc < 0)
		return rc;
	pid = fork();
	if (pid < 0)
		return fail(-errno, "fork");
	if (pid == 0) {
		close(report[0]);
		if (setsid() < 0 || (pid = fork()) != 0)
			_exit(pid < 0 ? EXIT_FAILED : EXIT_OK);
		/* a second fork: what leads no session can never get a terminal again */
		background(s, p, host, r, o, report[1]);
	}
	close(report[1]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	rc = await_report(report[0], s->name, o);
	close(report[0]);
	return rc;
}

int vm_run(struct spec *s, struct plan *p, struct host *host, const struct rundir *r, const struct run_options *o)
{
	static struct vm vm;
	int rc;

	umask(077);
	signal(SIGPIPE, SIG_IGN);
	if (o->detach)
		return run_detached(s, p, host, r, o);
	vm_init(&vm, p, r);
	rc = launch(&vm, s, p, host, r, o, -1);
	return rc < 0 ? rc : vm_keep(&vm, o);
}
