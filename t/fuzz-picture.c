/* SPDX-License-Identifier: MIT */
/* Fuzz: any bytes as a picture; what is accepted is one whole picture of a sane size. */
#include <image/picture.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int (*parse)(struct picture *, const void *, size_t), const uint8_t *data, size_t size)
{
	struct picture p;
	uint8_t *copy = malloc(size ? size : 1);	/* an own copy: a sanitizer sees what is read beyond */

	if (!copy)
		abort();
	memcpy(copy, data, size);
	if (parse(&p, copy, size) == 0) {
		if (!p.width || !p.height || p.width > PICTURE_SIDE_MAX || p.height > PICTURE_SIDE_MAX)
			abort();
		/* cut or longer it is none */
		if (parse(&p, copy, size - 1) == 0)
			abort();
	}
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check(picture_check_png, data, size);
	check(picture_check_ppm, data, size);
	return 0;
}
