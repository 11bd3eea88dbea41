/* SPDX-License-Identifier: MIT */
/* The QMP client. */
#include <qmp/qmp.h>

#include <base/err.h>
#include <base/fd.h>
#include <errno.h>
#include <inttypes.h>
#include <qmp/wire.h>

/* The connection is of no more use: say why, disconnect. */
static int lost(struct qmp *q, const char *what, int err)
{
	wire_close(q);
	if (err == -ECONNRESET || err == -EPIPE) {
		fail_exit(EXIT_FAILED, "%s: QEMU closed the connection%s", what,
			  q->in.len > q->done ? " in the middle of a line" : "");
		return -ECONNRESET;
	}
	if (err == -EMSGSIZE)
		return fail(-EPROTO, "%s: QEMU sent a line of more than %zu KiB", what,
			    (q->in.fixed ? q->in.cap : QMP_LINE_MAX) >> 10);
	return fail(err, "%s: monitor", what);
}

static int not_connected(const char *what)
{
	fail_exit(EXIT_FAILED, "%s: there is no connection to QEMU any more", what);
	return -ENOTCONN;
}

static int broken(struct qmp *q, const char *what, int err)
{
	wire_close(q);
	return err_prefix(err, "%s: QEMU broke the protocol", what);
}

/* Parse what was read, hand events out.  1, or a negative errno, recorded and disconnected. */
static int take_line(struct qmp *q, const char *what, const char *line, size_t len, struct qmp_msg *msg)
{
	int err = qmp_parse_line(&q->json, line, len, msg);

	wire_trace("qmp<", err < 0 ? NULL : &q->json, line, len);
	if (err < 0)
		return broken(q, what, err);
	if (msg->kind == QMP_EVENT && q->on_event) {
		struct qmp_event event = { .name = msg->event, .seconds = msg->seconds, .micros = msg->micros,
					   .json = &q->json, .data = msg->value };

		q->on_event(q->ctx, &event);
	}
	return 1;
}

/* 1, 0 at the deadline, or a negative errno, recorded and disconnected. */
static int read_msg(struct qmp *q, const char *what, struct qmp_msg *msg, deadline_t until)
{
	const char *line;
	size_t len;
	int got = wire_line(q, QMP_LINE_MAX, &line, &len, until);

	if (got == 0)
		return 0;
	return got < 0 ? lost(q, what, got) : take_line(q, what, line, len, msg);
}

int qmp_open(struct qmp *q, int fd, deadline_t until)
{
	int64_t start = clock_us();
	struct qmp_msg msg = { .kind = QMP_BAD };
	int err;

	fd_close(&q->fd);
	q->fd = fd;
	q->eof = false;
	q->done = q->scanned = 0;
	q->next_id = 1;
	buf_clear(&q->in);
	err = fd_nonblock(fd);
	if (err < 0)
		return lost(q, "monitor", err);
	err = read_msg(q, "monitor greeting", &msg, until);
	if (err == 0) {
		wire_close(q);
		fail_exit(EXIT_DEADLINE,
			  "no greeting within %" PRId64 " ms: another client holds this monitor, or QEMU is stuck",
			  wire_granted_ms(start, until));
		return -ETIMEDOUT;
	}
	if (err < 0)
		return err;
	if (msg.kind != QMP_GREETING)
		return broken(q, "monitor greeting", fail(-EPROTO, "something else"));
	err = qmp_execute(q, "qmp_capabilities", NULL, NULL, until);
	if (err < 0)
		wire_close(q);
	return err;
}

/* Is this the reply to id?  1, 0: not yet, or a negative errno, recorded and disconnected. */
static int is_reply(struct qmp *q, const char *what, const struct qmp_msg *msg, uint64_t id)
{
	if (msg->kind == QMP_EVENT)
		return 0;
	if (msg->kind == QMP_GREETING)
		return broken(q, what, fail(-EPROTO, "a second greeting"));
	/* QEMU leaves the id out where it could not make out the command */
	if (!msg->has_id && msg->kind == QMP_ERROR && id)
		return 1;
	if (!msg->has_id)
		return broken(q, what, fail(-EPROTO, "a reply without id"));
	if (msg->id == id)
		return 1;
	if (msg->id >= q->next_id || msg->id == 0)
		return broken(q, what, fail(-EPROTO, "a reply to a command that was never sent"));
	return 0;				/* late: its command has met its deadline */
}

