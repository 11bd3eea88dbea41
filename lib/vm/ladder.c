/* SPDX-License-Identifier: MIT */
/* What the ladders of stop and reboot have in common. */
#include <vm/ladder.h>

#include <base/file.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <vm/agent.h>

int ladder_exchange(const struct vmdir *d, const char *doing, const char *command, const char *args, struct qmp *q, int *lock,
		    deadline_t until)
{
	int rc = 0;

	until = deadline_min(until, deadline_in(LADDER_ANSWER_MS));
	if (q->fd < 0)
		rc = vm_control(d, doing, q, lock, until);
	return rc < 0 ? rc : qmp_execute(q, command, args, NULL, until);
}

bool ladder_agent_listens(const struct vmdir *d, const char *doing, struct qmp *q, int *lock, bool *mute, deadline_t until)
{
	int rc = 0;

	until = deadline_min(until, deadline_in(LADDER_ANSWER_MS));
	if (q->fd < 0)
		rc = vm_control(d, doing, q, lock, until);
	if (rc >= 0)
		rc = vm_port_is_open(q, "agent", until);
	if (rc == -ETIMEDOUT)
		*mute = true;
	return rc > 0;
}

int ladder_agent(const struct vmdir *d, const char *doing, const char *mode, deadline_t until)
{
	deadline_t answer = deadline_min(until, deadline_in(LADDER_ANSWER_MS));
	autoqga struct qga agent = QGA_INIT;
	autoclose int lock = -1;
	char args[64];
	int fd, rc;

	lock = agent_lock(d, doing, answer);
	fd = lock < 0 ? lock : fd_connect(d->path, "agent.sock");
	rc = fd < 0 ? fd : qga_open(&agent, fd, answer);
	snprintf(args, sizeof(args), "{\"mode\": \"%s\"}", mode);
	return rc < 0 ? rc : qga_send_only(&agent, "guest-shutdown", args, NULL, 1000, until);
}

void ladder_set_mark(const struct vmdir *d, const char *file, const char *by)
{
	struct proc_id own;
	char text[128];
	int n;

	if (proc_identify(getpid(), &own) < 0)
		return;
	n = snprintf(text, sizeof(text), "%d %" PRIu64 " (%s)\n", (int)own.pid, own.start, by);
	(void)file_write(d->fd, file, text, (size_t)n);
}

int ladder_marked(const struct vmdir *d, const char *file)
{
	char text[128];
	struct buf b = BUF_FIXED(text);		/* the keeper asks this, and it does not allocate */
	struct proc_id id;
	int rc = file_read(d->fd, file, &b, sizeof(text) - 1);

	if (rc == -ENOENT)
		return rc;
	if (rc < 0 || sscanf(buf_str(&b), "%9d %19" SCNu64, &id.pid, &id.start) != 2)
		return -ESRCH;
	return proc_open(&id);
}
