/* SPDX-License-Identifier: MIT */
/* Fuzz: any JSON as what query-block returns; drives have names that may be shown, and limits merge or are refused. */
#include <base/json.h>
#include <vm/live.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct drives d;
	autojson struct json j = JSON_INIT;
	int64_t want[THROTTLE_SETTABLE], merged[THROTTLE_KEYS];
	char *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	memcpy(copy, data, size);
	if (json_parse(&j, copy, size) == 0) {
		drives_parse(&d, &j, 0);
		for (size_t i = 0; i < d.n; i++) {
			if (!d.v[i].id[0] || strpbrk(d.v[i].id, "/\033\n") || drives_find(&d, d.v[i].id) > &d.v[i])
				abort();
			for (int k = 0; k < THROTTLE_SETTABLE; k++)
				want[k] = k % 3 ? -1 : 1000;
			if (throttle_merge(&d.v[i], want, merged) == 0 && (merged[0] != 1000 || merged[1] > 0))
				abort();
		}
	}
	free(copy);
	return 0;
}
