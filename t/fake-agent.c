/* SPDX-License-Identifier: MIT */
/* Stands in as a guest agent on a socket: answers the usual commands, and plays faults. */
#include <base/json.h>

#include <base/buf.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/*
 * How it works: "fake-agent [--fault NAME[=VALUE]]... [--log FILE] --fd N | --listen PATH | --connect PATH" serves one client after
 * the other until it is told to end, or until guest-shutdown.  A listening agent prints "ready" first.  A fault is one
 * row of faults[].  guest-exec runs nothing, it plays a few programs: true, false, "exit N", "echo ARGS...", cat.
 */

struct client {
	int fd;
	bool mute;			/* says nothing more to this client */
	char stale[4096];		/* a reply held back until the next command */
	char in[1 << 20];
	size_t len;
};

struct agent_fault {
	const char *name;
	/* true: the command is dealt with */
	bool (*strike)(struct client *c, const char *command, const struct json *j, const char *value);
	bool on;
	char value[256];
};

/* The one program that was "run". */
static struct {
	int code;
	bool never_exits, cut, garbage;
	char out[1 << 16];		/* base64 */
} ran;

static bool frozen;
static int file_pieces;			/* that are still to be read from the one open file */
static FILE *journal;			/* --log: every command that came, one a line */

static void send_n(struct client *c, const char *data, size_t len)
{
	while (len) {
		ssize_t n = send(c->fd, data, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return;
		data += n;
		len -= (size_t)n;
	}
}

static void say(struct client *c, const char *text)
{
	send_n(c, text, strlen(text));
}

static void say_return(struct client *c, const char *value)
{
	say(c, "{\"return\": ");
	say(c, value);
	say(c, "}\n");
}

static void say_error(struct client *c, const char *class, const char *desc)
{
	char line[512];

	snprintf(line, sizeof(line), "{\"error\": {\"class\": \"%s\", \"desc\": \"%s\"}}\n", class, desc);
	say(c, line);
}

static int arguments(const struct json *j)
{
	return json_get(j, 0, "arguments");
}

/* ---- what a sound agent does ---- */

static void base64(const char *in, size_t len, char *out, size_t size)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t at = 0;

	for (size_t i = 0; i < len && at + 5 <= size; i += 3) {
		uint32_t u = (uint32_t)(unsigned char)in[i] << 16;

		u |= i + 1 < len ? (uint32_t)(unsigned char)in[i + 1] << 8 : 0;
		u |= i + 2 < len ? (uint32_t)(unsigned char)in[i + 2] : 0;
		out[at++] = digits[u >> 18 & 63];
		out[at++] = digits[u >> 12 & 63];
		out[at++] = i + 1 < len ? digits[u >> 6 & 63] : '=';
		out[at++] = i + 2 < len ? digits[u & 63] : '=';
	}
	out[at] = '\0';
}

static void do_sync(struct client *c, const struct json *j, bool delimited)
{
	int64_t id = json_int_or(j, json_get(j, arguments(j), "id"), 0);
	char line[64];

	snprintf(line, sizeof(line), "%s{\"return\": %" PRId64 "}\n", delimited ? "\xff" : "", id);
	say(c, line);
}

static void play_echo(const struct json *j, int args)
{
	char text[4096], one[2048];
	struct buf out = BUF_FIXED(text);
	int iter = 0, v;

	while (json_next(j, args, &iter, NULL, &v)) {
		if (json_str(j, v, one, sizeof(one)) < 0)
			continue;
		if (out.len)
			buf_addc(&out, ' ');
		buf_adds(&out, one);
	}
	buf_addc(&out, '\n');
	base64(text, out.len, ran.out, sizeof(ran.out));
}

