/* SPDX-License-Identifier: MIT */
/* The QMP client against scripted peers that are slow, mute, wrong or hostile. */
#include <qmp/qmp.h>

#include <base/err.h>
#include <base/log.h>
#include <fcntl.h>

#include "peer.h"
#include "tap.h"

#define GREETING "{\"QMP\": {\"version\": {}, \"capabilities\": [\"oob\"]}}\r\n"
#define EVENT(name) "{\"timestamp\": {\"seconds\": 7, \"microseconds\": 8}, \"event\": \"" name "\", \"data\": {\"a\": 5}}\r\n"

enum {
	SOON = 150,		/* a deadline that is meant to pass, ms */
	LONG = 20000,		/* one that is not */
};

struct seen {
	int n;
	char last[64];
	int64_t micros, a;
};

static void count_event(void *ctx, const struct qmp_event *event)
{
	struct seen *s = ctx;

	s->n++;
	snprintf(s->last, sizeof(s->last), "%s", event->name);
	s->micros = event->micros;
	s->a = json_int_or(event->json, json_get(event->json, event->data, "a"), -1);
}

/* ---- scripts ---- */

static void greet(int fd)
{
	say(fd, GREETING);
	expect(fd, "{\"execute\":\"qmp_capabilities\",\"id\":1}");
	say(fd, "{\"return\": {}, \"id\": 1}\r\n");
}

static void play_normal(int fd)
{
	greet(fd);
	expect(fd, "{\"execute\":\"query-status\",\"id\":2}");
	say(fd, EVENT("STOP") EVENT("RESUME") "{\"return\": {\"running\": true}, \"id\": 2}\r\n" EVENT("RESET"));
	expect(fd, "{\"execute\":\"x\",\"arguments\":{\"k\": [1]},\"id\":3}");
	say(fd, "{\"id\": 3, \"error\": {\"class\": \"CommandNotFound\", \"desc\": \"no \\u001b[31mx\\n\"}}\r\n");
	expect(fd, "{\"execute\":\"quit\",\"id\":4}");
}

static void play_silence(int fd)
{
	hang(fd);
}

static void play_half_greeting(int fd)
{
	say(fd, "{\"QMP\": {\"version\"");
	hang(fd);
}

static void play_cut_greeting(int fd)
{
	say(fd, "{\"QMP\": {\"version\"");
}

static void play_nothing(int fd)
{
	(void)fd;
}

static void play_garbage(int fd)
{
	say(fd, "SSH-2.0-OpenSSH_9.2\r\n");
	hang(fd);
}

static void play_event_first(int fd)
{
	say(fd, EVENT("STOP"));
	hang(fd);
}

static void play_no_capabilities(int fd)
{
	say(fd, GREETING);
	expect(fd, "qmp_capabilities");
	say(fd, "{\"id\": 1, \"error\": {\"class\": \"GenericError\", \"desc\": \"not today\"}}\n");
	hang(fd);
}

static void play_drip(int fd)
{
	for (const char *p = GREETING; *p; p++)
		say_n(fd, p, 1);
	expect(fd, "qmp_capabilities");
	for (const char *p = "{\"return\": {}, \"id\": 1}\r\n"; *p; p++)
		say_n(fd, p, 1);
	hang(fd);
}

static void play_late_reply(int fd)
{
	greet(fd);
	expect(fd, "\"id\":2}");
	expect(fd, "\"id\":3}");		/* the client has given up on 2 */
	say(fd, "{\"return\": \"two\", \"id\": 2}\n{\"return\": \"three\", \"id\": 3}\n");
	hang(fd);
}

static void play_half_reply(int fd)
{
	greet(fd);
	expect(fd, "\"id\":2}");
	say(fd, "{\"return\": {}, \"id\"");
	hang(fd);
}

static void play_death_in_reply(int fd)
{
	greet(fd);
	expect(fd, "\"id\":2}");
	say(fd, "{\"return\": {}, \"id\"");
}

static void play_flood(int fd)
{
	greet(fd);
	expect(fd, "\"id\":2}");
	while (say(fd, EVENT("STOP") EVENT("RESUME") EVENT("STOP") EVENT("RESUME")))
		;
}

