/* SPDX-License-Identifier: MIT */
/* The reboot ladder: guest agent, power button and reset, reset button; only QEMU's RESET event counts. */
#include <vm/ladder.h>

#include <base/err.h>
#include <base/log.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <vm/event.h>
#include <vm/tail.h>

/*
 * How it works: ACPI knows no reboot.  So QEMU is told to wait after the guest's shutdown instead of ending (set-action,
 * since 6.0), the power button is pressed, and when SHUTDOWN comes the VM is reset and goes on.  Meanwhile the mark
 * REBOOTING_FILE names this process: where it is killed, the keeper finishes the reboot, and husk stop undoes the action
 * in any case.  Events are read from the keeper's journal, so that control.sock is free for status and stop; without a
 * keeper nobody else hears them, and the connection is held.
 */
const char *const reboot_rung_names[REBOOT_RUNGS] = {
	[REBOOT_AGENT] = "agent", [REBOOT_ACPI] = "acpi", [REBOOT_RESET_BUTTON] = "reset",
};

#define POWEROFF "{\"shutdown\": \"poweroff\"}"

struct reboot {
	struct vmdir *d;
	struct vm_record record;
	struct receipt *receipt;
	int pidfd;
	bool mute;
	bool paused;		/* its CPUs do not run, and ... */
	bool needs_cont;	/* ... will only after a reset */
	bool interrupted;	/* another reboot was killed */
	bool given_up;		/* for a husk stop */
	bool was_reset, down;	/* what was heard: RESET; SHUTDOWN and then STOP */
	bool shutdown;
	struct qmp q;		/* held where there is no keeper */
	int lock;
	struct tail tail;	/* else the journal */
	struct json json;	/* one line of it */
	deadline_t until[REBOOT_RUNGS];
};

static void say(struct reboot *r, enum reboot_rung rung, const char *text)
{
	snprintf(r->receipt->said[rung], sizeof(r->receipt->said[rung]), "%s", text);
}

static void heard(struct reboot *r, const char *event)
{
	if (!strcmp(event, "RESET"))
		r->was_reset = true;
	else if (!strcmp(event, "SHUTDOWN"))
		r->shutdown = true;
	else if (!strcmp(event, "STOP"))
		r->down = r->shutdown;
}

static void on_event(void *ctx, const struct qmp_event *e)
{
	heard(ctx, e->name);
}

/* ---- hearing ---- */

/* What the journal has by now.  0 or recorded. */
static int read_journal(struct reboot *r)
{
	const char *line;
	struct event e;
	size_t len;
	int rc;

	while ((rc = tail_line(&r->tail, &line, &len)) > 0) {
		if (event_parse(&r->json, line, len, &e) >= 0)
			heard(r, e.name);
		else
			err_clear();
	}
	return rc;
}

static int start_hearing(struct reboot *r)
{
	int rc;

	if (!record_keeper_alive(&r->record)) {
		r->q.on_event = on_event;
		r->q.ctx = r;
		return 0;
	}
	rc = tail_open(&r->tail, r->d, "events.jsonl");
	if (rc >= 0)
		rc = read_journal(r);
	r->was_reset = r->shutdown = r->down = false;	/* that was before */
	return rc;
}

static bool holds(const struct reboot *r)
{
	return r->tail.notify < 0;
}

/* 1: one of the two was heard (the second may be the first again); 0: the deadline; -ESRCH: QEMU has ended; or recorded. */
static int await(struct reboot *r, const bool *one, const bool *other, deadline_t until)
{
	for (;;) {
		struct pollfd p[2] = {
			{ .fd = r->pidfd, .events = POLLIN }, { .fd = holds(r) ? r->q.fd : r->tail.notify, .events = POLLIN },
		};
		int rc = 0;

		if (!holds(r))
			rc = read_journal(r);
		else if (r->q.fd >= 0)
			(void)qmp_wait_event(&r->q, 0);
		if (*one || *other)
			return 1;
		if (loop_readable(r->pidfd, 0) > 0)
			return -ESRCH;
		if (rc < 0)
			return rc;
		if (!r->tail.stirred && loop_poll(p, 2, until) <= 0)
			return 0;
	}
}

