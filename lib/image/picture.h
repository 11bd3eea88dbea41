/* SPDX-License-Identifier: MIT */
/* Pictures of a guest's screen, as a QEMU that may be hostile has written them. */
#ifndef IMAGE_PICTURE_H
#define IMAGE_PICTURE_H

#include <stddef.h>
#include <stdint.h>

#define PICTURE_SIDE_MAX 32768u	/* pixels; QEMU's own devices stay below */

struct picture {
	uint32_t width, height;
};

/*
 * picture_check_png - exactly one whole PNG: signature, a sane header chunk first, chunks without a gap, one end and
 * nothing behind it (W3C PNG, 5).  What is compressed inside is not looked at.
 * picture_check_ppm - exactly one "P6" picture of 8 bits.
 * 0, or -EPROTO recorded.  No I/O.
 */
int picture_check_png(struct picture *p, const void *data, size_t len);
int picture_check_ppm(struct picture *p, const void *data, size_t len);

#endif
