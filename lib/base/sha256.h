/* SPDX-License-Identifier: MIT */
/* SHA-256 (FIPS 180-4), for comparing what was copied with what is there. */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct sha256 {
	uint32_t h[8];
	uint64_t len;		/* bytes so far */
	unsigned char block[64];
};

#define SHA256_HEX 65		/* 64 digits and the NUL */

void sha256_init(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *data, size_t len);
/* sha256_end - the digest as 64 lower-case hexadecimal digits; s is used up. */
void sha256_end(struct sha256 *s, char out[SHA256_HEX]);

#endif
