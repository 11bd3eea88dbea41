/* SPDX-License-Identifier: MIT */
/* Reading a header that an attacker may have written, without any right but to answer. */
#include <image/image.h>

#include <base/err.h>
#include <base/fd.h>
#include <base/loop.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define READER_BUDGET_MS 10000	/* a header is one page: more means that the storage hangs */

/* What the child answers with; every byte of it is hostile until the parent has looked at it. */
struct answer {
	int32_t rc;
	char text[200];
	struct qcow2_header header;
};

static _Noreturn void read_header(int fd, int out, int (*confine)(void))
{
	/* O_DIRECT wants whole, aligned blocks; 4096 is the largest logical block size in use */
	static unsigned char head[4096] __attribute__((aligned(4096)));
	static struct answer a;
	ssize_t n;

	if (confine() < 0)
		_exit(1);
	n = pread(fd, head, sizeof(head), 0);
	if (n < 0) {
		a.rc = -errno;
	} else {
		a.rc = qcow2_parse(head, (size_t)n, &a.header);
		memcpy(a.text, err_text(), strnlen(err_text(), sizeof(a.text) - 1));
	}
	_exit(write(out, &a, sizeof(a)) != sizeof(a));
}

static int await_answer(int fd, struct answer *a)
{
	deadline_t until = deadline_in(READER_BUDGET_MS);
	size_t got = 0;

	while (got < sizeof(*a)) {
		ssize_t n;

		if (loop_readable(fd, until) <= 0)
			return fail_as(EXIT_DEADLINE, -ETIMEDOUT, "its header cannot be read");
		n = fd_read(fd, (char *)a + got, sizeof(*a) - got);
		if (n <= 0)
			return fail(-EPROTO, "its header ended the reader");
		got += (size_t)n;
	}
	a->text[sizeof(a->text) - 1] = '\0';
	return 0;
}

/* What is neither 0 nor 1 is no bool: reading one like that is undefined. */
static void make_bool(bool *b)
{
	unsigned char byte;

	memcpy(&byte, b, 1);
	*b = byte != 0;
}

static void make_sound(struct qcow2_header *h)
{
	make_bool(&h->backing);
	make_bool(&h->encrypted);
	make_bool(&h->data_file);
	make_bool(&h->dirty);
	make_bool(&h->corrupt);
}

int qcow2_read(int fd, int (*confine)(void), struct qcow2_header *h)
{
	autoclose int in = -1, out = -1;
	struct answer a;
	int pair[2], rc = fd_pipe(pair);
	pid_t pid;

	if (rc < 0)
		return rc;
	in = pair[0];
	out = pair[1];
	pid = fork();
	if (pid < 0)
		return fail(-errno, "fork");
	if (pid == 0)
		read_header(fd, out, confine);
	fd_close(&out);
	rc = await_answer(in, &a);
	if (rc < 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (rc < 0)
		return rc;
	make_sound(&a.header);
	*h = a.header;
	if (a.rc == -EPROTO)
		return fail(-EPROTO, "%s", a.text);
	return a.rc < 0 ? fail(a.rc, "read its header") : 0;
}