static void play_endless_line(int fd)
{
	char block[1 << 16];

	memset(block, 'x', sizeof(block));
	greet(fd);
	expect(fd, "\"id\":2}");
	say(fd, "{\"return\": \"");
	for (int i = 0; i < 1600 && say_n(fd, block, sizeof(block)); i++)
		;
}

/* One byte after the other as fast as they are read: never a line, never a pause to time out in. */
static void play_endless_drip(int fd)
{
	greet(fd);
	expect(fd, "\"id\":2}");
	while (say_n(fd, " ", 1))
		;
}

static void play_long_line(int fd)
{
	size_t len = 15 << 20;
	char *block = malloc(len);

	memset(block, 'x', len);
	greet(fd);
	expect(fd, "\"id\":2}");
	say(fd, "{\"return\": \"");
	say_n(fd, block, len);
	say(fd, "\", \"id\": 2}\n");
	free(block);
	expect(fd, "\"id\":3}");
	say(fd, "{\"return\": {}, \"id\": 3}\n");
	hang(fd);
}

static const char *bad_reply;

static void play_bad_reply(int fd)
{
	greet(fd);
	expect(fd, "\"id\":2}");
	say(fd, bad_reply);
	hang(fd);
}

static void play_deep_reply(int fd)
{
	char *deep = malloc(20001);

	greet(fd);
	expect(fd, "\"id\":2}");
	memset(deep, '[', 10000);
	memset(deep + 10000, ']', 10000);
	say(fd, "{\"return\": ");
	say_n(fd, deep, 20000);
	say(fd, ", \"id\": 2}\n");
	free(deep);
	hang(fd);
}

/* Reads nothing any more until the client has gone; a hang-up is reported without reading. */
static void play_never_reads(int fd)
{
	struct pollfd p = { .fd = fd, .events = 0 };

	greet(fd);
	loop_poll(&p, 1, DEADLINE_NEVER);
}

static void play_goes_with_a_word(int fd)
{
	greet(fd);
	say(fd, EVENT("SHUTDOWN"));
}

static void play_quit(int fd)
{
	greet(fd);
	expect(fd, "{\"execute\":\"quit\",\"id\":2}");
	say(fd, EVENT("SHUTDOWN"));
}

static void play_leaves_unread(int fd)
{
	greet(fd);
	loop_readable(fd, DEADLINE_NEVER);
}

static void play_events_and_goes(int fd)
{
	struct buf b = BUF_INIT;

	for (int i = 0; i < 700; i++)		/* one write, which the socket takes whole */
		buf_adds(&b, EVENT("STOP"));
	greet(fd);
	say_n(fd, b.data, b.len);
	buf_free(&b);
}

static void play_spaces_and_goes(int fd)
{
	char block[100000];

	memset(block, ' ', sizeof(block));
	greet(fd);
	say_n(fd, block, sizeof(block));
}

static void play_descriptors(int fd)
{
	char line[256], space[CMSG_SPACE(3 * sizeof(int))];
	struct iovec iov = { .iov_base = line, .iov_len = sizeof(line) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof(space) };
	int got[3];

	greet(fd);
	if (recvmsg(fd, &msg, 0) < 0 || !CMSG_FIRSTHDR(&msg) || CMSG_FIRSTHDR(&msg)->cmsg_len != CMSG_LEN(sizeof(int)))
		_exit(1);
	memcpy(got, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(int));
	if (write(got[0], "through", 7) != 7)
		_exit(1);
	/* and some back, unasked, on the reply */
	got[0] = got[1] = got[2] = fd;
	iov = (struct iovec){ .iov_base = (char *)(uintptr_t)"{\"return\": {}, \"id\": 2}\n", .iov_len = 24 };
	msg.msg_controllen = CMSG_SPACE(sizeof(got));
	memset(space, 0, sizeof(space));
	CMSG_FIRSTHDR(&msg)->cmsg_level = SOL_SOCKET;
	CMSG_FIRSTHDR(&msg)->cmsg_type = SCM_RIGHTS;
	CMSG_FIRSTHDR(&msg)->cmsg_len = CMSG_LEN(sizeof(got));
	memcpy(CMSG_DATA(CMSG_FIRSTHDR(&msg)), got, sizeof(got));
	if (sendmsg(fd, &msg, 0) != 24)
		_exit(1);
	hang(fd);
}

