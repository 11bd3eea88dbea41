/* SPDX-License-Identifier: MIT */
/* The stop ladder for many VMs at once: it blocks and waits, so each has a child that climbs it. */
#include <vm/vm.h>

#include <base/err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a child has to say, in one write(2): up to PIPE_BUF bytes the kernel keeps together. */
struct message {
	size_t index;
	struct stop_result result;
};
_Static_assert(sizeof(struct message) <= 4096, "a message would not be written at once");

static _Noreturn void climb_alone(struct vmdir *d, size_t index, const struct stop_options *o, int to, pid_t parent)
{
	struct message m = { .index = index };

	/* whoever asked and is killed has not asked any more, as with one VM */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(EXIT_FAILED);
	m.result.rc = vm_stop(d, o, &m.result.receipt);
	if (m.result.rc < 0) {
		m.result.code = err_code();
		snprintf(m.result.error, sizeof(m.result.error), "%s", err_text());
	}
	(void)!write(to, &m, sizeof(m));
	_exit(EXIT_OK);
}

static void start_all(struct vm_status *v, size_t n, const struct stop_options *o, struct stop_result *results, pid_t *child, int to)
{
	pid_t parent = getpid();

	for (size_t i = 0; i < n; i++) {
		struct stop_result *r = &results[i];

		*r = (struct stop_result){ .rc = -ECANCELED, .code = EXIT_FAILED, .receipt = { .worked = -1 } };
		snprintf(r->error, sizeof(r->error), "%s: the process that was to stop it was killed", v[i].dir.name);
		child[i] = fork();
		if (child[i] == 0)
			climb_alone(&v[i].dir, i, o, to, parent);
		if (child[i] < 0)
			snprintf(r->error, sizeof(r->error), "%s: fork: %s", v[i].dir.name, strerror(errno));
	}
}

int vm_stop_all(struct vm_status *v, size_t n, const struct stop_options *o, struct stop_result *results,
		void (*done)(void *ctx, size_t i), void *ctx)
{
	pid_t *child = calloc(n + 1, sizeof(*child));
	struct message m;
	int ends[2] = { -1, -1 };
	int rc = child ? fd_pipe(ends) : fail(-ENOMEM, "stop %zu VMs", n);

	if (rc >= 0)
		start_all(v, n, o, results, child, ends[1]);
	fd_close(&ends[1]);
	/* until the last child has closed its end */
	while (rc >= 0 && fd_read(ends[0], &m, sizeof(m)) == sizeof(m)) {
		if (m.index >= n)
			continue;
		results[m.index] = m.result;
		done(ctx, m.index);
	}
	fd_close(&ends[0]);
	for (size_t i = 0; rc >= 0 && i < n; i++)
		while (child[i] > 0 && waitpid(child[i], NULL, 0) < 0 && errno == EINTR)
			;
	free(child);
	return rc;
}
