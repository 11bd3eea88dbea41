/* SPDX-License-Identifier: MIT */
/* The console of a foreground run: output to stdout, a terminal's keys to the guest. */
#include <vm/vm.h>

#include <vm/console.h>

#include <base/err.h>
#include <base/log.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define LEAVE_KEY 0x1d		/* Ctrl-] */

static struct termios saved;	/* as the user had it; restored by tty_close() */

void tty_open(struct tty *t, const struct vm *vm, const struct run_options *o)
{
	struct termios raw;

	*t = (struct tty){ .in = -1, .sock = -1, .lock = -1, .out = vm->console_log >= 0 };
	if (!vm->record.console || (!isatty(0) && !o->stdin_console))
		return;
	/* husk console names us as the one who has it */
	t->lock = control_lock(&vm->dir, CONSOLE_LOCK, "run", 0);
	t->sock = t->lock < 0 ? t->lock : fd_connect(vm->dir.path, "console.sock");
	if (t->sock < 0) {
		warn("%s; the console takes no input", err_text());
		return;
	}
	fd_nonblock(t->sock);
	t->in = 0;
	if (isatty(0) && tcgetattr(0, &saved) == 0) {
		raw = saved;
		cfmakeraw(&raw);
		raw.c_oflag |= OPOST;	/* husk's own lines still end where they should */
		t->raw = tcsetattr(0, TCSANOW, &raw) == 0;
		notice("console of %s; Ctrl-] stops the VM\r", vm->dir.name);
	}
}

void tty_close(struct tty *t)
{
	if (t->raw)
		tcsetattr(0, TCSANOW, &saved);
	t->raw = false;
	fd_close(&t->sock);
	fd_close(&t->lock);
	t->in = -1;
}

bool tty_input(struct tty *t)
{
	ssize_t n = fd_read(t->in, t->pending + t->npending, sizeof(t->pending) - t->npending);
	char *leave;

	if (n <= 0) {
		t->in = -1;
		return false;
	}
	leave = t->raw ? memchr(t->pending + t->npending, LEAVE_KEY, (size_t)n) : NULL;
	if (leave) {
		t->npending = (size_t)(leave - t->pending);
		tty_flush(t);
		return true;
	}
	t->npending += (size_t)n;
	tty_flush(t);
	return false;
}

static void flush_input(struct tty *t)
{
	while (t->npending && t->sock >= 0) {
		ssize_t n = write(t->sock, t->pending, t->npending);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			fd_close(&t->sock);
			t->in = -1;
			return;
		}
		t->npending -= (size_t)n;
		memmove(t->pending, t->pending + n, t->npending);
	}
}

static void flush_output(struct tty *t)
{
	while (t->nunsaid) {
		struct pollfd p = { .fd = 1, .events = POLLOUT };
		/* stdout is shared with others, so it stays blocking: ask, and write no more than a pipe surely takes */
		size_t part = t->nunsaid < 512 ? t->nunsaid : 512;
		ssize_t n;

		if (poll(&p, 1, 0) <= 0)
			return;
		n = write(1, t->unsaid, part);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			t->out = false;
			t->nunsaid = 0;
			return;
		}
		t->nunsaid -= (size_t)n;
		memmove(t->unsaid, t->unsaid + n, t->nunsaid);
	}
}

void tty_flush(struct tty *t)
{
	flush_input(t);
	flush_output(t);
}

void tty_output(struct tty *t, const char *data, size_t len)
{
	if (!t->out)
		return;
	if (len > sizeof(t->unsaid) - t->nunsaid)
		len = sizeof(t->unsaid) - t->nunsaid;
	memcpy(t->unsaid + t->nunsaid, data, len);
	t->nunsaid += len;
	flush_output(t);
}
