/* SPDX-License-Identifier: MIT */
/* One line of the journal, taken apart and shown; functions of the bytes alone. */
#ifndef VM_EVENT_H
#define VM_EVENT_H

#include <base/json.h>

struct buf;

struct event {
	char name[64];		/* as it came: sanitise before showing it */
	int64_t us;		/* wall clock, microseconds since 1970; 0: it has no proper time */
	int data;		/* its object, or -1 */
};

#define EVENT_TEXT_MAX 1024

/* event_parse - a line of events.jsonl; j holds it afterwards.  0, or recorded: it is no event. */
int event_parse(struct json *j, const char *line, size_t len, struct event *e);
/* event_add_data - " key=value" for each member, safe for a terminal, on one line, about EVENT_TEXT_MAX bytes at most. */
void event_add_data(struct buf *out, const struct json *j, const struct event *e);
/* event_type_len - bytes of a well-formed event type (letters, digits, _) at the start of s; 0: none, or over 63. */
size_t event_type_len(const char *s);

#endif
