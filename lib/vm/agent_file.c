/* SPDX-License-Identifier: MIT */
/* Files of the guest, through guest-file-*: any size, piece by piece, compared afterwards. */
#include <vm/agent.h>

#include <base/base64.h>
#include <base/err.h>
#include <base/fd.h>
#include <base/sha256.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define PIECE (1u << 18)	/* all of it stands in one line; more at once is no faster */
#define STEP_MS 60000
#define CLOSE_MS 10000
#define LOOK_MS 200		/* so often a signal is noticed while the host's pipe is silent */

const char *const agent_check_names[CHECK_COUNT] = { "none", "size", "sha256" };

static deadline_t step(deadline_t until)
{
	return deadline_min(until, deadline_in(STEP_MS));
}

/* The handle, or recorded. */
static int64_t open_file(struct agent *a, const char *path, const char *mode, deadline_t until)
{
	autobuf struct buf args = BUF_INIT;
	struct json_out o = JSON_OUT(&args);
	int64_t handle;
	int rc;

	json_open(&o, NULL, '{');
	json_put_str(&o, "path", path);
	json_put_str(&o, "mode", mode);
	json_close(&o, '}');
	rc = agent_execute(a, "guest-file-open", buf_str(&args), step(until));
	if (rc < 0)
		return rc;
	if (!json_int(&a->qga.conn.json, agent_return(a), &handle) || handle < 0)
		return fail(-EPROTO, "guest-file-open: the guest agent says no handle");
	return handle;
}

/* A command about an open file; more: its other members, beginning with a comma. */
static int on_file(struct agent *a, const char *command, int64_t handle, const char *more, deadline_t until)
{
	autobuf struct buf args = BUF_INIT;

	buf_addf(&args, "{\"handle\": %" PRId64 "%s}", handle, more);
	return args.failed ? fail(-ENOMEM, "%s", command) : agent_execute(a, command, buf_str(&args), step(until));
}

/* Whatever became of the copy: the agent keeps a handle until it ends.  What failed before stays on record. */
static int close_file(struct agent *a, int64_t handle, int rc)
{
	struct err_kept kept;
	int closed;

	err_keep(&kept);
	closed = a->qga.conn.fd < 0 ? agent_reconnect(a, deadline_in(CLOSE_MS)) : 0;
	if (closed >= 0)
		closed = on_file(a, "guest-file-close", handle, "", deadline_in(CLOSE_MS));
	if (rc < 0)
		err_set(kept.code, kept.text);
	return rc < 0 ? rc : closed;
}

static int interrupted(const struct agent_copy *c)
{
	if (!c->stop || !*c->stop)
		return 0;
	fail_exit(128 + *c->stop, "%s: interrupted", c->guest);
	return -EINTR;
}

static int check_deadline(const struct agent_copy *c, deadline_t until)
{
	if (!deadline_passed(until))
		return interrupted(c);
	fail_exit(EXIT_DEADLINE, "%s: the deadline passed after %" PRIu64 " bytes", c->guest, c->bytes);
	return -ETIMEDOUT;
}

/* ---- compare ---- */

/* 1: the guest's sha256sum says this digest; 0: another; -1: it cannot be had, nothing recorded. */
static int compare_digest(struct agent *a, const struct agent_copy *c, deadline_t until)
{
	const char *const argv[] = { "sha256sum", "--", c->guest };
	struct qga_exec e = { .argv = argv, .argc = 3 };
	autobuf struct buf out = BUF_INIT;
	struct qga_exec_status s;
	int64_t pid = agent_exec_start(a, &e, until);
	const char *digest;
	int rc = pid < 0 ? (int)pid : agent_exec_wait(a, pid, &s, c->stop, until);

	if (rc >= 0)
		rc = (int)qga_bytes(&a->qga.conn.json, s.out, &out);
	if (rc < 0 || qga_exec_exit(&s) != 0)
		return -1;
	digest = buf_str(&out);
	digest += *digest == '\\';	/* a file name that is quoted */
	if (strspn(digest, "0123456789abcdef") != SHA256_HEX - 1)
		return -1;
	return strncmp(digest, c->sha256, SHA256_HEX - 1) == 0;
}

/* The same by size, which is where the file ends. */
static int compare_size(struct agent *a, const struct agent_copy *c, deadline_t until)
{
	int64_t handle = open_file(a, c->guest, "r", until), size = -1;
	int rc;

	if (handle < 0)
		return -1;
	rc = on_file(a, "guest-file-seek", handle, ", \"offset\": 0, \"whence\": \"end\"", until);
	if (rc >= 0)
		size = json_int_or(&a->qga.conn.json, json_get(&a->qga.conn.json, agent_return(a), "position"), -1);
	if (close_file(a, handle, rc) < 0 || size < 0)
		return -1;
	return (uint64_t)size == c->bytes;
}

