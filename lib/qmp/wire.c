/* SPDX-License-Identifier: MIT */
/* One command out, one line in, never past a deadline. */
#include <qmp/wire.h>

#include <base/err.h>
#include <base/fd.h>
#include <base/log.h>
#include <errno.h>
#include <sys/socket.h>

enum {
	CHUNK = 64 << 10,		/* read at once */
	IDLE_MAX = 1 << 20,		/* a buffer that grew beyond is given back when it is empty */
	FDS_MAX = 16,			/* as many as fd_send() takes; QEMU's own limit is 16 too (io/channel-socket.c) */
	TRACE_MAX = 3000,		/* bytes of a line that --trace shows */
};

int wire_command(struct buf *b, const char *command, const char *args, const uint64_t *id)
{
	struct json_out o = JSON_OUT(b);
	size_t at = 0, len = args ? strlen(args) : 0;
	const char *why;

	if (args) {
		if (json_check(args, len, &at, &why) < 0)
			return fail(-EINVAL, "%s: bad arguments at byte %zu: %s", command, at, why);
		if (args[strspn(args, " \t\r\n")] != '{')
			return fail(-EINVAL, "%s: arguments must be a JSON object", command);
	}
	json_open(&o, NULL, '{');
	json_put_str(&o, "execute", command);
	if (args)
		json_put_raw(&o, "arguments", args, len);
	if (id)
		json_put_uint(&o, "id", *id);
	json_close(&o, '}');
	buf_addc(b, '\n');
	return b->failed ? fail(-ENOMEM, "%s", command) : 0;
}

/* fd_send() would wait for ever on a peer that does not read. */
static ssize_t send_some(int fd, const char *data, size_t len, const int *fds, size_t nfds)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(FDS_MAX * sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = (void *)(uintptr_t)data, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if (nfds) {
		memset(&control, 0, sizeof(control));
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(&control.head), fds, nfds * sizeof(int));
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
	}
	do
		n = sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

int wire_send(struct qmp *q, const char *data, size_t len, const int *fds, size_t nfds, deadline_t until)
{
	struct pollfd p = { .fd = q->fd, .events = POLLOUT };

	if (nfds > FDS_MAX)
		return -E2BIG;
	while (len) {
		ssize_t n = send_some(q->fd, data, len, fds, nfds);
		int ready;

		if (n >= 0) {
			data += n;
			len -= (size_t)n;
			nfds = 0;
			continue;
		}
		if (n == -ECONNRESET)
			return -EPIPE;
		if (n != -EAGAIN)
			return (int)n;
		ready = loop_poll(&p, 1, until);
		if (ready <= 0)
			return ready ? ready : -ETIMEDOUT;
	}
	return 0;
}

/* Room for the next read: bytes, or a negative errno. */
static ssize_t make_room(struct qmp *q, size_t max)
{
	size_t room = CHUNK;

	if (q->done)
		buf_drop(&q->in, q->done);	/* not for nothing: it would move a long line onto itself, chunk after chunk */
	q->scanned = q->scanned > q->done ? q->scanned - q->done : 0;
	q->done = 0;
	if (!q->in.len && !q->in.fixed && q->in.cap > IDLE_MAX)
		buf_free(&q->in);
	if (q->in.len >= max)
		return -EMSGSIZE;
	if (room > max - q->in.len)
		room = max - q->in.len;
	if (q->in.fixed && room > q->in.cap - 1 - q->in.len)
		room = q->in.cap - 1 - q->in.len;
	if (!room)
		return -EMSGSIZE;
	return buf_reserve(&q->in, room) < 0 ? -ENOMEM : (ssize_t)room;
}

int wire_fill(struct qmp *q, size_t max, deadline_t until)
{
	ssize_t room = make_room(q, max), n;
	int ready;

	if (room < 0)
		return (int)room;
	for (;;) {
		n = fd_recv(q->fd, q->in.data + q->in.len, (size_t)room);
		if (n > 0)
			break;
		if (n == 0 || n == -ECONNRESET) {	/* the latter: it did not read all we sent */
			q->eof = q->in.len == 0;
			return -ECONNRESET;
		}
		if (n != -EAGAIN)
			return (int)n;
		ready = loop_readable(q->fd, until);
		if (ready <= 0)
			return ready;
	}
	q->in.len += (size_t)n;
	q->in.data[q->in.len] = '\0';
	return 1;
}

bool wire_next(struct qmp *q, const char **line, size_t *len)
{
	size_t from = q->scanned > q->done ? q->scanned : q->done;
	char *start, *end;

	if (q->in.len == from)
		return false;
	end = memchr(q->in.data + from, '\n', q->in.len - from);
	if (!end) {
		q->scanned = q->in.len;
		return false;
	}
	start = q->in.data + q->done;
	*line = start;
	*len = (size_t)(end - start);
	q->done = q->scanned = (size_t)(end + 1 - q->in.data);
	return true;
}

int wire_line(struct qmp *q, size_t max, const char **line, size_t *len, deadline_t until)
{
	while (!wire_next(q, line, len)) {
		int got = wire_fill(q, max, until);

		if (got <= 0)
			return got;
		/* a peer that sends byte after byte must not carry us past the deadline */
		if (deadline_passed(until))
			return wire_next(q, line, len);
	}
	return 1;
}

void wire_trace(const char *stage, const struct json *j, const char *line, size_t len)
{
	struct json own autojson = JSON_INIT;
	struct buf out autobuf = BUF_INIT;

	if (!log_tracing())
		return;
	if (!j && json_check(line, len, NULL, NULL) == 0 && json_parse(&own, line, len) == 0)
		j = &own;
	if (j)
		qmp_mask(j, &out, TRACE_MAX);
	else
		buf_add(&out, line, len < TRACE_MAX ? len : TRACE_MAX);
	if (len > TRACE_MAX)
		buf_addf(&out, " ... (%zu bytes)", len);
	trace(stage, "%s", buf_str(&out));
}

int64_t wire_granted_ms(int64_t from_us, deadline_t until)
{
	return until > from_us ? (until - from_us + 9999) / 10000 * 10 : 0;
}

void wire_close(struct qmp *q)
{
	fd_close(&q->fd);
}
