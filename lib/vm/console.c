/* SPDX-License-Identifier: MIT */
/* Attaching to a VM's console: from its log over to QEMU's socket, and the one who may write. */
#include <vm/console.h>

#include <base/err.h>
#include <base/fd.h>
#include <base/file.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG "console.log"
#define LOG_OLD "console.log.1"
#define SETTLE_US 100000	/* for the keeper to have logged what the socket said first */
#define ACCEPT_US 1000000	/* QEMU takes a new client sooner than this, if it can */
#define KEEPER_US 5000000	/* for the keeper to write the last bytes of a QEMU that is gone */
#define HANGUP_US 2000000	/* for QEMU to be gone when it has closed the connection */
#define LOGGED_MAX (64 << 10)	/* read of the log at once */
#define TAKEOVER_MS 3000	/* for another husk console to leave */
#define FOREGROUND "run"	/* how a foreground run is called as holder of the lock (tty.c) */

/* ---- one writer ---- */

/* Ask the lock's holder to leave.  0: asked, or it is gone already; else recorded. */
static int ask_to_leave(const struct vmdir *d, struct proc_id *asked)
{
	char storage[256], what[32];
	struct buf text = BUF_FIXED(storage);
	autoclose int pidfd = -1;
	struct proc_id id;
	int rc;

	/* a holder that has just locked it has not written yet: look again */
	if (file_read(d->fd, CONSOLE_LOCK, &text, sizeof(storage) - 1) < 0 ||
	    console_holder(buf_str(&text), text.len, &id, what, sizeof(what)) < 0)
		return 0;
	if (id.pid == asked->pid && id.start == asked->start)
		return 0;
	pidfd = proc_open(&id);
	if (pidfd < 0)
		return 0;
	if (!strcmp(what, FOREGROUND))
		return fail_exit(EXIT_BUSY, "%s: its console belongs to the husk run in the foreground, pid %d; "
				 "it cannot be taken from there", d->name, (int)id.pid);
	rc = proc_signal(pidfd, CONSOLE_TAKE_SIGNAL);
	*asked = id;
	return rc < 0 && rc != -ESRCH ? fail(rc, "%s: ask pid %d to leave its console", d->name, (int)id.pid) : 0;
}

static int take_lock(struct console *c, bool takeover, deadline_t until)
{
	struct proc_id asked = { 0 };

	c->lock = control_lock(c->dir, CONSOLE_LOCK, "console", 0);
	until = deadline_min(until, deadline_in(TAKEOVER_MS));
	while (c->lock < 0 && err_code() == EXIT_BUSY && takeover && !deadline_passed(until)) {
		int rc = ask_to_leave(c->dir, &asked);

		if (rc < 0)
			return rc;
		c->lock = control_lock(c->dir, CONSOLE_LOCK, "console", deadline_min(until, deadline_in(50)));
	}
	return c->lock < 0 ? -ECANCELED : 0;
}

/* ---- the log ---- */

static ino_t inode_of(int fd)
{
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 ? st.st_ino : 0;
}