static int compare(struct agent *a, struct agent_copy *c, deadline_t until)
{
	int same;

	c->check = CHECK_NONE;
	if (c->unchecked)
		return 0;
	same = compare_digest(a, c, until);
	c->check = CHECK_SHA256;
	if (same < 0 && check_deadline(c, until) == 0) {
		if (a->lock < 0 && agent_open(a, a->dir, a->doing, until) < 0)
			return -EIO;
		same = compare_size(a, c, until);
		c->check = same < 0 ? CHECK_NONE : CHECK_SIZE;
	}
	if (check_deadline(c, until) < 0)
		return -EINTR;
	err_clear();
	if (same == 0)
		return fail_exit(EXIT_FAILED, "%s: %s: the copy differs from the guest's file by its %s", a->dir->name, c->guest,
				 agent_check_names[c->check]);
	return 0;
}

/* ---- copy ---- */

/* 1: more follows; 0: that was the end; or recorded. */
static int get_piece(struct agent *a, struct agent_copy *c, int64_t handle, struct sha256 *sum, struct buf *data, deadline_t until)
{
	const struct json *j = &a->qga.conn.json;
	char more[32];
	ssize_t n;
	int rc, v;

	snprintf(more, sizeof(more), ", \"count\": %u", PIECE);
	rc = on_file(a, "guest-file-read", handle, more, until);
	if (rc < 0)
		return rc;
	buf_clear(data);
	v = agent_return(a);
	n = qga_bytes(j, json_get(j, v, "buf-b64"), data);
	if (n < 0)
		return err_prefix((int)n, "guest-file-read");
	rc = json_bool(j, json_get(j, v, "eof")) != 1;
	if (n > PIECE || json_int_or(j, json_get(j, v, "count"), -1) != n || (n == 0 && rc))
		return fail(-EPROTO, "guest-file-read: the guest agent sent %zd bytes, which is not what it says", n);
	sha256_add(sum, buf_str(data), (size_t)n);
	c->bytes += (uint64_t)n;
	v = fd_write_all(c->fd, buf_str(data), (size_t)n);
	return v < 0 ? fail(v, "write to %s", c->host) : rc;
}

int agent_get(struct agent *a, struct agent_copy *c, deadline_t until)
{
	autobuf struct buf data = BUF_INIT;
	int64_t handle = open_file(a, c->guest, "r", until);
	struct sha256 sum;
	int rc;

	if (handle < 0)
		return err_prefix((int)handle, "%s: %s", a->dir->name, c->guest);
	sha256_init(&sum);
	do {
		rc = check_deadline(c, until);
		if (rc >= 0)
			rc = get_piece(a, c, handle, &sum, &data, until);
	} while (rc > 0);
	rc = close_file(a, handle, rc);
	sha256_end(&sum, c->sha256);
	return rc < 0 ? err_prefix(rc, "%s: %s", a->dir->name, c->guest) : compare(a, c, until);
}

static int put_piece(struct agent *a, int64_t handle, const char *data, size_t len, deadline_t until)
{
	while (len) {
		autobuf struct buf more = BUF_INIT;
		int64_t n;
		int rc;

		buf_adds(&more, ", \"buf-b64\": \"");
		base64_add(&more, data, len);
		buf_addc(&more, '"');
		rc = on_file(a, "guest-file-write", handle, buf_str(&more), until);
		if (rc < 0)
			return rc;
		n = json_int_or(&a->qga.conn.json, json_get(&a->qga.conn.json, agent_return(a), "count"), -1);
		if (n <= 0 || (uint64_t)n > len)
			return fail(-EPROTO, "guest-file-write: the guest agent took %" PRId64 " of %zu bytes", n, len);
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* A piece of the host's file, as full as can be: a pipe gives little at a time, and may give nothing for long. */
static ssize_t read_piece(const struct agent_copy *c, char *piece, deadline_t until)
{
	size_t have = 0;

	while (have < PIECE) {
		int rc = check_deadline(c, until);
		ssize_t n;

		if (rc < 0)
			return rc;
		if (loop_readable(c->fd, deadline_min(until, deadline_in(LOOK_MS))) == 0)
			continue;
		n = fd_read(c->fd, piece + have, PIECE - have);
		if (n < 0)
			return fail((int)n, "read %s", c->host);
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

int agent_put(struct agent *a, struct agent_copy *c, deadline_t until)
{
	autobuf struct buf piece = BUF_INIT;
	struct sha256 sum;
	int64_t handle;
	ssize_t n = 0;
	int rc;

	if (buf_reserve(&piece, PIECE) < 0)
		return fail(-ENOMEM, "%s", c->guest);
	handle = open_file(a, c->guest, "w", until);
	if (handle < 0)
		return err_prefix((int)handle, "%s: %s", a->dir->name, c->guest);
	sha256_init(&sum);
	do {
		n = read_piece(c, piece.data, until);
		rc = n > 0 ? put_piece(a, handle, piece.data, (size_t)n, until) : (int)n;
		if (rc < 0)
			break;
		sha256_add(&sum, piece.data, (size_t)n);
		c->bytes += (uint64_t)n;
	} while (n > 0);
	if (rc >= 0)
		rc = on_file(a, "guest-file-flush", handle, "", until);
	rc = close_file(a, handle, rc);
	sha256_end(&sum, c->sha256);
	return rc < 0 ? err_prefix(rc, "%s: %s", a->dir->name, c->guest) : compare(a, c, until);
}
