/* SPDX-License-Identifier: MIT */
/* How VMs are: files and /proc first, then all QEMUs at once under one deadline. */
#include <vm/vm.h>

#include <base/err.h>
#include <errno.h>
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

/* One question under way: qmp_capabilities and query-status in one write, the reply with id 2 is the answer. */
struct probe {
	struct vm_status *v;
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

static void start_probe(struct probe *p)
{
	static const char ask[] = "{\"execute\": \"qmp_capabilities\", \"id\": 1}\n{\"execute\": \"query-status\", \"id\": 2}\n";
	int rc;

	p->fd = -1;
	p->lock = control_lock(&p->v->dir, "lock", "status", 0);
	if (p->lock < 0) {
		p->v->busy = true;
		set_detail(p->v, "another husk command is speaking to it");
		return;
	}
	p->fd = fd_connect(p->v->dir.path, "control.sock");
	if (p->fd >= 0) {
		rc = send(p->fd, ask, sizeof(ask) - 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : fd_nonblock(p->fd);
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

/* The answer in one line, if it is one; true when the probe is done. */
static bool take_line(struct probe *p, const char *line, size_t len)
{
	autojson struct json j = JSON_INIT;
	struct qmp_msg msg;
	int status;

	if (qmp_parse_line(&j, line, len, &msg) < 0) {
		unresponsive(p->v, "QEMU's monitor speaks no QMP");
		return true;
	}
	if (msg.kind == QMP_ERROR) {
		unresponsive(p->v, "QEMU's monitor refuses to say its status");
		return true;
	}
	if (msg.kind != QMP_RETURN || !msg.has_id || msg.id != 2)
		return false;
	status = json_get(&j, msg.value, "status");
	if (json_str(&j, status, p->v->runstate, sizeof(p->v->runstate)) < 0) {
		unresponsive(p->v, "QEMU's monitor does not say its status");
		return true;
	}
	if (strcmp(p->v->runstate, "running")) {
		autobuf struct buf safe = BUF_INIT;

		p->v->state = VMS_PAUSED;
		buf_add_safe(&safe, p->v->runstate, strlen(p->v->runstate));
		set_detail(p->v, !strcmp(p->v->runstate, "paused") ? "" : buf_str(&safe));
	}
	return true;
}

static bool read_probe(struct probe *p)
{
	const char *end;
	ssize_t n;

	if (p->in.len > REPLY_MAX || buf_reserve(&p->in, 4096) < 0) {
		unresponsive(p->v, "QEMU's monitor floods");
		return true;
	}
	n = fd_recv(p->fd, p->in.data + p->in.len, 4096);
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

void vm_query(struct vm_status *v, size_t n, deadline_t until)
{
	struct probe *probes = calloc(n ? n : 1, sizeof(*probes));
	size_t asked = 0;

	for (size_t i = 0; i < n; i++) {
		if (!look(&v[i]) || !probes)
			continue;
		probes[asked] = (struct probe){ .v = &v[i] };
		start_probe(&probes[asked]);
		if (probes[asked].fd >= 0)
			asked++;
	}
	if (probes)
		await_probes(probes, asked, until);
	for (size_t i = 0; i < asked; i++)
		end_probe(&probes[i]);
	free(probes);
	err_clear();	/* what was wrong stands in the statuses */
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
