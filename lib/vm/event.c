/* SPDX-License-Identifier: MIT */
/* Lines of the journal: what QEMU said in them is hostile. */
#include <vm/event.h>

#include <base/buf.h>
#include <base/err.h>
#include <errno.h>
#include <qmp/qmp.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS_MAX INT64_C(253402300799)	/* the end of the year 9999 */

int event_parse(struct json *j, const char *line, size_t len, struct event *e)
{
	struct qmp_msg msg;
	int rc = qmp_parse_line(j, line, len, &msg);

	*e = (struct event){ .data = -1 };
	if (rc < 0)
		return rc;
	if (msg.kind != QMP_EVENT)
		return fail(-EPROTO, "no event");
	memcpy(e->name, msg.event, sizeof(e->name));
	e->data = msg.value;
	if (msg.seconds >= 0 && msg.seconds <= SECONDS_MAX && msg.micros >= 0 && msg.micros < 1000000)
		e->us = msg.seconds * 1000000 + msg.micros;
	return 0;
}

static void add_text(struct buf *out, const char *text, size_t len, size_t stop)
{
	if (out->len >= stop)
		return;
	if (len > stop - out->len) {
		buf_add_safe(out, text, stop - out->len);
		buf_adds(out, "...");
	} else {
		buf_add_safe(out, text, len);
	}
}

static void add_value(struct buf *out, const struct json *j, int v, size_t stop)
{
	size_t len;
	char *text = json_is_string(j, v) ? json_dup(j, v, &len) : NULL;
	const char *raw;

	/* quotes only where they tell something */
	if (text && len && !memchr(text, ' ', len) && !memchr(text, '=', len))
		add_text(out, text, len, stop);
	else if ((raw = json_raw(j, v, &len)))
		add_text(out, raw, len, stop);
	free(text);
}

void event_add_data(struct buf *out, const struct json *j, const struct event *e)
{
	size_t stop = out->len + EVENT_TEXT_MAX;
	int iter = 0, key, value;

	while (out->len < stop && json_next(j, e->data, &iter, &key, &value)) {
		buf_addc(out, ' ');
		add_value(out, j, key, stop);
		buf_addc(out, '=');
		add_value(out, j, value, stop);
	}
}

size_t event_type_len(const char *s)
{
	size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

	return n < sizeof(((struct event *)0)->name) ? n : 0;
}
