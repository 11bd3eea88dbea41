/* SPDX-License-Identifier: MIT */
/* Whole files and directories. */
#include <base/file.h>

#include <base/buf.h>
#include <base/err.h>
#include <base/fd.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_rest(int fd, struct buf *b, size_t max)
{
	size_t had = b->len;

	for (;;) {
		size_t room = max - (b->len - had);
		ssize_t n;

		if (room > 65536)
			room = 65536;
		if (room == 0) {
			char more;

			n = fd_read(fd, &more, 1);
			return n == 0 ? 0 : n < 0 ? (int)n : -EFBIG;
		}
		/* a fixed buffer may be smaller than what is allowed */
		if (b->fixed && room > b->cap - b->len - 1)
			room = b->cap - b->len - 1;
		if (room == 0)
			return -EFBIG;
		if (buf_reserve(b, room) < 0)
			return -ENOMEM;
		n = fd_read(fd, b->data + b->len, room);
		if (n <= 0) {
			b->data[b->len] = '\0';
			return (int)n;
		}
		b->len += (size_t)n;
		b->data[b->len] = '\0';
	}
}

int file_read(int dirfd, const char *name, struct buf *b, size_t max)
{
	autoclose int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	return fd < 0 ? -errno : read_rest(fd, b, max);
}

int file_read_tail(int dirfd, const char *name, struct buf *b, size_t max)
{
	autoclose int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	int rc;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (S_ISREG(st.st_mode) && (size_t)st.st_size > max && lseek(fd, st.st_size - (off_t)max, SEEK_SET) < 0)
		return -errno;
	rc = read_rest(fd, b, max);
	return rc == -EFBIG ? 0 : rc;	/* it grew meanwhile */
}

int file_write(int dirfd, const char *name, const void *data, size_t len)
{
	char temp[NAME_MAX + 1];
	autoclose int fd = -1;
	int rc;

	snprintf(temp, sizeof(temp), ".%s.%d", name, (int)getpid());
	fd = openat(dirfd, temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	rc = fd_write_all(fd, data, len);
	if (rc >= 0 && renameat(dirfd, temp, dirfd, name) < 0)
		rc = -errno;
	if (rc < 0)
		unlinkat(dirfd, temp, 0);
	return rc;
}

int file_mkdirs(const char *path, mode_t mode)
{
	char part[PATH_MAX];
	size_t len = strlen(path);

	if (path[0] != '/' || len >= sizeof(part))
		return fail(-EINVAL, "%s: not an absolute path, or too long", path);
	memcpy(part, path, len + 1);
	for (char *p = part + 1;; p++) {
		if (*p != '/' && *p != '\0')
			continue;
		char was = *p;

		*p = '\0';
		if (mkdir(part, was ? 0755 : mode) < 0 && errno != EEXIST)
			return fail(-errno, "make directory %s", part);
		*p = was;
		if (!was)
			return 0;
	}
}

static int remove_tree(int dirfd, int depth)
{
	autoclose int own = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *e;
	int rc = 0;
	DIR *d;

	if (own < 0 || depth > 16)
		return own < 0 ? -errno : -ELOOP;
	d = fdopendir(own);
	if (!d)
		return -errno;
	own = -1;
	while ((e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (unlinkat(dirfd, e->d_name, 0) == 0 || errno == ENOENT)
			continue;
		if (errno == EISDIR || errno == EPERM) {
			autoclose int sub = openat(dirfd, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
			int sub_rc = sub < 0 ? -errno : remove_tree(sub, depth + 1);

			if (sub_rc < 0)
				rc = sub_rc;
			else if (unlinkat(dirfd, e->d_name, AT_REMOVEDIR) < 0)
				rc = -errno;
		} else {
			rc = -errno;
		}
	}
	closedir(d);
	return rc;
}

int file_remove_tree(int dirfd)
{
	int rc = remove_tree(dirfd, 0);

	return rc < 0 ? fail(rc, "remove files") : 0;
}