static void play_events(int fd)
{
	greet(fd);
	expect(fd, "\"id\":2}");
	say(fd, "{\"return\": {}, \"id\": 2}\n" EVENT("A") EVENT("B"));
	expect(fd, "\"id\":3}");
	say(fd, EVENT("C") "{\"return\": {}, \"id\": 3}\n");
	expect(fd, "\"id\":4}");
	say(fd, EVENT("D") "{\"return\": {}, \"id\": 2}\n" EVENT("E") "{\"return\": {}, \"id\": 4}\n");
}

static void play_stray_reply(int fd)
{
	greet(fd);
	say(fd, EVENT("A") "{\"return\": {}, \"id\": 2}\n");
	hang(fd);
}

/* ---- tests ---- */

/* Open against a script; bails out where the test is about something later. */
static void opened(struct qmp *q, struct peer *p, void (*script)(int fd))
{
	*p = peer_start(script);
	if (qmp_open(q, fd_take(&p->fd), deadline_in(LONG)) < 0)
		bail_out("qmp_open: %s", err_text());
}

static void commands_are_answered_and_events_delivered(void)
{
	struct seen seen = { 0 };
	struct qmp q = { .fd = -1, .on_event = count_event, .ctx = &seen };
	struct qmp_error error = { "", "" };
	struct peer p;
	int rc;

	opened(&q, &p, play_normal);
	rc = qmp_execute(&q, "query-status", NULL, &error, deadline_in(LONG));
	ok(rc == 0 && json_bool(&q.json, json_get(&q.json, qmp_return(&q), "running")) == 1, "a reply is returned");
	is_int(seen.n, 2, "the events before it are delivered");
	ok(seen.micros == 8 && seen.a == 5, "... with their time and data");
	rc = qmp_execute(&q, "x", "{\"k\": [1]}", &error, deadline_in(LONG));
	is_int(rc, -EREMOTEIO, "an error reply is told from others");
	is_str(error.class, "CommandNotFound", "... with its class");
	is_str(err_text(), "x: no \\x1b[31mx\\x0a", "... and its text, made safe for a terminal");
	is_str(seen.last, "RESET", "the event between two commands is not lost");
	is_int(qmp_execute(&q, "quit", NULL, NULL, deadline_in(LONG)), -ECONNRESET, "quit without a reply is an end");
	ok(q.eof, "... in good order");
	is_str(err_text(), "quit: QEMU closed the connection", "... and says so");
	is_int(qmp_execute(&q, "quit", NULL, NULL, deadline_in(LONG)), -ENOTCONN, "nothing can be said after that");
	is_int(qmp_wait_event(&q, deadline_in(LONG)), -ENOTCONN, "nor heard");
	qmp_close(&q);
	ok(peer_end(&p), "the peer heard what it should");
}

static void open_fails(void (*script)(int fd), int want, int code, const char *text, const char *name)
{
	struct qmp q = QMP_INIT;
	struct peer p = peer_start(script);
	int64_t start = clock_us();
	int before = lowest_fd(), fd = p.fd, rc = qmp_open(&q, fd_take(&p.fd), deadline_in(want == -ETIMEDOUT ? SOON : LONG));

	is_int(rc, want, "%s: the right error", name);
	ok(took(start, want == -ETIMEDOUT ? SOON : 0, SOON + 5000), "... in time");
	says(text);
	is_int(err_code(), code, "... with its exit code");
	ok(q.fd == -1 && fcntl(fd, F_GETFD) < 0 && lowest_fd() <= before, "... and the socket is closed");
	qmp_close(&q);
	peer_end(&p);
}

