/* SPDX-License-Identifier: MIT */
/* Programs in the guest, through guest-exec. */
#include <vm/agent.h>

#include <base/err.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define START_MS 60000
#define STATUS_MS 60000		/* with 32 MiB of output in the last one */
#define LETS_GO_MS 20	/* at least, so that the other one gets the lock */
#define ASK_MS 100		/* at least this often */

int64_t agent_exec_start(struct agent *a, const struct qga_exec *e, deadline_t until)
{
	autobuf struct buf args = BUF_INIT;
	int64_t pid;
	int rc = qga_exec_args(e, &args);

	if (rc >= 0)
		rc = agent_execute(a, "guest-exec", buf_str(&args), deadline_min(until, deadline_in(START_MS)));
	if (rc == -EREMOTEIO) {
		int code = qga_exec_refusal(a->error.desc);

		if (code != EXIT_NO_PROGRAM_RUN)
			fail_exit(code, "%s: %s", e->argv[0], a->error.desc);
	}
	if (rc < 0)
		return rc;
	if (!json_int(&a->qga.conn.json, json_get(&a->qga.conn.json, agent_return(a), "pid"), &pid) || pid < 0)
		return fail(-EPROTO, "guest-exec: the guest agent says no pid");
	return pid;
}

/* 1: asked; 0: not now (frozen by somebody, or busy), so ask again; or recorded. */
static int ask(struct agent *a, const char *args, deadline_t until)
{
	int rc = 0;

	if (a->lock < 0)
		rc = agent_open(a, a->dir, a->doing, until);
	if (rc == -EBUSY)
		return 0;
	if (rc >= 0)
		rc = agent_execute(a, "guest-exec-status", args, deadline_min(until, deadline_in(STATUS_MS)));
	if (rc == -EREMOTEIO && strstr(a->error.desc, "frozen state"))
		return 0;
	return rc < 0 ? rc : 1;
}

int agent_exec_wait(struct agent *a, int64_t pid, struct qga_exec_status *s, const volatile sig_atomic_t *stop,
		    deadline_t until)
{
	int64_t start = clock_us(), pause_ms = 1;
	char args[64];
	int rc;

	snprintf(args, sizeof(args), "{\"pid\": %" PRId64 "}", pid);
	for (;;) {
		rc = ask(a, args, until);
		if (rc > 0)
			rc = qga_parse_exec_status(&a->qga.conn.json, agent_return(a), s) < 0 ? -EPROTO : s->exited;
		if (rc > 0)
			return 0;
		if (rc < 0 && !deadline_passed(until))
			return rc == -EREMOTEIO ? rc : err_prefix(rc, "the program goes on in the guest as pid %" PRId64, pid);
		if (stop && *stop) {
			fail_exit(128 + *stop, "interrupted; the program goes on in the guest as pid %" PRId64, pid);
			return -EINTR;
		}
		if (deadline_passed(until)) {
			fail_exit(EXIT_DEADLINE, "the program has not ended within %" PRId64 " ms; it goes on in the guest as pid %"
				  PRId64, (clock_us() - start) / 1000, pid);
			return -ETIMEDOUT;
		}
		if (agent_is_wanted(a->dir)) {
			agent_close(a);
			pause_ms = pause_ms > LETS_GO_MS ? pause_ms : LETS_GO_MS;
		}
		loop_poll(NULL, 0, deadline_min(until, deadline_in(pause_ms)));
		pause_ms = pause_ms * 2 < ASK_MS ? pause_ms * 2 : ASK_MS;
	}
}