static int remote_error(struct qmp *q, const char *command, int v, struct qmp_error *error)
{
	struct qmp_error own;

	if (!error)
		error = &own;
	qmp_parse_error(&q->json, v, error);
	fail_exit(EXIT_FAILED, "%s: %s", command, error->desc);
	return -EREMOTEIO;
}

static int wait_reply(struct qmp *q, const char *command, uint64_t id, struct qmp_error *error, int64_t start,
		      deadline_t until)
{
	struct qmp_msg msg = { .kind = QMP_BAD };
	int got;

	do {
		got = read_msg(q, command, &msg, until);
		if (got < 0)
			return got;
		if (got > 0) {
			int reply = is_reply(q, command, &msg, id);

			if (reply < 0)
				return reply;
			if (reply)
				return msg.kind == QMP_RETURN ? 0 : remote_error(q, command, msg.value, error);
		}
	} while (got > 0 && !deadline_passed(until));	/* a flood of events does not extend the deadline */
	fail_exit(EXIT_DEADLINE, "%s: QEMU did not answer within %" PRId64 " ms", command, wire_granted_ms(start, until));
	return -ETIMEDOUT;
}

int qmp_execute_fds(struct qmp *q, const char *command, const char *args, const int *fds, size_t nfds,
		    struct qmp_error *error, deadline_t until)
{
	int64_t start = clock_us();
	char space[1024];
	struct buf line autobuf = BUF_FIXED(space);
	uint64_t id;
	int err;

	if (q->fd < 0)
		return not_connected(command);
	if (args && strlen(args) >= 512)
		line = (struct buf)BUF_INIT;
	id = q->next_id;
	err = wire_command(&line, command, args, &id);
	if (err < 0)
		return err;
	q->next_id++;
	wire_trace("qmp>", NULL, line.data, line.len - 1);
	err = wire_send(q, line.data, line.len, fds, nfds, until);
	if (err == -ETIMEDOUT) {
		wire_close(q);			/* half a command is out: nothing more can be said here */
		fail_exit(EXIT_DEADLINE, "%s: QEMU did not read the command within %" PRId64 " ms", command,
			  wire_granted_ms(start, until));
		return err;
	}
	if (err == -E2BIG)
		return fail(err, "%s: %zu descriptors", command, nfds);
	/* after -EPIPE, what QEMU said before it went (SHUTDOWN) is still to be read; then comes the end */
	if (err < 0 && err != -EPIPE)
		return lost(q, command, err);
	return wait_reply(q, command, id, error, start, until);
}

int qmp_execute(struct qmp *q, const char *command, const char *args, struct qmp_error *error, deadline_t until)
{
	return qmp_execute_fds(q, command, args, NULL, 0, error, until);
}

int qmp_return(const struct qmp *q)
{
	return json_get(&q->json, 0, "return");
}

/* Everything that has been read: the number of events, or a negative errno, recorded and disconnected. */
static int deliver(struct qmp *q)
{
	struct qmp_msg msg = { .kind = QMP_BAD };
	const char *line;
	size_t len;
	int err, n = 0;

	while (wire_next(q, &line, &len)) {
		err = take_line(q, "events", line, len, &msg);
		if (err > 0 && msg.kind != QMP_EVENT)
			err = is_reply(q, "events", &msg, 0);
		if (err < 0)
			return err;
		n += msg.kind == QMP_EVENT;
	}
	return n;
}

int qmp_wait_event(struct qmp *q, deadline_t until)
{
	if (q->fd < 0)
		return not_connected("events");
	for (bool late = false;; late = deadline_passed(until)) {
		int n = deliver(q), got;

		if (n)
			return n < 0 ? n : 1;
		if (late)
			return 0;
		got = wire_fill(q, QMP_LINE_MAX, until);
		if (got == 0)
			return 0;
		if (got == -ECONNRESET && q->eof) {
			wire_close(q);
			return got;
		}
		if (got < 0)
			return lost(q, "events", got);
	}
}

void qmp_close(struct qmp *q)
{
	wire_close(q);
	json_free(&q->json);
	buf_free(&q->in);
	q->done = q->scanned = 0;
}