static void do_exec(struct client *c, const struct json *j)
{
	int a = arguments(j), args = json_get(j, a, "arg");
	char path[256], number[16], line[64];
	const char *name;

	if (json_str(j, json_get(j, a, "path"), path, sizeof(path)) < 0) {
		say_error(c, "GenericError", "Parameter 'path' is missing");
		return;
	}
	name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	ran.code = 0;
	ran.out[0] = '\0';
	if (strcmp(name, "false") == 0)
		ran.code = 1;
	else if (strcmp(name, "exit") == 0 && json_str(j, json_item(j, args, 0), number, sizeof(number)) > 0)
		ran.code = (int)strtol(number, NULL, 10);
	else if (strcmp(name, "echo") == 0)
		play_echo(j, args);
	else if (strcmp(name, "cat") == 0)
		json_str(j, json_get(j, a, "input-data"), ran.out, sizeof(ran.out));
	else if (strcmp(name, "true") != 0) {
		snprintf(line, sizeof(line), "Failed to execute child process (No such file or directory)");
		say_error(c, "GenericError", line);
		return;
	}
	say_return(c, "{\"pid\": 1000}");
}

static void do_exec_status(struct client *c, const struct json *j)
{
	static char value[sizeof(ran.out) + 128];

	if (json_int_or(j, json_get(j, arguments(j), "pid"), -1) != 1000) {
		say_error(c, "GenericError", "Invalid parameter 'pid'");
		return;
	}
	if (ran.never_exits)
		snprintf(value, sizeof(value), "{\"exited\": false}");
	else
		snprintf(value, sizeof(value), "{\"exited\": true, \"exitcode\": %d%s%s%s%s}", ran.code,
			 ran.out[0] ? ", \"out-data\": \"" : "", ran.garbage ? "!!!!" : ran.out, ran.out[0] ? "\"" : "",
			 ran.cut ? ", \"out-truncated\": true" : "");
	say_return(c, value);
}

static const struct { const char *command, *value; } answers[] = {
	{ "guest-ping", "{}" }, { "guest-info", "{\"version\": \"7.2.22\", \"supported_commands\": []}" },
	{ "guest-get-host-name", "{\"host-name\": \"fake\"}" }, { "guest-get-time", "1700000000000000000" },
	{ "guest-get-osinfo", "{\"id\": \"debian\", \"pretty-name\": \"Fake GNU/Linux\", \"kernel-release\": \"6.1\"}" },
	{ "guest-network-get-interfaces", "[{\"name\": \"lo\", \"ip-addresses\": [{\"ip-address-type\": \"ipv4\", "
	  "\"ip-address\": \"127.0.0.1\", \"prefix\": 8}]}]" },
	{ "guest-get-users", "[]" }, { "guest-get-fsinfo", "[]" }, { "guest-set-user-password", "{}" },
	{ "guest-set-time", "{}" }, { "guest-fstrim", "{\"paths\": []}" },
};

static void do_freeze(struct client *c, const char *command)
{
	bool was = frozen;

	if (strcmp(command, "guest-fsfreeze-status") == 0) {
		say_return(c, frozen ? "\"frozen\"" : "\"thawed\"");
		return;
	}
	frozen = strcmp(command, "guest-fsfreeze-freeze") == 0;
	say_return(c, was == frozen ? "0" : "1");
}

/* One file, which reads as 3 times "hello\n" whatever it is called, and takes everything. */
static void do_file(struct client *c, const char *what, const struct json *j)
{
	char text[4096], value[64];
	int len;

	if (strcmp(what, "open") == 0) {
		file_pieces = 3;
		say_return(c, "7");
	} else if (json_int_or(j, json_get(j, arguments(j), "handle"), -1) != 7) {
		say_error(c, "GenericError", "handle '7' has not been found");
	} else if (strcmp(what, "read") == 0) {
		file_pieces--;
		say_return(c, file_pieces ? "{\"count\": 6, \"buf-b64\": \"aGVsbG8K\", \"eof\": false}" :
			   "{\"count\": 6, \"buf-b64\": \"aGVsbG8K\", \"eof\": true}");
	} else if (strcmp(what, "write") == 0) {
		len = json_str(j, json_get(j, arguments(j), "buf-b64"), text, sizeof(text));
		len = len < 4 ? 0 : len / 4 * 3 - (text[len - 1] == '=') - (text[len - 2] == '=');
		snprintf(value, sizeof(value), "{\"count\": %d, \"eof\": false}", len);
		say_return(c, value);
	} else if (strcmp(what, "seek") == 0) {
		say_return(c, "{\"position\": 18, \"eof\": false}");
	} else {
		say_return(c, "{}");
	}
}

