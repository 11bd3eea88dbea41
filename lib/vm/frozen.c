/* SPDX-License-Identifier: MIT */
/* A command on the host while the guest's file systems are frozen, thawed on every way out. */
#include <vm/agent.h>

#include <base/err.h>
#include <base/fd.h>
#include <base/log.h>
#include <base/proc.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * How it works: a child, the guard, freezes and thaws; the parent only runs the command.  The guard thaws when the
 * pipe to its parent ends, so whatever kills the parent thaws the guest, and it does so some time after the deadline even where
 * the parent is stopped.  Where the guard is what was killed, the parent thaws.  Both have the connection and the lock:
 * the lock is free when the last of them has gone.
 */
#define THAW_TRY_MS 10000	/* one attempt; the answer may be late, so the next one syncs again */
#define PAUSE_MS 1000		/* at most, between two attempts */
#define GRACE_MS 5000		/* from SIGTERM to SIGKILL for the command */

/* What the guard reports: once it has frozen, and once it has thawed. */
struct report {
	int rc;
	int code;		/* exit code where rc is negative */
	bool early;		/* thawed because the deadline had passed, not because it was told to */
	int64_t count;		/* file systems */
	char text[768];
};

static int is_frozen(struct agent *a, deadline_t until)
{
	int rc = agent_execute(a, "guest-fsfreeze-status", NULL, deadline_min(until, deadline_in(THAW_TRY_MS)));

	return rc < 0 ? rc : json_eq(&a->qga.conn.json, agent_return(a), "frozen");
}

/* One attempt: 0 when the guest says that it is thawed. */
static int try_thaw(struct agent *a, int64_t *count, deadline_t until)
{
	int64_t n = 0;
	int rc = 0;

	until = deadline_min(until, deadline_in(THAW_TRY_MS));
	if (a->qga.conn.fd < 0)
		rc = agent_reconnect(a, until);
	if (rc >= 0)
		rc = qga_execute(&a->qga, "guest-fsfreeze-thaw", NULL, &a->error, until);
	if (rc >= 0 && json_int(&a->qga.conn.json, agent_return(a), &n))
		*count += n;
	if (rc >= 0)
		rc = is_frozen(a, until);
	return rc > 0 ? fail(-EAGAIN, "guest-fsfreeze-thaw: the guest is still frozen") : rc;
}

static int thaw(struct agent *a, int64_t budget_ms, int64_t *count)
{
	deadline_t until = deadline_in(budget_ms);
	int64_t pause_ms = 50;
	struct err_kept last;
	int rc;

	for (;;) {
		rc = try_thaw(a, count, until);
		if (rc == 0)
			return 0;
		if (err_code() == EXIT_NOT_RUNNING)
			return err_prefix(rc, "while its guest was frozen");
		/* an attempt without time would only hide the reason */
		if (deadline_left_ms(until) <= pause_ms)
			break;
		loop_poll(NULL, 0, deadline_in(pause_ms));
		pause_ms = pause_ms * 2 < PAUSE_MS ? pause_ms * 2 : PAUSE_MS;
	}
	err_keep(&last);
	return fail_exit(EXIT_FAILED, "%s: THE GUEST'S FILE SYSTEMS MAY STILL BE FROZEN: thawing was tried for %" PRId64
			 " ms (%s); husk agent %s fsthaw", a->dir->name, budget_ms, last.text, a->dir->name);
}

/* ---- the guard ---- */

static void send_report(int fd, struct report *r)
{
	if (r->rc < 0) {
		r->code = (int)err_code();
		snprintf(r->text, sizeof(r->text), "%s", err_text());
	}
	(void)fd_write_all(fd, r, sizeof(*r));	/* at most PIPE_BUF, so at once; where nobody reads, nobody wants it */
}

