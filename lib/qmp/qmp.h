/* SPDX-License-Identifier: MIT */
/* A QMP client: bounded lines from a hostile peer, one command at a time, every wait under a deadline. */
#ifndef QMP_QMP_H
#define QMP_QMP_H

#include <base/buf.h>
#include <base/json.h>
#include <base/loop.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * How it works: qmp_open() takes a connected socket, waits for the greeting and negotiates.  qmp_execute()
 * sends one command with an id and reads lines until the reply with that id; events in between go to
 * on_event.  A line is at most QMP_LINE_MAX bytes of strict JSON; a peer that breaks that, or the protocol,
 * is disconnected: the error is recorded and every later call returns -ENOTCONN.  A reply that missed its deadline
 * is skipped when it comes later, so the connection stays usable.
 * QEMU talks to one client per monitor: a second connect(2) succeeds and hears nothing until the first one leaves.
 */
#define QMP_LINE_MAX (16u << 20)

struct qmp_event {
	const char *name;		/* "SHUTDOWN"; at most 63 bytes, longer names are a broken protocol */
	int64_t seconds, micros;	/* QEMU's timestamp; 0 when there is none */
	const struct json *json;	/* the whole line */
	int data;			/* its "data" member, or -1 */
};

/*
 * Who must not allocate sets in = BUF_FIXED(bytes) and json = JSON_FIXED(tokens) before qmp_open(); a line that does
 * not fit is then a broken protocol.  Commands without or with short arguments (under 512 bytes) allocate nothing.
 */
struct qmp {
	int fd;				/* owned, non-blocking; -1 when disconnected */
	struct buf in;
	struct json json;		/* of the line read last; a reply's values point into it */
	size_t done;			/* bytes of in that were handed out, dropped before the next read */
	size_t scanned;			/* bytes of in without an end of line */
	uint64_t next_id;
	void (*on_event)(void *ctx, const struct qmp_event *event);	/* must not call back into this connection */
	void *ctx;
	bool eof;			/* the peer closed the connection, and not in the middle of a line */
};

#define QMP_INIT { .fd = -1 }
#define autoqmp __attribute__((cleanup(qmp_close)))

/* A QMP error reply: "GenericError", "CommandNotFound", "DeviceNotActive", ... */
struct qmp_error {
	char class[64];
	char desc[512];			/* cut where longer; sanitised for a terminal */
};

/*
 * qmp_open - take over a connected socket (closed on failure too), read the greeting and negotiate.
 * 0, or recorded: -ETIMEDOUT (EXIT_DEADLINE: no greeting: another client has the monitor, or QEMU is stuck),
 * -ECONNRESET (QEMU ended), -EPROTO, -E2BIG or -ENOMEM (a line with too many values).
 */
int qmp_open(struct qmp *q, int fd, deadline_t until);
/*
 * qmp_execute - run one command and wait for its reply.
 * @args: a JSON object as text, or NULL for none
 * @error: receives class and text of a QMP error reply; may be NULL
 * On success 0; the "return" value is token qmp_return(q) of q->json, valid until the next call.
 * Recorded failures: -EREMOTEIO: QMP error reply, "COMMAND: desc"; -ETIMEDOUT (EXIT_DEADLINE; still connected, unless
 * the command itself could not be sent in time: then disconnected); -ECONNRESET (for "quit" with q->eof set that is
 * success); -EPROTO; -E2BIG, -ENOMEM; -ENOTCONN; -EINVAL: args are no JSON object.
 */
int qmp_execute(struct qmp *q, const char *command, const char *args, struct qmp_error *error, deadline_t until);
/* qmp_execute_fds - the same with up to 16 descriptors (still the caller's) on the sendmsg that carries the command. */
int qmp_execute_fds(struct qmp *q, const char *command, const char *args, const int *fds, size_t nfds,
		    struct qmp_error *error, deadline_t until);
/* qmp_return - the "return" value of the last successful qmp_execute(), a token of q->json, or -1. */
int qmp_return(const struct qmp *q);
/*
 * qmp_wait_event - read until at least one event was delivered: 1; 0 at the deadline; or a negative errno,
 * recorded, as for qmp_execute(), but for -ECONNRESET at the end in good order.
 * Delivers everything that was read, so poll(2) on q->fd misses nothing after it returned; with a deadline that has
 * passed it takes what is there without waiting.
 */
int qmp_wait_event(struct qmp *q, deadline_t until);
void qmp_close(struct qmp *q);

/* One line's parts, by a function without I/O (fuzzed).  kind of what the line is: */
enum qmp_kind { QMP_BAD, QMP_GREETING, QMP_RETURN, QMP_ERROR, QMP_EVENT };
struct qmp_msg {
	enum qmp_kind kind;
	bool has_id;
	uint64_t id;			/* only ids of the form husk sends are taken: unsigned integers */
	int value;			/* return's value, error object, event's data, greeting's QMP object; -1: none */
	char event[64];
	int64_t seconds, micros;
};
/*
 * qmp_parse_line - 0, or -EPROTO, -E2BIG, -ENOMEM recorded.  j holds the tokens afterwards.
 * A line is an object with exactly one of QMP, return, error and event; a member that comes twice is an error.
 */
int qmp_parse_line(struct json *j, const char *line, size_t len, struct qmp_msg *msg);
/* qmp_parse_error - class and desc of an error object, made safe for a terminal. */
void qmp_parse_error(const struct json *j, int v, struct qmp_error *error);
/*
 * qmp_mask - one line for the trace: secrets become "***", what is beyond max bytes is cut.
 * Secret are the values of members named password, passphrase, secret and key-secret, and of data in any line that
 * creates a secret object ("qom-type": "secret").
 */
void qmp_mask(const struct json *j, struct buf *out, size_t max);

#endif