static ino_t inode_at(const struct console *c, const char *name)
{
	struct stat st;

	return fstatat(c->dir->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? st.st_ino : 0;
}

static int open_log(const struct console *c, const char *name)
{
	return openat(c->dir->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

/* The last max bytes of an open file before an offset. */
static void add_last(struct buf *out, int fd, off_t end, uint64_t max)
{
	off_t at = (uint64_t)end > max ? end - (off_t)max : 0;
	char piece[16384];

	while (fd >= 0 && at < end) {
		size_t want = end - at < (off_t)sizeof(piece) ? (size_t)(end - at) : sizeof(piece);
		ssize_t n = pread(fd, piece, want, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || buf_add(out, piece, (size_t)n) < 0)
			return;
		at += n;
	}
}

/* Both files as of one moment; the replay's end is where reading goes on. */
static void read_old(struct console *c, uint64_t replay, struct buf *old)
{
	autoclose int before = -1;
	struct stat st;
	off_t end = 0;

	do {
		fd_close(&c->log);
		fd_close(&before);
		c->log = open_log(c, LOG);
		before = open_log(c, LOG_OLD);
	} while (inode_of(c->log) != inode_at(c, LOG));
	if (c->log >= 0 && fstat(c->log, &st) == 0)
		end = lseek(c->log, st.st_size, SEEK_SET);
	if (before >= 0 && (uint64_t)end < replay && fstat(before, &st) == 0)
		add_last(old, before, st.st_size, replay - (uint64_t)end);
	if (replay)
		add_last(old, c->log, end, replay);
}

/* The file that was read to its end was rotated: go on with its successor. */
static void next_log(struct console *c)
{
	ino_t done = inode_of(c->log);
	int next = -1;

	do {
		fd_close(&next);
		/* rotated twice: what is in between is the old one now, unless it was thrice */
		if (c->log >= 0 && inode_at(c, LOG_OLD) != done) {
			next = open_log(c, LOG_OLD);
			c->lost++;
			break;
		}
		next = open_log(c, LOG);
	} while (next >= 0 && c->log >= 0 && inode_at(c, LOG_OLD) != done);
	fd_close(&c->log);
	c->log = next;
}

/* Add the next bytes of the log, over rotations; 0: it was read to its end, else 1 or recorded. */
static int read_log(struct console *c)
{
	char data[16384], events[4096];
	bool rotated = false;
	ssize_t n;

	while (read(c->watch, events, sizeof(events)) > 0)
		;
	for (;;) {
		n = c->log >= 0 ? fd_read(c->log, data, sizeof(data)) : 0;
		if (n < 0)
			return fail((int)n, "read %s/%s", c->dir->path, LOG);
		if (n > 0)
			break;
		if (rotated) {
			next_log(c);
			rotated = false;
			if (c->log < 0)
				return 0;
		} else if (inode_at(c, LOG) && inode_at(c, LOG) != inode_of(c->log)) {
			rotated = true;		/* once more: what was written between the two looks */
		} else {
			return 0;
		}
	}
	c->moved_us = clock_us();
	return buf_add(&c->logged, data, (size_t)n) < 0 ? fail(-ENOMEM, "%s: its console's log", c->dir->name) : 1;
}

/* ---- the socket ---- */

/* The socket's first bytes, while output still comes from the log; stay: they are not needed. */
static void read_ahead(struct console *c, bool stay)
{
	char piece[4096];
	ssize_t n;

	while (c->sock >= 0 && c->first.len < CONSOLE_PREFIX) {
		n = recv(c->sock, piece, sizeof(piece), MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			fd_close(&c->sock);
			c->moved_us = clock_us();
			return;
		}
		if (!c->served_us)
			c->served_us = clock_us();
		if (!stay)
			buf_add(&c->first, piece, (size_t)n);
	}
}

/* QEMU closes the connection when it ends; one that does so and lives was told to by somebody. */
static int check_hangup(const struct console *c)
{
	if (c->lock < 0 || c->sock >= 0 || c->qemu < 0 || clock_us() - c->moved_us < HANGUP_US)
		return 0;
	return fail_exit(EXIT_FAILED, "%s: QEMU has closed the connection to its console", c->dir->name);
}

static ssize_t hand_out(struct console *c, char *data, size_t size)
{
	size_t n = c->ready.len < size ? c->ready.len : size;

	memcpy(data, buf_str(&c->ready), n);
	buf_drop(&c->ready, n);
	return (ssize_t)n;
}

static ssize_t read_sock(struct console *c, char *data, size_t size)
{
	ssize_t n = c->sock >= 0 ? recv(c->sock, data, size, MSG_DONTWAIT) : 0;

	if (n > 0)
		return n;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (c->sock >= 0)
		c->moved_us = clock_us();
	fd_close(&c->sock);
	return c->qemu < 0 ? -ENODATA : check_hangup(c);
}

/* ---- both ---- */

static void look_who_lives(struct console *c)
{
	struct pollfd p[2] = { { .fd = c->qemu, .events = POLLIN }, { .fd = c->keeper, .events = POLLIN } };

	if (poll(p, 2, 0) <= 0)
		return;
	if (p[0].revents) {
		fd_close(&c->qemu);
		c->end_us = clock_us();
	}
	if (p[1].revents)
		fd_close(&c->keeper);
}

/* The log was read to its end, and the socket was and is silent. */
static int nothing_new(const struct console *c, bool keeper)
{
	if (c->qemu < 0)
		return !keeper || clock_us() - c->end_us > KEEPER_US ? -ENODATA : 0;
	if (!keeper && c->sock < 0 && c->lock < 0)
		return fail_exit(EXIT_FAILED, "%s: its keeper is gone, and what the console says is not logged any more", c->dir->name);
	return check_hangup(c);
}

/* From the log to the socket, where the latter's first bytes stand in the former. */
static int go_over(struct console *c, bool final)
{
	size_t before;

	if (!console_align(buf_str(&c->logged), c->logged.len, buf_str(&c->first), c->first.len, final, &before))
		return 0;
	buf_add(&c->ready, buf_str(&c->logged), before);
	buf_add(&c->ready, buf_str(&c->first), c->first.len);
	buf_free(&c->logged);
	buf_free(&c->first);
	fd_close(&c->watch);
	fd_close(&c->log);
	return c->ready.failed ? fail(-ENOMEM, "%s: its console", c->dir->name) : 0;
}

/* Fill c->ready from the log, or go over to the socket.  0, or as console_read(). */
static int follow_log(struct console *c, bool keeper)
{
	int rc = 1;

	while (rc > 0 && c->logged.len < LOGGED_MAX)
		rc = read_log(c);
	if (rc < 0)
		return rc;
	/* in this order: QEMU writes to the socket first, so what is logged for a silent socket is not for the socket */
	read_ahead(c, c->record.console_lossy && keeper);
	c->elsewhere = c->sock >= 0 && !c->served_us && (c->elsewhere || (c->logged.len && clock_us() - c->opened_us > ACCEPT_US));
	if (c->first.len)
		return go_over(c, !keeper || clock_us() - c->served_us >= SETTLE_US);
	if (!c->logged.len) {
		/* without a keeper the log has ended */
		if (!keeper && c->sock >= 0)
			return go_over(c, true);
		return nothing_new(c, keeper);
	}
	buf_add(&c->ready, c->logged.data, c->logged.len);
	buf_clear(&c->logged);
	return 0;
}

ssize_t console_read(struct console *c, char *data, size_t size)
{
	bool keeper;
	int rc = 0;

	look_who_lives(c);
	keeper = c->keeper >= 0;	/* before the log is read: what it wrote last is in there */
	if (!c->ready.len && c->watch >= 0)
		rc = follow_log(c, keeper);
	if (rc < 0 || c->ready.len || c->watch >= 0)
		return rc < 0 ? rc : hand_out(c, data, size);
	return read_sock(c, data, size);
}

ssize_t console_write(struct console *c, const char *data, size_t len)
{
	ssize_t n = c->sock >= 0 ? send(c->sock, data, len, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;

	if (n > 0)
		return n;
	return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -EPIPE;
}

bool console_untaken(const struct console *c)
{
	int n = 0;

	/* unix(7): what the peer has not read; SIOCOUTQ by another name, which needs no kernel header */
	return c->sock >= 0 && ioctl(c->sock, TIOCOUTQ, &n) == 0 && n > 0;
}

void console_poll(const struct console *c, struct pollfd p[CONSOLE_POLLS], bool want_read, bool want_write, deadline_t *until)
{
	bool log = c->watch >= 0;
	short in = want_read && c->first.len < CONSOLE_PREFIX ? POLLIN : 0, out = want_write ? POLLOUT : 0;

	p[CONSOLE_POLL_SOCK] = (struct pollfd){ .fd = in || out ? c->sock : -1, .events = in | out };
	p[CONSOLE_POLL_LOG] = (struct pollfd){ .fd = want_read ? c->watch : -1, .events = POLLIN };
	p[CONSOLE_POLL_QEMU] = (struct pollfd){ .fd = want_read ? c->qemu : -1, .events = POLLIN };
	p[CONSOLE_POLL_KEEPER] = (struct pollfd){ .fd = want_read && log ? c->keeper : -1, .events = POLLIN };
	if (!want_read)
		return;
	if (c->ready.len)
		*until = 0;
	if (c->first.len)
		*until = deadline_min(*until, c->served_us + SETTLE_US);
	if (log && c->qemu < 0)
		*until = deadline_min(*until, c->end_us + KEEPER_US + 1000);
	if (c->lock >= 0 && c->sock < 0 && c->qemu >= 0)
		*until = deadline_min(*until, c->moved_us + HANGUP_US);
}

static int connect_to_qemu(struct console *c)
{
	c->sock = fd_connect(c->dir->path, "console.sock");
	if (c->sock == -ECONNREFUSED || c->sock == -ENOENT)
		return fail_exit(EXIT_NOT_RUNNING, "%s: QEMU is gone", c->dir->name);
	if (c->sock == -EAGAIN)
		return fail_exit(EXIT_BUSY, "%s: too many programs wait for its console.sock", c->dir->name);
	return c->sock < 0 ? c->sock : 0;
}

int console_open(struct console *c, struct vmdir *d, const struct console_options *o, struct buf *old, deadline_t until)
{
	int rc;

	*c = (struct console)CONSOLE_INIT;
	c->dir = d;
	rc = record_load(d, &c->record, NULL);
	if (rc < 0 && rc != -ENOENT)
		return rc;
	if (rc >= 0 && record_same_boot(&c->record))
		c->qemu = proc_open(&c->record.qemu);
	if (c->qemu < 0)
		return fail_exit(EXIT_NOT_RUNNING, "%s is not running", d->name);
	if (!c->record.console)
		return fail_exit(EXIT_FAILED, "%s has no console", d->name);
	c->keeper = proc_open(&c->record.keeper);
	if (!o->read_only || c->keeper < 0) {
		rc = take_lock(c, o->takeover, until);
		if (rc < 0)
			return rc;
	}
	c->watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (c->watch < 0 || inotify_add_watch(c->watch, d->path, IN_MODIFY | IN_CREATE | IN_MOVED_TO) < 0)
		return fail(-errno, "watch %s", d->path);
	/* in this order: what QEMU wrote before we connected is in the log only */
	read_old(c, o->replay, old);
	if (c->lock >= 0) {
		rc = connect_to_qemu(c);
		if (rc < 0)
			return rc;
	}
	c->opened_us = c->moved_us = clock_us();
	/* nobody pumps: the log ends here, and the socket has all that comes */
	if (c->keeper < 0)
		fd_close(&c->watch);
	return old->failed ? fail(-ENOMEM, "%s: the replay", d->name) : 0;
}

void console_close(struct console *c)
{
	fd_close(&c->sock);
	fd_close(&c->log);
	fd_close(&c->watch);
	fd_close(&c->qemu);
	fd_close(&c->keeper);
	fd_close(&c->lock);	/* last: the next one finds the socket free */
	buf_free(&c->logged);
	buf_free(&c->first);
	buf_free(&c->ready);
}
