/* SPDX-License-Identifier: MIT */
/* The faults of fake-qemu: what may go wrong, one row each. */
#ifndef T_FAKE_QEMU_H
#define T_FAKE_QEMU_H

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/*
 * How it works: "-fake MODE[=VALUE][@WHERE]" on the command line (several may be given), or a VM whose name ends in
 * ".fake-MODE", turns a fault on; without one it behaves like a QEMU whose guest obeys system_powerdown.  WHERE limits
 * the fault to one command ("query-status") or to one monitor (its chardev's id); without it a fault strikes every
 * monitor and every command but qmp_capabilities, except that deaths wait for "cont".
 * A mode is one row of modes[] and its hooks.  Needs no heap, no environment, no /proc; static linking will do.
 */

enum {
	MONITORS = 8,
	LINE = 256 << 10,		/* longest command understood */
	HUGE = 100 << 20,
};

struct monitor {
	char id[64];			/* of the chardev */
	int fd;				/* as given: listening, or connected */
	int client;			/* -1: none */
	bool listening, is_monitor, negotiated, mute, deaf;
	size_t len;			/* bytes of a command so far */
	size_t huge;			/* bytes of an endless line to go */
	bool flood;
	char held_name[128], held_id[64];	/* a command that is run later */
	int64_t held_until;		/* ms; 0: none */
	char in[LINE];
};

struct fault {
	const struct mode *mode;
	char value[1024], where[64];
};

/* One row per fault.  A hook that returns true has done all there is to do. */
struct mode {
	const char *name;
	const char *at;				/* command it strikes at by default; NULL: every one */
	void (*start)(const struct fault *f);	/* when the command line has been read */
	bool (*greet)(const struct fault *f, struct monitor *m);
	bool (*command)(const struct fault *f, struct monitor *m, const char *name, const char *id);
	void (*after)(const struct fault *f);	/* when the reply to a command is out */
};

static struct monitor monitors[MONITORS];
static size_t nmonitors;
static const char *program = "qemu-system-x86_64";
static bool uses_kvm, spam_stderr, spam_logs;
static struct { bool there, open; char node[64]; } cd;
static int passed = -1;			/* the descriptor that came last with a command */

/* ---- small things ---- */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void complain(const char *text)
{
	dprintf(2, "%s: %s\n", program, text);
}

static void hang_up(struct monitor *m)
{
	if (m->client >= 0)
		close(m->client);
	m->client = -1;
	m->negotiated = false;
	m->len = m->huge = 0;
	m->flood = m->mute = m->deaf = false;
	m->held_until = 0;
}

static void send_n(struct monitor *m, const char *data, size_t len)
{
	while (len && m->client >= 0) {
		ssize_t n = send(m->client, data, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return;			/* the end is seen when reading */
		data += n;
		len -= (size_t)n;
	}
}

static void send_text(struct monitor *m, const char *text)
{
	send_n(m, text, strlen(text));
}

__attribute__((format(printf, 2, 3))) static void sendf(struct monitor *m, const char *fmt, ...)
{
	char line[4096];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n > 0)
		send_n(m, line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1);
}

static void event(const char *name, const char *data)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	for (size_t i = 0; i < nmonitors; i++)
		if (monitors[i].negotiated && !monitors[i].mute)
			sendf(&monitors[i], "{\"timestamp\": {\"seconds\": %lld, \"microseconds\": %ld}, \"event\": \"%s\"%s%s}\r\n",
			      (long long)t.tv_sec, t.tv_nsec / 1000, name, data ? ", \"data\": " : "", data ? data : "");
}

__attribute__((noreturn)) static void end(const char *reason, bool guest)
{
	char data[128];

	snprintf(data, sizeof(data), "{\"guest\": %s, \"reason\": \"%s\"}", guest ? "true" : "false", reason);
	event("SHUTDOWN", data);
	_exit(0);
}

static void reply(struct monitor *m, const char *value, const char *id)
{
	sendf(m, "{\"return\": %s%s%s}\r\n", value, id ? ", \"id\": " : "", id ? id : "");
}

