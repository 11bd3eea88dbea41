/* SPDX-License-Identifier: MIT */
/* How VMs are: files and /proc first, then all QEMUs at once under one deadline. */
#include <vm/vm.h>

#include <base/err.h>
#include <base/log.h>
#include <errno.h>
#include <qmp/wire.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define REPLY_MAX 65536		/* greeting, two replies and a few events are under 2 KiB */

const char *const vm_state_names[VMS_COUNT] = {
	[VMS_STARTING] = "starting",
	[VMS_RUNNING] = "running",
	[VMS_PAUSED] = "paused",
	[VMS_UNRESPONSIVE] = "unresponsive",
	[VMS_STOPPED] = "stopped",
	[VMS_BROKEN] = "broken",
};

#define REPLY_FULL_MAX (1u << 20)	/* query-blockstats has some 1500 bytes a disk */
#define RETRY_MS 5
#define FIRST_ID 3		/* qmp_capabilities is 1, query-status is 2 */

/* Questions under way: all in one write; the reply with the last id ends it. */
struct probe {
	struct vm_status *v;
	size_t index;			/* of v among those that were asked for */
	const struct vm_questions *q;	/* NULL: only its status */
	unsigned last;			/* id of the last question */
	bool several;			/* --trace then names the VM */
	int fd, lock;
	struct buf in;
};

static void set_detail(struct vm_status *v, const char *text)
{
	snprintf(v->detail, sizeof(v->detail), "%s", text);
}

static void look_ended(struct vm_status *v)
{
	int rc = ending_load(&v->dir, &v->ending);

	v->state = VMS_STOPPED;
	v->has_ending = rc >= 0;
	if (rc >= 0)
		snprintf(v->detail, sizeof(v->detail), "%.*s", (int)strcspn(v->ending.detail, "\n"), v->ending.detail);
	else if (rc == -ENOENT)
		set_detail(v, v->supervised ? "QEMU has just ended" : "QEMU is gone; nobody saw how it ended");
	else
		set_detail(v, err_text());
}

/* Everything that files and /proc tell; true where only QEMU knows the rest. */
static bool look(struct vm_status *v)
{
	int rc = record_load(&v->dir, &v->record, NULL);
	char state;

	v->runstate[0] = v->detail[0] = '\0';
	v->supervised = v->busy = v->has_ending = false;
	v->has_record = rc >= 0;
	if (rc == -ENOENT) {
		/* a claim without a record yet, or what an interrupted one left */
		bool held = vmdir_is_claimed(&v->dir);

		v->state = held ? VMS_STARTING : VMS_BROKEN;
		set_detail(v, held ? "" : "a launch was interrupted; the next run or husk remove clears it");
		return false;
	}
	if (rc < 0) {
		v->state = VMS_BROKEN;
		set_detail(v, err_text());
		return false;
	}
	v->supervised = record_keeper_alive(&v->record);
	state = record_same_boot(&v->record) ? proc_state(&v->record.qemu) : 0;
	if (!state) {
		look_ended(v);
		return false;
	}
	if (v->record.phase == VM_STARTING) {
		v->state = v->supervised ? VMS_STARTING : VMS_BROKEN;
		if (!v->supervised)
			set_detail(v, "a launch was interrupted; the next run, husk stop or husk remove ends its QEMU");
		return false;
	}
	v->state = VMS_RUNNING;
	if (state == 'T' || state == 't') {
		v->state = VMS_UNRESPONSIVE;
		set_detail(v, "QEMU is stopped by a signal (SIGSTOP) or a debugger");
		return false;
	}
	return true;
}

static void unresponsive(struct vm_status *v, const char *why)
{
	v->state = VMS_UNRESPONSIVE;
	set_detail(v, why);
}

/* A line under --trace, with the VM's name where there are several. */
static void trace_line(const struct probe *p, const char *stage, const char *line, size_t len)
{
	char name[VM_NAME_MAX + 8];

	if (!log_tracing())
		return;
	snprintf(name, sizeof(name), "%s %s", stage, p->v->dir.name);
	wire_trace(p->several ? name : stage, NULL, line, len);
}

