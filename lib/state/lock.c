/* SPDX-License-Identifier: MIT */
/* Locks that say who has them: control.sock and agent.sock serve one client at a time. */
#include <state/state.h>

#include <base/buf.h>
#include <base/err.h>
#include <base/fd.h>
#include <base/file.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

static int busy(const struct vmdir *d, const char *file)
{
	char storage[256], safe[1024];
	struct buf holder = BUF_FIXED(storage), text = BUF_FIXED(safe);

	if (file_read(d->fd, file, &holder, sizeof(storage) - 1) < 0 || !holder.len)
		return fail_exit(EXIT_BUSY, "%s is busy: another husk command holds %s", d->name, file);
	buf_add_safe(&text, storage, strcspn(storage, "\n"));
	return fail_exit(EXIT_BUSY, "%s is busy: %s is held by %s", d->name, file, buf_str(&text));
}

int control_lock(const struct vmdir *d, const char *file, const char *doing, deadline_t until)
{
	autoclose int fd = openat(d->fd, file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct tm tm;
	time_t now;
	char when[32], text[192];
	struct proc_id self = { 0 };
	int n;

	if (fd < 0)
		return fail(-errno, "open %s/%s", d->path, file);
	/* flock(2) has no deadline; the lock is held for milliseconds, so look again soon */
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK)
			return fail(-errno, "lock %s/%s", d->path, file);
		if (deadline_passed(until)) {
			busy(d, file);
			return -EBUSY;
		}
		(void)loop_poll(NULL, 0, deadline_min(deadline_in(5), until));
	}
	now = time(NULL);
	/* UTC: the reader may be anywhere, and no time zone file is read for it */
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
	(void)proc_identify(getpid(), &self);
	/* people see the first line; the second lets a holder be told from another process with its pid */
	n = snprintf(text, sizeof(text), "pid %d (%s) since %s\nstart %llu\n", (int)getpid(), doing, when,
		     (unsigned long long)self.start);
	if (n > 0 && (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)n, 0) < 0))
		errno = 0;	/* a full /run must not keep anybody from stopping a VM: the text is only a courtesy */
	return fd_take(&fd);
}
