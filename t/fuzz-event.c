/* SPDX-License-Identifier: MIT */
/* Fuzz: any bytes as a line of the journal, shown to people. */
#include <vm/event.h>

#include <base/buf.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autojson struct json j = JSON_INIT;
	autobuf struct buf out = BUF_INIT;
	struct event e;
	char *line = malloc(size ? size : 1);

	if (!line)
		abort();
	memcpy(line, data, size);
	if (event_parse(&j, line, size, &e) == 0) {
		if (!e.name[0] || strlen(e.name) >= sizeof(e.name) || e.us < 0)
			abort();
		event_add_data(&out, &j, &e);
		/* an escaped byte takes four, and the last value may be cut right behind the bound */
		if (out.len > 5 * EVENT_TEXT_MAX)
			abort();
		for (size_t i = 0; i < out.len; i++)
			if ((unsigned char)out.data[i] < 0x20 || out.data[i] == 0x7f)
				abort();
		(void)event_type_len(e.name);
	}
	free(line);
	return 0;
}
