/* SPDX-License-Identifier: MIT */
/* The end of a VM's cgroup: killing what is in it, removing it, and whom the OOM killer took.  Allocates nothing. */
#include <sandbox/cgroup.h>

#include <base/buf.h>
#include <base/err.h>
#include <base/fd.h>
#include <base/file.h>
#include <base/proc.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KILL_ROUNDS 64		/* of killing one by one what forks meanwhile */

static int open_leaf(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -errno : fd;
}

static int64_t value(int dirfd, const char *file, const char *key)
{
	char text[2048];
	struct buf b = BUF_FIXED(text);

	return file_read(dirfd, file, &b, sizeof(text) - 1) < 0 ? -1 : host_cgroup_value(buf_str(&b), key);
}

int64_t cgroup_oom_kills(const struct cgroup_leaf *leaf)
{
	return leaf->fd < 0 ? -1 : value(leaf->fd, "memory.events", "oom_kill");
}

/* ---- killing ---- */

/* Is the pid a line of cgroup.procs? */
static bool listed(const char *text, pid_t pid)
{
	while (*text) {
		char *end;

		if (strtol(text, &end, 10) == pid && end != text)
			return true;
		text = end + strcspn(end, "\n");
		text += *text == '\n';
	}
	return false;
}

static bool holds(int dirfd, pid_t pid)
{
	char text[65536];
	struct buf b = BUF_FIXED(text);

	return pid > 0 && file_read(dirfd, "cgroup.procs", &b, sizeof(text) - 1) >= 0 && listed(buf_str(&b), pid);
}

bool cgroup_holds(const char *path, pid_t pid)
{
	autoclose int dirfd = open_leaf(path);

	return dirfd >= 0 && holds(dirfd, pid);
}

/* One process that is in it while we hold a pidfd of it: so it is that one, and no pid used again. */
static void kill_member(int dirfd, pid_t pid)
{
	autoclose int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (pidfd >= 0 && holds(dirfd, pid))
		(void)proc_signal(pidfd, SIGKILL);
}

static int kill_each(int dirfd)
{
	/* nothing in it forks meanwhile; without a freezer (before Linux 5.2) the rounds must be enough */
	bool frozen = cgroup_put(dirfd, "cgroup.freeze", "1") >= 0;
	int rc = 0, left = 1;

	for (int i = 0; i < KILL_ROUNDS && left && rc >= 0; i++) {
		char text[65536];
		struct buf b = BUF_FIXED(text);

		left = 0;
		rc = file_read(dirfd, "cgroup.procs", &b, sizeof(text) - 1);
		for (const char *at = buf_str(&b); rc >= 0 && *at;) {
			char *end;
			pid_t pid = (pid_t)strtol(at, &end, 10);

			if (end == at)
				break;
			if (pid > 0)
				kill_member(dirfd, pid);
			left++;
			at = *end ? end + 1 : end;
		}
		if (frozen)
			break;
	}
	if (frozen)
		(void)cgroup_put(dirfd, "cgroup.freeze", "0");
	return rc;
}

static int kill_all(int dirfd)
{
	int rc = cgroup_put(dirfd, "cgroup.kill", "1");

	return rc == -ENOENT ? kill_each(dirfd) : rc;
}

int cgroup_kill(const char *path)
{
	autoclose int dirfd = open_leaf(path);
	int rc = dirfd < 0 ? dirfd : kill_all(dirfd);

	return rc < 0 ? fail(rc, "kill cgroup %s", path) : 0;
}

int cgroup_kill_each(const char *path)
{
	autoclose int dirfd = open_leaf(path);
	int rc = dirfd < 0 ? dirfd : kill_each(dirfd);

	return rc < 0 ? fail(rc, "kill cgroup %s", path) : 0;
}

/* ---- removing ---- */

/* The kernel says by cgroup.events that the last process is gone; until then its removal is refused. */
static int remove_leaf(int dirfd, const char *path, deadline_t until)
{
	autoclose int events = openat(dirfd, "cgroup.events", O_RDONLY | O_CLOEXEC);

	for (bool last = false;;) {
		struct pollfd p = { .fd = events, .events = POLLPRI };
		char text[256];
		ssize_t n;

		if (unlinkat(AT_FDCWD, path, AT_REMOVEDIR) == 0 || errno == ENOENT)
			return 0;
		if (errno != EBUSY || last || events < 0)
			return -errno;
		n = pread(events, text, sizeof(text) - 1, 0);
		text[n > 0 ? n : 0] = '\0';
		/* the last may have gone between the two */
		last = host_cgroup_value(text, "populated") != 1 || deadline_passed(until);
		if (!last && loop_poll(&p, 1, until) < 0)
			return -EBUSY;
	}
}

int cgroup_discard(struct cgroup_leaf *leaf, deadline_t until)
{
	int rc;

	if (leaf->fd < 0)
		return 0;
	/* what is still in it belongs to a VM that has ended */
	if (value(leaf->fd, "cgroup.events", "populated") != 0)
		(void)kill_all(leaf->fd);
	rc = remove_leaf(leaf->fd, leaf->path, until);
	fd_close(&leaf->fd);
	return rc;
}

int cgroup_clear(const char *path, deadline_t until)
{
	autoclose int dirfd = open_leaf(path);

	if (dirfd == -ENOENT)
		return 0;
	if (dirfd < 0)
		return dirfd == -ENOTDIR ? -EBUSY : dirfd;
	if (flock(dirfd, LOCK_EX | LOCK_NB) < 0)
		return -EBUSY;
	return remove_leaf(dirfd, path, until);
}
