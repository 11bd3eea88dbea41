/* SPDX-License-Identifier: MIT */
/* husk console: a terminal, a pipe or a script at a VM's console. */
#include "cmds.h"
#include "show.h"

#include <base/err.h>
#include <base/log.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>
#include <vm/console.h>

#define REPLAY_DEFAULT (64 << 10)
#define UNTIL_MAX 4096
#define TAKEN_LOOK_MS 5		/* whether QEMU has read all input cannot be polled */
#define LEAVING_MS 200		/* for the guest to take what was typed before the key */
#define ENDING_MS 2000		/* for the keeper to say how the VM ended */
/* What a guest may have left on: colours, a hidden cursor, its keypad, mouse and paste modes, the second screen. */
#define TERMINAL_RESET "\033[0m\033[?25h\033[?1;1000;1002;1003;1004;1006;2004;47l\033>\r\n"

static int parse_escape(struct pool *pool, const char *text, void *field, const char **why)
{
	int key = console_key(text);

	(void)pool;
	*why = "expected ^A to ^_, or none";
	*(int *)field = key;
	return key < 0 ? -EINVAL : 0;
}

const struct opt console_opts[] = {
	OPT_STRING(struct console_opts, until, "until", "TEXT", "leave with 0 as soon as the guest has said TEXT since the start"),
	OPT_CUSTOM(struct console_opts, escape, int, "escape", "KEY", parse_escape, "the key that leaves a terminal, ^A to ^_, or none",
		   .deflt = "^]"),
	OPT_SIZE(struct console_opts, replay, "replay", 0, CONSOLE_REPLAY_MAX, "show so much of the old output first",
		 .deflt = "64K on a terminal without --until, else 0"),
	OPT_FLAG(struct console_opts, no_replay, "no-replay", "show none of it"),
	OPT_FLAG(struct console_opts, read_only, "read-only", "send nothing, and be in nobody's way"),
	OPT_FLAG(struct console_opts, takeover, "takeover", "make the husk console that has it leave"),
	{ 0 }
};

void console_defaults(void *opts)
{
	((struct console_opts *)opts)->escape = 0x1d;
}

enum end { END_NONE, END_KEY, END_MATCHED, END_INPUT, END_VM, END_DEADLINE, END_TAKEN, END_SIGNAL, END_OUTPUT, END_FAILED };
static const char *const end_names[] = { "", "key", "matched", "input-end", "vm-ended", "deadline", "taken-over", "signal",
					 "output-closed", "failed" };

struct session {
	struct cmd_ctx *ctx;
	const struct console_opts *opts;
	struct console c;
	struct termios saved, raw_mode;
	bool raw, warned;
	int in;			/* -1: at its end, or never read */
	int out;
	bool out_nonblock;
	int signals;
	char typed[16384];	/* input that the socket has not taken yet */
	size_t ntyped;
	struct buf unsaid;	/* output, written up to said */
	size_t said;
	struct buf keep;	/* the end of the output, for --until */
	uint64_t sent, received;
	enum end end;
	int error;		/* END_FAILED: recorded; END_OUTPUT: of write(2); END_SIGNAL: the signal; END_TAKEN: by whom */
};

/* ---- terminal and signals ---- */

static void open_terminal(struct session *s)
{
	struct stat st;

	/* a descriptor of its own: not to block on a terminal that was stopped, while others share the one we have */
	s->out = 1;
	if (isatty(1) || (fstat(1, &st) == 0 && S_ISFIFO(st.st_mode))) {
		int own = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

		s->out_nonblock = own >= 0;
		s->out = own >= 0 ? own : 1;
	}
	s->in = s->opts->read_only && !isatty(0) ? -1 : 0;
	if (!isatty(0) || tcgetattr(0, &s->saved) < 0)
		return;
	if (s->opts->escape)
		notice("console of %s; Ctrl-%c leaves, the VM runs on", s->c.dir->name, s->opts->escape + '@');
	else
		notice("console of %s; no key leaves", s->c.dir->name);
	s->raw_mode = s->saved;
	cfmakeraw(&s->raw_mode);
	s->raw = tcsetattr(0, TCSANOW, &s->raw_mode) == 0;
}

