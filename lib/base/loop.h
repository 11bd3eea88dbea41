/* SPDX-License-Identifier: MIT */
/* Time that only goes forward, deadlines, and one poll that respects them. */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

/* A point of CLOCK_MONOTONIC in microseconds; DEADLINE_NEVER: none. */
typedef int64_t deadline_t;
#define DEADLINE_NEVER INT64_MAX

int64_t clock_us(void);				/* CLOCK_MONOTONIC, microseconds */
int64_t clock_wall_us(void);			/* CLOCK_REALTIME, microseconds since 1970 */
deadline_t deadline_in(int64_t ms);		/* ms < 0: never */
deadline_t deadline_min(deadline_t a, deadline_t b);
bool deadline_passed(deadline_t d);
int64_t deadline_left_ms(deadline_t d);		/* rounded up, never negative; INT_MAX for never */

/* loop_poll - poll(2) until something is ready or the deadline passed; EINTR is retried.  Ready count, 0: deadline, or negative errno. */
int loop_poll(struct pollfd *fds, nfds_t n, deadline_t until);
/* loop_readable - one descriptor: 1 readable or hung up, 0 deadline, negative errno. */
int loop_readable(int fd, deadline_t until);

#endif
