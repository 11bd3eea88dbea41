/* SPDX-License-Identifier: MIT */
/* Whether bytes are one whole picture. */
#include <image/picture.h>

#include <base/err.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

static uint32_t be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int check_size(const struct picture *p)
{
	if (!p->width || !p->height || p->width > PICTURE_SIDE_MAX || p->height > PICTURE_SIDE_MAX)
		return fail(-EPROTO, "a picture of %u by %u pixels", (unsigned)p->width, (unsigned)p->height);
	return 0;
}

static bool is_letter(unsigned char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

int picture_check_png(struct picture *p, const void *data, size_t len)
{
	const unsigned char *at = data, *end = at + len;
	bool pixels = false;

	/* a chunk: length, type, that many bytes, checksum */
	if (len < 8 + 25 || memcmp(at, "\x89PNG\r\n\x1a\n", 8) || be32(at + 8) != 13 || memcmp(at + 12, "IHDR", 4))
		return fail(-EPROTO, "no PNG");
	*p = (struct picture){ .width = be32(at + 16), .height = be32(at + 20) };
	if (check_size(p) < 0)
		return -EPROTO;
	for (at += 8 + 25; end - at >= 12; at += be32(at) + 12) {
		if (be32(at) > (size_t)(end - at) - 12 || !is_letter(at[4]) || !is_letter(at[5]) || !is_letter(at[6]) ||
		    !is_letter(at[7]))
			return fail(-EPROTO, "a PNG with a broken chunk");
		pixels |= !memcmp(at + 4, "IDAT", 4);
		if (!memcmp(at + 4, "IEND", 4))
			return pixels && be32(at) == 0 && end - at == 12 ? 0 : fail(-EPROTO, "a PNG that ends wrongly");
	}
	return fail(-EPROTO, "half a PNG");
}

/* A decimal number behind one white space. */
static bool number(const unsigned char **at, const unsigned char *end, uint32_t *n)
{
	const unsigned char *from;

	if (*at == end || (**at != ' ' && **at != '\n'))
		return false;
	from = ++*at;
	for (*n = 0; *at < end && **at >= '0' && **at <= '9' && *n <= PICTURE_SIDE_MAX; (*at)++)
		*n = *n * 10 + (**at - '0');
	return *at > from;
}

int picture_check_ppm(struct picture *p, const void *data, size_t len)
{
	const unsigned char *at = data, *end = at + len;
	uint32_t depth;

	if (len < 2 || memcmp(at, "P6", 2))
		return fail(-EPROTO, "no PPM");
	at += 2;
	if (!number(&at, end, &p->width) || !number(&at, end, &p->height) || !number(&at, end, &depth) || depth != 255 ||
	    at == end || *at++ != '\n')
		return fail(-EPROTO, "a PPM with a broken header");
	if (check_size(p) < 0)
		return -EPROTO;
	if ((uint64_t)(end - at) != (uint64_t)p->width * p->height * 3)
		return fail(-EPROTO, "a PPM of the wrong length");
	return 0;
}