/* ---- speaking ---- */

static int ask(struct reboot *r, const char *name, const char *args, struct qmp *q, int *lock, deadline_t until)
{
	int rc = ladder_exchange(r->d, "reboot", name, args, q, lock, until);

	if (rc == -ETIMEDOUT)
		r->mute = true;
	return rc;
}

static int command(struct reboot *r, const char *name, const char *args, deadline_t until)
{
	autoqmp struct qmp own = QMP_INIT;
	autoclose int lock = -1;

	return holds(r) ? ask(r, name, args, &r->q, &r->lock, until) : ask(r, name, args, &own, &lock, until);
}

static void look_at_status(struct reboot *r)
{
	autoqmp struct qmp own = QMP_INIT;
	autoclose int lock = -1;
	struct qmp *q = holds(r) ? &r->q : &own;
	int v;

	if (ask(r, "query-status", NULL, q, holds(r) ? &r->lock : &lock, r->until[REBOOT_RESET_BUTTON]) < 0)
		return;
	r->paused = json_bool(&q->json, json_get(&q->json, qmp_return(q), "running")) == 0;
	v = json_get(&q->json, qmp_return(q), "status");
	r->needs_cont = json_eq(&q->json, v, "shutdown") || json_eq(&q->json, v, "guest-panicked") ||
			json_eq(&q->json, v, "internal-error") || (r->interrupted && json_eq(&q->json, v, "prelaunch"));
}

static int await_reset(struct qmp *q, const bool *was_reset, deadline_t until)
{
	int rc = 0;

	while (rc >= 0 && !*was_reset) {
		rc = qmp_wait_event(q, until);
		if (rc == 0)
			return fail_exit(EXIT_DEADLINE, "QEMU did not reset");
	}
	return rc;
}

int vm_reboot_finish(struct qmp *q, const bool *was_reset, deadline_t until)
{
	int rc = qmp_execute(q, "system_reset", NULL, NULL, until);

	/* the reply comes before the reset, and until then it cannot go on */
	if (rc >= 0)
		rc = await_reset(q, was_reset, until);
	if (rc >= 0)
		rc = qmp_execute(q, "set-action", POWEROFF, NULL, until);
	return rc < 0 ? rc : qmp_execute(q, "cont", NULL, NULL, until);
}

/* Reset, seen on the very connection it was asked for on. */
static int press_reset(struct reboot *r, bool go_on, deadline_t until)
{
	autoqmp struct qmp own = { .fd = -1, .on_event = on_event, .ctx = r };
	autoclose int lock = -1;
	struct qmp *q = holds(r) ? &r->q : &own;
	int rc = 0;

	if (q->fd < 0)
		rc = vm_control(r->d, "reboot", q, holds(r) ? &r->lock : &lock, deadline_min(until, deadline_in(LADDER_ANSWER_MS)));
	r->was_reset = false;
	if (rc >= 0 && go_on)
		return vm_reboot_finish(q, &r->was_reset, until);
	if (rc >= 0)
		rc = qmp_execute(q, "system_reset", NULL, NULL, until);
	return rc < 0 ? rc : await_reset(q, &r->was_reset, until);
}

/* ---- the rungs ---- */

static bool agent_listens(struct reboot *r)
{
	autoqmp struct qmp own = QMP_INIT;
	autoclose int lock = -1;

	return ladder_agent_listens(r->d, "reboot", holds(r) ? &r->q : &own, holds(r) ? &r->lock : &lock, &r->mute,
				    r->until[REBOOT_AGENT]);
}

