/* SPDX-License-Identifier: MIT */
/* A guest agent client: what the guest says is hostile, late or missing, and only a sync tells which reply is whose. */
#ifndef QMP_QGA_H
#define QMP_QGA_H

#include <qmp/qmp.h>

/*
 * How it works: QEMU hands the bytes on whether an agent listens or not, and an agent that starts later runs what was
 * written for its predecessor.  So nothing is believed before guest-sync-delimited: husk sends 0xFF (no valid UTF-8:
 * the agent drops what it has read so far) and a random id, ignores everything up to an 0xFF of the agent, and takes
 * only the reply with that very id (docs/interop/qemu-ga-ref, guest-sync-delimited).  After a timeout a reply may still
 * come, so the next command syncs again.  Replies carry no id; a broken one disconnects.
 * A command that met its deadline may still be executed by the guest later.
 */
#define QGA_LINE_MAX (48u << 20)	/* guest-exec-status: two streams of 16 MiB (qga/commands.c) in base64 */

struct qga {
	struct qmp conn;		/* the same lines under other rules; conn.json holds the reply's tokens */
	bool synced;
	/*
	 * The port's state, asked every QGA_LOOK_MS while a reply is awaited, or NULL: nothing on this connection tells
	 * that the agent was killed.  True: it has gone.
	 */
	bool (*gone)(void *ctx);
	void *ctx;
};
#define QGA_LOOK_MS 1000

#define QGA_INIT { .conn = QMP_INIT }
#define autoqga __attribute__((cleanup(qga_close)))

/*
 * qga_open - take over a connected socket (closed on failure too) and sync.
 * 0, or recorded: -ETIMEDOUT (EXIT_DEADLINE: no agent runs in the guest, or another client holds its port),
 * -ECONNRESET, -EPROTO.
 */
int qga_open(struct qga *g, int fd, deadline_t until);
/*
 * qga_execute - run one command and wait for its reply; syncs first where the last one got none.
 * Arguments and results as for qmp_execute(): 0, -EREMOTEIO ("COMMAND: desc" of the agent), -ETIMEDOUT, -ECONNRESET,
 * -EPROTO, -E2BIG, -ENOMEM, -ENOTCONN, -EINVAL, all recorded.
 */
int qga_execute(struct qga *g, const char *command, const char *args, struct qmp_error *error, deadline_t until);
/*
 * qga_send_only - run a command that is not answered where it succeeds (guest-shutdown, guest-suspend-*).
 * @grace_ms: how long an error reply is waited for after the command was sent; at most until the deadline
 * 0: sent, and no error came: the connection ended, an empty return came, or nothing within the grace;
 * failures as for qga_execute().
 */
int qga_send_only(struct qga *g, const char *command, const char *args, struct qmp_error *error, int64_t grace_ms,
		  deadline_t until);
/* qga_return - the "return" value of the last successful qga_execute(), a token of g->conn.json, or -1. */
int qga_return(const struct qga *g);
void qga_close(struct qga *g);

/*
 * qga_parse_sync - look for the reply to guest-sync-delimited (no I/O, fuzzed).
 * @used: bytes that are of no more use, the reply included
 * 1: it is there; 0: not yet, read more and call again with the bytes behind *used.
 */
int qga_parse_sync(const char *buf, size_t len, uint64_t id, size_t *used);

#endif
