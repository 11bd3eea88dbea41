/* SPDX-License-Identifier: MIT */
/* What a static program needs to stand in as QEMU inside the jail: QEMU's command line, and a small QMP server. */
#ifndef T_JAILED_H
#define T_JAILED_H

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * How it works: jailed_main() answers husk's questions about the binary, takes the monitors from -chardev and -mon, and
 * serves them; jailed_option() gets every other pair of arguments, jailed_command() every command first.  It uses only
 * system calls that the real QEMU needs in its steady state: read, write, poll, accept4.
 */

#define JAILED_MONITORS 8

struct mon {
	char id[32];
	int fd, client;			/* -1: none */
	bool listening, control;
	size_t len;
	char in[65536];
};

static struct mon mons[JAILED_MONITORS];
static size_t nmons;

/* The program's own part. */
static bool jailed_option(const char *option, const char *value);
static bool jailed_command(struct mon *m, const char *name, const char *id);	/* true: it has answered */
static void jailed_greeted(struct mon *m);					/* a client has come, and was greeted */

static void jailed_send(struct mon *m, const char *data, size_t len)
{
	while (len && m->client >= 0) {
		ssize_t n = write(m->client, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return;
		data += n;
		len -= (size_t)n;
	}
}

__attribute__((format(printf, 2, 3))) static void jailed_sendf(struct mon *m, const char *fmt, ...)
{
	char line[8192];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n > 0)
		jailed_send(m, line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1);
}

static void jailed_reply(struct mon *m, const char *value, const char *id)
{
	jailed_sendf(m, "{\"return\": %s%s%s}\r\n", value, id ? ", \"id\": " : "", id ? id : "");
}

__attribute__((noreturn)) static void jailed_end(const char *reason)
{
	for (size_t i = 0; i < nmons; i++)
		if (mons[i].control && mons[i].client >= 0)
			jailed_sendf(&mons[i], "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"SHUTDOWN\", "
				     "\"data\": {\"guest\": false, \"reason\": \"%s\"}}\r\n", reason);
	_exit(0);
}

static void jailed_greet(struct mon *m)
{
	if (!m->control)
		return;
	jailed_sendf(m, "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 22, \"minor\": 2, \"major\": 7}, \"package\": \"\"}, "
		     "\"capabilities\": []}}\r\n");
	jailed_greeted(m);
}

/* The text behind "key": in a line that husk wrote, a string or a number. */
static bool jailed_member(const char *line, const char *key, char *out, size_t size)
{
	char quoted[64];
	const char *at;

	snprintf(quoted, sizeof(quoted), "\"%s\":", key);
	at = strstr(line, quoted);
	if (!at)
		return false;
	at += strlen(quoted);
	at += strspn(at, " \"");
	snprintf(out, size, "%.*s", (int)strcspn(at, "\",}"), at);
	return true;
}

static void jailed_line(struct mon *m, const char *line)
{
	char name[128] = "", number[64];
	const char *id = jailed_member(line, "id", number, sizeof(number)) ? number : NULL;

	jailed_member(line, "execute", name, sizeof(name));
	if (jailed_command(m, name, id))
		return;
	if (!strcmp(name, "query-status"))
		jailed_reply(m, "{\"status\": \"running\", \"running\": true}", id);
	else
		jailed_reply(m, "{}", id);
	if (!strcmp(name, "quit"))
		jailed_end("host-qmp-quit");
	if (!strcmp(name, "system_powerdown"))
		jailed_end("guest-shutdown");
}

static void jailed_read(struct mon *m)
{
	ssize_t n = read(m->client, m->in + m->len, sizeof(m->in) - 1 - m->len);
	char *nl;

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0 || m->len + (size_t)n == sizeof(m->in) - 1) {
		close(m->client);
		m->client = -1;
		m->len = 0;
		return;
	}
	m->len += (size_t)n;
	m->in[m->len] = '\0';
	while (m->client >= 0 && (nl = memchr(m->in, '\n', m->len))) {
		size_t used = (size_t)(nl - m->in) + 1;

		*nl = '\0';
		jailed_line(m, m->in);
		if (m->len < used)
			return;		/* hung up meanwhile */
		m->len -= used;
		memmove(m->in, nl + 1, m->len + 1);
	}
}

/* Waits at most ms (-1: for ever) for something to do, and does it. */
static void jailed_turn(int ms)
{
	struct pollfd p[JAILED_MONITORS];

	for (size_t i = 0; i < nmons; i++)
		p[i] = (struct pollfd){ .fd = mons[i].client >= 0 ? mons[i].client : mons[i].listening ? mons[i].fd : -1,
					.events = POLLIN };
	if (poll(p, nmons, ms) <= 0)
		return;
	for (size_t i = 0; i < nmons; i++) {
		if (!p[i].revents)
			continue;
		if (mons[i].client >= 0) {
			jailed_read(&mons[i]);
		} else {
			mons[i].client = accept4(mons[i].fd, NULL, NULL, SOCK_CLOEXEC);
			if (mons[i].client >= 0)
				jailed_greet(&mons[i]);
		}
	}
}

/* The value of key in "socket,key=value,...". */
static bool jailed_element(const char *arg, const char *key, char *out, size_t size)
{
	size_t klen = strlen(key);

	for (const char *p = arg; *p; p += strcspn(p, ","), p += *p == ',') {
		if (strncmp(p, key, klen) || p[klen] != '=')
			continue;
		snprintf(out, size, "%.*s", (int)strcspn(p + klen + 1, ","), p + klen + 1);
		return true;
	}
	return false;
}

static void jailed_chardev(const char *value)
{
	struct mon *m = &mons[nmons];
	char fd[16], server[8] = "off";

	if (strncmp(value, "socket,", 7) || nmons == JAILED_MONITORS || !jailed_element(value, "fd", fd, sizeof(fd)) ||
	    !jailed_element(value, "id", m->id, sizeof(m->id)))
		return;
	jailed_element(value, "server", server, sizeof(server));
	m->fd = (int)strtol(fd, NULL, 10);
	m->listening = !strcmp(server, "on");
	m->client = m->listening ? -1 : m->fd;
	nmons++;
}

static void jailed_mon(const char *value)
{
	char id[32];

	for (size_t i = 0; jailed_element(value, "chardev", id, sizeof(id)) && i < nmons; i++)
		if (!strcmp(mons[i].id, id))
			mons[i].control = true;
}

static int jailed_main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *option = argv[i] + strspn(argv[i], "-"), *value = i + 1 < argc ? argv[i + 1] : "";

		if (argv[i][0] != '-')
			continue;
		if (!strcmp(option, "version")) {
			puts("QEMU emulator version 7.2.22 (probe)");
			return 0;
		}
		if (!strcmp(value, "help"))
			return 0;
		if (!strcmp(option, "chardev"))
			jailed_chardev(value);
		else if (!strcmp(option, "mon"))
			jailed_mon(value);
		else
			i += jailed_option(option, value);
	}
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < nmons; i++)
		if (mons[i].client >= 0)
			jailed_greet(&mons[i]);
	for (;;)
		jailed_turn(-1);
}

#endif
