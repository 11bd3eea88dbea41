/* SPDX-License-Identifier: MIT */
/* What cmd/seccompc.c writes for the build: programs and texts, without pointers, so that they stay read-only data. */
#ifndef SANDBOX_BLOBS_H
#define SANDBOX_BLOBS_H

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

#define BLOB_KEEPER (1u << 30)
#define BLOB_READER (1u << 31)

struct blob {
	uint32_t features;	/* enum filter_feature, or BLOB_KEEPER, BLOB_READER; 0: the end */
	uint16_t start, len;	/* instructions in blob_code */
};

struct blob_text {
	char name[16];		/* "qemu"; "": the end */
	uint16_t start, len;	/* bytes in blob_texts: the text without its comments, line for line */
};

extern const struct blob blobs[];
extern const struct sock_filter blob_code[];
extern const struct blob_text blob_index[];
extern const char blob_texts[];

#endif
