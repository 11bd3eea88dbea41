/* SPDX-License-Identifier: MIT */
/* Base64, strictly. */
#include <base/base64.h>

#include <base/buf.h>
#include <errno.h>
#include <stdint.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int base64_add(struct buf *b, const void *data, size_t len)
{
	const unsigned char *p = data;
	char *out;

	if (!len)
		return b->failed ? -ENOMEM : 0;
	if (buf_reserve(b, (len + 2) / 3 * 4) < 0)
		return -ENOMEM;
	out = b->data + b->len;
	for (size_t i = 0; i < len; i += 3) {
		uint32_t u = (uint32_t)p[i] << 16 | (i + 1 < len ? (uint32_t)p[i + 1] << 8 : 0) | (i + 2 < len ? p[i + 2] : 0);

		*out++ = digits[u >> 18];
		*out++ = digits[u >> 12 & 63];
		*out++ = i + 1 < len ? digits[u >> 6 & 63] : '=';
		*out++ = i + 2 < len ? digits[u & 63] : '=';
	}
	*out = '\0';
	b->len = (size_t)(out - b->data);
	return 0;
}

static int value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

ssize_t base64_decode(const char *text, size_t len, void *out)
{
	unsigned char *to = out;
	size_t n = 0;

	if (len % 4)
		return -EPROTO;
	for (size_t i = 0; i < len; i += 4) {
		size_t digits_here = i + 4 < len || text[i + 3] != '=' ? 4 : text[i + 2] != '=' ? 3 : 2;
		uint32_t u = 0;

		for (size_t k = 0; k < 4; k++) {
			int v = k < digits_here ? value(text[i + k]) : 0;

			if (v < 0)
				return -EPROTO;
			u = u << 6 | (uint32_t)v;
		}
		if ((digits_here == 3 && (u & 0xff)) || (digits_here == 2 && (u & 0xffff)))
			return -EPROTO;
		for (size_t k = 0; k + 1 < digits_here; k++)
			to[n++] = (unsigned char)(u >> (16 - 8 * k));
	}
	return (ssize_t)n;
}
