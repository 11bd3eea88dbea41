/* SPDX-License-Identifier: MIT */
/* events.jsonl: what happened, one JSON object a line, in QMP's own form. */
#include <vm/vm.h>

#include <stdio.h>
#include <string.h>

void journal_event(struct vm *vm, const struct qmp_event *e)
{
	const struct json *j = e->json;
	char line[4096];
	struct buf b = BUF_FIXED(line);
	size_t len = j->len;

	while (len && (j->text[len - 1] == '\n' || j->text[len - 1] == '\r'))
		len--;
	/* one write a line, so that a reader never sees half of one; a giant is named, not kept */
	if (len + 1 < sizeof(line))
		buf_add(&b, j->text, len);
	else
		buf_addf(&b, "{\"timestamp\": {\"seconds\": %lld, \"microseconds\": %lld}, \"event\": \"%s\", "
			 "\"data\": {\"husk-omitted-bytes\": %zu}}", (long long)e->seconds, (long long)e->micros, e->name, len);
	buf_addc(&b, '\n');
	rotlog_write(&vm->events, line, b.len);
}

void journal_own(struct vm *vm, const char *event, const char *data)
{
	char line[2048];
	struct buf b = BUF_FIXED(line);
	int64_t now = clock_wall_us();

	buf_addf(&b, "{\"timestamp\": {\"seconds\": %lld, \"microseconds\": %lld}, \"event\": \"%s\"%s%s}\n",
		 (long long)(now / 1000000), (long long)(now % 1000000), event, data ? ", \"data\": " : "", data ? data : "");
	if (!b.failed)
		rotlog_write(&vm->events, line, b.len);
}