static void refuse(struct monitor *m, const char *class, const char *desc, const char *id)
{
	sendf(m, "{%s%s%s\"error\": {\"class\": \"%s\", \"desc\": \"%s\"}}\r\n", id ? "\"id\": " : "", id ? id : "",
	      id ? ", " : "", class, desc);
}

static void do_greeting(struct monitor *m)
{
	send_text(m, "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 22, \"minor\": 2, \"major\": 7}, \"package\": \"(fake)\"}, "
		  "\"capabilities\": [\"oob\"]}}\r\n");
}

/* ---- faults: greetings ---- */

static bool greet_not(const struct fault *f, struct monitor *m)
{
	(void)f;
	m->mute = true;
	return true;
}

static bool greet_half(const struct fault *f, struct monitor *m)
{
	(void)f;
	send_text(m, "{\"QMP\": {\"version\": {\"qemu\"");
	m->mute = true;
	return true;
}

static bool greet_garbage(const struct fault *f, struct monitor *m)
{
	(void)f;
	send_text(m, "\x7f" "ELF\x01\x02\x1b[2J\xff\xfe not what you expected\r\n");
	m->mute = true;
	return true;
}

static bool greet_and_go(const struct fault *f, struct monitor *m)
{
	(void)f;
	do_greeting(m);
	hang_up(m);
	return true;
}

static bool greet_deaf(const struct fault *f, struct monitor *m)
{
	(void)f;
	do_greeting(m);
	m->deaf = true;
	return true;
}

/* ---- faults: replies ---- */

static bool reply_half(const struct fault *f, struct monitor *m, const char *name, const char *id)
{
	(void)f;
	(void)name;
	sendf(m, "{\"id\": %s, \"retu", id ? id : "0");
	m->mute = true;
	return true;
}

static bool reply_not(const struct fault *f, struct monitor *m, const char *name, const char *id)
{
	(void)f;
	(void)m;
	(void)name;
	(void)id;
	return true;
}

static bool reply_huge(const struct fault *f, struct monitor *m, const char *name, const char *id)
{
	(void)f;
	(void)name;
	(void)id;
	send_text(m, "{\"return\": \"");
	m->huge = HUGE;
	return true;
}

static bool reply_bad_utf8(const struct fault *f, struct monitor *m, const char *name, const char *id)
{
	(void)f;
	(void)name;
	sendf(m, "{\"return\": \"\xed\xa0\x80\xff\", \"id\": %s}\r\n", id ? id : "0");
	return true;
}

static bool reply_deep(const struct fault *f, struct monitor *m, const char *name, const char *id)
{
	static char deep[20000];

	(void)f;
	(void)name;
	memset(deep, '[', sizeof(deep) / 2);
	memset(deep + sizeof(deep) / 2, ']', sizeof(deep) / 2);
	send_text(m, "{\"return\": ");
	send_n(m, deep, sizeof(deep));
	sendf(m, ", \"id\": %s}\r\n", id ? id : "0");
	return true;
}

/* Whatever JSON is wanted: =JSON@COMMAND */
static bool reply_as_told(const struct fault *f, struct monitor *m, const char *name, const char *id)
{
	(void)name;
	reply(m, f->value, id);
	return true;
}

/* An array with so many times the same element, in which each # is a number: =N,JSON@COMMAND */
static bool reply_many(const struct fault *f, struct monitor *m, const char *name, const char *id)
{
	char *json;
	long n = strtol(f->value, &json, 10);

	(void)name;
	send_text(m, "{\"return\": [");
	for (long i = 0; i < n && m->client >= 0; i++) {
		char element[1100], *to = element;

		*to++ = i ? ',' : ' ';
		for (const char *c = json + 1; *c && to < element + sizeof(element) - 24; c++)
			to += *c == '#' ? snprintf(to, 24, "%ld", i) : (*to = *c, 1);
		send_n(m, element, (size_t)(to - element));
	}
	sendf(m, "], \"id\": %s}\r\n", id ? id : "0");
	return true;
}

static bool reply_twice_in_one(const struct fault *f, struct monitor *m, const char *name, const char *id)
{
	(void)f;
	(void)name;
	sendf(m, "{\"return\": {}, \"id\": %s, \"return\": {\"status\": \"paused\"}}\r\n", id ? id : "0");
	return true;
}