static void greetings_may_fail(void)
{
	const char *mute = "no greeting within N ms: another client holds this monitor, or QEMU is stuck";

	open_fails(play_silence, -ETIMEDOUT, EXIT_DEADLINE, mute, "silence");
	open_fails(play_half_greeting, -ETIMEDOUT, EXIT_DEADLINE, mute, "half a greeting");
	open_fails(play_nothing, -ECONNRESET, EXIT_FAILED, "monitor greeting: QEMU closed the connection",
		   "an end before the greeting");
	open_fails(play_cut_greeting, -ECONNRESET, EXIT_FAILED,
		   "monitor greeting: QEMU closed the connection in the middle of a line", "an end within the greeting");
	open_fails(play_garbage, -EPROTO, EXIT_FAILED, "monitor greeting: QEMU broke the protocol: bad JSON at byte 0",
		   "garbage");
	open_fails(play_event_first, -EPROTO, EXIT_FAILED,
		   "monitor greeting: QEMU broke the protocol: something else", "an event for a greeting");
	open_fails(play_no_capabilities, -EREMOTEIO, EXIT_FAILED, "qmp_capabilities: not today", "refused capabilities");
}

static void a_slow_peer_is_understood(void)
{
	struct qmp q = QMP_INIT;
	struct peer p = peer_start(play_drip);

	is_int(qmp_open(&q, fd_take(&p.fd), deadline_in(LONG)), 0, "a greeting that comes byte by byte is read");
	qmp_close(&q);
	ok(peer_end(&p), "... and answered");
}

static void execute_fails(void (*script)(int fd), int want, const char *text, const char *name)
{
	struct seen seen = { 0 };
	struct qmp q = { .fd = -1, .on_event = count_event, .ctx = &seen };
	struct peer p;
	int64_t start;

	opened(&q, &p, script);
	start = clock_us();
	is_int(qmp_execute(&q, "query-block", NULL, NULL, deadline_in(want == -ETIMEDOUT ? SOON : LONG)), want,
	       "%s: the right error", name);
	ok(took(start, want == -ETIMEDOUT ? SOON : 0, SOON + 5000), "... in time");
	says(text);
	ok((q.fd < 0) == (want != -ETIMEDOUT && want != -EREMOTEIO), "... and disconnected where there is no going on");
	ok(q.in.cap <= 2 * QMP_LINE_MAX + (1 << 20), "... within bounds");
	qmp_close(&q);
	peer_end(&p);
}

static void broken_reply(const char *line, const char *why, const char *name)
{
	char text[256];

	bad_reply = line;
	snprintf(text, sizeof(text), "query-block: QEMU broke the protocol: %s", why);
	execute_fails(play_bad_reply, -EPROTO, text, name);
}

static void replies_may_fail(void)
{
	const char *mute = "query-block: QEMU did not answer within N ms";

	execute_fails(play_half_reply, -ETIMEDOUT, mute, "half a reply");
	execute_fails(play_flood, -ETIMEDOUT, mute, "a flood of events");
	execute_fails(play_endless_drip, -ETIMEDOUT, mute, "an endless drip");
	execute_fails(play_death_in_reply, -ECONNRESET, "query-block: QEMU closed the connection in the middle of a line",
		      "death within a reply");
	execute_fails(play_endless_line, -EPROTO, "query-block: QEMU sent a line of more than 16384 KiB", "a huge line");
	execute_fails(play_deep_reply, -EPROTO, "query-block: QEMU broke the protocol: bad JSON at byte 74: nested too deep",
		      "deep nesting");
	broken_reply("{\"return\": \"\xff\", \"id\": 2}\n", "bad JSON at byte 12: invalid UTF-8 in a string", "bad UTF-8");
	broken_reply("{\"return\": {}, \"return\": {}, \"id\": 2}\n", "member return comes twice", "a member twice");
	broken_reply("{\"return\": {}, \"error\": {}, \"id\": 2}\n", "a line that is not one of", "two kinds at once");
	broken_reply("{\"id\": 2}\n", "a line that is not one of", "no kind");
	broken_reply("{\"return\": {}, \"id\": 3}\n", "a reply to a command that was never sent", "an id of the future");
	broken_reply("{\"return\": {}, \"id\": 0}\n", "a reply to a command that was never sent", "an id never used");
	broken_reply("{\"return\": {}, \"id\": \"2\"}\n", "an id that was never sent", "an id of another type");
	broken_reply("{\"return\": {}}\n", "a reply without id", "no id");
	broken_reply("{\"QMP\": {}}\n", "a second greeting", "a second greeting");
	broken_reply("[]\n", "a line that is no JSON object", "an array");
	broken_reply("\n", "bad JSON at byte 0: there is no value", "an empty line");
	broken_reply("{\"event\": \"0123456789012345678901234567890123456789012345678901234567890123\"}\n",
		     "an event without a proper name", "an event of 64 bytes");
	bad_reply = "{\"error\": {\"class\": \"GenericError\", \"desc\": \"JSON parse error\"}}\n";
	execute_fails(play_bad_reply, -EREMOTEIO, "query-block: JSON parse error", "an error without id");
}

