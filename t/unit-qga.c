/* SPDX-License-Identifier: MIT */
/* The guest agent client against scripted agents that are absent, late, noisy or hostile. */
#include <qmp/qga.h>

#include <base/err.h>
#include <fcntl.h>
#include <inttypes.h>

#include "peer.h"
#include "tap.h"

enum {
	SOON = 150,		/* a deadline that is meant to pass, ms */
	LONG = 20000,		/* one that is not */
};

/* ---- scripts ---- */

/* Hear a sync with its sentinel, return the id. */
static uint64_t hear_sync(int fd)
{
	static const char head[] = "{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":";
	char line[256], *end;
	uint64_t id;

	if (!hear(fd, line, sizeof(line)))
		_exit(1);
	if ((unsigned char)line[0] != 0xff || strncmp(line + 1, head, sizeof(head) - 1) != 0)
		_exit(1);
	id = strtoull(line + sizeof(head), &end, 10);
	if (strcmp(end, "}}") != 0 || id == 0 || id >> 48)
		_exit(1);
	return id;
}

static void say_sync(int fd, uint64_t id)
{
	char line[64];

	snprintf(line, sizeof(line), "\xff{\"return\": %" PRIu64 "}\n", id);
	say(fd, line);
}

static void sync_agent(int fd)
{
	uint64_t id = hear_sync(fd);

	say(fd, "{\"error\": {\"class\": \"GenericError\", \"desc\": \"JSON parse error, stray '\xff'\"}}\n");
	say_sync(fd, id);
}

static void play_normal(int fd)
{
	sync_agent(fd);
	expect(fd, "{\"execute\":\"guest-ping\"}");
	say(fd, "{\"return\": {}}\n");
	expect(fd, "{\"execute\":\"guest-exec\",\"arguments\":{\"path\": \"/x\"}}");
	say(fd, "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no such \\u009bfile\"}}\n");
	expect(fd, "{\"execute\":\"guest-info\"}");
	say(fd, "{\"return\": {\"version\": \"7.2.22\"}}\n");
	hang(fd);
}

static void play_silence(int fd)
{
	hang(fd);
}

static void play_nothing(int fd)
{
	(void)fd;
}

static void play_half_sync(int fd)
{
	hear_sync(fd);
	say(fd, "\xff{\"return\": ");
	hang(fd);
}

static void play_wrong_sync(int fd)
{
	say_sync(fd, hear_sync(fd) + 1);
	hang(fd);
}

static void play_sync_without_sentinel(int fd)
{
	char line[64];

	snprintf(line, sizeof(line), "{\"return\": %" PRIu64 "}\n", hear_sync(fd));
	say(fd, line);
	hang(fd);
}

static void play_sync_error(int fd)
{
	hear_sync(fd);
	say(fd, "\xff{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"no\"}}\n");
	hang(fd);
}

static void play_noise(int fd)
{
	char block[1 << 16];

	memset(block, 'x', sizeof(block));
	while (say_n(fd, block, sizeof(block)))
		;
}

static void play_sentinels(int fd)
{
	char block[1 << 16];

	memset(block, 0xff, sizeof(block));
	while (say_n(fd, block, sizeof(block)))
		;
}

/* All that may stand before the right reply: a login prompt, stale replies, sentinels in odd places. */
static void play_odd_sync(int fd)
{
	uint64_t id = hear_sync(fd);
	char junk[400];

	memset(junk, 'y', sizeof(junk));
	say(fd, "Debian login: \xff\xff{\"return\": 4}\n{\"return\": {}}\n\xff{\"ret\xff\xff{\"return\": [[[[1,2,3,4,5,6,7,8,9");
	say(fd, "]]]]}\n\xff");
	say_n(fd, junk, sizeof(junk));
	say(fd, "\n\xffnothing\n\xff");
	say_sync(fd, id);
	expect(fd, "guest-ping");
	say(fd, "{\"return\": {}}\n");
	hang(fd);
}

static void play_late_reply(int fd)
{
	sync_agent(fd);
	expect(fd, "slow");
	uint64_t id = hear_sync(fd);		/* the client has given up on it */

	say(fd, "{\"return\": \"slow\"}\n");
	say_sync(fd, id);
	expect(fd, "next");
	say(fd, "{\"return\": \"next\"}\n");
	hang(fd);
}

static void play_late_sync(int fd)
{
	uint64_t first = hear_sync(fd), second;

	/* only when the client syncs again does the first answer come */
	say(fd, "\xff\n");
	second = hear_sync(fd);
	say_sync(fd, first);
	say_sync(fd, second);
	expect(fd, "next");
	say(fd, "{\"return\": \"next\"}\n");
	hang(fd);
}

