/* SPDX-License-Identifier: MIT */
/* Fuzzes what husk console does with a guest's bytes: old output made calm, the log's place, a text that is waited for. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <vm/console.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Only text and whole sequences that move, delete or colour. */
static bool is_calm(const unsigned char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] == 0x1b) {
			if (i + 1 >= len || s[++i] != '[')
				return false;
			for (i++; i < len && strchr("0123456789;:", s[i]) && s[i]; i++)
				;
			if (i >= len || !s[i] || !strchr("@ABCDEFGHJKLMPSXZ`adefm", s[i]))
				return false;
		} else if ((s[i] < 0x20 && (!s[i] || !strchr("\b\t\n\r", s[i]))) || s[i] == 0x7f) {
			return false;
		} else if (s[i] == 0xc2 && i + 1 < len && s[i + 1] < 0xa0) {
			return false;
		}
	}
	return true;
}

static void try_calm(const char *text, size_t size)
{
	autobuf struct buf once = BUF_INIT, twice = BUF_INIT;

	console_calm(&once, text, size);
	if (once.len > size || !is_calm((const unsigned char *)buf_str(&once), once.len))
		abort();
	console_calm(&twice, buf_str(&once), once.len);
	if (twice.len != once.len || memcmp(buf_str(&once), buf_str(&twice), once.len) != 0)
		abort();
}

/* In pieces it is found where it is found in one. */
static void try_find(const char *text, size_t size)
{
	size_t word = size ? (size_t)(unsigned char)text[0] % 8 + 1 : 1, step = size > 1 ? (size_t)(unsigned char)text[1] % 5 + 1 : 1;
	autobuf struct buf keep = BUF_INIT;
	const char *found;
	size_t at = 0;

	if (size < 2 + word)
		return;
	found = memmem(text + 2 + word, size - 2 - word, text + 2, word);
	for (size_t i = 2 + word; i < size && !at; i += step) {
		size_t n = size - i < step ? size - i : step;

		at = console_find(&keep, text + 2, word, text + i, n);
		if (at)
			at += i;
	}
	if (at != (found ? (size_t)(found - text) + word : 0))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* exactly as long as it is said to be, without a NUL behind it: a byte too far is seen */
	char *text = malloc(size ? size : 1), what[8];
	size_t before, half = size / 2;
	struct proc_id id;

	if (!text)
		return 0;
	if (size)
		memcpy(text, data, size);
	try_calm(text, size);
	try_find(text, size);
	for (int final = 0; final < 2; final++)
		if (console_align(text, half, text + half, size - half, final, &before) ? before > half : final)
			abort();
	if (console_holder(text, size, &id, what, sizeof(what)) == 0 && (id.pid <= 0 || strlen(what) >= sizeof(what)))
		abort();
	free(text);
	return 0;
}