static void a_late_reply_is_skipped(void)
{
	struct qmp q = QMP_INIT;
	struct peer p;

	opened(&q, &p, play_late_reply);
	is_int(qmp_execute(&q, "slow", NULL, NULL, deadline_in(SOON)), -ETIMEDOUT, "a command meets its deadline");
	is_int(err_code(), EXIT_DEADLINE, "... with its exit code");
	is_int(qmp_execute(&q, "next", NULL, NULL, deadline_in(LONG)), 0, "the next one is answered");
	ok(json_eq(&q.json, qmp_return(&q), "three"), "... by its own reply");
	qmp_close(&q);
	ok(peer_end(&p), "... on the same connection");
}

static void a_long_reply_is_read_and_its_memory_given_back(void)
{
	struct qmp q = QMP_INIT;
	struct peer p;

	opened(&q, &p, play_long_line);
	is_int(qmp_execute(&q, "long", NULL, NULL, deadline_in(LONG)), 0, "a reply of 15 MiB is read");
	is_int(json_size(&q.json, 0), 2, "... and parsed");
	is_int(qmp_execute(&q, "short", NULL, NULL, deadline_in(LONG)), 0, "a short one after it");
	ok(q.in.cap < 1 << 20, "... needs little memory again");
	qmp_close(&q);
	peer_end(&p);
}

static void a_peer_that_never_reads_blocks_nobody(void)
{
	size_t len = 8 << 20;
	char *args = malloc(len + 1);
	struct qmp q = QMP_INIT;
	struct peer p;
	int64_t start;

	memset(args, ' ', len);
	args[0] = '{';
	args[len - 1] = '}';
	args[len] = '\0';
	opened(&q, &p, play_never_reads);
	start = clock_us();
	is_int(qmp_execute(&q, "big", args, NULL, deadline_in(SOON)), -ETIMEDOUT, "a command that is not read times out");
	ok(took(start, SOON, SOON + 5000), "... in time");
	says("big: QEMU did not read the command within N ms");
	is_int(q.fd, -1, "... and disconnects, half a command being out");
	free(args);
	qmp_close(&q);
	peer_end(&p);
}

static void last_words_are_heard(void)
{
	struct seen seen = { 0 };
	struct qmp q = { .fd = -1, .on_event = count_event, .ctx = &seen };
	struct peer p;

	opened(&q, &p, play_goes_with_a_word);
	waitpid(p.pid, NULL, 0);		/* gone before the command is sent: that write fails */
	is_int(qmp_execute(&q, "quit", NULL, NULL, deadline_in(LONG)), -ECONNRESET, "a peer that has gone is an end");
	ok(seen.n == 1 && strcmp(seen.last, "SHUTDOWN") == 0, "... but its last event is delivered");
	ok(q.eof, "... in good order");
	qmp_close(&q);
	opened(&q, &p, play_quit);
	seen.n = 0;
	is_int(qmp_execute(&q, "quit", NULL, NULL, deadline_in(LONG)), -ECONNRESET, "quit is answered by the end");
	ok(q.eof && seen.n == 1, "... with its event");
	qmp_close(&q);
	peer_end(&p);
	opened(&q, &p, play_leaves_unread);
	is_int(qmp_execute(&q, "quit", NULL, NULL, deadline_in(LONG)), -ECONNRESET, "an end that leaves the command unread");
	ok(q.eof, "... is in good order too");
	qmp_close(&q);
	peer_end(&p);
}

