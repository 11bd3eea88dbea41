/* SPDX-License-Identifier: MIT */
/* Running a program of the host for its answer. */
#include <host/ask.h>

#include <host/host.h>

#include <base/buf.h>
#include <base/err.h>
#include <base/fd.h>
#include <base/loop.h>
#include <base/pool.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ANSWER_BUDGET_MS 10000
#define ANSWER_MAX 65536
#define NOBODY 65534

/* exit code of a child that could not run the program at all */
#define CANNOT_RUN 126

static _Noreturn void become(const char *const *argv, int out, bool as_nobody)
{
	char *envp[] = { (char *)"LC_ALL=C", NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(null, 2) < 0 || fd_cloexec_from(3) < 0)
		_exit(CANNOT_RUN);
	if (as_nobody && (setgid(NOBODY) < 0 || setuid(NOBODY) < 0))
		_exit(CANNOT_RUN);
	signal(SIGPIPE, SIG_DFL);
	execve(argv[0], (char *const *)argv, envp);
	_exit(CANNOT_RUN);
}

static int ask(const char *const *argv, struct buf *out, bool as_nobody)
{
	autoclose int r = -1, w = -1;
	deadline_t until = deadline_in(ANSWER_BUDGET_MS);
	int fd[2], rc = fd_pipe(fd), status;
	pid_t pid;

	if (rc < 0)
		return rc;
	r = fd[0];
	w = fd[1];
	pid = fork();
	if (pid < 0)
		return fail(-errno, "fork");
	if (pid == 0)
		become(argv, w, as_nobody);
	fd_close(&w);
	while (out->len <= ANSWER_MAX) {
		char piece[4096];
		ssize_t n = loop_readable(r, until) > 0 ? fd_read(r, piece, sizeof(piece)) : -ETIMEDOUT;

		if (n <= 0)
			break;
		buf_add(out, piece, (size_t)n);
	}
	if (deadline_passed(until) || out->len > ANSWER_MAX)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return fail_exit(EXIT_HOST, "%s %s did not work", argv[0], argv[1]);
	return 0;
}

int host_ask(const char *const *argv, struct buf *out)
{
	size_t had = out->len;
	int rc = ask(argv, out, geteuid() == 0);

	if (rc < 0 && geteuid() == 0) {
		out->len = had;
		rc = ask(argv, out, false);
	}
	return rc;
}

int host_parse_libs(struct pool *pool, const char *text, struct opt_strings *libs)
{
	for (const char *line = text; *line;) {
		size_t len = strcspn(line, "\n");
		const char *end, *arrow;
		char *copy = pool_strndup(pool, line, len), *from = copy + strspn(copy, " \t");
		bool known = false;

		line += len + (line[len] == '\n');
		arrow = strstr(from, " => ");
		if (arrow && !strncmp(arrow + 4, "not found", 9))
			return fail_exit(EXIT_HOST, "%.*s is not found", (int)(arrow - from), from);
		/* "libz.so.1 => /lib/libz.so.1 (0x...)", "/lib64/ld-linux-x86-64.so.2 (0x...)"; the vdso has no path */
		if (arrow)
			from = (char *)arrow + 4;
		end = strstr(from, " (0x");
		if (*from != '/' || !end)
			continue;
		from = pool_strndup(pool, from, (size_t)(end - from));
		for (size_t i = 0; i < libs->n && !known; i++)
			known = !strcmp(libs->v[i], from);
		if (known)
			continue;
		libs->v = pool_grow(pool, libs->v, libs->n, sizeof(*libs->v));
		libs->v[libs->n++] = from;
	}
	return 0;
}
