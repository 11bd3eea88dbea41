/* SPDX-License-Identifier: MIT */
/* Fuzz: any JSON as what an agent returns, read as each thing that husk reads; and any bytes as base64. */
#include <base/base64.h>
#include <base/buf.h>
#include <base/err.h>
#include <qmp/qga_cmd.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What decodes is what it was made from: there is one text for each sequence of bytes. */
static void decode(const char *text, size_t len)
{
	char *out = malloc(len ? len : 1);
	struct buf again = BUF_INIT;
	ssize_t n;

	if (!out)
		abort();
	n = base64_decode(text, len, out);
	if (n >= 0) {
		base64_add(&again, out, (size_t)n);
		if (again.len != len || (len && memcmp(again.data, text, len) != 0))
			abort();
	}
	buf_free(&again);
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json j autojson = JSON_INIT;
	struct buf bytes autobuf = BUF_INIT;
	struct qga_addresses all = QGA_ADDRESSES(&j, 0);
	struct qga_exec_status s;
	struct qga_address one;
	char *text = malloc(size ? size : 1);
	size_t count = 0;

	if (!text)
		abort();
	memcpy(text, data, size);
	decode(text, size);
	if (json_parse(&j, text, size) == 0) {
		while (qga_next_address(&all, &one))
			if (++count > size || strlen(one.interface) >= sizeof(one.interface) || !one.address[0])
				abort();
		if (qga_parse_exec_status(&j, 0, &s) == 0 && s.exited) {
			if (qga_exec_exit(&s) < 0 || qga_exec_exit(&s) > 255)
				abort();
			(void)qga_bytes(&j, s.out, &bytes);
			(void)qga_bytes(&j, s.err, &bytes);
		}
		(void)qga_allows(&j, 0, "guest-exec");
	}
	free(text);
	return 0;
}
