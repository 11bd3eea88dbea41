/* SPDX-License-Identifier: MIT */
/* Image files: what their headers say, and whether somebody uses them. */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The fixed part of a qcow2 header (qemu, docs/interop/qcow2.txt) as far as a launch depends on it. */
struct qcow2_header {
	uint32_t version;		/* 2 or 3 */
	uint64_t size;			/* bytes the guest sees */
	uint32_t cluster_bits;		/* 9..21 */
	bool backing;			/* names a backing file */
	uint64_t backing_offset;
	uint32_t backing_size;
	bool encrypted;
	bool data_file;			/* incompatible feature bit 2: the data is in another file */
	bool dirty, corrupt;		/* incompatible feature bits 0 and 1 */
	uint64_t incompatible;
};

#define QCOW2_HEADER_MAX 112		/* version 3 without extensions */

/* qcow2_parse - from the first bytes of an image.  0; -EPROTO recorded: not a header husk accepts.  No I/O. */
int qcow2_parse(const void *data, size_t len, struct qcow2_header *h);

/*
 * qcow2_read - the header of an open image, read and parsed by a child that can do nothing else.
 * @fd: the image, readable; may be O_DIRECT; its offset is not used
 * @confine: called in the child before the first byte is read: after it only read, write and exit are left to it
 * Whatever the image makes of the parser, it can send back one record of fixed size.
 * 0; -EPROTO recorded: not a header husk accepts, or the child was killed; -ETIMEDOUT; another errno: it could not be read.
 */
int qcow2_read(int fd, int (*confine)(void), struct qcow2_header *h);

/*
 * image_in_use - whether another process holds QEMU's locks on an image.
 * @fd: any descriptor of it
 * @writable: what is about to be opened
 * QEMU locks byte 100 + n for each permission it has and 200 + n for each it does not share
 * (block/file-posix.c: RAW_LOCK_PERM_BASE, RAW_LOCK_SHARED_BASE; write is n = 1).
 */
bool image_in_use(int fd, bool writable);

#endif
