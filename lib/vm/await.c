/* SPDX-License-Identifier: MIT */
/* Waiting for a state, an event, a text on the console, the agent, or a job's end. */
#include <vm/await.h>

#include <base/err.h>
#include <base/log.h>
#include <errno.h>
#include <qmp/qga.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vm/event.h>
#include <vm/tail.h>
#include <vm/vm.h>

#define ASK_MS 5000		/* as the stop ladder gives QEMU and the agent to answer */

enum verdict { NOT_YET, DONE, AGAIN };	/* AGAIN: look at the log, but do not wait for it */

struct waiter {
	const struct vmdir *d;
	const struct await *a;
	struct vm_record r;
	struct tail tail;
	deadline_t until;
	struct json j;
	struct buf *line;
	bool past;			/* what is read happened before anything was asked */
	int64_t after_us;		/* RUNNING, PAUSED: what is older was in QEMU's answer */
	bool is_so;			/* as the journal has it last: it runs, it is paused, the port is open */
	bool ended, aborted, listed;	/* JOB */
	char error[512];
};

static const struct { const char *name; bool has_value; } names[] = {
	[AWAIT_STOPPED] = { "stopped", false }, [AWAIT_RUNNING] = { "running", false }, [AWAIT_PAUSED] = { "paused", false },
	[AWAIT_AGENT] = { "agent", false }, [AWAIT_EVENT] = { "event", true }, [AWAIT_CONSOLE] = { "console", true },
	[AWAIT_JOB] = { "job", true },
};

int await_parse(struct await *a, const char *text)
{
	size_t len = strcspn(text, "=");

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strlen(names[i].name) != len || memcmp(names[i].name, text, len) != 0)
			continue;
		if ((text[len] == '=') != names[i].has_value || (text[len] && !text[len + 1]))
			return -EINVAL;
		a->kind = (enum await_kind)i;
		a->text = text;
		a->what = text[len] ? text + len + 1 : NULL;
		return a->kind == AWAIT_EVENT && (event_type_len(a->what) != strlen(a->what)) ? -EINVAL : 0;
	}
	return -EINVAL;
}

/* ---- running, paused ---- */

static enum verdict state_event(struct waiter *w, const struct event *e)
{
	bool runs = !strcmp(e->name, "RESUME") || !strcmp(e->name, "WAKEUP");
	bool halts = !strcmp(e->name, "STOP") || !strcmp(e->name, "SUSPEND");

	if (!runs && !halts)
		return NOT_YET;
	w->is_so = runs == (w->a->kind == AWAIT_RUNNING);
	return !w->past && w->is_so && e->us >= w->after_us ? DONE : NOT_YET;
}

static int state_start(struct waiter *w)
{
	struct vm_status v = { .dir = *w->d };
	int64_t asked = clock_wall_us();

	vm_query(&v, 1, deadline_min(w->until, deadline_in(PROBE_BUDGET_MS)));
	if (v.state != VMS_RUNNING && v.state != VMS_PAUSED && v.state != VMS_STARTING && v.state != VMS_UNRESPONSIVE)
		return NOT_YET;
	/* where it does not say, the journal does */
	if (v.busy || v.state == VMS_STARTING || v.state == VMS_UNRESPONSIVE)
		return w->is_so ? DONE : NOT_YET;
	w->after_us = asked;
	return (v.state == VMS_RUNNING) == (w->a->kind == AWAIT_RUNNING) ? DONE : NOT_YET;
}

/* ---- event=TYPE ---- */

static enum verdict any_event(struct waiter *w, const struct event *e)
{
	if (e->us < w->a->since_us || strcasecmp(e->name, w->a->what) != 0)
		return NOT_YET;
	buf_add(w->line, w->j.text, w->j.len);
	return DONE;
}

/* ---- agent ---- */

static enum verdict agent_event(struct waiter *w, const struct event *e)
{
	if (!strcmp(e->name, "VSERPORT_CHANGE") && json_eq(&w->j, json_get(&w->j, e->data, "id"), "agent-port"))
		w->is_so = json_bool(&w->j, json_get(&w->j, e->data, "open")) == 1;
	return NOT_YET;
}

static int agent_start(struct waiter *w)
{
	deadline_t until = deadline_min(w->until, deadline_in(ASK_MS));
	autoqmp struct qmp q = QMP_INIT;
	autoclose int lock = -1;
	int open = -1;

	if (!w->r.agent)
		return fail_exit(EXIT_FAILED, "%s has no agent port", w->d->name);
	if (record_qemu_alive(&w->r) && vm_control(w->d, "wait", &q, &lock, until) >= 0)
		open = vm_port_is_open(&q, "agent", until);
	err_clear();
	if (open >= 0)
		w->is_so = open;
	return NOT_YET;
}

