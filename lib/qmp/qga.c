/* SPDX-License-Identifier: MIT */
/* The guest agent client. */
#include <qmp/qga.h>

#include <base/err.h>
#include <base/fd.h>
#include <errno.h>
#include <inttypes.h>
#include <qmp/wire.h>
#include <sys/random.h>

enum {
	SENTINEL = 0xff,
	SYNC_REPLY_MAX = 256,		/* {"return": N} and some white space; what is longer is something else */
	SYNC_TOKENS = 16,
};

static int lost(struct qga *g, const char *what, int err)
{
	struct qmp *q = &g->conn;

	wire_close(q);
	g->synced = false;
	if (err == -ECONNRESET || err == -EPIPE) {
		fail_exit(EXIT_FAILED, "%s: the guest agent's connection ended%s", what,
			  q->in.len > q->done ? " in the middle of a reply" : "");
		return -ECONNRESET;
	}
	if (err == -EMSGSIZE)
		return fail(-EPROTO, "%s: the guest agent sent a reply of more than %u MiB", what, QGA_LINE_MAX >> 20);
	return fail(err, "%s: guest agent", what);
}

static int send_command(struct qga *g, const char *command, const struct buf *line, deadline_t until)
{
	int64_t start = clock_us();
	int err;

	wire_trace("qga>", NULL, line->data + ((unsigned char)line->data[0] == SENTINEL),
		   line->len - 1 - ((unsigned char)line->data[0] == SENTINEL));
	err = wire_send(&g->conn, line->data, line->len, NULL, 0, until);
	if (err == -ETIMEDOUT) {
		wire_close(&g->conn);		/* half a command is out */
		g->synced = false;
		fail_exit(EXIT_DEADLINE, "%s: the guest agent did not read the command within %" PRId64 " ms", command,
			  wire_granted_ms(start, until));
		return err;
	}
	return err < 0 ? lost(g, command, err) : 0;
}

/* Stale replies must not match, nothing else is asked of it; 48 bits are exact in every agent's number type. */
static uint64_t new_sync_id(void)
{
	uint64_t id;

	if (getrandom(&id, sizeof(id), GRND_NONBLOCK) != (ssize_t)sizeof(id))
		id = (uint64_t)clock_us();
	return (id & ((UINT64_C(1) << 48) - 1)) | 1;
}

int qga_parse_sync(const char *buf, size_t len, uint64_t id, size_t *used)
{
	const char *p = buf, *end = buf + len, *start, *nl;
	jsmntok_t tokens[SYNC_TOKENS];
	uint64_t got;

	while (p < end && (start = memchr(p, SENTINEL, (size_t)(end - p))) != NULL) {
		struct json j = JSON_FIXED(tokens);
		size_t n, span = (size_t)(end - start);

		nl = memchr(start, '\n', span < SYNC_REPLY_MAX ? span : SYNC_REPLY_MAX);
		if (!nl && span < SYNC_REPLY_MAX) {
			*used = (size_t)(start - buf);
			return 0;
		}
		/* another sentinel before the end of the line starts anew */
		p = start + 1;
		if (!nl || memchr(p, SENTINEL, (size_t)(nl - p)))
			continue;
		/* counted first, so that a stale line records no error */
		if (json_count(p, (size_t)(nl - p), &n, NULL, NULL) == 0 && n <= SYNC_TOKENS &&
		    json_parse(&j, p, (size_t)(nl - p)) == 0 && json_uint(&j, json_get(&j, 0, "return"), &got) &&
		    got == id) {
			*used = (size_t)(nl + 1 - buf);
			return 1;
		}
	}
	*used = len;
	return 0;
}

static int wait_sync(struct qga *g, uint64_t id, int64_t start, deadline_t until)
{
	struct qmp *q = &g->conn;
	int got = 1;

	do {
		size_t left = q->in.len - q->done, used = 0;

		if (left && qga_parse_sync(q->in.data + q->done, left, id, &used)) {
			wire_trace("qga<", NULL, "synced", 6);
			q->done += used;
			q->scanned = q->done;
			g->synced = true;
			return 0;
		}
		q->done += used;
		q->scanned = q->done;
		got = wire_fill(q, QGA_LINE_MAX, until);
		if (got < 0)
			return lost(g, "guest-sync-delimited", got);
	} while (got > 0 && !deadline_passed(until));
	fail_exit(EXIT_DEADLINE, "no answer from the guest agent within %" PRId64
		  " ms: it does not run, or another client holds its port", wire_granted_ms(start, until));
	return -ETIMEDOUT;
}

