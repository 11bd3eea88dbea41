/* SPDX-License-Identifier: MIT */
/* The stop ladder: guest agent, ACPI, quit, KILL.  Works with and without keeper, and on a QEMU that is mute. */
#include <vm/ladder.h>

#include <base/err.h>
#include <base/log.h>
#include <errno.h>
#include <sandbox/cgroup.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *const rung_names[RUNG_COUNT] = {
	[RUNG_AGENT] = "agent", [RUNG_ACPI] = "acpi", [RUNG_QUIT] = "quit", [RUNG_KILL] = "kill",
};

/* The last ninth, or what a kernel surely needs to bury a process. */
#define KILL_MIN_MS 3000
#define CLOSED_MS 1000		/* from QEMU's sockets being closed to its end */
#define RETRY_MS 5		/* a launch's first record is there some 10 ms after its claim */

struct climb {
	struct vmdir *d;
	struct vm_record record;
	struct receipt *receipt;
	int pidfd;
	bool mute;		/* QEMU does not answer: only KILL is left */
	bool paused;		/* its CPUs do not run: the guest cannot shut down */
	deadline_t until[RUNG_COUNT];
};

static void say(struct climb *c, enum rung r, const char *text)
{
	snprintf(c->receipt->said[r], sizeof(c->receipt->said[r]), "%s", text);
}

static bool gone(struct climb *c, deadline_t until)
{
	return loop_readable(c->pidfd, until) > 0;
}

static int exchange(struct climb *c, enum rung r, const char *command, const char *args, struct qmp *q, int *lock)
{
	int rc = ladder_exchange(c->d, "stop", command, args, q, lock, c->until[r]);

	if (rc == -ETIMEDOUT)
		c->mute = true;
	return rc;
}

/* Send one command; a peer that is gone when it should answer has done what was asked. */
static int command(struct climb *c, enum rung r, const char *name, const char *args)
{
	autoqmp struct qmp q = QMP_INIT;
	autoclose int lock = -1;
	int rc = exchange(c, r, name, args, &q, &lock);

	/* sockets go before the process does, where somebody else is stopping it too */
	if (rc == -ECONNREFUSED || rc == -ENOENT)
		return gone(c, deadline_min(c->until[r], deadline_in(CLOSED_MS))) ? 0 : rc;
	return rc == -ECONNRESET ? 0 : rc;
}

static void look_at_status(struct climb *c)
{
	autoqmp struct qmp q = QMP_INIT;
	autoclose int lock = -1;

	if (exchange(c, RUNG_QUIT, "query-status", NULL, &q, &lock) >= 0)
		c->paused = json_bool(&q.json, json_get(&q.json, qmp_return(&q), "running")) == 0;
}

static bool agent_listens(struct climb *c)
{
	autoqmp struct qmp q = QMP_INIT;
	autoclose int lock = -1;

	return ladder_agent_listens(c->d, "stop", &q, &lock, &c->mute, c->until[RUNG_AGENT]);
}

static bool climb_agent(struct climb *c)
{
	deadline_t until = c->until[RUNG_AGENT];

	if (!c->record.agent || c->paused || !agent_listens(c)) {
		say(c, RUNG_AGENT, !c->record.agent ? "not tried: the VM has no agent port" :
		    c->paused ? "not tried: the guest is paused" : "not tried: no agent runs in the guest");
		return false;
	}
	if (ladder_agent(c->d, "stop", "powerdown", until) < 0) {
		say(c, RUNG_AGENT, err_text());
		return false;
	}
	if (gone(c, until))
		return true;
	say(c, RUNG_AGENT, "the agent accepted, but the guest did not shut down in time");
	return false;
}

static bool climb_acpi(struct climb *c)
{
	int64_t pause_ms = 1000;

	if (c->paused) {
		say(c, RUNG_ACPI, "not tried: the guest is paused");
		return false;
	}
	/* a guest that is still booting loses the press: press again, less and less often */
	while (!deadline_passed(c->until[RUNG_ACPI])) {
		int rc = command(c, RUNG_ACPI, "system_powerdown", NULL);

		if (c->mute || (rc < 0 && rc != -EBUSY)) {
			say(c, RUNG_ACPI, err_text());
			return false;
		}
		if (gone(c, deadline_min(c->until[RUNG_ACPI], deadline_in(pause_ms))))
			return true;
		pause_ms *= 2;
	}
	say(c, RUNG_ACPI, "the guest did not answer the power button");
	return false;
}

static bool climb_quit(struct climb *c)
{
	int rc = command(c, RUNG_QUIT, "quit", NULL);

	if (rc < 0) {
		say(c, RUNG_QUIT, err_text());
		return gone(c, 0);
	}
	if (gone(c, c->until[RUNG_QUIT]))
		return true;
	say(c, RUNG_QUIT, "QEMU did not quit in time");
	return false;
}