static bool reply_wrong_id(const struct fault *f, struct monitor *m, const char *name, const char *id)
{
	(void)f;
	(void)name;
	sendf(m, "{\"return\": {}, \"id\": 9%s}\r\n", id ? id : "0");
	return true;
}

static bool reply_flood(const struct fault *f, struct monitor *m, const char *name, const char *id)
{
	(void)f;
	(void)name;
	(void)id;
	m->flood = true;
	return true;
}

static bool reply_late(const struct fault *f, struct monitor *m, const char *name, const char *id)
{
	int64_t ms = strtoll(f->value, NULL, 10);

	snprintf(m->held_name, sizeof(m->held_name), "%s", name);
	snprintf(m->held_id, sizeof(m->held_id), "%s", id ? id : "0");
	m->held_until = now_ms() + (ms > 0 ? ms : 1000);
	return true;
}

static bool reply_refusal(const struct fault *f, struct monitor *m, const char *name, const char *id)
{
	(void)name;
	refuse(m, "GenericError", f->value[0] ? f->value : "refused", id);
	return true;
}

static bool reply_refusal_once(const struct fault *f, struct monitor *m, const char *name, const char *id)
{
	static bool done;

	if (done)
		return false;
	done = true;
	return reply_refusal(f, m, name, id);
}

static bool reply_with_descriptors(const struct fault *f, struct monitor *m, const char *name, const char *id)
{
	char line[256], space[CMSG_SPACE(3 * sizeof(int))] = "";
	struct iovec iov = { .iov_base = line };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof(space) };
	const int fds[3] = { 2, 2, 2 };

	(void)f;
	(void)name;
	iov.iov_len = (size_t)snprintf(line, sizeof(line), "{\"return\": {}, \"id\": %.64s}\r\n", id ? id : "0");
	CMSG_FIRSTHDR(&msg)->cmsg_level = SOL_SOCKET;
	CMSG_FIRSTHDR(&msg)->cmsg_type = SCM_RIGHTS;
	CMSG_FIRSTHDR(&msg)->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(CMSG_FIRSTHDR(&msg)), fds, sizeof(fds));
	if (sendmsg(m->client, &msg, MSG_NOSIGNAL) < 0)
		complain("sendmsg failed");
	return true;
}

/* What screendump writes: a PNG of one pixel, of which some is missing or wrong. */
static bool write_picture(const struct fault *f, struct monitor *m, const char *name, const char *id)
{
	static const unsigned char png[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x8\2\0\0\0\x90wS\xde"
		"\0\0\0\xcIDATx\x9c""c```\0\0\0\4\0\1\xf6\x17""8U\0\0\0\0IEND\xae""B`\x82";
	unsigned char data[sizeof(png)];
	size_t len = sizeof(png) - 1;

	(void)name;
	memcpy(data, png, sizeof(png));
	if (strcmp(f->value, "nothing") == 0)
		len = 0;
	else if (strcmp(f->value, "garbage") == 0)
		memset(data, '\x1b', sizeof(data));
	else if (strcmp(f->value, "half") == 0)
		len -= 12;
	else if (strcmp(f->value, "more") == 0)
		len++;
	else if (strcmp(f->value, "vast") == 0)
		memset(data + 16, 0xff, 8);
	if (write(passed, data, len) != (ssize_t)len || (strcmp(f->value, "huge") == 0 && ftruncate(passed, 1LL << 40) < 0))
		complain("cannot write the picture");
	reply(m, "{}", id);
	return true;
}

/* ---- faults: ends ---- */

static bool die_mid_reply(const struct fault *f, struct monitor *m, const char *name, const char *id)
{
	reply_half(f, m, name, id);
	_exit(1);
}

static void die_segv(const struct fault *f)
{
	volatile char *page = mmap(NULL, 1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)f;
	signal(SIGSEGV, SIG_DFL);	/* a sanitizer would make an exit of it */
	/* a real fault: pid 1 of a namespace, as which QEMU may run, would ignore the mere signal */
	munmap((void *)page, 1);
	*page = 1;
}

/* The kernel kills whoever makes this system call from now on. */
static void forbid(long nr)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}

