/* SPDX-License-Identifier: MIT */
/* The fewest words that run a program through a guest agent, for comparison: agent SOCKET PROGRAM - exec, then its status. */
#include <base/json.h>

#include <base/fd.h>
#include <inttypes.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

static jsmntok_t tokens[256];
static struct json reply = JSON_FIXED(tokens);
static char text[65536];

/* One line out, one line in; the value of its "return". */
static int ask(int fd, const char *line)
{
	size_t len = 0;

	if (write(fd, line, strlen(line)) < 0)
		return -1;
	do {
		ssize_t n = read(fd, text + len, sizeof(text) - len);

		if (n <= 0)
			return -1;
		len += (size_t)n;
	} while (text[len - 1] != '\n' && len < sizeof(text));
	return json_parse(&reply, text, len) < 0 ? -1 : json_get(&reply, 0, "return");
}

int main(int argc, char **argv)
{
	char line[512], *slash = argc > 2 ? strrchr(argv[1], '/') : NULL;
	int fd, v, pause_ms = 1;
	int64_t pid;

	if (!slash)
		return 2;
	*slash = '\0';
	fd = fd_connect(argv[1], slash + 1);
	snprintf(line, sizeof(line), "{\"execute\":\"guest-exec\",\"arguments\":{\"path\":\"%s\",\"capture-output\":true}}\n", argv[2]);
	if (fd < 0 || !json_int(&reply, json_get(&reply, ask(fd, line), "pid"), &pid))
		return 1;
	snprintf(line, sizeof(line), "{\"execute\":\"guest-exec-status\",\"arguments\":{\"pid\":%" PRId64 "}}\n", pid);
	while ((v = ask(fd, line)) >= 0 && json_bool(&reply, json_get(&reply, v, "exited")) == 0) {
		poll(NULL, 0, pause_ms);
		pause_ms *= 2;
	}
	return v < 0;
}