/* Its cgroup at once, helpers and all, where it is in the one on record; and QEMU itself in any case. */
static int kill_vm(const struct vm_record *r, int pidfd)
{
	if (r->cgroup[0] && cgroup_holds(r->cgroup, r->qemu.pid))
		(void)cgroup_kill(r->cgroup);
	return proc_signal(pidfd, SIGKILL);
}

static bool climb_kill(struct climb *c)
{
	int rc = kill_vm(&c->record, c->pidfd);

	if (rc < 0 && rc != -ESRCH) {
		fail(rc, "kill QEMU %d", (int)c->record.qemu.pid);
		say(c, RUNG_KILL, err_text());
		return false;
	}
	if (gone(c, c->until[RUNG_KILL]))
		return true;
	say(c, RUNG_KILL, "QEMU was killed but is still there: it hangs in the kernel");
	return false;
}

static bool (*const climbers[RUNG_COUNT])(struct climb *c) = {
	[RUNG_AGENT] = climb_agent, [RUNG_ACPI] = climb_acpi, [RUNG_QUIT] = climb_quit, [RUNG_KILL] = climb_kill,
};

/* Shares of the budget: agent 3/9, ACPI 4/9, quit 1/9, KILL 1/9; what a rung leaves goes to the next. */
static void set_deadlines(struct climb *c, const struct stop_options *o, int64_t start)
{
	static const int ninths[RUNG_COUNT] = { 3, 7, 8, 9 };
	int64_t least = clock_us() + KILL_MIN_MS * 1000;

	for (int r = 0; r < RUNG_COUNT; r++)
		c->until[r] = start + o->budget_ms * 1000 * ninths[r] / 9;
	if (o->now)
		c->until[RUNG_QUIT] = start + o->budget_ms * 1000 * 8 / 9;
	if (c->until[RUNG_KILL] < least)
		c->until[RUNG_KILL] = least;
}

static bool climb(struct climb *c, const struct stop_options *o)
{
	char state = proc_state(&c->record.qemu);

	c->mute = state == 'T' || state == 't';
	if (!o->now && !c->mute)
		look_at_status(c);
	for (int r = o->now ? RUNG_QUIT : RUNG_AGENT; r < RUNG_COUNT; r++) {
		int64_t start = clock_us();
		bool done = false;

		if (c->mute && r != RUNG_KILL)
			say(c, r, state == 'T' ? "not tried: QEMU is stopped by a signal" : "not tried: QEMU does not answer");
		else
			done = climbers[r](c) || gone(c, 0);
		c->receipt->ms[r] = (clock_us() - start) / 1000;
		trace("stop", "%s: %s (%lld ms)", rung_names[r], done ? "worked" : c->receipt->said[r],
		      (long long)c->receipt->ms[r]);
		if (done) {
			c->receipt->worked = r;
			say(c, r, "worked");
			return true;
		}
	}
	return false;
}

/* The keeper writes exit.json; without one, whoever stopped it says what is known. */
static void record_ending(struct climb *c)
{
	struct ending e = { .reason = ENDED_STOPPED, .wait_status = -1, .syscall = -1, .started_us = c->record.started_us,
			    .ended_us = clock_wall_us() };
	static const char *const sockets[] = { "control.sock", "monitor.sock", "agent.sock", "console.sock" };

	snprintf(e.detail, sizeof(e.detail), "stopped by husk stop (%s); it had no keeper", rung_names[c->receipt->worked]);
	(void)ending_save(c->d, &e);
	for (size_t i = 0; i < sizeof(sockets) / sizeof(sockets[0]); i++)
		unlinkat(c->d->fd, sockets[i], 0);
	unlinkat(c->d->fd, STOPPING_FILE, 0);
	if (c->record.cgroup[0])
		(void)cgroup_clear(c->record.cgroup, deadline_in(CLOSED_MS));
}

/* The keeper's own ladder, which is a child of it. */
static bool is_ours(const struct vm_record *r)
{
	return r->keeper.pid == getpid() || r->keeper.pid == getppid();
}

static void await_keeper(struct climb *c)
{
	autoclose int keeper = -1;

	if (is_ours(&c->record))
		return;
	if (record_keeper_alive(&c->record))
		keeper = proc_open(&c->record.keeper);
	if (keeper >= 0) {
		if (loop_readable(keeper, deadline_in(KILL_MIN_MS)) > 0)
			return;
		warn("%s: its keeper %d does not end", c->d->name, (int)c->record.keeper.pid);
	} else if (faccessat(c->d->fd, "exit.json", F_OK, 0) < 0) {
		record_ending(c);
	}
}

