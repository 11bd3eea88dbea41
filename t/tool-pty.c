/* SPDX-License-Identifier: MIT */
/* A terminal for a test: pty STATES COMMAND... relays stdin and stdout, and notes in STATES how the terminal is set. */
#include <base/fd.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/* One line each time it changes: "cooked", "raw" (no line editing, no echo, no signals), or "odd". */
static void note_state(int master, FILE *states, bool last)
{
	static const char *before = "";
	struct termios t;
	const char *now = "gone";

	if (tcgetattr(master, &t) == 0) {
		bool input = t.c_lflag & (ICANON | ECHO | ISIG), all = (t.c_lflag & ICANON) && (t.c_lflag & ECHO) && (t.c_lflag & ISIG);

		now = !input && !(t.c_oflag & OPOST) ? "raw" : all && (t.c_oflag & OPOST) ? "cooked" : "odd";
	}
	if (last || strcmp(now, before) != 0)
		fprintf(states, "%s%s\n", last ? "at last " : "", now);
	fflush(states);
	before = now;
}

static pid_t start(int *master, char **argv)
{
	char *name;
	pid_t pid;
	int slave;

	*master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*master < 0 || grantpt(*master) < 0 || unlockpt(*master) < 0)
		return -1;
	name = ptsname(*master);
	slave = name ? open(name, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
	pid = slave < 0 ? -1 : fork();
	if (pid)
		return pid;		/* the slave stays open here: its settings outlive the command */
	setsid();
	ioctl(slave, TIOCSCTTY, 0);
	dup2(slave, 0);
	dup2(slave, 1);
	execvp(argv[0], argv);
	_exit(127);
}

static bool relay(int from, int to)
{
	char piece[4096];
	ssize_t n = read(from, piece, sizeof(piece));

	return n > 0 && fd_write_all(to, piece, (size_t)n) == 0;
}

int main(int argc, char **argv)
{
	FILE *states = argc > 2 ? fopen(argv[1], "we") : NULL;
	int master, status = 0, in = 0;
	pid_t pid = states ? start(&master, argv + 2) : -1;

	if (pid < 0) {
		fprintf(stderr, "usage: pty STATES COMMAND... (%s)\n", strerror(errno));
		return 2;
	}
	for (bool ended = false;;) {
		struct pollfd p[2] = { { .fd = in, .events = POLLIN }, { .fd = master, .events = POLLIN } };

		note_state(master, states, false);
		poll(p, 2, ended ? 0 : 5);
		if (p[0].revents && !relay(in, master))
			in = -1;
		if ((p[1].revents & POLLIN) && relay(master, 1))
			continue;
		if (ended)
			break;
		ended = waitpid(pid, &status, WNOHANG) == pid;
	}
	note_state(master, states, true);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