static bool climb_agent(struct reboot *r)
{
	deadline_t until = r->until[REBOOT_AGENT];

	if (!r->record.agent || r->paused || !agent_listens(r)) {
		say(r, REBOOT_AGENT, !r->record.agent ? "not tried: the VM has no agent port" :
		    r->paused ? "not tried: the guest is paused" : "not tried: no agent runs in the guest");
		return false;
	}
	if (ladder_agent(r->d, "reboot", "reboot", until) < 0) {
		say(r, REBOOT_AGENT, err_text());
		return false;
	}
	if (await(r, &r->was_reset, &r->was_reset, until) > 0)
		return true;
	say(r, REBOOT_AGENT, "the agent accepted, but the guest did not reboot in time");
	return false;
}

/* Press until the guest is down, or has rebooted by itself.  As await(), or recorded. */
static int press_power(struct reboot *r)
{
	int64_t pause_ms = 1000;
	int rc = 0;

	while (rc == 0 && !deadline_passed(r->until[REBOOT_ACPI])) {
		rc = command(r, "system_powerdown", NULL, r->until[REBOOT_ACPI]);
		if (rc < 0 && rc != -EBUSY)
			return rc;
		rc = await(r, &r->down, &r->was_reset, deadline_min(r->until[REBOOT_ACPI], deadline_in(pause_ms)));
		pause_ms *= 2;
	}
	return rc;
}

/* The guest is down, and QEMU waits. */
static int finish(struct reboot *r)
{
	int mark = ladder_marked(r->d, REBOOTING_FILE), rc;

	fd_close(&mark);
	r->given_up = mark == -ENOENT;
	if (r->given_up)
		return fail_exit(EXIT_FAILED, "another husk stops it");
	rc = press_reset(r, true, r->until[REBOOT_RESET_BUTTON]);
	if (rc >= 0)
		(void)vm_reboot_forget(r->d);
	return rc;
}

/* A shutdown is the end again.  Where that cannot be said, the mark stays, and the keeper does what is to be done. */
static int undo(struct reboot *r)
{
	int rc = command(r, "set-action", POWEROFF, deadline_in(LADDER_ANSWER_MS));

	if (rc >= 0)
		(void)vm_reboot_forget(r->d);
	return rc;
}

static bool climb_acpi(struct reboot *r)
{
	int rc, undone;

	if (r->paused) {
		say(r, REBOOT_ACPI, "not tried: the guest is paused");
		return false;
	}
	/* the mark comes first: whoever finds the action changed finds who has done it */
	ladder_set_mark(r->d, REBOOTING_FILE, "husk reboot");
	rc = command(r, "set-action", "{\"shutdown\": \"pause\"}", r->until[REBOOT_ACPI]);
	if (rc >= 0)
		rc = press_power(r);
	if (rc > 0 && r->down) {
		rc = finish(r);
	} else if (rc != -ESRCH) {
		undone = undo(r);
		rc = rc < 0 ? rc : undone;
	}
	if (rc >= 0 && r->was_reset)
		return true;
	say(r, REBOOT_ACPI, rc < 0 && rc != -ESRCH ? err_text() : "the guest did not answer the power button");
	return false;
}

static bool climb_reset(struct reboot *r)
{
	look_at_status(r);	/* it may have gone down in the last moment */
	if (press_reset(r, r->needs_cont, r->until[REBOOT_RESET_BUTTON]) >= 0)
		return true;
	say(r, REBOOT_RESET_BUTTON, err_text());
	return false;
}

static bool (*const climbers[REBOOT_RUNGS])(struct reboot *r) = {
	[REBOOT_AGENT] = climb_agent, [REBOOT_ACPI] = climb_acpi, [REBOOT_RESET_BUTTON] = climb_reset,
};

/* Shares of the budget: agent 3/9, ACPI 5/9, reset 1/9; what a rung leaves goes to the next. */
static void set_deadlines(struct reboot *r, int64_t budget_ms)
{
	static const int ninths[REBOOT_RUNGS] = { 3, 8, 9 };
	int64_t start = clock_us();

	for (int i = 0; i < REBOOT_RUNGS; i++)
		r->until[i] = start + budget_ms * 1000 * ninths[i] / 9;
}