int vm_stopper(const struct vmdir *d)
{
	int pidfd = ladder_marked(d, STOPPING_FILE);

	return pidfd == -ENOENT ? -ESRCH : pidfd;
}

int vm_kill_leftover(const struct vmdir *d, const struct vm_record *r, deadline_t until)
{
	autoclose int pidfd = proc_open(&r->qemu);
	int rc;

	if (pidfd < 0)
		return pidfd == -ESRCH ? 0 : fail(pidfd, "%s: open QEMU %d", d->name, (int)r->qemu.pid);
	rc = kill_vm(r, pidfd);
	if (rc < 0 && rc != -ESRCH)
		return fail(rc, "%s: kill QEMU %d", d->name, (int)r->qemu.pid);
	if (loop_readable(pidfd, until) <= 0)
		return fail_exit(EXIT_DEADLINE, "%s: QEMU %d was killed but does not end", d->name, (int)r->qemu.pid);
	if (r->cgroup[0])
		(void)cgroup_clear(r->cgroup, until);
	return 0;
}

/* An interrupted launch: nobody else may be at work on it. */
static int stop_leftover(struct vmdir *d, const struct vm_record *r, struct receipt *receipt)
{
	int rc = vmdir_lock(d);

	if (rc == -EBUSY)
		return fail_exit(EXIT_BUSY, "%s is being started by another husk", d->name);
	if (rc == -ESTALE)
		return 0;
	if (rc >= 0)
		rc = vm_kill_leftover(d, r, deadline_in(KILL_MIN_MS));
	if (rc >= 0) {
		receipt->worked = RUNG_KILL;
		snprintf(receipt->said[RUNG_KILL], sizeof(receipt->said[RUNG_KILL]), "worked");
	}
	return rc;
}

bool vm_settle(const struct vmdir *d, deadline_t until)
{
	struct vm_record r;
	autoclose int keeper = -1;

	if (record_load(d, &r, NULL) >= 0 && !record_qemu_alive(&r) && record_keeper_alive(&r) && !is_ours(&r))
		keeper = proc_open(&r.keeper);
	err_clear();
	return keeper < 0 || loop_readable(keeper, until) > 0;
}

/* Nothing to stop; but what is still being written down is, and then the name is free. */
static int was_gone(const struct vmdir *d)
{
	if (!vm_settle(d, deadline_in(SETTLE_MS)))
		warn("%s: QEMU is gone, but its keeper does not end", d->name);
	return 0;
}

/* The record, waited for where a launch has the name but none yet: -ENOENT, not recorded, where it is given up. */
static int await_record(struct climb *c, deadline_t until)
{
	int rc;

	while ((rc = record_load(c->d, &c->record, NULL)) == -ENOENT && vmdir_is_claimed(c->d)) {
		if (deadline_passed(until))
			return fail_exit(EXIT_BUSY, "%s is being started by another husk", c->d->name);
		(void)loop_poll(NULL, 0, deadline_min(deadline_in(RETRY_MS), until));
	}
	return rc;
}

int vm_stop(struct vmdir *d, const struct stop_options *o, struct receipt *receipt)
{
	struct climb c = { .d = d, .receipt = receipt, .pidfd = -1 };
	int64_t start = clock_us();
	bool done;
	int rc;

	*receipt = (struct receipt){ .worked = -1 };
	rc = await_record(&c, start + o->budget_ms * 1000);
	if (rc == -ENOENT)
		return 0;
	if (rc < 0)
		return rc;
	if (!record_qemu_alive(&c.record))
		return was_gone(d);
	receipt->was_running = true;
	if (c.record.phase == VM_STARTING && !record_keeper_alive(&c.record))
		return stop_leftover(d, &c.record, receipt);
	c.pidfd = proc_open(&c.record.qemu);
	if (c.pidfd == -ESRCH)
		return was_gone(d);
	if (c.pidfd < 0)
		return fail(c.pidfd, "%s: open QEMU %d", d->name, (int)c.record.qemu.pid);
	ladder_set_mark(d, STOPPING_FILE, o->by);
	set_deadlines(&c, o, start);
	/* a reboot under way loses its claim to the guest's shutdown: from here on that is the end again */
	if (vm_reboot_forget(d) && !o->now)
		(void)command(&c, RUNG_AGENT, "set-action", "{\"shutdown\": \"poweroff\"}");
	done = climb(&c, o);
	fd_close(&c.pidfd);
	receipt->total_ms = (clock_us() - start) / 1000;
	if (!done) {
		unlinkat(d->fd, STOPPING_FILE, 0);
		return fail_exit(EXIT_DEADLINE, "%s did not end: %s", d->name, receipt->said[RUNG_KILL]);
	}
	await_keeper(&c);
	err_clear();
	return 0;
}
