/* SPDX-License-Identifier: MIT */
/* One command out, one line in, never past a deadline: what QMP and the guest agent have in common. */
#ifndef QMP_WIRE_H
#define QMP_WIRE_H

#include <qmp/qmp.h>

/*
 * wire_command - append {"execute":...,"arguments":...,"id":...} and a newline to b.
 * @args: a JSON object as text, or NULL; @id: NULL for none
 * 0; recorded: -EINVAL when args are no JSON object, -ENOMEM.
 */
int wire_command(struct buf *b, const char *command, const char *args, const uint64_t *id);
/*
 * wire_send - all of data, the descriptors on its first byte.  Nothing is recorded.
 * 0; -ETIMEDOUT: the peer does not read; -EPIPE: the peer is gone, but what it said before can still be read;
 * -E2BIG: more than 16 descriptors; other negative errno.
 */
int wire_send(struct qmp *q, const char *data, size_t len, const int *fds, size_t nfds, deadline_t until);
/*
 * wire_fill - drop what was handed out and read once.  Nothing is recorded.
 * 1; 0: deadline; -ECONNRESET: the peer closed (q->eof: not in the middle of a line); -EMSGSIZE: max bytes are there
 * already, or the fixed buffer is full; other negative errno.
 */
int wire_fill(struct qmp *q, size_t max, deadline_t until);
/* wire_next - the next whole line (without its end) that has been read already; false when there is none. */
bool wire_next(struct qmp *q, const char **line, size_t *len);
/* wire_line - wire_next(), reading as needed: 1, or as wire_fill(). */
int wire_line(struct qmp *q, size_t max, const char **line, size_t *len, deadline_t until);
/* wire_trace - a line of JSON under --trace, secrets masked; j: its tokens, or NULL when there are none yet. */
void wire_trace(const char *stage, const struct json *j, const char *line, size_t len);
/* wire_granted_ms - the budget from then to the deadline as messages name it: milliseconds, rounded up to 10. */
int64_t wire_granted_ms(int64_t from_us, deadline_t until);
/* wire_close - disconnect; what was read last stays valid until qmp_close(). */
void wire_close(struct qmp *q);

#endif
