/* SPDX-License-Identifier: MIT */
/* Following a log that is rotated under its reader. */
#include <vm/tail.h>

#include <base/err.h>
#include <base/fd.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

/* The descriptor's own file, whatever its name is now. */
static int watch_fd(const struct tail *t, int fd, uint32_t what)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return inotify_add_watch(t->notify, path, what);
}

static uint64_t size_of(const struct tail *t, const char *name)
{
	struct stat st;

	return fstatat(t->dir->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ? 0 : (uint64_t)st.st_size;
}

/* Is it the file that is being read?  Held open, its number is nobody else's. */
static bool is_current(const struct tail *t, const struct stat *other)
{
	struct stat st;

	return t->fd >= 0 && fstat(t->fd, &st) == 0 && st.st_ino == other->st_ino && st.st_dev == other->st_dev;
}

/* Renames were missed: find out where the open file stands now; if nowhere, how much was lost is not known. */
static void recount(struct tail *t)
{
	struct stat st;

	if (fstatat(t->dir->fd, t->name, &st, AT_SYMLINK_NOFOLLOW) == 0 && is_current(t, &st))
		t->newest = t->at;
	else if (fstatat(t->dir->fd, t->old, &st, AT_SYMLINK_NOFOLLOW) == 0 && is_current(t, &st))
		t->newest = t->at + 1;
	else
		t->newest = t->at + 3;
}

static void hear(struct tail *t, const struct inotify_event *e)
{
	if (e->mask & IN_Q_OVERFLOW)
		recount(t);
	else if ((e->mask & IN_MOVED_TO) && !strcmp(e->name, t->old))
		t->newest += !t->cleared;
	else if ((e->mask & IN_DELETE) && !strcmp(e->name, t->name))
		t->cleared = true;
}

static void count_renames(struct tail *t)
{
	union {
		struct inotify_event e;		/* for its alignment */
		char bytes[4096];
	} u;
	ssize_t n;

	while ((n = read(t->notify, u.bytes, sizeof(u.bytes))) > 0) {
		t->stirred = true;
		for (ssize_t i = 0; i < n;) {
			const struct inotify_event *e = (const struct inotify_event *)(u.bytes + i);

			hear(t, e);
			i += (ssize_t)(sizeof(*e) + e->len);
		}
	}
}

int tail_open(struct tail *t, const struct vmdir *dir, const char *name)
{
	struct vm_record r;

	*t = (struct tail)TAIL_INIT;
	t->dir = dir;
	snprintf(t->name, sizeof(t->name), "%s", name);
	snprintf(t->old, sizeof(t->old), "%s.1", name);
	/* nothing was read yet, NAME.1 is the first, NAME the second */
	t->newest = 2;
	t->notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (t->notify < 0 || watch_fd(t, dir->fd, IN_MOVED_TO | IN_CREATE | IN_DELETE) < 0)
		return fail(-errno, "watch %s", dir->path);
	/* the keeper before the files: what it writes until its end is read after it */
	if (record_load(dir, &r, NULL) >= 0 && record_same_boot(&r)) {
		t->qemu = r.qemu;
		t->keeper = proc_open(&r.keeper);
	}
	err_clear();
	t->backlog = size_of(t, t->old) + size_of(t, t->name);
	return 0;
}

/* 1: it is open as the next one; 0: it is the current one, or not there; -EAGAIN: names changed meanwhile; or recorded. */
static int open_number(struct tail *t, uint64_t number, bool gap)
{
	uint64_t newest = t->newest;
	const char *name = number == newest ? t->name : t->old;
	autoclose int fd = openat(t->dir->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	int watch;

	if (fd < 0 && errno != ENOENT)
		return fail(-errno, "open %s/%s", t->dir->path, name);
	if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)))
		return fail(-EINVAL, "%s/%s is no file", t->dir->path, name);
	/* between a rename and the next NAME the rename may not have been heard of yet */
	if (number != newest && t->fd >= 0 && t->keeper >= 0 && faccessat(t->dir->fd, t->name, F_OK, 0) < 0)
		return 0;
	count_renames(t);
	if (t->newest != newest)
		return -EAGAIN;
	if (fd < 0 || is_current(t, &st)) {
		if (number == newest)
			return 0;
		t->at = number;
		t->gap |= fd < 0 && t->fd >= 0;
		return -EAGAIN;
	}
	watch = watch_fd(t, fd, IN_MODIFY);
	if (watch < 0)
		return fail(-errno, "watch %s/%s", t->dir->path, name);
	t->next_watch = watch;
	t->next = fd_take(&fd);
	t->next_at = number;
	t->next_gap = gap;
	return 1;
}