/* All lines at once; a monitor takes so few bytes without waiting, or it is stuck. */
static int send_lines(struct probe *p, const char *text, size_t len)
{
	for (const char *line = text; log_tracing() && line < text + len;) {
		size_t n = strcspn(line, "\n");

		trace_line(p, "qmp>", line, n);
		line += n + 1;
	}
	return send(p->fd, text, len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

static int send_questions(struct probe *p)
{
	autobuf struct buf b = BUF_INIT;
	int rc;

	buf_adds(&b, "{\"execute\": \"qmp_capabilities\", \"id\": 1}\n{\"execute\": \"query-status\", \"id\": 2}\n");
	p->last = 2;
	for (unsigned i = 0; p->q && i < p->q->n; i++)
		buf_addf(&b, "{\"execute\": %s, \"id\": %u}\n", p->q->text[i], ++p->last);
	rc = b.failed ? -ENOMEM : send_lines(p, b.data, b.len);
	return rc < 0 ? rc : fd_nonblock(p->fd);
}

static void start_probe(struct probe *p)
{
	int rc;

	p->fd = -1;
	p->v->busy = false;
	p->lock = control_lock(&p->v->dir, "lock", "status", 0);
	if (p->lock < 0) {
		p->v->busy = true;
		set_detail(p->v, "another husk command is speaking to it");
		return;
	}
	p->fd = fd_connect(p->v->dir.path, "control.sock");
	if (p->fd >= 0) {
		rc = send_questions(p);
		if (rc >= 0)
			return;
		fd_close(&p->fd);
	} else {
		rc = p->fd;
	}
	fd_close(&p->lock);
	if (rc == -EAGAIN)
		unresponsive(p->v, "too many clients wait for QEMU's monitor");
	else if (!proc_alive(&p->v->record.qemu))
		look_ended(p->v);
	else
		unresponsive(p->v, err_text());
}

static void end_probe(struct probe *p)
{
	fd_close(&p->fd);
	fd_close(&p->lock);
	buf_free(&p->in);
}

static bool take_status(struct probe *p, const struct json *j, int value)
{
	if (json_str(j, json_get(j, value, "status"), p->v->runstate, sizeof(p->v->runstate)) < 0) {
		unresponsive(p->v, "QEMU's monitor does not say its status");
		return false;
	}
	p->v->state = VMS_RUNNING;
	set_detail(p->v, "");
	if (strcmp(p->v->runstate, "running")) {
		autobuf struct buf safe = BUF_INIT;

		p->v->state = VMS_PAUSED;
		buf_add_safe(&safe, p->v->runstate, strlen(p->v->runstate));
		set_detail(p->v, !strcmp(p->v->runstate, "paused") ? "" : buf_str(&safe));
	}
	return true;
}

/* The reply to question i, which may lead to more. */
static bool take_answer(struct probe *p, const struct json *j, unsigned i, int value)
{
	autobuf struct buf command = BUF_INIT, line = BUF_INIT;

	if (!p->q->answer(p->q->ctx, p->index, i, j, value, &command))
		return true;
	buf_addf(&line, "{\"execute\": %s, \"id\": %u}\n", buf_str(&command), ++p->last);
	if (!line.failed && send_lines(p, line.data, line.len) >= 0)
		return true;
	unresponsive(p->v, "QEMU does not read its monitor");
	return false;
}

/* The answer in one line, if it is one; true when the probe is done. */
static bool take_line(struct probe *p, const char *line, size_t len)
{
	autojson struct json j = JSON_INIT;
	struct qmp_msg msg;

	trace_line(p, "qmp<", line, len);
	if (qmp_parse_line(&j, line, len, &msg) < 0) {
		unresponsive(p->v, "QEMU's monitor speaks no QMP");
		return true;
	}
	if (msg.kind == QMP_ERROR && (!msg.has_id || msg.id < FIRST_ID)) {
		unresponsive(p->v, "QEMU's monitor refuses to say its status");
		return true;
	}
	if ((msg.kind != QMP_RETURN && msg.kind != QMP_ERROR) || !msg.has_id || msg.id < 2 || msg.id > p->last)
		return false;
	if (msg.id == 2 ? !take_status(p, &j, msg.value) :
			  !take_answer(p, &j, (unsigned)msg.id - FIRST_ID, msg.kind == QMP_RETURN ? msg.value : -1))
		return true;
	if (msg.id != p->last)
		return false;
	if (!p->v->runstate[0])
		unresponsive(p->v, "QEMU's monitor does not say its status");
	return true;
}

static bool read_probe(struct probe *p)
{
	const char *end;
	ssize_t n;

	if (p->in.len > (p->q ? REPLY_FULL_MAX : REPLY_MAX) || buf_reserve(&p->in, 16384) < 0) {
		unresponsive(p->v, "QEMU's monitor floods");
		return true;
	}
	n = fd_recv(p->fd, p->in.data + p->in.len, 16384);
	if (n == -EAGAIN)
		return false;
	if (n <= 0) {
		if (proc_alive(&p->v->record.qemu))
			unresponsive(p->v, "QEMU closed its monitor");
		else
			look_ended(p->v);
		return true;
	}
	p->in.len += (size_t)n;
	p->in.data[p->in.len] = '\0';
	while ((end = memchr(p->in.data, '\n', p->in.len))) {
		size_t len = (size_t)(end - p->in.data);

		if (take_line(p, p->in.data, len))
			return true;
		buf_drop(&p->in, len + 1);
	}
	return false;
}

static void await_probes(struct probe *probes, size_t n, deadline_t until)
{
	struct pollfd *fds = calloc(n ? n : 1, sizeof(*fds));

	while (fds) {
		size_t open = 0;

		for (size_t i = 0; i < n; i++) {
			fds[i] = (struct pollfd){ .fd = probes[i].fd, .events = POLLIN };
			open += probes[i].fd >= 0;
		}
		if (!open || loop_poll(fds, n, until) <= 0)
			break;
		for (size_t i = 0; i < n; i++)
			if (fds[i].revents && read_probe(&probes[i]))
				end_probe(&probes[i]);
	}
	for (size_t i = 0; i < n; i++)
		if (probes[i].fd >= 0)
			unresponsive(probes[i].v, "QEMU does not answer on its monitor");
	free(fds);
}

/* One round for those that are neither asked nor known; how many another husk command keeps from being asked. */
static size_t ask_round(struct vm_status *v, size_t n, const struct vm_questions *q, struct probe *probes, bool *ask, deadline_t until)
{
	size_t asked = 0, busy = 0;

	for (size_t i = 0; i < n; i++) {
		if (!ask[i])
			continue;
		probes[asked] = (struct probe){ .v = &v[i], .index = i, .q = q, .several = n > 1 };
		start_probe(&probes[asked]);
		ask[i] = v[i].busy;
		busy += v[i].busy;
		if (probes[asked].fd >= 0)
			asked++;
	}
	await_probes(probes, asked, until);
	for (size_t i = 0; i < asked; i++)
		end_probe(&probes[i]);
	return busy;
}

void vm_ask(struct vm_status *v, size_t n, const struct vm_questions *q, deadline_t until)
{
	struct probe *probes = calloc(n ? n : 1, sizeof(*probes));
	bool *ask = calloc(n ? n : 1, sizeof(*ask));

	for (size_t i = 0; i < n; i++) {
		bool open = look(&v[i]);

		if (ask)
			ask[i] = open;
	}
	/* a status can do without the answer of one that is busy; numbers cannot */
	while (probes && ask && ask_round(v, n, q, probes, ask, until) && q && !deadline_passed(until))
		(void)loop_poll(NULL, 0, deadline_min(until, deadline_in(RETRY_MS)));
	free(probes);
	free(ask);
	err_clear();	/* what was wrong stands in the statuses */
}

void vm_query(struct vm_status *v, size_t n, deadline_t until)
{
	vm_ask(v, n, NULL, until);
}

int status_exit_code(const struct vm_status *v)
{
	switch (v->state) {
	case VMS_RUNNING:
	case VMS_PAUSED:
	case VMS_STARTING:
		return EXIT_OK;
	case VMS_UNRESPONSIVE:
		return EXIT_DEADLINE;
	default:
		return EXIT_NOT_RUNNING;
	}
}