static int resync(struct qga *g, deadline_t until)
{
	int64_t start = clock_us();
	char space[128], args[64];
	struct buf line = BUF_FIXED(space);
	uint64_t id = new_sync_id();
	int err;

	g->synced = false;
	snprintf(args, sizeof(args), "{\"id\":%" PRIu64 "}", id);
	buf_addc(&line, (char)SENTINEL);
	err = wire_command(&line, "guest-sync-delimited", args, NULL);
	if (err == 0)
		err = send_command(g, "guest-sync-delimited", &line, until);
	return err < 0 ? err : wait_sync(g, id, start, until);
}

int qga_open(struct qga *g, int fd, deadline_t until)
{
	struct qmp *q = &g->conn;
	int err;

	fd_close(&q->fd);
	q->fd = fd;
	q->eof = false;
	q->done = q->scanned = 0;
	buf_clear(&q->in);
	g->synced = false;
	err = fd_nonblock(fd);
	if (err < 0)
		return lost(g, "connect", err);
	err = resync(g, until);
	if (err < 0)
		wire_close(q);
	return err;
}

/* 1: a reply in msg; 0: deadline; or a negative errno, recorded and disconnected. */
static int read_reply(struct qga *g, const char *command, struct qmp_msg *msg, deadline_t until)
{
	struct qmp *q = &g->conn;
	const char *line;
	size_t len;
	int got;

	for (;;) {
		got = wire_line(q, QGA_LINE_MAX, &line, &len, g->gone ? deadline_min(until, deadline_in(QGA_LOOK_MS)) : until);
		if (got != 0 || deadline_passed(until))
			break;
		if (g->gone && g->gone(g->ctx)) {
			wire_close(q);
			g->synced = false;
			fail_exit(EXIT_FAILED, "%s: the guest agent has gone without an answer", command);
			return -ECONNRESET;
		}
	}
	if (got == 0)
		return 0;
	if (got < 0)
		return lost(g, command, got);
	got = qmp_parse_line(&q->json, line, len, msg);
	wire_trace("qga<", got < 0 ? NULL : &q->json, line, len);
	if (got == 0 && msg->kind != QMP_RETURN && msg->kind != QMP_ERROR)
		got = fail(-EPROTO, "something that is no reply");
	if (got == 0)
		return 1;
	wire_close(q);
	g->synced = false;
	return err_prefix(got, "%s: the guest agent broke the protocol", command);
}

/* Sync where needed, then send. */
static int start_command(struct qga *g, const char *command, const char *args, deadline_t until)
{
	struct buf line autobuf = BUF_INIT;
	int err;

	if (g->conn.fd < 0) {
		fail_exit(EXIT_FAILED, "%s: there is no connection to the guest agent any more", command);
		return -ENOTCONN;
	}
	err = wire_command(&line, command, args, NULL);
	if (err < 0)
		return err;
	if (g->conn.in.len > g->conn.done)
		g->synced = false;		/* said unasked: it must not pass for the reply */
	if (!g->synced)
		err = resync(g, until);
	if (err < 0)
		return err_prefix(err, "%s", command);
	return send_command(g, command, &line, until);
}

static int remote_error(struct qga *g, const char *command, int v, struct qmp_error *error)
{
	struct qmp_error own;

	if (!error)
		error = &own;
	qmp_parse_error(&g->conn.json, v, error);
	fail_exit(EXIT_FAILED, "%s: %s", command, error->desc);
	return -EREMOTEIO;
}

int qga_execute(struct qga *g, const char *command, const char *args, struct qmp_error *error, deadline_t until)
{
	int64_t start = clock_us();
	struct qmp_msg msg = { .kind = QMP_BAD };
	int got = start_command(g, command, args, until);

	if (got < 0)
		return got;
	got = read_reply(g, command, &msg, until);
	if (got < 0)
		return got;
	if (got == 0) {
		g->synced = false;
		fail_exit(EXIT_DEADLINE, "%s: the guest agent did not answer within %" PRId64 " ms", command,
			  wire_granted_ms(start, until));
		return -ETIMEDOUT;
	}
	return msg.kind == QMP_RETURN ? 0 : remote_error(g, command, msg.value, error);
}

int qga_send_only(struct qga *g, const char *command, const char *args, struct qmp_error *error, int64_t grace_ms,
		  deadline_t until)
{
	struct qmp_msg msg = { .kind = QMP_BAD };
	int got = start_command(g, command, args, until);

	if (got < 0)
		return got;
	got = read_reply(g, command, &msg, deadline_min(until, deadline_in(grace_ms)));
	if (got == -ECONNRESET) {
		err_clear();
		return 0;
	}
	if (got < 0)
		return got;
	if (got > 0)
		return msg.kind == QMP_RETURN ? 0 : remote_error(g, command, msg.value, error);
	g->synced = false;
	return 0;
}

int qga_return(const struct qga *g)
{
	return json_get(&g->conn.json, 0, "return");
}

void qga_close(struct qga *g)
{
	qmp_close(&g->conn);
	g->synced = false;
}
