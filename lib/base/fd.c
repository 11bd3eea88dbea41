/* SPDX-License-Identifier: MIT */
/* Descriptors and AF_UNIX sockets. */
#include <base/fd.h>

#include <base/err.h>
#include <base/loop.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC 4		/* linux/close_range.h, Linux 5.11 */
#endif

void fd_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

int fd_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n < 0 && errno == ENOTSOCK)
			n = write(fd, p, len);
		if (n < 0 && errno == EAGAIN) {
			struct pollfd w = { .fd = fd, .events = POLLOUT };

			if (loop_poll(&w, 1, DEADLINE_NEVER) < 0)
				return -errno;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

ssize_t fd_read(int fd, void *data, size_t size)
{
	for (;;) {
		ssize_t n = read(fd, data, size);

		if (n >= 0)
			return n;
		if (errno != EINTR)
			return -errno;
	}
}

int fd_pair(int fd[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) < 0)
		return fail(-errno, "make a socket pair");
	return 0;
}

int fd_pipe(int fd[2])
{
	if (pipe2(fd, O_CLOEXEC) < 0)
		return fail(-errno, "make a pipe");
	return 0;
}

int fd_nonblock(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}

int fd_cloexec_from(int from)
{
	long max;

#ifdef SYS_close_range
	if (syscall(SYS_close_range, from, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
		return 0;
#endif
	max = sysconf(_SC_OPEN_MAX);
	if (max < 0 || max > 65536)
		max = 65536;
	for (int fd = from; fd < max; fd++) {
		int flags = fcntl(fd, F_GETFD);

		if (flags >= 0 && fcntl(fd, F_SETFD, flags | FD_CLOEXEC) < 0)
			return -errno;
	}
	return 0;
}

/* The address of dir/name; a path too long for sun_path goes by the directory's descriptor under /proc. */
static int unix_address(struct sockaddr_un *a, int dirfd, const char *dir, const char *name)
{
	int n;

	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	n = snprintf(a->sun_path, sizeof(a->sun_path), "%s/%s", dir, name);
	if (n >= 0 && (size_t)n < sizeof(a->sun_path))
		return 0;
	n = snprintf(a->sun_path, sizeof(a->sun_path), "/proc/self/fd/%d/%s", dirfd, name);
	if (n >= 0 && (size_t)n < sizeof(a->sun_path))
		return 0;
	return fail(-EINVAL, "%s/%s: path too long for a socket (%zu bytes at most)", dir, name,
		    sizeof(a->sun_path) - 1);
}

/*
 * Bind as "DIR/NAME" seen from the directory above: getsockname(2) gives the address to whoever gets the descriptor,
 * and a QEMU that was taken over is not to learn where on the host its directory is.
 * -ENAMETOOLONG: the directory cannot be named so; not recorded.
 */
static int bind_below(int fd, int dirfd, const char *dir, const char *name)
{
	autoclose int cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	autoclose int above = openat(dirfd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	const char *base = strrchr(dir, '/');
	struct stat here, there;
	int n = snprintf(a.sun_path, sizeof(a.sun_path), "%s/%s", base ? base + 1 : dir, name), rc;

	if (cwd < 0 || above < 0 || n < 0 || (size_t)n >= sizeof(a.sun_path) || fstat(dirfd, &here) < 0 ||
	    fstatat(above, base ? base + 1 : dir, &there, 0) < 0 || here.st_ino != there.st_ino || here.st_dev != there.st_dev)
		return -ENAMETOOLONG;
	if (fchdir(above) < 0)
		return -ENAMETOOLONG;
	rc = bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ? -errno : 0;
	return fchdir(cwd) < 0 ? -errno : rc;
}

int fd_listen(const char *dir, const char *name, int backlog)
{
	autoclose int dirfd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un a;
	int rc;

	if (dirfd < 0 || fd < 0)
		return fail(-errno, "%s/%s: make a socket", dir, name);
	rc = unix_address(&a, dirfd, dir, name);
	if (rc < 0)
		return rc;
	if (unlinkat(dirfd, name, 0) < 0 && errno != ENOENT)
		return fail(-errno, "remove the old %s/%s", dir, name);
	/* the mode of the new file is that of the socket's own inode, so it is never wider than 0600 */
	if (fchmod(fd, 0600) < 0)
		return fail(-errno, "%s/%s: set mode", dir, name);
	rc = bind_below(fd, dirfd, dir, name);
	if (rc == -ENAMETOOLONG)
		rc = bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ? -errno : 0;
	if (rc < 0)
		return fail(rc, "bind %s/%s", dir, name);
	if (fchmodat(dirfd, name, 0600, 0) < 0 || listen(fd, backlog) < 0)
		return fail(-errno, "listen on %s/%s", dir, name);
	return fd_take(&fd);
}

int fd_connect(const char *dir, const char *name)
{
	autoclose int dirfd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un a;
	int rc;

	if (dirfd < 0 || fd < 0)
		return fail(-errno, "%s/%s: make a socket", dir, name);
	rc = unix_address(&a, dirfd, dir, name);
	if (rc < 0)
		return rc;
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		return fail(-errno, "connect to %s/%s", dir, name);
	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK) < 0)
		return fail(-errno, "%s/%s: set blocking", dir, name);
	return fd_take(&fd);
}

int fd_send(int fd, const void *data, size_t len, const int *fds, size_t nfds)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(16 * sizeof(int))];
	} control = { 0 };
	struct iovec iov = { .iov_base = (void *)data, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if (nfds > 16)
		return -E2BIG;
	if (nfds) {
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(&control.head), fds, nfds * sizeof(int));
	}
	do
		n = sendmsg(fd, &msg, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return fd_write_all(fd, (const char *)data + n, len - (size_t)n);
}

ssize_t fd_recv(int fd, void *data, size_t size)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(64 * sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = data, .iov_len = size };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	ssize_t n;

	do
		n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	/* nobody is meant to send descriptors here; the kernel has closed those beyond the space */
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < count; i++) {
			int surplus;

			memcpy(&surplus, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
			close(surplus);
		}
	}
	return n;
}
