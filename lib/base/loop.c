/* SPDX-License-Identifier: MIT */
/* Monotonic time and poll(2) under a deadline. */
#include <base/loop.h>

#include <errno.h>
#include <limits.h>
#include <time.h>

static int64_t now_us(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_us(void)
{
	return now_us(CLOCK_MONOTONIC);
}

int64_t clock_wall_us(void)
{
	return now_us(CLOCK_REALTIME);
}

deadline_t deadline_in(int64_t ms)
{
	return ms < 0 || ms > INT64_MAX / 2000 ? DEADLINE_NEVER : clock_us() + ms * 1000;
}

deadline_t deadline_min(deadline_t a, deadline_t b)
{
	return a < b ? a : b;
}

bool deadline_passed(deadline_t d)
{
	return d != DEADLINE_NEVER && clock_us() >= d;
}

int64_t deadline_left_ms(deadline_t d)
{
	int64_t left;

	if (d == DEADLINE_NEVER)
		return INT_MAX;
	left = (d - clock_us() + 999) / 1000;
	if (left < 0)
		return 0;
	return left > INT_MAX ? INT_MAX : left;
}

int loop_poll(struct pollfd *fds, nfds_t n, deadline_t until)
{
	for (;;) {
		int ms = until == DEADLINE_NEVER ? -1 : (int)deadline_left_ms(until);
		int ready = poll(fds, n, ms);

		if (ready > 0)
			return ready;
		if (ready < 0 && errno != EINTR)
			return -errno;
		if (deadline_passed(until))
			return 0;
	}
}

int loop_readable(int fd, deadline_t until)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int rc = loop_poll(&p, 1, until);

	return rc > 0 ? 1 : rc;
}