static void do_command(struct client *c, const char *command, const struct json *j)
{
	char desc[256];

	if (strcmp(command, "guest-sync") == 0 || strcmp(command, "guest-sync-delimited") == 0) {
		do_sync(c, j, strcmp(command, "guest-sync") != 0);
	} else if (strcmp(command, "guest-exec") == 0) {
		do_exec(c, j);
	} else if (strcmp(command, "guest-exec-status") == 0) {
		do_exec_status(c, j);
	} else if (strcmp(command, "guest-shutdown") == 0) {
		_exit(0);		/* no reply on success */
	} else if (strncmp(command, "guest-fsfreeze-", 15) == 0) {
		do_freeze(c, command);
	} else if (strncmp(command, "guest-file-", 11) == 0) {
		do_file(c, command + 11, j);
	} else {
		for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
			if (strcmp(answers[i].command, command) == 0) {
				say_return(c, answers[i].value);
				return;
			}
		}
		snprintf(desc, sizeof(desc), "The command %.100s has not been found", command);
		say_error(c, "CommandNotFound", desc);
	}
}

/* ---- faults ---- */

static bool is_sync(const char *command)
{
	return strncmp(command, "guest-sync", 10) == 0;
}

static bool strike_silence(struct client *c, const char *command, const struct json *j, const char *value)
{
	(void)c;
	(void)command;
	(void)j;
	(void)value;
	return true;
}

static bool strike_half_line(struct client *c, const char *command, const struct json *j, const char *value)
{
	(void)j;
	(void)value;
	if (is_sync(command))
		return false;
	say(c, "{\"return\": {\"pid\"");
	c->mute = true;
	return true;
}

static bool strike_half_sync(struct client *c, const char *command, const struct json *j, const char *value)
{
	(void)command;
	(void)j;
	(void)value;
	say(c, "\xff{\"return\": ");
	c->mute = true;
	return true;
}

/* 0xFF where none belongs: before and within what comes before a sync reply, and before an ordinary reply. */
static bool strike_odd_ff(struct client *c, const char *command, const struct json *j, const char *value)
{
	(void)j;
	(void)value;
	say(c, is_sync(command) ? "\xff\xff{\"ret\xff\n\xff{\"return\": 1}\n" : "\xff");
	return false;
}

static bool strike_wrong_sync(struct client *c, const char *command, const struct json *j, const char *value)
{
	(void)j;
	(void)value;
	if (!is_sync(command))
		return false;
	say(c, "\xff{\"return\": 4711}\n");
	return true;
}

static bool strike_stale_first(struct client *c, const char *command, const struct json *j, const char *value)
{
	(void)j;
	(void)value;
	if (is_sync(command))
		say(c, "{\"return\": {\"stale\": true}}\n{\"error\": {\"class\": \"GenericError\", \"desc\": \"stale\"}}\n");
	return false;
}

static bool strike_error(struct client *c, const char *command, const struct json *j, const char *value)
{
	(void)j;
	if (is_sync(command))
		return false;
	say_error(c, "GenericError", value[0] ? value : "refused");
	return true;
}

static bool strike_huge(struct client *c, const char *command, const struct json *j, const char *value)
{
	static char block[1 << 16];

	(void)j;
	(void)value;
	if (is_sync(command))
		return false;
	memset(block, 'A', sizeof(block));
	say(c, "{\"return\": {\"out-data\": \"");
	for (int i = 0; i < 1600; i++)
		send_n(c, block, sizeof(block));
	c->mute = true;
	return true;
}

static bool strike_exec_never_exits(struct client *c, const char *command, const struct json *j, const char *value)
{
	(void)c;
	(void)command;
	(void)j;
	(void)value;
	ran.never_exits = true;
	return false;
}

/* The reply to a command comes when the next one is read: after the deadline of the first, whatever that was. */
static bool strike_late(struct client *c, const char *command, const struct json *j, const char *value)
{
	(void)j;
	(void)value;
	if (c->stale[0])
		say(c, c->stale);
	c->stale[0] = '\0';
	if (is_sync(command))
		return false;
	snprintf(c->stale, sizeof(c->stale), "{\"return\": {\"late\": \"%.100s\"}}\n", command);
	return true;
}

