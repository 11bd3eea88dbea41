/* SPDX-License-Identifier: MIT */
/* The qcow2 header, from bytes that an attacker may have chosen. */
#include <image/image.h>

#include <base/err.h>
#include <errno.h>
#include <string.h>

static uint32_t be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint64_t be64(const unsigned char *p)
{
	return (uint64_t)be32(p) << 32 | be32(p + 4);
}

int qcow2_parse(const void *data, size_t len, struct qcow2_header *h)
{
	const unsigned char *p = data;

	*h = (struct qcow2_header){ 0 };
	if (len < 72 || memcmp(p, "QFI\xfb", 4))
		return fail(-EPROTO, "no qcow2 header");
	h->version = be32(p + 4);
	h->backing_offset = be64(p + 8);
	h->backing_size = be32(p + 16);
	h->cluster_bits = be32(p + 20);
	h->size = be64(p + 24);
	h->encrypted = be32(p + 32) != 0;
	if (h->version != 2 && h->version != 3)
		return fail(-EPROTO, "qcow2 version %u is not known", h->version);
	/* 9: a sector, 21: 2 MiB, the largest QEMU opens (block/qcow2.h, MAX_CLUSTER_BITS) */
	if (h->cluster_bits < 9 || h->cluster_bits > 21)
		return fail(-EPROTO, "qcow2 cluster size of %u bits is out of range", h->cluster_bits);
	h->backing = h->backing_offset != 0;
	if (h->backing && (h->backing_size > 1023 || h->backing_offset > 1ull << h->cluster_bits ||
			   h->backing_size > (1ull << h->cluster_bits) - h->backing_offset))
		return fail(-EPROTO, "qcow2 backing file name lies outside the header cluster");
	if (h->version == 3) {
		if (len < 104 || be32(p + 100) < 104)
			return fail(-EPROTO, "qcow2 header is too short");
		h->incompatible = be64(p + 72);
		h->dirty = h->incompatible & 1;
		h->corrupt = h->incompatible & 2;
		h->data_file = h->incompatible & 4;
	}
	return 0;
}
