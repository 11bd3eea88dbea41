/* SPDX-License-Identifier: MIT */
/* A QEMU that was taken over and attacks husk: its keeper, its commands, whoever reads its words on a terminal. */
#include "jailed.h"

#include <fcntl.h>
#include <sys/uio.h>

/*
 * Chosen by -hostile MODE (husk: --qemu-arg -hostile --qemu-arg MODE); all start at "cont":
 *	events=N	N events to the keeper, with escape sequences; then qemu.log says "events done"
 *	logs=N		N lines of 1000 bytes to the log and to the console's, with escape sequences; then "logs done"
 *	fds		each answer carries descriptors, and the keeper gets some unasked
 *	giant		each answer is a line without end
 *	endless		each answer is preceded by others, without end
 *	slow		each answer comes a byte at a time, and never ends
 *	half		closes its half of each connection instead of answering
 *	garbage		answers with bytes that are no JSON
 *	nested		answers with brackets, 100000 deep
 *	escape		answers, events and reasons hold escape sequences and line ends
 *	types		answers have wrong types everywhere
 *	stay		does not obey quit and system_powerdown
 * Commands before "cont" are answered as they should be.
 */
static const char *mode = "";
static size_t amount;
static bool armed;
static int logs[8];
static size_t nlogs;

#define ESC "\\u001b]0;taken over\\u0007\\u001b[2J\\u001b[31m"	/* as JSON has it */
#define RAW "\x1b]0;taken over\x07\x1b[2J\x1b[31m\x9b" "31m"

static bool is(const char *name)
{
	return !strcmp(mode, name);
}

static void send_descriptors(int sock, const char *line)
{
	char space[CMSG_SPACE(16 * sizeof(int))] = "";
	struct iovec iov = { .iov_base = (char *)line, .iov_len = strlen(line) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof(space) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	int fds[16];

	for (int i = 0; i < 16; i++)
		fds[i] = i % 3;
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(c), fds, sizeof(fds));
	(void)!sendmsg(sock, &msg, 0);
}

static struct mon *keeper(void)
{
	for (size_t i = 0; i < nmons; i++)
		if (mons[i].control && !mons[i].listening)
			return &mons[i];
	_exit(3);
}

static void send_events(void)
{
	for (size_t i = 0; i < amount; i++)
		jailed_sendf(keeper(), "{\"timestamp\": {\"seconds\": %zu, \"microseconds\": 2}, \"event\": \"RTC_CHANGE\", "
			     "\"data\": {\"offset\": %zu, \"x\": \"" ESC "\"}}\r\n", i, i);
	dprintf(1, "events done\n");
}

static void send_logs(void)
{
	char line[1000];

	memset(line, 'x', sizeof(line));
	memcpy(line, RAW, sizeof(RAW) - 1);
	line[sizeof(line) - 1] = '\n';
	for (size_t i = 0; i < amount; i++) {
		(void)!write(2, line, sizeof(line));
		for (size_t k = 0; k < nlogs; k++)
			(void)!write(logs[k], line, sizeof(line));
	}
	dprintf(1, "logs done\n");
}

/* What is written until the other side goes; husk must go in time. */
static void send_for_ever(struct mon *m, const char *start, const char *again, size_t len)
{
	jailed_send(m, start, strlen(start));
	while (write(m->client, again, len) > 0 || errno == EINTR)
		;
}

static void drip(struct mon *m)
{
	struct pollfd p = { .fd = m->client, .events = 0 };

	jailed_send(m, "{\"return\": \"", 12);
	/* POLLHUP when the client has gone */
	while (poll(&p, 1, 20) == 0)
		jailed_send(m, "x", 1);
}

static void send_escapes(struct mon *m, const char *name, const char *id)
{
	jailed_sendf(m, "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"" ESC "\", \"data\": {\"" ESC "\": \"" ESC
		     "\"}}\r\n");
	if (!strcmp(name, "query-status"))
		jailed_reply(m, "{\"status\": \"\\u001b[2Jwell\\nweb: running\", \"running\": true}", id);
	else
		jailed_sendf(m, "{\"error\": {\"class\": \"" ESC "\", \"desc\": \"" ESC "\\nall is well\"}, \"id\": %s}\r\n", id ? id : "0");
}

static void send_types(struct mon *m, const char *id)
{
	static const char *const values[] = { "[]", "null", "17", "\"running\"", "{\"status\": 3}", "{\"status\": {\"status\": []}}",
					      "{\"status\": \"running\\u0000paused\"}", "[[[{\"status\": \"running\"}]]]", "1e999" };
	static size_t next;

	jailed_reply(m, values[next++ % (sizeof(values) / sizeof(values[0]))], id);
}

static bool attack(struct mon *m, const char *name, const char *id)
{
	static char block[65536];

	if (is("fds")) {
		char line[256];

		snprintf(line, sizeof(line), "{\"return\": {\"status\": \"running\", \"running\": true}, \"id\": %s}\r\n", id ? id : "0");
		send_descriptors(m->client, line);
	} else if (is("giant")) {
		memset(block, 'x', sizeof(block));
		send_for_ever(m, "{\"return\": \"", block, sizeof(block));
	} else if (is("endless")) {
		static const char other[] = "{\"return\": {\"status\": \"running\"}, \"id\": 77777}\r\n";

		send_for_ever(m, "", other, sizeof(other) - 1);
	} else if (is("slow")) {
		drip(m);
	} else if (is("half")) {
		shutdown(m->client, SHUT_WR);
	} else if (is("garbage")) {
		jailed_send(m, RAW "\0\xff\xfe{{{]]\"\r\n", sizeof(RAW) - 1 + 12);
	} else if (is("nested")) {
		memset(block, '[', sizeof(block));
		jailed_send(m, block, sizeof(block));
		jailed_send(m, "\r\n", 2);
	} else if (is("escape")) {
		send_escapes(m, name, id);
	} else if (is("types")) {
		send_types(m, id);
	} else {
		return is("stay") && (!strcmp(name, "quit") || !strcmp(name, "system_powerdown"));
	}
	return true;
}

static bool jailed_command(struct mon *m, const char *name, const char *id)
{
	if (armed)
		return strcmp(name, "qmp_capabilities") ? attack(m, name, id) : false;
	if (strcmp(name, "cont"))
		return false;
	armed = true;
	jailed_reply(m, "{}", id);
	if (is("events"))
		send_events();
	else if (is("logs"))
		send_logs();
	for (int i = 0; is("fds") && i < 1000; i++)
		send_descriptors(keeper()->client, "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"RTC_CHANGE\", "
				 "\"data\": {\"offset\": 1}}\r\n");
	if (is("escape"))
		jailed_sendf(keeper(), "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"SHUTDOWN\", "
			     "\"data\": {\"guest\": true, \"reason\": \"" ESC "\\nall is well\"}}\r\n");
	return true;
}

static void jailed_greeted(struct mon *m)
{
	(void)m;
}

static bool jailed_option(const char *option, const char *value)
{
	static char text[64];
	char number[16];
	char *eq;

	if (!strcmp(option, "hostile")) {
		snprintf(text, sizeof(text), "%s", value);
		eq = strchr(text, '=');
		if (eq) {
			*eq = '\0';
			amount = strtoul(eq + 1, NULL, 10);
		}
		mode = text;
	} else if (!strcmp(option, "add-fd") && strstr(value, "log") && nlogs < 8 &&
		   jailed_element(value, "fd", number, sizeof(number))) {
		logs[nlogs++] = (int)strtol(number, NULL, 10);
	} else {
		return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	return jailed_main(argc, argv);
}
