/* SPDX-License-Identifier: MIT */
/* Fuzz: any bytes as one QMP line, its error text, and its line in the trace. */
#include <qmp/qmp.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *line = (const char *)data;
	struct json j = JSON_INIT, masked = JSON_INIT;
	struct buf out = BUF_INIT;
	struct qmp_error error;
	struct qmp_msg msg;
	int rc = qmp_parse_line(&j, line, size, &msg);

	if (rc == 0 && (msg.kind == QMP_BAD || msg.value >= j.ntok || memchr(msg.event, 0, sizeof(msg.event)) == NULL))
		abort();
	if (rc == 0 && msg.kind == QMP_ERROR) {
		qmp_parse_error(&j, msg.value, &error);
		for (const char *p = error.desc; *p; p++)
			if ((unsigned char)*p < 0x20 || *p == 0x7f)
				abort();
	}
	if (j.ntok) {
		qmp_mask(&j, &out, 100);
		if (out.len > 100 + 5)
			abort();
		buf_clear(&out);
		qmp_mask(&j, &out, 4 * size + 100);
		if (json_parse(&masked, out.data, out.len) < 0)
			abort();
	}
	json_free(&j);
	json_free(&masked);
	buf_free(&out);
	return 0;
}
