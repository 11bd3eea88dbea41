/* SPDX-License-Identifier: MIT */
/* Fuzz: whatever an image begins with, its header is refused with a reason or lies within the bounds of the format. */
#include <image/image.h>

#include <base/err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool cond)
{
	if (!cond)
		abort();
}

static void must_be_valid(const struct qcow2_header *h, const uint8_t *data, size_t size)
{
	must(size >= 72 && !memcmp(data, "QFI\xfb", 4));
	must(h->version == 2 || (h->version == 3 && size >= 104));
	must(h->cluster_bits >= 9 && h->cluster_bits <= 21);
	must(h->backing == (h->backing_offset != 0));
	if (h->backing)
		must(h->backing_size <= 1023 && h->backing_offset <= 1ull << h->cluster_bits &&
		     h->backing_offset + h->backing_size <= 1ull << h->cluster_bits);
	if (h->version == 2)
		must(!h->incompatible && !h->dirty && !h->corrupt && !h->data_file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct qcow2_header h, again;
	int rc;

	memset(&h, 0, sizeof(h));
	memset(&again, 0xff, sizeof(again));
	err_clear();
	rc = qcow2_parse(data, size, &h);
	if (rc < 0)
		must(rc == -EPROTO && err_text()[0]);
	else
		must_be_valid(&h, data, size);
	/* what stood in the struct before does not matter */
	must(qcow2_parse(data, size, &again) == rc);
	if (rc == 0)
		must(h.size == again.size && h.incompatible == again.incompatible && h.encrypted == again.encrypted &&
		     h.backing == again.backing && h.data_file == again.data_file && h.corrupt == again.corrupt);
	return 0;
}