static void die_sigsys(const struct fault *f)
{
	long nr = f->value[0] ? strtol(f->value, NULL, 10) : SYS_keyctl;

	syscall(nr, 0, 0, 0, 0, 0);
	/* no filter, or one that only refuses: then one of our own */
	forbid(nr);
	syscall(nr, 0, 0, 0, 0, 0);
}

static void die_abort(const struct fault *f)
{
	(void)f;
	complain("../fake.c:1: fake_abort: Assertion `false' failed.");
	abort();
}

static void die_panic(const struct fault *f)
{
	(void)f;
	event("GUEST_PANICKED", "{\"action\": \"poweroff\"}");
	end("guest-panic", true);
}

static void die_reset(const struct fault *f)
{
	(void)f;
	end("guest-reset", true);
}

static void die_shutdown(const struct fault *f)
{
	(void)f;
	end("guest-shutdown", true);
}

static void die_silent(const struct fault *f)
{
	_exit(f->value[0] ? (int)strtol(f->value, NULL, 10) : 0);
}

static void start_exit(const struct fault *f)
{
	(void)f;
	complain("-device fake: 'fake' is not a valid device model name");
	_exit(1);
}

static void start_abort_if_kvm(const struct fault *f)
{
	(void)f;
	if (!uses_kvm)
		return;
	complain("../target/i386/kvm/kvm.c:2672: kvm_buf_set_msrs: Assertion `ret == cpu->kvm_msr_buf->nmsrs' failed.");
	abort();
}

/* A drive with a tray: =NODE, the medium that is in it, or =NODE,open */
static void start_cd(const struct fault *f)
{
	cd.there = true;
	cd.open = strstr(f->value, ",open");
	snprintf(cd.node, sizeof(cd.node), "%.*s", (int)strcspn(f->value, ","), f->value);
}

static void start_spam_stderr(const struct fault *f)
{
	(void)f;
	spam_stderr = true;
}

static void start_spam_console(const struct fault *f)
{
	(void)f;
	spam_logs = true;
}

static const struct mode modes[] = {
	{ "normal", .at = NULL },
	{ "silence", .greet = greet_not },
	{ "half-greeting", .greet = greet_half },
	{ "garbage", .greet = greet_garbage },
	{ "eof-after-greeting", .greet = greet_and_go },
	{ "never-reads", .greet = greet_deaf },
	{ "no-reply", .command = reply_not },
	{ "half-line", .command = reply_half },
	{ "huge-line", .command = reply_huge },
	{ "bad-utf8", .command = reply_bad_utf8 },
	{ "deep", .command = reply_deep },
	{ "dup-keys", .command = reply_twice_in_one },
	{ "answer", .command = reply_as_told },				/* =JSON */
	{ "many", .command = reply_many },				/* =N,JSON */
	{ "wrong-id", .command = reply_wrong_id },
	{ "flood", .command = reply_flood },
	{ "late-reply", .command = reply_late },			/* =MS */
	{ "refuse", .command = reply_refusal },				/* =TEXT */
	{ "refuse-once", .command = reply_refusal_once },		/* =TEXT */
	{ "send-fds", .command = reply_with_descriptors },
	{ "picture", .at = "screendump", .command = write_picture },	/* =nothing, garbage, half, more, vast, huge */
	{ "die-between-replies", .command = die_mid_reply },
	{ "sigsegv", .at = "cont", .after = die_segv },
	{ "sigsys", .at = "cont", .after = die_sigsys },		/* =SYSCALL */
	{ "abort", .at = "cont", .after = die_abort },
	{ "panic", .at = "cont", .after = die_panic },
	{ "guest-reset", .at = "cont", .after = die_reset },
	{ "guest-shutdown", .at = "cont", .after = die_shutdown },
	{ "exit", .at = "cont", .after = die_silent },			/* =CODE, without an event */
	{ "exit-before-greeting", .start = start_exit },
	{ "abort-if-kvm", .start = start_abort_if_kvm },
	{ "cd", .start = start_cd },					/* =NODE[,open] */
	{ "spam-stderr", .start = start_spam_stderr },
	{ "spam-console", .start = start_spam_console },
	{ "ignore-quit", .at = NULL },					/* asked for by active() */
	{ "ignore-powerdown", .at = NULL },
};

#endif