/* Everything is there before it is read, so nothing but the deadline can end the reading early. */
static void what_is_there_does_not_extend_the_deadline(void)
{
	struct seen seen = { 0 };
	struct qmp q = { .fd = -1, .on_event = count_event, .ctx = &seen };
	struct peer p;

	opened(&q, &p, play_events_and_goes);
	waitpid(p.pid, NULL, 0);
	is_int(qmp_execute(&q, "x", NULL, NULL, 0), -ETIMEDOUT, "a deadline that has passed ends a flood of events");
	ok(seen.n < 700, "... before its end");
	qmp_close(&q);
	opened(&q, &p, play_spaces_and_goes);
	waitpid(p.pid, NULL, 0);
	is_int(qmp_execute(&q, "x", NULL, NULL, 0), -ETIMEDOUT, "... and a line that does not end");
	qmp_close(&q);
}

static void descriptors_travel_with_the_command_only(void)
{
	int pipe_fd[2], before, many[17], rc;
	struct qmp q = QMP_INIT;
	struct peer p;
	char got[8] = "";

	if (fd_pipe(pipe_fd) < 0)
		bail_out("pipe");
	opened(&q, &p, play_descriptors);
	for (int i = 0; i < 17; i++)
		many[i] = pipe_fd[1];
	is_int(qmp_execute_fds(&q, "getfd", NULL, many, 17, NULL, deadline_in(LONG)), -E2BIG, "17 descriptors are refused");
	q.next_id = 2;			/* the script counts on it */
	before = lowest_fd();
	rc = qmp_execute_fds(&q, "getfd", "{\"fdname\": \"f\"}", &pipe_fd[1], 1, NULL, deadline_in(LONG));
	is_int(rc, 0, "a descriptor is sent with its command");
	ok(read(pipe_fd[0], got, 7) == 7 && strcmp(got, "through") == 0, "... and works");
	is_int(lowest_fd(), before, "descriptors that come unasked are closed");
	close(pipe_fd[0]);
	close(pipe_fd[1]);
	qmp_close(&q);
	ok(peer_end(&p), "the peer had what it should");
}

static void events_are_waited_for(void)
{
	struct seen seen = { 0 };
	struct qmp q = { .fd = -1, .on_event = count_event, .ctx = &seen };
	struct peer p;
	int64_t start;

	opened(&q, &p, play_events);
	is_int(qmp_execute(&q, "x", NULL, NULL, deadline_in(LONG)), 0, "a reply comes before two events");
	while (seen.n < 2)
		if (qmp_wait_event(&q, deadline_in(LONG)) != 1)
			bail_out("%s", err_text());
	is_str(seen.last, "B", "which are delivered one after the other");
	start = clock_us();
	is_int(qmp_wait_event(&q, deadline_in(SOON)), 0, "no event is no event");
	ok(took(start, SOON, SOON + 5000), "... at the deadline");
	is_int(qmp_wait_event(&q, 0), 0, "a deadline that has passed does not wait");
	is_int(qmp_execute(&q, "y", NULL, NULL, deadline_in(LONG)), 0, "a command in between works");
	is_int(seen.n, 3, "... and delivers");
	is_int(qmp_execute(&q, "z", NULL, NULL, deadline_in(LONG)), 0, "a reply that comes twice is skipped");
	is_int(seen.n, 5, "... without losing an event");
	err_clear();
	is_int(qmp_wait_event(&q, deadline_in(LONG)), -ECONNRESET, "the end ends the wait");
	ok(q.eof && !err_text()[0] && q.fd == -1, "... without a complaint");
	qmp_close(&q);
	peer_end(&p);
	opened(&q, &p, play_stray_reply);
	is_int(qmp_wait_event(&q, deadline_in(LONG)) == 1 ? qmp_wait_event(&q, deadline_in(LONG)) : -EPROTO, -EPROTO,
	       "a reply to nothing breaks the protocol");
	qmp_close(&q);
	peer_end(&p);
}

