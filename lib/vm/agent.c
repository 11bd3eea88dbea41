/* SPDX-License-Identifier: MIT */
/* The guest agent of a VM: found, locked, spoken to. */
#include <vm/agent.h>

#include <base/err.h>
#include <base/fd.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <vm/vm.h>

#define ANSWER_MS 5000		/* QEMU's, as in stop */
#define LOCK_MS 2000		/* others hold the lock for milliseconds, or for long */
#define SYNC_MS 10000		/* a guest under load, or an agent that still does what another client asked for */

#define WANT_FILE "agent.want"

int agent_lock(const struct vmdir *d, const char *doing, deadline_t until)
{
	autoclose int want = openat(d->fd, WANT_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	/* whoever looks holds it for a moment */
	for (int i = 0; want >= 0 && i < 5 && flock(want, LOCK_SH | LOCK_NB) < 0; i++)
		loop_poll(NULL, 0, deadline_in(1));
	return control_lock(d, "agent.lock", doing, until);
}

bool agent_is_wanted(const struct vmdir *d)
{
	autoclose int want = openat(d->fd, WANT_FILE, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	return want >= 0 && flock(want, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

static int check_port(const struct vmdir *d, const char *doing, deadline_t until)
{
	autoqmp struct qmp q = QMP_INIT;
	autoclose int lock = -1;
	struct vm_record record;
	int rc = record_load(d, &record, NULL);

	if (rc == -ENOENT || (rc >= 0 && !record_qemu_alive(&record)))
		return fail_exit(EXIT_NOT_RUNNING, "%s is not running", d->name);
	if (rc < 0)
		return rc;
	if (!record.agent)
		return fail_exit(EXIT_FAILED, "%s has no port for a guest agent (option agent)", d->name);
	until = deadline_min(until, deadline_in(ANSWER_MS));
	rc = vm_control(d, doing, &q, &lock, until);
	if (rc >= 0)
		rc = vm_port_is_open(&q, "agent", until);
	if (rc == 0)
		rc = fail_exit(EXIT_FAILED, "%s: no agent runs in the guest: nobody has opened its port", d->name);
	return rc;
}

/* A QEMU that does not say is no proof. */
static bool port_is_closed(void *ctx)
{
	struct agent *a = ctx;
	autoqmp struct qmp q = QMP_INIT;
	autoclose int lock = -1;
	deadline_t until = deadline_in(QGA_LOOK_MS);
	int rc = vm_control(a->dir, a->doing, &q, &lock, until);

	if (rc >= 0)
		rc = vm_port_is_open(&q, "agent", until);
	err_clear();
	return rc == 0;
}

int agent_reconnect(struct agent *a, deadline_t until)
{
	int fd = fd_connect(a->dir->path, "agent.sock");

	if (fd == -ECONNREFUSED || fd == -ENOENT)
		fail_exit(EXIT_NOT_RUNNING, "QEMU is gone");
	else if (fd == -EAGAIN)
		fail_exit(EXIT_DEADLINE, "unresponsive: too many clients wait for its agent port");
	a->qga.gone = port_is_closed;
	a->qga.ctx = a;
	if (fd >= 0)
		fd = qga_open(&a->qga, fd, deadline_min(until, deadline_in(SYNC_MS)));
	return fd < 0 ? err_prefix(fd, "%s", a->dir->name) : 0;
}

int agent_open(struct agent *a, const struct vmdir *d, const char *doing, deadline_t until)
{
	int rc = check_port(d, doing, until);

	a->dir = d;
	a->doing = doing;
	if (rc < 0)
		return rc;
	if (a->lock < 0)
		a->lock = agent_lock(d, doing, deadline_min(until, deadline_in(LOCK_MS)));
	rc = a->lock < 0 ? a->lock : agent_reconnect(a, until);
	if (rc < 0)
		agent_close(a);
	return rc;
}

void agent_close(struct agent *a)
{
	qga_close(&a->qga);
	fd_close(&a->lock);
}

/* The agent's own words for a command that it does not run differ from version to version: ask it what it allows. */
static int explain(struct agent *a, const char *command, deadline_t until)
{
	int rc;

	if (strstr(a->error.desc, "frozen state"))
		return fail_exit(EXIT_FAILED, "%s: the guest's file systems are frozen, so the agent does not allow it", command);
	if (strcmp(a->error.class, "CommandNotFound") != 0 && !strstr(a->error.desc, "has been disabled"))
		return 0;
	rc = qga_execute(&a->qga, "guest-info", NULL, NULL, deadline_min(until, deadline_in(ANSWER_MS)));
	if (rc < 0)
		return fail_exit(EXIT_FAILED, "%s: %s", command, a->error.desc);
	switch (qga_allows(&a->qga.conn.json, agent_return(a), command)) {
	case QGA_DISABLED:
		return fail_exit(EXIT_FAILED, "the agent does not allow %s: guest-info says it is disabled", command);
	case QGA_UNKNOWN_COMMAND:
		return fail_exit(EXIT_FAILED, "the agent does not know %s: guest-info does not list it", command);
	default:
		return fail_exit(EXIT_FAILED, "%s: %s", command, a->error.desc);
	}
}

int agent_execute(struct agent *a, const char *command, const char *args, deadline_t until)
{
	int rc = qga_execute(&a->qga, command, args, &a->error, until);

	if (rc == -EREMOTEIO)
		(void)explain(a, command, until);
	return rc;
}

int agent_return(const struct agent *a)
{
	return qga_return(&a->qga);
}