static bool strike_die(struct client *c, const char *command, const struct json *j, const char *value)
{
	(void)c;
	(void)j;
	(void)value;
	if (!is_sync(command))
		_exit(0);
	return false;
}

/* Bytes that are no JSON text for husk: told by the fault's own name. */
static bool strike_text(struct client *c, const char *command, const char *text)
{
	if (is_sync(command))
		return false;
	say(c, text);
	return true;
}

static bool strike_bad_utf8(struct client *c, const char *command, const struct json *j, const char *value)
{
	(void)j;
	(void)value;
	return strike_text(c, command, "{\"return\": {\"pid\": 1000, \"x\": \"\xc3\x28\"}}\n");
}

static bool strike_double_key(struct client *c, const char *command, const struct json *j, const char *value)
{
	(void)j;
	(void)value;
	return strike_text(c, command, "{\"return\": {\"pid\": 1000}, \"return\": {\"pid\": 1}}\n");
}

static bool strike_deep(struct client *c, const char *command, const struct json *j, const char *value)
{
	static char text[10002];

	(void)j;
	(void)value;
	memset(text, '[', sizeof(text) - 2);
	text[sizeof(text) - 2] = '\n';
	return strike_text(c, command, text);
}

static bool strike_exec_cut(struct client *c, const char *command, const struct json *j, const char *value)
{
	(void)c;
	(void)command;
	(void)j;
	(void)value;
	ran.cut = true;
	return false;
}

static bool strike_exec_garbage(struct client *c, const char *command, const struct json *j, const char *value)
{
	(void)c;
	(void)command;
	(void)j;
	(void)value;
	ran.garbage = true;
	return false;
}

/* =COMMAND is blocked, as distributions do it, and guest-info says so. */
static bool strike_disabled(struct client *c, const char *command, const struct json *j, const char *value)
{
	char text[512];

	(void)j;
	if (strcmp(command, "guest-info") == 0) {
		snprintf(text, sizeof(text), "{\"version\": \"7.2.22\", \"supported_commands\": [{\"enabled\": false, \"name\": \"%s\"}]}",
			 value);
		say_return(c, text);
		return true;
	}
	if (strcmp(command, value) != 0)
		return false;
	snprintf(text, sizeof(text), "Command %s has been disabled: the command is not allowed", command);
	say_error(c, "CommandNotFound", text);
	return true;
}

/* =COMMAND is done, but never answered. */
static bool strike_unanswered(struct client *c, const char *command, const struct json *j, const char *value)
{
	if (strcmp(command, value) != 0)
		return false;
	if (strncmp(command, "guest-fsfreeze-", 15) == 0)
		frozen = strcmp(command, "guest-fsfreeze-freeze") == 0;
	(void)c;
	(void)j;
	return true;
}

/* =N: so many times it cannot thaw. */
static bool strike_thaw_fails(struct client *c, const char *command, const struct json *j, const char *value)
{
	static long struck;

	(void)j;
	if (strcmp(command, "guest-fsfreeze-thaw") != 0 || struck >= strtol(value, NULL, 10))
		return false;
	struck++;
	say_error(c, "GenericError", "failed to thaw");
	return true;
}

/* =COMMAND: the agent ends instead of answering it. */
static bool strike_die_at(struct client *c, const char *command, const struct json *j, const char *value)
{
	(void)c;
	(void)j;
	if (strcmp(command, value) == 0)
		_exit(0);
	return false;
}

static bool strike_frozen(struct client *c, const char *command, const struct json *j, const char *value)
{
	(void)c;
	(void)command;
	(void)j;
	(void)value;
	frozen = true;
	return false;
}

