/* SPDX-License-Identifier: MIT */
/* Descriptors: opened close-on-exec, -1 when there is none, closed by attribute. */
#ifndef BASE_FD_H
#define BASE_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

void fd_close(int *fd);		/* closes unless negative, leaves -1; errno is kept */
#define autoclose __attribute__((cleanup(fd_close)))

/* fd_take - hand the descriptor over: returns it, leaves -1. */
static inline int fd_take(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/* fd_write_all - every byte or a negative errno; retries EINTR, waits on EAGAIN.  Never raises SIGPIPE for sockets. */
int fd_write_all(int fd, const void *data, size_t len);
/* fd_read - one read, EINTR retried; returns the count (0: end) or a negative errno. */
ssize_t fd_read(int fd, void *data, size_t size);

/* fd_pair - a connected AF_UNIX stream pair, close-on-exec; 0 or a recorded negative errno. */
int fd_pair(int fd[2]);
/* fd_pipe - a pipe, close-on-exec; 0 or a recorded negative errno. */
int fd_pipe(int fd[2]);
int fd_nonblock(int fd);
/* fd_cloexec_from - everything from this number up becomes close-on-exec (close_range(2), else /proc, else a loop). */
int fd_cloexec_from(int from);

/*
 * fd_listen - a listening AF_UNIX stream socket bound in a directory, mode 0600.
 * @dirfd, @name: where; an old socket of that name is unlinked
 * @dir: the directory's path, for binding and messages (bound through /proc/self/fd where the path is too long)
 * Returns the descriptor or a recorded negative errno.
 */
int fd_listen(const char *dir, const char *name, int backlog);
/* fd_connect - connect to dir/name, non-blocking connect so that a full backlog is -EAGAIN; the descriptor is blocking after. */
int fd_connect(const char *dir, const char *name);
/* fd_send - sendmsg of all of data with up to 16 descriptors on its first byte. */
int fd_send(int fd, const void *data, size_t len, const int *fds, size_t nfds);
/* fd_recv - one recvmsg with MSG_CMSG_CLOEXEC; whatever descriptors the peer sends are closed.  Count, 0 or negative errno. */
ssize_t fd_recv(int fd, void *data, size_t size);

#endif
