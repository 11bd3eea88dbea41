/* SPDX-License-Identifier: MIT */
/* Fuzz: any bytes as what an agent answers to a sync; the first byte says how the stream is cut in two. */
#include <qmp/qga.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An own copy: a sanitizer sees what is read beyond. */
static int parse(const char *text, size_t len, size_t *used)
{
	char *copy = malloc(len ? len : 1);
	int rc;

	if (!copy)
		abort();
	memcpy(copy, text, len);
	rc = qga_parse_sync(copy, len, 7, used);
	if (*used > len || (rc == 1 && copy[*used - 1] != '\n') || (rc == 0 && *used < len && copy[*used] != '\xff'))
		abort();
	free(copy);
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;
	size_t used, cut, whole;
	int rc;

	if (!size)
		return 0;
	size--;
	rc = parse(text, size, &whole);
	cut = data[0] < size ? data[0] : size;
	/* what comes in two pieces is understood as what comes in one */
	if (parse(text, cut, &used) == 1) {
		if (rc != 1 || used != whole)
			abort();
		return 0;
	}
	text += used;
	size -= used;
	whole -= used;
	if (parse(text, size, &used) != rc || used != whole)
		abort();
	return 0;
}