/* The port is open: a reply that carries our own number comes from an agent that runs now. */
static int agent_settled(struct waiter *w)
{
	deadline_t until = deadline_min(w->until, deadline_in(ASK_MS));
	autoqga struct qga agent = QGA_INIT;
	autoclose int lock = -1;
	int fd, rc;

	if (!w->is_so)
		return NOT_YET;
	lock = control_lock(w->d, "agent.lock", "wait", until);
	fd = lock < 0 ? lock : fd_connect(w->d->path, "agent.sock");
	rc = fd < 0 ? fd : qga_open(&agent, fd, until);
	if (rc >= 0)
		return DONE;
	if (rc == -EAGAIN)
		return fail_exit(EXIT_BUSY, "%s: too many clients wait for the guest agent", w->d->name);
	err_clear();
	/* these two have taken their time; what else there is comes with QEMU's end, and of that the log tells */
	return rc == -ETIMEDOUT || rc == -EBUSY ? AGAIN : NOT_YET;
}

/* ---- job=ID ---- */

static void keep_error(struct waiter *w, const struct json *j, int v)
{
	struct buf b = BUF_FIXED(w->error);
	size_t len;
	char *text = json_dup(j, v, &len);

	w->error[0] = '\0';
	if (text)
		buf_add_safe(&b, text, len < sizeof(w->error) / 4 ? len : sizeof(w->error) / 4);
	free(text);
}

static enum verdict job_event(struct waiter *w, const struct event *e)
{
	const struct json *j = &w->j;
	int status = json_get(j, e->data, "status"), error = json_get(j, e->data, "error");

	if (!strcmp(e->name, "JOB_STATUS_CHANGE") && json_eq(j, json_get(j, e->data, "id"), w->a->what)) {
		bool created = json_eq(j, status, "created");

		w->ended = json_eq(j, status, "concluded") || json_eq(j, status, "null");
		w->aborted = (w->aborted && !created) || json_eq(j, status, "aborting");
		if (created)
			w->error[0] = '\0';
	} else if (json_eq(j, json_get(j, e->data, "device"), w->a->what)) {
		if (!strcmp(e->name, "BLOCK_JOB_CANCELLED"))
			snprintf(w->error, sizeof(w->error), "it was cancelled");
		else if (!strcmp(e->name, "BLOCK_JOB_COMPLETED") && error >= 0)
			keep_error(w, j, error);
	}
	return NOT_YET;
}

static int job_failed(const struct waiter *w)
{
	autobuf struct buf id = BUF_INIT;

	buf_add_safe(&id, w->a->what, strlen(w->a->what));
	return fail_exit(EXIT_FAILED, "%s: job %s failed: %s", w->d->name, buf_str(&id),
			 w->error[0] ? w->error : "it was aborted");
}

/* What query-jobs says; the journal alone where nobody answers. */
static int job_ask(struct waiter *w)
{
	deadline_t until = deadline_min(w->until, deadline_in(ASK_MS));
	autoqmp struct qmp q = QMP_INIT;
	autoclose int lock = -1;
	int iter = 0, job, error, rc;

	w->listed = false;
	rc = vm_control(w->d, "wait", &q, &lock, until);
	if (rc >= 0)
		rc = qmp_execute(&q, "query-jobs", NULL, NULL, until);
	if (rc < 0) {
		err_clear();
		return NOT_YET;
	}
	while (json_next(&q.json, qmp_return(&q), &iter, NULL, &job)) {
		if (!json_eq(&q.json, json_get(&q.json, job, "id"), w->a->what))
			continue;
		w->listed = true;
		if (!json_eq(&q.json, json_get(&q.json, job, "status"), "concluded"))
			continue;
		error = json_get(&q.json, job, "error");
		if (error < 0)
			return DONE;
		keep_error(w, &q.json, error);
		return job_failed(w);
	}
	return NOT_YET;
}

static int job_settled(struct waiter *w)
{
	int rc;

	if (!w->ended)
		return NOT_YET;
	rc = job_ask(w);
	if (rc == NOT_YET && !w->listed)
		rc = w->aborted ? job_failed(w) : DONE;
	w->ended = false;	/* listed and not concluded: another one of that name runs */
	return rc;
}

static int job_start(struct waiter *w)
{
	return w->ended || !record_qemu_alive(&w->r) ? NOT_YET : job_ask(w);
}

/* ---- console=TEXT ---- */