/* 0, or recorded with the guest thawed, which is said where it could not be done. */
static int freeze(struct agent *a, int64_t thaw_ms, int64_t *count, deadline_t until)
{
	struct err_kept kept;
	int64_t ignored;
	int rc = is_frozen(a, until), was;

	if (rc > 0)
		return fail_exit(EXIT_FAILED, "%s: the guest's file systems are frozen already, by somebody else", a->dir->name);
	if (rc < 0)
		return rc;
	rc = agent_execute(a, "guest-fsfreeze-freeze", NULL, until);
	if (rc >= 0) {
		*count = json_int_or(&a->qga.conn.json, agent_return(a), 0);
		return 0;
	}
	err_keep(&kept);
	/* an agent that refused has frozen nothing, or thawed it (qga/commands-posix.c); one that did not answer may still do it */
	was = rc == -EREMOTEIO ? is_frozen(a, deadline_in(THAW_TRY_MS)) : 1;
	if (was != 0 && thaw(a, thaw_ms, &ignored) < 0)
		return rc;
	err_set(kept.code, kept.text);
	return rc;
}

static _Noreturn void guard(struct agent *a, int64_t thaw_ms, int orders, int report, deadline_t until, pid_t parent)
{
	struct report frozen = { .rc = 0 }, thawed = { .rc = 0 };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	setsid();
	dup2(null, 0);
	dup2(null, 1);		/* whoever reads husk's output shall not wait for the guard */
	frozen.rc = freeze(a, thaw_ms, &frozen.count, until);
	send_report(report, &frozen);
	if (frozen.rc < 0)
		_exit(0);
	thawed.early = loop_readable(orders, until == DEADLINE_NEVER ? until : until + 2 * GRACE_MS * 1000) == 0;
	thawed.rc = thaw(a, thaw_ms, &thawed.count);
	send_report(report, &thawed);
	if (thawed.rc < 0 && getppid() != parent)
		warn("%s", err_text());		/* there is nobody else to say it */
	_exit(0);
}

/* ---- the parent ---- */

struct runner {
	struct agent *a;
	struct frozen *f;
	pid_t guard;		/* 0: none, or it was killed */
	int orders, report;	/* the pipe that tells the guard to thaw by its end; what it says */
	int signals;		/* signalfd */
	int caught;		/* the first signal, 0: none */
	deadline_t until;
};

static int start_guard(struct runner *r)
{
	autoclose int orders = -1, report = -1;		/* the guard's ends */
	pid_t parent = getpid();
	int fd[2], rc = fd_pipe(fd);

	if (rc < 0)
		return rc;
	orders = fd[0];
	r->orders = fd[1];
	rc = fd_pipe(fd);
	if (rc < 0)
		return rc;
	r->report = fd[0];
	report = fd[1];
	r->guard = fork();
	if (r->guard == 0) {
		fd_close(&r->orders);
		fd_close(&r->report);
		guard(r->a, r->f->thaw_ms, orders, report, r->until, parent);
	}
	return r->guard < 0 ? fail(-errno, "fork") : 0;
}

/* A signal that has come, or 0. */
static int take_signal(struct runner *r)
{
	struct signalfd_siginfo info;

	return fd_read(r->signals, &info, sizeof(info)) == (ssize_t)sizeof(info) ? (int)info.ssi_signo : 0;
}

/* 1: a report; 0: the guard has gone without one; or recorded: the user does not want to wait for it. */
static int get_report(struct runner *r, struct report *out)
{
	for (;;) {
		struct pollfd p[] = { { .fd = r->report, .events = POLLIN }, { .fd = r->signals, .events = POLLIN } };
		int sig = 0;

		if (loop_poll(p, 2, DEADLINE_NEVER) < 0)
			return fail(-EIO, "poll");
		if (p[0].revents)
			return fd_read(r->report, out, sizeof(*out)) == (ssize_t)sizeof(*out);
		sig = take_signal(r);
		if (sig && r->caught)
			return fail_exit(128 + sig, "interrupted; process %d goes on to thaw the guest", (int)r->guard);
		if (sig) {
			r->caught = sig;
			fd_close(&r->orders);
			notice("thawing the guest; a second signal does not wait for it");
		}
	}
}

static _Noreturn void become(const struct frozen *f, const sigset_t *mask, int said)
{
	int err;

	/* a husk that is killed thaws, so what the command still does is of no use */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	execvp(f->argv[0], (char *const *)(uintptr_t)f->argv);
	err = errno;
	(void)fd_write_all(said, &err, sizeof(err));
	_exit(EXIT_NOT_FOUND);
}

