/* SPDX-License-Identifier: MIT */
/* Logs that cannot grow: one file and its predecessor. */
#include <vm/vm.h>

#include <base/err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_log(const struct rotlog *l)
{
	return openat(l->dirfd, l->name, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
}

int rotlog_open(struct rotlog *l, int dirfd, const char *name, uint64_t max)
{
	struct stat st;

	*l = (struct rotlog){ .dirfd = dirfd, .name = name, .fd = -1, .max = max };
	l->fd = open_log(l);
	if (l->fd < 0 || fstat(l->fd, &st) < 0)
		return fail(-errno, "open the log %s", name);
	l->size = (uint64_t)st.st_size;
	return 0;
}

static void rotate(struct rotlog *l)
{
	char old[64];
	int fd;

	snprintf(old, sizeof(old), "%s.1", l->name);
	if (renameat(l->dirfd, l->name, l->dirfd, old) < 0)
		return;
	fd = open_log(l);
	if (fd < 0)		/* keep writing to what is now the old one: late lines beat none */
		return;
	close(l->fd);
	l->fd = fd;
	l->size = 0;
}

void rotlog_write(struct rotlog *l, const void *data, size_t len)
{
	const char *p = data;

	if (l->fd < 0)
		return;
	for (; len > l->max; p += l->max, len -= (size_t)l->max)
		rotlog_write(l, p, (size_t)l->max);
	if (l->size && l->size + len > l->max)
		rotate(l);
	/* where the rotation failed, the bound holds all the same: newer bytes are dropped */
	if (l->size + len > 2 * l->max)
		return;
	while (len) {
		ssize_t n = write(l->fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		l->size += (uint64_t)n;
		p += n;
		len -= (size_t)n;
	}
}

void rotlog_close(struct rotlog *l)
{
	fd_close(&l->fd);
}
