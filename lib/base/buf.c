/* SPDX-License-Identifier: MIT */
/* The byte buffer. */
#include <base/buf.h>

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int buf_reserve(struct buf *b, size_t more)
{
	size_t need, cap;
	char *data;

	if (b->failed)
		return -ENOMEM;
	if (more > SIZE_MAX / 4 || b->len > SIZE_MAX / 4)
		goto fail;
	need = b->len + more + 1;
	if (need <= b->cap)
		return 0;
	if (b->fixed)
		goto fail;
	cap = b->cap ? b->cap : 64;
	while (cap < need)
		cap *= 2;
	data = realloc(b->data, cap);
	if (!data)
		goto fail;
	b->data = data;
	b->cap = cap;
	return 0;
fail:
	b->failed = true;
	return -ENOMEM;
}

int buf_add(struct buf *b, const void *data, size_t len)
{
	if (buf_reserve(b, len) < 0) {
		/* a fixed buffer keeps what fits: a cut log line beats none */
		if (!b->fixed || b->len + 1 >= b->cap)
			return -ENOMEM;
		if (len > b->cap - b->len - 1)
			len = b->cap - b->len - 1;
	}
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
	return b->failed ? -ENOMEM : 0;
}

int buf_addc(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

int buf_adds(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

int buf_addv(struct buf *b, const char *fmt, va_list ap)
{
	size_t room = b->cap > b->len ? b->cap - b->len : 0;
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(room ? b->data + b->len : NULL, room, fmt, again);
	va_end(again);
	if (n < 0) {
		b->failed = true;
		return -ENOMEM;
	}
	if ((size_t)n < room) {
		b->len += (size_t)n;
		return b->failed ? -ENOMEM : 0;
	}
	if (buf_reserve(b, (size_t)n) < 0) {
		if (b->fixed && room)
			b->len = b->cap - 1;	/* vsnprintf has cut it there */
		return -ENOMEM;
	}
	vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	b->len += (size_t)n;
	return 0;
}

int buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = buf_addv(b, fmt, ap);
	va_end(ap);
	return rc;
}

void buf_drop(struct buf *b, size_t n)
{
	if (!b->data || !n)
		return;
	if (n > b->len)
		n = b->len;
	memmove(b->data, b->data + n, b->len - n);
	b->len -= n;
	b->data[b->len] = '\0';
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	b->failed = false;
	if (b->data && b->cap)
		b->data[0] = '\0';
}

void buf_free(struct buf *b)
{
	if (!b->fixed) {
		free(b->data);
		b->data = NULL;
		b->cap = 0;
	}
	b->len = 0;
	b->failed = false;
}

const char *buf_str(const struct buf *b)
{
	return b->data && b->len ? b->data : "";
}

/* Length of one valid UTF-8 sequence that is no control and no bidirectional override, or 0. */
static size_t printable(const unsigned char *s, size_t len)
{
	uint32_t c;

	if (s[0] < 0x80)
		return s[0] >= 0x20 && s[0] != 0x7f;
	if (len >= 2 && s[0] >= 0xc2 && s[0] <= 0xdf && (s[1] & 0xc0) == 0x80)
		return s[0] == 0xc2 && s[1] < 0xa0 ? 0 : 2;	/* U+0080..U+009F: C1 controls */
	if (len >= 3 && (s[0] & 0xf0) == 0xe0 && (s[1] & 0xc0) == 0x80 && (s[2] & 0xc0) == 0x80) {
		c = (uint32_t)(s[0] & 0x0f) << 12 | (uint32_t)(s[1] & 0x3f) << 6 | (s[2] & 0x3f);
		if (c < 0x800 || (c >= 0xd800 && c <= 0xdfff))
			return 0;
		/* U+200B..U+200F, U+2028..U+202E, U+2066..U+2069: invisible, line breaks, overrides */
		if ((c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
			return 0;
		return 3;
	}
	if (len >= 4 && (s[0] & 0xf8) == 0xf0 && (s[1] & 0xc0) == 0x80 && (s[2] & 0xc0) == 0x80 &&
	    (s[3] & 0xc0) == 0x80) {
		c = (uint32_t)(s[0] & 0x07) << 18 | (uint32_t)(s[1] & 0x3f) << 12 |
		    (uint32_t)(s[2] & 0x3f) << 6 | (s[3] & 0x3f);
		return c >= 0x10000 && c <= 0x10ffff ? 4 : 0;
	}
	return 0;
}

int buf_add_safe(struct buf *b, const char *data, size_t len)
{
	const unsigned char *s = (const unsigned char *)data;

	for (size_t i = 0; i < len;) {
		size_t n = printable(s + i, len - i);

		if (n) {
			buf_add(b, s + i, n);
			i += n;
		} else {
			buf_addf(b, "\\x%02x", s[i]);
			i++;
		}
	}
	return b->failed ? -ENOMEM : 0;
}
