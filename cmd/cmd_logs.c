/* SPDX-License-Identifier: MIT */
/* husk logs: what the console, QEMU or the journal said, and what it says from now on. */
#include "cmds.h"
#include "show.h"

#include <base/err.h>
#include <base/file.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_MAX (2u << 30)

const struct opt logs_opts[] = {
	OPT_FLAG(struct logs_opts, follow, "follow", "go on with what is added, until the VM ends", .letter = 'f'),
	OPT_INT(struct logs_opts, lines, "lines", 0, 1000000000, "only the last N lines", .letter = 'n', .deflt = "all"),
	OPT_FLAG(struct logs_opts, qemu, "qemu", "QEMU's own output instead of the console"),
	OPT_FLAG(struct logs_opts, events, "events", "the journal of events instead of the console"),
	OPT_FLAG(struct logs_opts, raw, "raw", "the bytes as they are, on a terminal too"),
	{ 0 }
};

void logs_defaults(void *opts)
{
	((struct logs_opts *)opts)->lines = -1;
}

static const char *last_lines(const char *text, size_t len, int64_t lines)
{
	const char *p = text + len;

	if (lines <= 0)
		return lines < 0 ? text : p;
	if (len && p[-1] == '\n' && lines > 0)
		p--;
	while (p > text && (p[-1] != '\n' || --lines > 0))
		p--;
	return p;
}

/* One file that is followed over its rotations. */
struct tail {
	const struct logs_opts *opts;
	const struct vmdir *dir;
	const char *name;
	int fd;
	ino_t ino;
};

static void copy_new(struct tail *t)
{
	char piece[65536];
	ssize_t n;

	while (t->fd >= 0 && (n = fd_read(t->fd, piece, sizeof(piece))) > 0)
		show_guest(stdout, t->opts->raw, piece, (size_t)n);
	fflush(stdout);
}

/* Rotated: finish the old file, go on with the new one from its start. */
static void reopen(struct tail *t)
{
	struct stat st;

	copy_new(t);
	if (fstatat(t->dir->fd, t->name, &st, AT_SYMLINK_NOFOLLOW) < 0 || (t->fd >= 0 && st.st_ino == t->ino))
		return;
	fd_close(&t->fd);
	t->fd = openat(t->dir->fd, t->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	t->ino = st.st_ino;
	copy_new(t);
}

static int show_so_far(struct tail *t, off_t *end)
{
	autobuf struct buf text = BUF_INIT;
	char old[32];
	const char *from;
	int rc;

	snprintf(old, sizeof(old), "%s.1", t->name);
	if (t->opts->lines != 0)
		(void)file_read(t->dir->fd, old, &text, LOG_MAX);
	*end = -(off_t)text.len;
	rc = file_read(t->dir->fd, t->name, &text, LOG_MAX);
	if (rc < 0 && rc != -ENOENT)
		return fail(rc, "read %s/%s", t->dir->path, t->name);
	*end += (off_t)text.len;
	from = last_lines(buf_str(&text), text.len, t->opts->lines);
	show_guest(stdout, t->opts->raw, from, text.len - (size_t)(from - buf_str(&text)));
	fflush(stdout);
	return 0;
}

static int follow(struct tail *t, off_t from, struct cmd_ctx *ctx)
{
	autoclose int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK), life = -1;
	struct vm_record r;
	struct pollfd p[3];
	struct stat st;

	if (watch < 0 || inotify_add_watch(watch, t->dir->path, IN_MODIFY | IN_CREATE | IN_MOVED_TO) < 0)
		return fail(-errno, "watch %s", t->dir->path);
	if (record_load(t->dir, &r, NULL) >= 0)
		life = record_keeper_alive(&r) ? proc_open(&r.keeper) : record_qemu_alive(&r) ? proc_open(&r.qemu) : -1;
	t->fd = openat(t->dir->fd, t->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (t->fd >= 0 && fstat(t->fd, &st) == 0) {
		t->ino = st.st_ino;
		lseek(t->fd, from, SEEK_SET);
	}
	for (;;) {
		char events[4096];

		reopen(t);
		if (life < 0)
			return 0;
		p[0] = (struct pollfd){ .fd = watch, .events = POLLIN };
		p[1] = (struct pollfd){ .fd = life, .events = POLLIN };
		p[2] = (struct pollfd){ .fd = 1, .events = 0 };		/* a reader that went away */
		if (loop_poll(p, 3, ctx->deadline) == 0)
			return fail_exit(EXIT_DEADLINE, "%s still runs", t->dir->name);
		if (p[2].revents & POLLERR)
			return 0;
		while (read(watch, events, sizeof(events)) > 0)
			;
		if (p[1].revents)
			fd_close(&life);
	}
}

int cmd_logs(struct cmd_ctx *ctx)
{
	const struct logs_opts *opts = ctx->opts;
	autorundir struct rundir r = { .fd = -1 };
	autovmdir struct vmdir d = VMDIR_INIT;
	struct tail t = { .opts = opts, .dir = &d, .fd = -1 };
	off_t end;
	int rc;

	if (opts->qemu && opts->events)
		return fail_exit(EXIT_USAGE, "--qemu and --events exclude each other");
	t.name = opts->qemu ? "qemu.log" : opts->events ? "events.jsonl" : "console.log";
	rc = show_open(ctx, &r, &d);
	if (rc >= 0)
		rc = show_so_far(&t, &end);
	if (rc >= 0 && opts->follow)
		rc = follow(&t, end, ctx);
	fd_close(&t.fd);
	return rc < 0 ? rc : EXIT_OK;
}