/* Two replies to one command: the second must not pass for the answer to the next command. */
static void play_two_replies(int fd)
{
	sync_agent(fd);
	expect(fd, "one");
	say(fd, "{\"return\": 1}\n{\"return\": \"stray\"}\n");
	say_sync(fd, hear_sync(fd));
	expect(fd, "two");
	say(fd, "{\"return\": 2}\n");
	hang(fd);
}

static const char *reply;

static void play_reply(int fd)
{
	sync_agent(fd);
	expect(fd, "guest-get-users");
	say(fd, reply);
	hang(fd);
}

static void play_cut_reply(int fd)
{
	sync_agent(fd);
	expect(fd, "guest-get-users");
	say(fd, "{\"return\": ");
}

static void play_endless_reply(int fd)
{
	char block[1 << 16];

	memset(block, 'x', sizeof(block));
	sync_agent(fd);
	expect(fd, "guest-get-users");
	say(fd, "{\"return\": \"");
	for (int i = 0; i < 1600 && say_n(fd, block, sizeof(block)); i++)
		;
}

static void play_long_reply(int fd)
{
	size_t len = 45 << 20;			/* what guest-exec-status may return */
	char *block = malloc(len);

	memset(block, 'A', len);
	sync_agent(fd);
	expect(fd, "guest-get-users");
	say(fd, "{\"return\": {\"out-data\": \"");
	say_n(fd, block, len);
	say(fd, "\"}}\n");
	free(block);
	hang(fd);
}

static void play_never_reads(int fd)
{
	struct pollfd p = { .fd = fd, .events = 0 };

	sync_agent(fd);
	loop_poll(&p, 1, DEADLINE_NEVER);
}

static void play_shutdown_error(int fd)
{
	sync_agent(fd);
	expect(fd, "guest-shutdown");
	say(fd, "{\"error\": {\"class\": \"GenericError\", \"desc\": \"not allowed\"}}\n");
	hang(fd);
}

static void play_shutdown_end(int fd)
{
	sync_agent(fd);
	expect(fd, "{\"execute\":\"guest-shutdown\",\"arguments\":{\"mode\":\"powerdown\"}}");
}

static void play_shutdown_silence(int fd)
{
	sync_agent(fd);
	expect(fd, "guest-shutdown");
	say_sync(fd, hear_sync(fd));
	expect(fd, "guest-ping");
	say(fd, "{\"return\": {}}\n");
	hang(fd);
}

static void play_shutdown_return(int fd)
{
	sync_agent(fd);
	expect(fd, "guest-shutdown");
	say(fd, "{\"return\": {}}\n");
	hang(fd);
}

/* ---- tests ---- */

static void opened(struct qga *g, struct peer *p, void (*script)(int fd))
{
	*p = peer_start(script);
	if (qga_open(g, fd_take(&p->fd), deadline_in(LONG)) < 0)
		bail_out("qga_open: %s", err_text());
}

static void commands_are_answered(void)
{
	struct qga g = QGA_INIT;
	struct qmp_error error = { "", "" };
	char version[16] = "";
	struct peer p;

	opened(&g, &p, play_normal);
	ok(g.synced, "an agent is synced with");
	is_int(qga_execute(&g, "guest-ping", NULL, NULL, deadline_in(LONG)), 0, "a command is answered");
	is_int(qga_execute(&g, "guest-exec", "{\"path\": \"/x\"}", &error, deadline_in(LONG)), -EREMOTEIO,
	       "an error reply is told from others");
	is_str(error.class, "GenericError", "... with its class");
	says("guest-exec: no such \\xc2\\x9bfile");
	is_int(qga_execute(&g, "guest-ping", "[]", NULL, deadline_in(LONG)), -EINVAL, "bad arguments are not sent");
	is_int(qga_execute(&g, "guest-info", NULL, NULL, deadline_in(LONG)), 0, "the next command is answered");
	json_str(&g.conn.json, json_get(&g.conn.json, qga_return(&g), "version"), version, sizeof(version));
	is_str(version, "7.2.22", "... with a value");
	qga_close(&g);
	is_int(qga_execute(&g, "guest-ping", NULL, NULL, deadline_in(LONG)), -ENOTCONN, "nothing can be said after closing");
	ok(peer_end(&p), "the agent heard what it should");
}