static struct agent_fault faults[] = {
	{ .name = "normal" },
	{ .name = "silence", .strike = strike_silence },
	{ .name = "half-line", .strike = strike_half_line },
	{ .name = "half-sync", .strike = strike_half_sync },
	{ .name = "odd-ff", .strike = strike_odd_ff },
	{ .name = "wrong-sync", .strike = strike_wrong_sync },
	{ .name = "stale-first", .strike = strike_stale_first },
	{ .name = "error", .strike = strike_error },			/* =TEXT */
	{ .name = "huge", .strike = strike_huge },
	{ .name = "exec-never-exits", .strike = strike_exec_never_exits },
	{ .name = "late", .strike = strike_late },
	{ .name = "die", .strike = strike_die },
	{ .name = "bad-utf8", .strike = strike_bad_utf8 },
	{ .name = "double-key", .strike = strike_double_key },
	{ .name = "deep", .strike = strike_deep },
	{ .name = "exec-cut", .strike = strike_exec_cut },
	{ .name = "exec-garbage", .strike = strike_exec_garbage },
	{ .name = "disabled", .strike = strike_disabled },		/* =COMMAND */
	{ .name = "unanswered", .strike = strike_unanswered },		/* =COMMAND */
	{ .name = "thaw-fails", .strike = strike_thaw_fails },		/* =N */
	{ .name = "die-at", .strike = strike_die_at },			/* =COMMAND */
	{ .name = "frozen", .strike = strike_frozen },
};

/* ---- serving ---- */

static void take_line(struct client *c, const char *line, size_t len)
{
	static jsmntok_t tokens[4096];
	struct json j = JSON_FIXED(tokens);
	char command[128];

	while (len && (unsigned char)*line == 0xff) {		/* the client starts anew */
		line++;
		len--;
	}
	if (json_parse(&j, line, len) < 0 || json_str(&j, json_get(&j, 0, "execute"), command, sizeof(command)) < 0) {
		say_error(c, "GenericError", "Invalid JSON syntax");
		return;
	}
	if (journal) {
		fprintf(journal, "%s\n", command);
		fflush(journal);
	}
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (faults[i].on && faults[i].strike && faults[i].strike(c, command, &j, faults[i].value))
			return;
	do_command(c, command, &j);
}

static void serve(int fd)
{
	static struct client c;

	c = (struct client){ .fd = fd };
	for (;;) {
		ssize_t n = recv(fd, c.in + c.len, sizeof(c.in) - c.len, 0);
		char *line = c.in, *nl;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		c.len += (size_t)n;
		while ((nl = memchr(line, '\n', c.len - (size_t)(line - c.in))) != NULL) {
			if (!c.mute)
				take_line(&c, line, (size_t)(nl - line));
			line = nl + 1;
		}
		c.len -= (size_t)(line - c.in);
		memmove(c.in, line, c.len);
		if (c.len == sizeof(c.in))
			break;
	}
	close(fd);
}

__attribute__((noreturn)) static void usage(const char *what)
{
	fprintf(stderr, "fake-agent: %s\nusage: fake-agent [--fault NAME[=VALUE]]... [--log FILE] --fd N | --listen PATH | --connect PATH\n",
		what);
	exit(2);
}

static void add_fault(const char *text)
{
	size_t len = strcspn(text, "=");

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		if (strlen(faults[i].name) != len || strncmp(faults[i].name, text, len) != 0)
			continue;
		faults[i].on = true;
		if (text[len])
			snprintf(faults[i].value, sizeof(faults[i].value), "%s", text + len + 1);
		return;
	}
	usage(text);
}

static int unix_socket(const char *path, bool listening)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(a.sun_path))
		usage("path too long");
	memcpy(a.sun_path, path, strlen(path) + 1);
	if (listening)
		unlink(path);
	if (fd < 0 || (listening ? bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(fd, 8) < 0
				 : connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0)) {
		perror(path);
		exit(1);
	}
	return fd;
}

int main(int argc, char **argv)
{
	int fd = -1, listener = -1;

	signal(SIGPIPE, SIG_IGN);
	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--fault") == 0)
			add_fault(argv[i + 1]);
		else if (strcmp(argv[i], "--log") == 0)
			journal = fopen(argv[i + 1], "ae");
		else if (strcmp(argv[i], "--fd") == 0)
			fd = (int)strtol(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--listen") == 0)
			listener = unix_socket(argv[i + 1], true);
		else if (strcmp(argv[i], "--connect") == 0)
			fd = unix_socket(argv[i + 1], false);
		else
			usage(argv[i]);
	}
	if (fd < 0 && listener < 0)
		usage("no socket");
	if (listener >= 0) {
		printf("ready\n");
		fflush(stdout);
	}
	while (listener >= 0 && (fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0)
		serve(fd);
	if (listener < 0)
		serve(fd);
	return 0;
}
