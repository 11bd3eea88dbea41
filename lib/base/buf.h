/* SPDX-License-Identifier: MIT */
/* A growing byte buffer, always followed by a NUL; or a fixed one that never allocates. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data;	/* NULL until something was added */
	size_t len;
	size_t cap;	/* bytes allocated, the NUL included */
	bool fixed;	/* the storage is the caller's: what does not fit sets failed */
	bool failed;	/* out of memory or out of room: contents are cut, tell the caller */
};

#define BUF_INIT { 0 }
/* BUF_FIXED - a buffer over the caller's array; never allocates, never freed. */
#define BUF_FIXED(array) { .data = (array), .cap = sizeof(array), .fixed = true }

/* All adders return 0, or -ENOMEM with failed set; errors stick, so only the last needs a check. */
int buf_add(struct buf *b, const void *data, size_t len);
int buf_addc(struct buf *b, char c);
int buf_adds(struct buf *b, const char *s);
int buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int buf_addv(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
/* buf_reserve - room for more bytes behind data + len (the NUL not counted). */
int buf_reserve(struct buf *b, size_t more);
/* buf_drop - remove the first n bytes. */
void buf_drop(struct buf *b, size_t n);
void buf_clear(struct buf *b);
void buf_free(struct buf *b);
/* buf_str - the text; "" when empty.  Valid until the next change. */
const char *buf_str(const struct buf *b);
/*
 * buf_add_safe - text from guest, agent or QEMU for a terminal: control bytes, bytes of broken UTF-8,
 * C1 controls and bidirectional overrides become \xNN, so nothing that is printed can drive the terminal.
 */
int buf_add_safe(struct buf *b, const char *data, size_t len);

#define autobuf __attribute__((cleanup(buf_free)))

#endif