static void open_fails(void (*script)(int fd), int want, const char *name)
{
	struct qga g = QGA_INIT;
	struct peer p = peer_start(script);
	int64_t start = clock_us();
	int fd = p.fd;

	is_int(qga_open(&g, fd_take(&p.fd), deadline_in(want == -ETIMEDOUT ? SOON : LONG)), want, "%s: the right error", name);
	ok(took(start, want == -ETIMEDOUT ? SOON : 0, SOON + 5000), "... in time");
	says(want == -ETIMEDOUT ? "no answer from the guest agent within N ms: it does not run, or another client holds its port"
	     : "guest-sync-delimited: the guest agent's connection ended");
	is_int(err_code(), want == -ETIMEDOUT ? EXIT_DEADLINE : EXIT_FAILED, "... with its exit code");
	ok(g.conn.fd == -1 && fcntl(fd, F_GETFD) < 0, "... and the socket is closed");
	ok(g.conn.in.cap <= 1 << 20, "... and little memory was needed");
	qga_close(&g);
	peer_end(&p);
}

static void syncs_may_fail(void)
{
	open_fails(play_silence, -ETIMEDOUT, "silence");
	open_fails(play_nothing, -ECONNRESET, "an end");
	open_fails(play_half_sync, -ETIMEDOUT, "half a reply");
	open_fails(play_wrong_sync, -ETIMEDOUT, "a wrong id");
	open_fails(play_sync_without_sentinel, -ETIMEDOUT, "no sentinel");
	open_fails(play_sync_error, -ETIMEDOUT, "an error");
	open_fails(play_noise, -ETIMEDOUT, "endless noise");
	open_fails(play_sentinels, -ETIMEDOUT, "endless sentinels");
}

static void stale_words_are_ignored(void)
{
	struct qga g = QGA_INIT;
	struct peer p;

	opened(&g, &p, play_odd_sync);
	is_int(qga_execute(&g, "guest-ping", NULL, NULL, deadline_in(LONG)), 0, "noise and stale replies before a sync are skipped");
	qga_close(&g);
	ok(peer_end(&p), "... and not answered");
}

static void a_late_reply_is_not_taken_for_the_next(void)
{
	struct qga g = QGA_INIT;
	struct peer p;

	opened(&g, &p, play_late_reply);
	is_int(qga_execute(&g, "slow", NULL, NULL, deadline_in(SOON)), -ETIMEDOUT, "a command meets its deadline");
	says("slow: the guest agent did not answer within N ms");
	is_int(err_code(), EXIT_DEADLINE, "... with its exit code");
	ok(!g.synced && g.conn.fd >= 0, "... and what comes next is in doubt");
	is_int(qga_execute(&g, "next", NULL, NULL, deadline_in(LONG)), 0, "the next command syncs again");
	ok(json_eq(&g.conn.json, qga_return(&g), "next"), "... and gets its own reply");
	qga_close(&g);
	ok(peer_end(&p), "... on the same connection");

	opened(&g, &p, play_two_replies);
	is_int(qga_execute(&g, "one", NULL, NULL, deadline_in(LONG)), 0, "a reply with another behind it");
	is_int(qga_execute(&g, "two", NULL, NULL, deadline_in(LONG)), 0, "the next command syncs again");
	is_int(json_int_or(&g.conn.json, qga_return(&g), -1), 2, "... and gets its own reply");
	qga_close(&g);
	ok(peer_end(&p), "... on the same connection");
}

/* qga_open() closes the connection when its sync fails, so this starts from a connection that is open but unsynced. */
static void a_late_sync_is_not_taken_for_the_next(void)
{
	struct peer p = peer_start(play_late_sync);
	struct qga g = { .conn = { .fd = fd_take(&p.fd) } };

	fd_nonblock(g.conn.fd);
	is_int(qga_execute(&g, "lost", NULL, NULL, deadline_in(SOON)), -ETIMEDOUT, "a command whose sync is not answered");
	says("lost: no answer from the guest agent within N ms");
	is_int(qga_execute(&g, "next", NULL, NULL, deadline_in(LONG)), 0, "does not spoil the next");
	ok(json_eq(&g.conn.json, qga_return(&g), "next"), "... which gets its own reply");
	qga_close(&g);
	ok(peer_end(&p), "... and the lost one was never sent");
}

static void execute_fails(void (*script)(int fd), const char *line, int want, const char *text, const char *name)
{
	struct qga g = QGA_INIT;
	struct peer p;
	int64_t start;

	reply = line;
	opened(&g, &p, script);
	start = clock_us();
	is_int(qga_execute(&g, "guest-get-users", NULL, NULL, deadline_in(want == -ETIMEDOUT ? SOON : LONG)), want,
	       "%s: the right error", name);
	ok(took(start, want == -ETIMEDOUT ? SOON : 0, SOON + 10000), "... in time");
	says(text);
	ok(!g.synced && (g.conn.fd < 0) == (want != -ETIMEDOUT), "... and nothing is believed any more");
	qga_close(&g);
	peer_end(&p);
}

