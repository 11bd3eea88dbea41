/* SPDX-License-Identifier: MIT */
/* Base64 (RFC 4648, with padding), strictly. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stddef.h>
#include <sys/types.h>

struct buf;

/* base64_add - append the text for these bytes; 0 or -ENOMEM (b->failed). */
int base64_add(struct buf *b, const void *data, size_t len);
/*
 * base64_decode - len bytes of text into out, which has room for len / 4 * 3 bytes and may be the text itself.
 * The count, or -EPROTO (not recorded): another character, a wrong length, padding within, bits behind the end.
 */
ssize_t base64_decode(const char *text, size_t len, void *out);

#endif