static void close_terminal(struct session *s)
{
	if (s->raw) {
		const char *term = getenv("TERM");

		if (isatty(1) && s->out_nonblock && term && strcmp(term, "dumb") != 0)
			(void)!write(s->out, TERMINAL_RESET, sizeof(TERMINAL_RESET) - 1);
		/* answers to the guest's queries that come late are not for the shell; waiting for nothing */
		tcflush(0, TCIFLUSH);
		tcsetattr(0, TCSANOW, &s->saved);
	}
	if (s->out != 1)
		fd_close(&s->out);
}

/* Before the lock is taken: who takes over may ask at once. */
static int take_signals(struct session *s)
{
	static const int taken[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCONT, CONSOLE_TAKE_SIGNAL };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		sigaddset(&set, taken[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->signals < 0 ? fail(-errno, "signalfd") : 0;
}

static void finish(struct session *s, enum end end, int error)
{
	if (s->end == END_NONE || s->end == END_MATCHED) {
		s->end = end;
		s->error = error;
	}
}

static void read_signal(struct session *s)
{
	struct signalfd_siginfo si;

	if (read(s->signals, &si, sizeof(si)) != sizeof(si))
		return;
	if (si.ssi_signo == SIGCONT) {
		/* the shell has had the terminal meanwhile */
		if (s->raw && tcgetpgrp(0) == getpgrp())
			tcsetattr(0, TCSANOW, &s->raw_mode);
	} else if (si.ssi_signo == CONSOLE_TAKE_SIGNAL) {
		finish(s, END_TAKEN, (int)si.ssi_pid);
	} else {
		finish(s, END_SIGNAL, (int)si.ssi_signo);
	}
}

/* ---- both directions ---- */

static void take_input(struct session *s)
{
	ssize_t n = fd_read(s->in, s->typed, sizeof(s->typed));
	char *leave;

	if (n == -EAGAIN)
		return;
	if (n <= 0) {
		s->in = -1;
		/* a terminal has no end: it is gone */
		if (s->raw)
			finish(s, END_KEY, 0);
		return;
	}
	leave = s->raw && s->opts->escape ? memchr(s->typed, s->opts->escape, (size_t)n) : NULL;
	if (!s->opts->read_only)
		s->ntyped = leave ? (size_t)(leave - s->typed) : (size_t)n;
	if (leave) {
		s->in = -1;
		finish(s, END_KEY, 0);
	}
}

static void flush_input(struct session *s)
{
	while (s->ntyped) {
		ssize_t n = console_write(&s->c, s->typed, s->ntyped);

		if (n == 0)
			return;
		if (n < 0) {	/* that it ended, and how, is heard on the other side */
			s->in = -1;
			s->ntyped = 0;
			return;
		}
		s->sent += (size_t)n;
		s->ntyped -= (size_t)n;
		memmove(s->typed, s->typed + n, s->ntyped);
	}
}

static void take_output(struct session *s)
{
	char piece[16384];
	ssize_t n = console_read(&s->c, piece, sizeof(piece));
	size_t found;

	if (n == -ENODATA)
		finish(s, END_VM, 0);
	else if (n < 0)
		finish(s, END_FAILED, (int)n);
	if (n <= 0)
		return;
	if (s->opts->until) {
		found = console_find(&s->keep, s->opts->until, strlen(s->opts->until), piece, (size_t)n);
		if (found) {
			finish(s, END_MATCHED, 0);
			n = (ssize_t)found;
		}
	}
	s->received += (size_t)n;
	buf_clear(&s->unsaid);
	s->said = 0;
	if (buf_add(&s->unsaid, piece, (size_t)n) < 0)
		finish(s, END_FAILED, fail(-ENOMEM, "output"));
}

static void flush_output(struct session *s)
{
	while (s->said < s->unsaid.len) {
		struct pollfd p = { .fd = s->out, .events = POLLOUT };
		size_t part = s->unsaid.len - s->said;
		ssize_t n;

		/* shared with others it stays blocking: ask first, and write no more than surely fits */
		if (!s->out_nonblock) {
			if (poll(&p, 1, 0) <= 0)
				return;
			part = part < 512 ? part : 512;
		}
		n = write(s->out, s->unsaid.data + s->said, part);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			finish(s, END_OUTPUT, errno);
			s->said = s->unsaid.len;
			return;
		}
		s->said += (size_t)n;
	}
}

static void wait_for_more(struct session *s)
{
	enum { SIGNALS = CONSOLE_POLLS, IN, OUT, COUNT };
	bool unsaid = s->said < s->unsaid.len, waiting = s->in < 0 && !s->ntyped && !s->opts->read_only && !s->opts->until;
	deadline_t until = waiting ? deadline_min(s->ctx->deadline, deadline_in(TAKEN_LOOK_MS)) : s->ctx->deadline;
	struct pollfd p[COUNT];

	console_poll(&s->c, p, !unsaid, s->ntyped > 0, &until);
	p[SIGNALS] = (struct pollfd){ .fd = s->signals, .events = POLLIN };
	p[IN] = (struct pollfd){ .fd = s->ntyped ? -1 : s->in, .events = POLLIN };
	/* without anything to write: whether its reader went away */
	p[OUT] = (struct pollfd){ .fd = s->out, .events = unsaid ? POLLOUT : 0 };
	if (loop_poll(p, COUNT, until) <= 0)
		return;
	if (p[SIGNALS].revents)
		read_signal(s);
	if (p[IN].revents)
		take_input(s);
	if (p[OUT].revents & POLLERR)
		finish(s, END_OUTPUT, EPIPE);
}

/* QEMU forgets what a client that has gone had typed. */
static void let_input_be_taken(struct session *s)
{
	deadline_t until = deadline_min(s->ctx->deadline, deadline_in(LEAVING_MS));

	while ((s->ntyped || console_untaken(&s->c)) && !deadline_passed(until)) {
		flush_input(s);
		(void)loop_poll(NULL, 0, deadline_in(TAKEN_LOOK_MS));
	}
}

static void warn_of_others(struct session *s)
{
	if (s->warned || !s->c.elsewhere)
		return;
	s->warned = true;
	warn("%s: another program has its console.sock; input waits until that leaves%s", s->c.dir->name, s->raw ? "\r" : "");
}

static void converse(struct session *s)
{
	for (;;) {
		bool all_said = s->said == s->unsaid.len;

		if (all_said && s->end == END_NONE)
			take_output(s);
		flush_output(s);
		flush_input(s);
		all_said = s->said == s->unsaid.len;
		if (s->end != END_NONE && (all_said || s->end != END_MATCHED))
			return;
		if (deadline_passed(s->ctx->deadline)) {
			s->end = END_DEADLINE;
			return;
		}
		if (all_said && s->in < 0 && !s->ntyped && !s->opts->read_only && !s->opts->until && !s->raw &&
		    !console_untaken(&s->c)) {
			finish(s, END_INPUT, 0);
			return;
		}
		warn_of_others(s);
		wait_for_more(s);
	}
}

/* ---- the end ---- */

static void say_how_it_ended(const struct session *s)
{
	struct ending e;

	if (s->c.keeper >= 0)
		(void)loop_readable(s->c.keeper, deadline_in(ENDING_MS));
	if (ending_load(s->c.dir, &e) == 0)
		notice("%s: %s", s->c.dir->name, e.detail);
	else
		notice("%s has ended", s->c.dir->name);
	err_clear();
}

static int deadline_met(const struct session *s)
{
	const char *name = s->c.dir->name;
	bool untaken = s->ntyped || (s->sent && console_untaken(&s->c));
	const char *why = !untaken ? "" : s->c.elsewhere ? "; input was not taken: another program has console.sock" :
		"; not all input was taken: the guest does not read, or another program has console.sock";

	if (s->opts->until)
		return fail_exit(EXIT_DEADLINE, "%s did not say \"%s\" in time%s", name, s->opts->until, why);
	return fail_exit(EXIT_DEADLINE, "%s: the deadline has passed%s", name, why);
}

static int verdict(const struct session *s)
{
	const char *name = s->c.dir->name;

	switch (s->end) {
	case END_KEY:
		notice("left the console of %s", name);
		return EXIT_OK;
	case END_VM:
		if (s->opts->until)
			return fail_exit(EXIT_NOT_RUNNING, "%s ended and did not say \"%s\"", name, s->opts->until);
		say_how_it_ended(s);
		return EXIT_OK;
	case END_DEADLINE:
		return deadline_met(s);
	case END_TAKEN:
		return fail_exit(EXIT_BUSY, "the console of %s was taken over by pid %d", name, s->error);
	case END_SIGNAL:
		return 128 + s->error;
	case END_OUTPUT:
		if (s->error == EPIPE && !s->opts->until)
			return EXIT_OK;
		return fail(-s->error, "write to stdout");
	case END_FAILED:
		return s->error;
	default:
		return EXIT_OK;
	}
}

static void receipt(const struct session *s, int64_t start_us)
{
	autobuf struct buf b = BUF_INIT;
	struct json_out o = JSON_OUT(&b);

	json_open(&o, NULL, '{');
	json_put_str(&o, "name", s->c.dir->name);
	json_put_str(&o, "end", end_names[s->end]);
	json_put_int(&o, "ms", (clock_us() - start_us) / 1000);
	json_put_uint(&o, "sent", s->sent);
	json_put_uint(&o, "received", s->received);
	json_close(&o, '}');
	buf_addc(&b, '\n');
	fd_write_all(2, buf_str(&b), b.len);
}

static int attach(struct session *s, struct vmdir *d)
{
	const struct console_opts *opts = s->opts;
	struct console_options o = { .read_only = opts->read_only, .takeover = opts->takeover };
	autobuf struct buf old = BUF_INIT;
	int rc;

	o.replay = opt_given(s->ctx->set, "replay") ? opts->replay : isatty(1) && !opts->until ? REPLAY_DEFAULT : 0;
	if (opts->no_replay)
		o.replay = 0;
	rc = take_signals(s);
	if (rc >= 0)
		rc = console_open(&s->c, d, &o, &old, s->ctx->deadline);
	if (rc < 0)
		return rc;
	open_terminal(s);
	if (!isatty(1)) {
		buf_add(&s->unsaid, buf_str(&old), old.len);
	} else if (old.len) {
		console_calm(&s->unsaid, old.data, old.len);
		buf_adds(&s->unsaid, "\033[0m");
	}
	return 0;
}

int cmd_console(struct cmd_ctx *ctx)
{
	static struct session s;
	autorundir struct rundir r = { .fd = -1 };
	autovmdir struct vmdir d = VMDIR_INIT;
	int64_t start_us = clock_us();
	int rc;

	s = (struct session){ .ctx = ctx, .opts = ctx->opts, .c = CONSOLE_INIT, .signals = -1 };
	if (s.opts->until && (!s.opts->until[0] || strlen(s.opts->until) > UNTIL_MAX))
		return fail_exit(EXIT_USAGE, "--until: 1 to %d bytes are needed", UNTIL_MAX);
	if (s.opts->no_replay && opt_given(ctx->set, "replay"))
		return fail_exit(EXIT_USAGE, "--replay and --no-replay exclude each other");
	if (s.opts->read_only && s.opts->takeover)
		return fail_exit(EXIT_USAGE, "--read-only and --takeover exclude each other");
	rc = show_open(ctx, &r, &d);
	if (rc >= 0)
		rc = attach(&s, &d);
	if (rc >= 0) {
		converse(&s);
		if (s.end == END_KEY)
			let_input_be_taken(&s);
		close_terminal(&s);
		if (s.c.lost)
			warn("%s: some output was not seen: its log was rotated faster than it was read", d.name);
		rc = verdict(&s);
		if (ctx->g.json)
			receipt(&s, start_us);
	}
	console_close(&s.c);
	fd_close(&s.signals);
	buf_free(&s.unsaid);
	buf_free(&s.keep);
	return rc;
}