static void replies_may_fail(void)
{
	const char *broken = "guest-get-users: the guest agent broke the protocol: ";

	execute_fails(play_reply, "{\"return\"", -ETIMEDOUT, "guest-get-users: the guest agent did not answer within N ms",
		      "half a reply");
	execute_fails(play_cut_reply, NULL, -ECONNRESET,
		      "guest-get-users: the guest agent's connection ended in the middle of a reply", "an end within a reply");
	execute_fails(play_endless_reply, NULL, -EPROTO, "guest-get-users: the guest agent sent a reply of more than 48 MiB",
		      "an endless reply");
	execute_fails(play_reply, "\xff{\"return\": {}}\n", -EPROTO, broken, "a sentinel before a reply");
	execute_fails(play_reply, "{\"return\": \"\xff\"}\n", -EPROTO, broken, "a sentinel within a reply");
	execute_fails(play_reply, "{\"event\": \"SHUTDOWN\"}\n", -EPROTO, broken, "an event");
	execute_fails(play_reply, "{\"QMP\": {}}\n", -EPROTO, broken, "a greeting");
	execute_fails(play_reply, "login:\n", -EPROTO, broken, "a login prompt");
	execute_fails(play_reply, "{\"return\": {}, \"error\": {}}\n", -EPROTO, broken, "two kinds at once");
}

static void a_long_reply_is_read(void)
{
	struct qga g = QGA_INIT;
	struct peer p;
	size_t len = 0;
	int v;

	opened(&g, &p, play_long_reply);
	is_int(qga_execute(&g, "guest-get-users", NULL, NULL, deadline_in(LONG)), 0, "a reply of 45 MiB is read");
	v = json_get(&g.conn.json, qga_return(&g), "out-data");
	json_raw(&g.conn.json, v, &len);
	is_int((long long)len, (45 << 20) + 2, "... whole");
	qga_close(&g);
	peer_end(&p);
}

static void an_agent_that_never_reads_blocks_nobody(void)
{
	size_t len = 8 << 20;
	char *args = malloc(len + 1);
	struct qga g = QGA_INIT;
	struct peer p;
	int64_t start;

	memset(args, ' ', len);
	args[0] = '{';
	args[len - 1] = '}';
	args[len] = '\0';
	opened(&g, &p, play_never_reads);
	start = clock_us();
	is_int(qga_execute(&g, "guest-exec", args, NULL, deadline_in(SOON)), -ETIMEDOUT, "a command that is not read times out");
	ok(took(start, SOON, SOON + 5000), "... in time");
	is_int(g.conn.fd, -1, "... and disconnects, half a command being out");
	free(args);
	qga_close(&g);
	peer_end(&p);
}

static int shutdown_by(struct qga *g, struct peer *p, void (*script)(int fd), int grace)
{
	opened(g, p, script);
	return qga_send_only(g, "guest-shutdown", "{\"mode\":\"powerdown\"}", NULL, grace, deadline_in(LONG));
}

static void a_shutdown_is_not_answered(void)
{
	struct qga g = QGA_INIT;
	struct peer p;
	int64_t start = clock_us();

	is_int(shutdown_by(&g, &p, play_shutdown_silence, SOON), 0, "no answer to guest-shutdown is success");
	ok(took(start, SOON, SOON + 5000), "... after the grace");
	is_int(qga_execute(&g, "guest-ping", NULL, NULL, deadline_in(LONG)), 0, "an agent that lives on is synced with again");
	qga_close(&g);
	ok(peer_end(&p), "... before the next command");
	is_int(shutdown_by(&g, &p, play_shutdown_end, LONG), 0, "the end is success");
	qga_close(&g);
	ok(peer_end(&p), "... of the very command");
	is_int(shutdown_by(&g, &p, play_shutdown_return, LONG), 0, "so is an empty return");
	qga_close(&g);
	peer_end(&p);
	is_int(shutdown_by(&g, &p, play_shutdown_error, LONG), -EREMOTEIO, "an error is not");
	says("guest-shutdown: not allowed");
	qga_close(&g);
	peer_end(&p);
}

int main(void)
{
	alarm(PEER_SECONDS);
	commands_are_answered();
	syncs_may_fail();
	stale_words_are_ignored();
	a_late_reply_is_not_taken_for_the_next();
	a_late_sync_is_not_taken_for_the_next();
	replies_may_fail();
	a_long_reply_is_read();
	an_agent_that_never_reads_blocks_nobody();
	a_shutdown_is_not_answered();
	return done_testing();
}
