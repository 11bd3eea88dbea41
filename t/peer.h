/* SPDX-License-Identifier: MIT */
/* The other end of a socket for tests of clients: a forked child that plays a script. */
#ifndef T_PEER_H
#define T_PEER_H

#include <base/err.h>
#include <base/fd.h>
#include <base/loop.h>
#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

enum { PEER_SECONDS = 120 };		/* a test or peer that hangs is killed: shown as an error, not waited for */

struct peer {
	pid_t pid;
	int fd;			/* the client's end; whoever takes it over sets -1 */
};

/* peer_start - fork a child that runs script(fd) and ends; a script that fails an expectation exits 1. */
__attribute__((unused)) static struct peer peer_start(void (*script)(int fd))
{
	int fd[2];
	pid_t pid;

	if (fd_pair(fd) < 0)
		bail_out("socketpair");
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		bail_out("fork");
	if (pid == 0) {
		alarm(PEER_SECONDS);
		signal(SIGPIPE, SIG_IGN);
		close(fd[0]);
		script(fd[1]);
		_exit(0);
	}
	close(fd[1]);
	return (struct peer){ .pid = pid, .fd = fd[0] };
}

/* peer_end - close the client's end and wait: did the script run to its end? */
__attribute__((unused)) static bool peer_end(struct peer *p)
{
	int status = -1;

	fd_close(&p->fd);
	while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* For scripts: say n bytes (false when the client has gone), hear one line, wait for the client's end. */
__attribute__((unused)) static bool say_n(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n < 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

__attribute__((unused)) static bool say(int fd, const char *s)
{
	return say_n(fd, s, strlen(s));
}

__attribute__((unused)) static bool hear(int fd, char *line, size_t size)
{
	size_t n = 0;
	char c;

	while (read(fd, &c, 1) == 1) {
		if (c == '\n') {
			line[n] = '\0';
			return true;
		}
		if (n + 1 < size)
			line[n++] = c;
	}
	line[n] = '\0';
	return false;
}

/* expect - the next line holds this text, or the script has failed. */
__attribute__((unused)) static void expect(int fd, const char *text)
{
	char line[4096];

	if (!hear(fd, line, sizeof(line)))
		_exit(1);		/* the test is over; where it should not be, peer_end() tells */
	if (!strstr(line, text)) {
		fprintf(stderr, "# peer: expected %s, heard %s\n", text, line);
		_exit(1);
	}
}

__attribute__((unused)) static void hang(int fd)
{
	char junk[4096];

	while (read(fd, junk, sizeof(junk)) > 0)
		;
}

/* took - were at least lo and less than hi milliseconds spent since start? */
__attribute__((unused)) static bool took(int64_t start, int64_t lo, int64_t hi)
{
	int64_t ms = (clock_us() - start) / 1000;

	if (ms >= lo && ms < hi)
		return true;
	diag("took %lld ms, not %lld to %lld", (long long)ms, (long long)lo, (long long)hi);
	return false;
}

/* says - one test: does the recorded error begin like this?  "N ms" in text stands for any number. */
__attribute__((unused)) static void says(const char *text)
{
	const char *got = err_text(), *want = text;

	while (*want && *got) {
		if (strncmp(want, "N ms", 4) == 0 && *got >= '0' && *got <= '9') {
			got += strspn(got, "0123456789");
			want++;
		} else if (*got++ != *want++) {
			want--;
			break;
		}
	}
	if (!ok(!*want, "... saying why"))
		diag("\"%s\" does not begin with \"%s\"", err_text(), text);
}

/* lowest_fd - the number the next descriptor would get: tells a leak. */
__attribute__((unused)) static int lowest_fd(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

#endif