static int climb(struct reboot *r, bool now)
{
	char state = proc_state(&r->record.qemu);

	r->mute = state == 'T' || state == 't';
	r->interrupted = vm_reboot_forget(r->d);
	if (!r->mute && r->interrupted)
		(void)command(r, "set-action", POWEROFF, r->until[REBOOT_RESET_BUTTON]);
	if (!r->mute)
		look_at_status(r);
	for (int i = now || r->needs_cont ? REBOOT_RESET_BUTTON : REBOOT_AGENT; i < REBOOT_RUNGS; i++) {
		int64_t start = clock_us();
		bool done = false;

		if (r->mute)
			say(r, i, state == 'T' ? "not tried: QEMU is stopped by a signal" : "not tried: QEMU does not answer");
		else
			done = climbers[i](r);
		r->receipt->ms[i] = (clock_us() - start) / 1000;
		trace("reboot", "%s: %s (%lld ms)", reboot_rung_names[i], done ? "worked" : r->receipt->said[i],
		      (long long)r->receipt->ms[i]);
		if (done) {
			r->receipt->worked = i;
			say(r, i, "worked");
			return 0;
		}
		if (loop_readable(r->pidfd, 0) > 0)
			return fail_exit(EXIT_FAILED, "%s has ended instead", r->d->name);
		if (r->given_up)
			return fail_exit(EXIT_FAILED, "%s: %s", r->d->name, r->receipt->said[i]);
	}
	return fail_exit(EXIT_DEADLINE, "%s did not reboot: %s", r->d->name, r->receipt->said[REBOOT_RESET_BUTTON]);
}

/* on-reboot stop is QEMU's -action reboot=shutdown: any reset would end it. */
static bool ends_at_reset(const char *record, size_t len)
{
	autojson struct json j = JSON_INIT;
	int iter = 0, arg;
	char text[128];

	if (json_parse(&j, record, len) < 0)
		return false;
	while (json_next(&j, json_path(&j, 0, "plan.argv"), &iter, NULL, &arg))
		if (json_str(&j, arg, text, sizeof(text)) > 0 && !strncmp(text, "reboot=shutdown,", 16))
			return true;
	return false;
}

bool vm_reboot_forget(const struct vmdir *d)
{
	return unlinkat(d->fd, REBOOTING_FILE, 0) == 0;
}

int vm_reboot(struct vmdir *d, const struct reboot_options *o, struct receipt *receipt)
{
	struct reboot r = { .d = d, .receipt = receipt, .pidfd = -1, .q = QMP_INIT, .lock = -1, .tail = TAIL_INIT };
	autobuf struct buf text = BUF_INIT;
	autoclose int only = -1;
	int64_t start = clock_us();
	int rc = record_load(d, &r.record, &text);

	*receipt = (struct receipt){ .worked = -1 };
	if (rc == -ENOENT || (rc >= 0 && (r.record.phase != VM_RUNNING || !record_qemu_alive(&r.record))))
		return fail_exit(EXIT_NOT_RUNNING, "%s is not running", d->name);
	if (rc < 0)
		return rc;
	receipt->was_running = true;
	if (ends_at_reset(buf_str(&text), text.len))
		return fail_exit(EXIT_FAILED, "%s has on-reboot stop: a reboot would end it", d->name);
	only = control_lock(d, "reboot.lock", "reboot", 0);
	if (only < 0)
		return only;
	r.pidfd = proc_open(&r.record.qemu);
	if (r.pidfd < 0)
		return fail(r.pidfd, "%s: open QEMU %d", d->name, (int)r.record.qemu.pid);
	set_deadlines(&r, o->budget_ms);
	rc = start_hearing(&r);
	if (rc >= 0)
		rc = climb(&r, o->now);
	receipt->total_ms = (clock_us() - start) / 1000;
	qmp_close(&r.q);
	fd_close(&r.lock);
	tail_close(&r.tail);
	json_free(&r.json);
	fd_close(&r.pidfd);
	if (rc >= 0)
		err_clear();
	return rc;
}
