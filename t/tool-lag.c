/* SPDX-License-Identifier: MIT */
/* How old events are when they arrive: reads what husk events -f --json writes, prints "MEDIAN MIN MAX COUNT" in microseconds. */
#include <base/loop.h>
#include <vm/event.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS_MAX 10000

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int main(void)
{
	static int64_t lag[EVENTS_MAX];
	int64_t start = clock_wall_us();
	struct json j = JSON_INIT;
	char line[65536];
	size_t n = 0;

	while (n < EVENTS_MAX && fgets(line, sizeof(line), stdin)) {
		int64_t now = clock_wall_us();
		struct event e;

		/* what happened before is no news */
		if (event_parse(&j, line, strlen(line), &e) == 0 && e.us >= start)
			lag[n++] = now - e.us;
	}
	json_free(&j);
	if (!n)
		return 1;
	qsort(lag, n, sizeof(*lag), by_value);
	printf("%lld %lld %lld %zu\n", (long long)lag[n / 2], (long long)lag[0], (long long)lag[n - 1], n);
	return 0;
}