static int search(struct waiter *w)
{
	autobuf struct buf seen = BUF_INIT;
	size_t len = strlen(w->a->what);
	char piece[16384];
	ssize_t n;

	/* the end of what was read before is looked at again with what comes, at whatever byte it was cut */
	buf_add(&seen, buf_str(w->line), w->line->len);
	while ((n = tail_read(&w->tail, piece, sizeof(piece))) > 0) {
		if (w->tail.gap)
			buf_clear(&seen);
		w->tail.gap = false;
		if (buf_add(&seen, piece, (size_t)n) < 0)
			return fail(-ENOMEM, "search the console");
		if (memmem(buf_str(&seen), seen.len, w->a->what, len))
			n = 0;
		if (!n)
			return DONE;
		if (seen.len >= len)
			buf_drop(&seen, seen.len - len + 1);
	}
	buf_clear(w->line);
	buf_add(w->line, buf_str(&seen), seen.len);
	return n < 0 ? (int)n : NOT_YET;
}

/* ---- the wait ---- */

static const struct {
	enum verdict (*event)(struct waiter *w, const struct event *e);
	int (*start)(struct waiter *w);		/* when the past was read */
	int (*settled)(struct waiter *w);	/* whenever all of the journal was read */
} kinds[] = {
	[AWAIT_RUNNING] = { state_event, state_start, NULL },
	[AWAIT_PAUSED] = { state_event, state_start, NULL },
	[AWAIT_AGENT] = { agent_event, agent_start, agent_settled },
	[AWAIT_EVENT] = { any_event, NULL, NULL },
	[AWAIT_CONSOLE] = { NULL, NULL, NULL },
	[AWAIT_JOB] = { job_event, job_start, job_settled },
};

static int read_journal(struct waiter *w)
{
	const char *line;
	struct event e;
	size_t len;
	int rc;

	while ((rc = tail_line(&w->tail, &line, &len)) > 0) {
		if (event_parse(&w->j, line, len, &e) < 0)
			err_clear();
		else if (kinds[w->a->kind].event(w, &e) == DONE)
			return DONE;
	}
	return rc;
}

static int read_log(struct waiter *w)
{
	return w->a->kind == AWAIT_CONSOLE ? search(w) : read_journal(w);
}

static int too_late(const struct waiter *w)
{
	struct vm_status v = { .dir = *w->d };
	int rc = tail_over(&w->tail);

	if (rc < 0)
		return rc;
	vm_query(&v, 1, deadline_in(PROBE_BUDGET_MS));
	return fail_exit(EXIT_NOT_RUNNING, "%s: \"%s\" cannot come any more: %s%s%s", w->d->name, w->a->text,
			 vm_state_names[v.state], v.detail[0] ? ": " : "", v.detail);
}

static int await(struct waiter *w)
{
	int rc;

	w->past = w->tail.only_backlog = true;
	rc = read_log(w);
	w->past = w->tail.only_backlog = false;
	if (rc == NOT_YET && kinds[w->a->kind].start)
		rc = kinds[w->a->kind].start(w);
	while (rc == NOT_YET || rc == AGAIN) {
		rc = read_log(w);
		if (rc == NOT_YET && kinds[w->a->kind].settled)
			rc = kinds[w->a->kind].settled(w);
		if (rc != NOT_YET && rc != AGAIN)
			break;
		if (rc == AGAIN && !deadline_passed(w->until))
			continue;
		rc = tail_wait(&w->tail, -1, w->until);
		if (rc == TAIL_DEADLINE)
			return fail_exit(EXIT_DEADLINE, "%s: no \"%s\" in the time there was", w->d->name, w->a->text);
		if (rc == TAIL_END)
			return too_late(w);
		rc = rc < 0 ? rc : NOT_YET;
	}
	return rc < 0 ? rc : 0;
}

int vm_await(const struct vmdir *d, const struct await *a, struct buf *line, deadline_t until)
{
	struct waiter w = { .d = d, .a = a, .until = until, .line = line, .tail = TAIL_INIT };
	int rc = record_load(d, &w.r, NULL);

	if (rc == -ENOENT && vmdir_is_claimed(d))
		return fail_exit(EXIT_BUSY, "%s is being started by another husk", d->name);
	if (rc == -ENOENT)
		return fail_exit(EXIT_NOT_RUNNING, "%s: a launch was interrupted", d->name);
	if (rc >= 0 && a->kind == AWAIT_CONSOLE && !w.r.console)
		rc = fail_exit(EXIT_FAILED, "%s has no console", d->name);
	if (rc >= 0)
		rc = tail_open(&w.tail, d, a->kind == AWAIT_CONSOLE ? "console.log" : "events.jsonl");
	if (rc >= 0)
		rc = await(&w);
	tail_close(&w.tail);
	json_free(&w.j);
	return rc;
}