static int open_next(struct tail *t)
{
	int rc;

	do {
		uint64_t want = t->at + 1;
		bool gap;

		count_renames(t);
		gap = want + 1 < t->newest;
		if (gap)
			want = t->newest - 1;
		if (t->cleared || want > t->newest)
			return 0;
		rc = open_number(t, want, gap && t->at);
	} while (rc == -EAGAIN);
	return rc;
}

static void go_on_with_next(struct tail *t)
{
	if (t->watch >= 0)
		inotify_rm_watch(t->notify, t->watch);
	fd_close(&t->fd);
	t->fd = fd_take(&t->next);
	t->watch = t->next_watch;
	t->next_watch = -1;
	t->at = t->next_at;
	t->gap |= t->next_gap;
}

ssize_t tail_read(struct tail *t, void *data, size_t size)
{
	while (!t->only_backlog || t->total < t->backlog) {
		ssize_t n;
		int rc;

		t->stirred = false;
		n = t->fd >= 0 ? fd_read(t->fd, data, size) : 0;
		t->total += n > 0 ? (uint64_t)n : 0;
		if (n < 0)
			return fail((int)n, "read %s/%s", t->dir->path, t->name);
		if (n > 0)
			return n;
		if (t->next < 0) {
			rc = open_next(t);
			if (rc <= 0)
				return rc;
			/* what was written to the old one before its rename */
			if (t->fd >= 0)
				continue;
		}
		go_on_with_next(t);
	}
	return 0;
}

/* One more piece behind what is there, for tail_line(). */
static ssize_t fill(struct tail *t)
{
	char piece[16384];
	bool gap = t->gap;
	ssize_t n;

	buf_drop(&t->in, t->done);
	t->done = 0;
	if (t->in.len > TAIL_LINE_MAX) {
		t->skipped += !t->skipping;
		t->skipping = true;
		buf_clear(&t->in);
	}
	t->gap = false;
	n = tail_read(t, piece, sizeof(piece));
	if (t->gap) {		/* half a line without its other half */
		buf_clear(&t->in);
		t->skipping = false;
	}
	t->gap |= gap;
	if (n > 0 && buf_add(&t->in, piece, (size_t)n) < 0)
		return fail(-ENOMEM, "read %s/%s", t->dir->path, t->name);
	return n;
}

int tail_line(struct tail *t, const char **line, size_t *len)
{
	for (;;) {
		const char *from = t->in.data + t->done, *end;
		ssize_t n;

		while (t->done < t->in.len && (end = memchr(from, '\n', t->in.len - t->done))) {
			bool rest = t->skipping;

			t->done = (size_t)(end + 1 - t->in.data);
			t->skipping = false;
			if (rest) {
				from = end + 1;
				continue;
			}
			*line = from;
			*len = (size_t)(end - from);
			return 1;
		}
		n = fill(t);
		if (n <= 0)
			return (int)n;
	}
}

int tail_wait(struct tail *t, int out, deadline_t until)
{
	struct pollfd p[3] = {
		{ .fd = t->notify, .events = POLLIN }, { .fd = t->keeper, .events = POLLIN }, { .fd = out, .events = 0 },
	};
	int rc;

	if (t->stirred)
		return TAIL_MORE;
	if (t->keeper < 0)
		return TAIL_END;
	rc = loop_poll(p, 3, until);
	if (rc < 0)
		return fail(rc, "wait for %s/%s", t->dir->path, t->name);
	if (p[2].revents & (POLLERR | POLLHUP))
		return TAIL_UNHEARD;
	if (p[0].revents)
		count_renames(t);
	t->stirred = false;
	if (p[1].revents)
		fd_close(&t->keeper);
	return rc ? TAIL_MORE : TAIL_DEADLINE;
}

int tail_over(const struct tail *t)
{
	if (!t->qemu.pid || !proc_alive(&t->qemu))
		return 0;
	return fail_exit(EXIT_FAILED, "%s runs, but its keeper is gone: nothing is recorded any more", t->dir->name);
}

void tail_close(struct tail *t)
{
	fd_close(&t->notify);
	fd_close(&t->keeper);
	fd_close(&t->fd);
	fd_close(&t->next);
	buf_free(&t->in);
}