static void fixed_memory_is_enough(void)
{
	static char bytes[512];
	static jsmntok_t tokens[32];
	struct qmp q = QMP_INIT;
	struct peer p;

	q.in = (struct buf)BUF_FIXED(bytes);
	q.json = (struct json)JSON_FIXED(tokens);
	opened(&q, &p, play_normal);
	is_int(qmp_execute(&q, "query-status", NULL, NULL, deadline_in(LONG)), 0, "a client with fixed memory works");
	qmp_close(&q);
	peer_end(&p);
	opened(&q, &p, play_long_line);
	is_int(qmp_execute(&q, "long", NULL, NULL, deadline_in(LONG)), -EPROTO, "a line beyond it disconnects");
	qmp_close(&q);
	peer_end(&p);
	ok(q.in.data == bytes && q.json.tok == tokens, "the caller keeps its memory");
}

static void bad_arguments_are_not_sent(void)
{
	struct qmp q = QMP_INIT;
	struct peer p;

	opened(&q, &p, play_normal);
	is_int(qmp_execute(&q, "x", "{} {\"execute\": \"quit\"}", NULL, deadline_in(LONG)), -EINVAL, "two values are refused");
	is_str(err_text(), "x: bad arguments at byte 3: something follows the value", "... with the place");
	is_int(qmp_execute(&q, "x", " [1]", NULL, deadline_in(LONG)), -EINVAL, "an array is refused");
	is_int(qmp_execute(&q, "x", "", NULL, deadline_in(LONG)), -EINVAL, "an empty text is refused");
	is_int(qmp_execute(&q, "query-status", NULL, NULL, deadline_in(LONG)), 0, "and the connection is as it was");
	qmp_close(&q);
	peer_end(&p);
}

static void the_trace_shows_lines_without_secrets(void)
{
	int pipe_fd[2];
	char text[8192];
	struct qmp q = QMP_INIT;
	struct peer p;
	ssize_t n;

	if (fd_pipe(pipe_fd) < 0)
		bail_out("pipe");
	log_to(pipe_fd[1]);
	log_set_level(LOG_TRACE);
	bad_reply = "{\"return\": {\"password\": \"hunter2\", \"t\": \"\xc3\xa9\"}, \"id\": 2}\n";
	opened(&q, &p, play_bad_reply);
	is_int(qmp_execute(&q, "set_password", "{\"password\": \"hunter2\"}", NULL, deadline_in(LONG)), 0, "a traced command");
	log_set_level(LOG_NORMAL);
	log_to(2);
	close(pipe_fd[1]);
	n = read(pipe_fd[0], text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	ok(strstr(text, " qmp>: {\"execute\":\"set_password\",\"arguments\":{\"password\": \"***\"},\"id\":2}\n"), "is shown");
	ok(strstr(text, " qmp<: {\"return\": {\"password\": \"***\""), "... and its reply");
	ok(strstr(text, " qmp<: {\"QMP\""), "... and the greeting");
	ok(!strstr(text, "hunter2"), "... but no secret");
	close(pipe_fd[0]);
	qmp_close(&q);
	peer_end(&p);
}

int main(void)
{
	alarm(PEER_SECONDS);
	commands_are_answered_and_events_delivered();
	greetings_may_fail();
	a_slow_peer_is_understood();
	replies_may_fail();
	a_late_reply_is_skipped();
	a_long_reply_is_read_and_its_memory_given_back();
	a_peer_that_never_reads_blocks_nobody();
	last_words_are_heard();
	what_is_there_does_not_extend_the_deadline();
	descriptors_travel_with_the_command_only();
	events_are_waited_for();
	fixed_memory_is_enough();
	bad_arguments_are_not_sent();
	the_trace_shows_lines_without_secrets();
	return done_testing();
}