/* Until it has ended: its wait status; what must end it is sent on. */
static int await_command(struct runner *r, pid_t pid, bool *late)
{
	autoclose int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	deadline_t until = r->until;
	int status = 0, rc;

	for (int step = 0; pidfd >= 0;) {
		struct pollfd p[] = { { .fd = pidfd, .events = POLLIN }, { .fd = r->signals, .events = POLLIN } };

		rc = loop_poll(p, 2, until);
		if (rc < 0 || p[0].revents)
			break;
		if (rc > 0) {
			r->caught = take_signal(r);
			proc_signal(pidfd, r->caught);
		} else if (step++ > 0) {
			proc_signal(pidfd, SIGKILL);
			until = DEADLINE_NEVER;
			continue;
		} else if (!r->caught) {
			*late = true;
			proc_signal(pidfd, SIGTERM);
		}
		until = deadline_in(GRACE_MS);
		step += rc > 0;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* Its exit code, or recorded. */
static int run_command(struct runner *r, const sigset_t *mask)
{
	const char *name = r->f->argv[0];
	int said[2], err = 0, status, rc = fd_pipe(said);
	bool late = false;
	pid_t pid;

	if (rc < 0)
		return rc;
	pid = fork();
	if (pid == 0)
		become(r->f, mask, said[1]);
	rc = pid < 0 ? fail(-errno, "fork") : 0;
	close(said[1]);
	if (pid > 0 && fd_read(said[0], &err, sizeof(err)) < (ssize_t)sizeof(err))
		err = 0;
	close(said[0]);
	if (rc < 0)
		return rc;
	status = await_command(r, pid, &late);
	if (err)
		return fail_as(err == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE, -err, "%s: cannot be started", name);
	if (late)
		return fail_exit(EXIT_DEADLINE, "%s had not ended at the deadline, and was ended", name);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* What the guard says of the thaw; where it was killed, that is done here. */
static int await_thaw(struct runner *r)
{
	struct report said;
	int rc;

	fd_close(&r->orders);
	rc = get_report(r, &said);
	if (rc < 0)
		return rc;
	if (rc == 0) {
		said = (struct report){ .rc = 0 };
		r->a->qga.synced = false;
		return thaw(r->a, r->f->thaw_ms, &r->f->thawed);
	}
	r->f->thawed = said.count;
	if (said.rc < 0)
		return err_set((enum exit_code)said.code, said.text);
	if (said.early)
		return fail_exit(EXIT_DEADLINE, "the guest was thawed at the deadline, before %s had ended", r->f->argv[0]);
	return 0;
}

static int run(struct runner *r, const sigset_t *mask)
{
	struct report said;
	struct err_kept kept;
	int64_t start;
	int rc = start_guard(r), command = 0;

	if (rc >= 0)
		rc = get_report(r, &said);
	if (rc == 0)
		return await_thaw(r) < 0 ? -EIO : fail_exit(EXIT_FAILED, "the process that froze the guest was killed");
	if (rc < 0)
		return rc;
	if (said.rc < 0)
		return err_set((enum exit_code)said.code, said.text);
	r->f->frozen = said.count;
	start = clock_us();
	if (said.count == 0)
		warn("%s: the guest has no file system that can be frozen", r->a->dir->name);
	if (!r->caught)
		command = run_command(r, mask);
	err_keep(&kept);
	rc = await_thaw(r);
	r->f->frozen_us = clock_us() - start;
	if (rc < 0)
		return rc;
	if (r->caught)
		return fail_exit(128 + r->caught, "interrupted by signal %d; the guest is thawed", r->caught);
	return command < 0 ? err_set(kept.code, kept.text) : command;
}

int agent_frozen(struct agent *a, struct frozen *f, deadline_t until)
{
	struct runner r = { .a = a, .f = f, .orders = -1, .report = -1, .signals = -1, .until = until };
	sigset_t mine, before;
	int rc;

	sigemptyset(&mine);
	sigaddset(&mine, SIGINT);
	sigaddset(&mine, SIGTERM);
	sigaddset(&mine, SIGHUP);
	sigprocmask(SIG_BLOCK, &mine, &before);
	r.signals = signalfd(-1, &mine, SFD_CLOEXEC | SFD_NONBLOCK);
	rc = r.signals < 0 ? fail(-errno, "signalfd") : run(&r, &before);
	fd_close(&r.orders);
	fd_close(&r.report);
	fd_close(&r.signals);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return rc;
}
