/* SPDX-License-Identifier: MIT */
/* Programs beside QEMU: started before it, awaited before the guest's CPUs run. */
#include <vm/vm.h>

#include <base/err.h>
#include <base/file.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS_MAX 4096

static _Noreturn void become_helper(const struct plan_helper *h, int end, int said)
{
	char *envp[] = { (char *)"PATH=/usr/bin:/bin", (char *)"LC_ALL=C", NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	const char *argv[128] = { NULL };

	/* a number that one wants may be where another one is: all of them go out of the way first */
	null = fcntl(null, F_DUPFD_CLOEXEC, 64);
	end = fcntl(end, F_DUPFD_CLOEXEC, 64);
	said = fcntl(said, F_DUPFD_CLOEXEC, 64);
	if (h->argv.n >= sizeof(argv) / sizeof(argv[0]) || null < 0 || end < 0 || said < 0 || dup2(null, 0) < 0 ||
	    dup2(said, 1) < 0 || dup2(said, 2) < 0 || dup2(end, PLAN_HELPER_FD) < 0 || fd_cloexec_from(PLAN_HELPER_FD + 1) < 0)
		_exit(126);
	memcpy(argv, h->argv.v, h->argv.n * sizeof(*argv));
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	setsid();
	execve(argv[0], (char *const *)argv, envp);
	_exit(127);
}

int helpers_start(struct helpers *h, const struct plan *p, struct opened *o, int cgroup)
{
	for (size_t i = 0; i < p->nhelper; i++) {
		h->said[i] = memfd_create("helper", MFD_CLOEXEC);
		if (h->said[i] < 0)
			return fail(-errno, "%s: make memory for its words", p->helper[i].name);
		h->pid[i] = cgroup_fork(cgroup);
		if (h->pid[i] < 0) {
			h->pid[i] = 0;
			return fail(-errno, "fork for %s", p->helper[i].name);
		}
		if (h->pid[i] == 0)
			become_helper(&p->helper[i], o->helper[i], h->said[i]);
		/* it alone holds that end: when QEMU goes, it reads the end of file and goes too */
		fd_close(&o->helper[i]);
	}
	return 0;
}

static int explain(const struct plan_helper *p, int said)
{
	char text[WORDS_MAX + 1];
	ssize_t n = pread(said, text, WORDS_MAX, 0);
	autobuf struct buf words = BUF_INIT;

	const char *last = text;

	while (n > 0 && text[n - 1] == '\n')
		n--;
	/* its last line is the reason; what stands above it is chatter */
	for (ssize_t i = 0; i < n; i++)
		if (text[i] == '\n')
			last = text + i + 1;
	if (n > 0)
		buf_add_safe(&words, last, (size_t)(text + n - last));
	return fail_exit(EXIT_FAILED, "%s did not start: %s", p->name, words.len ? words.data : "it said nothing");
}

int helpers_await(struct helpers *h, const struct plan *p, deadline_t until)
{
	for (size_t i = 0; i < p->nhelper; i++) {
		struct proc_id id;
		int status;

		if (proc_identify(h->pid[i], &id) >= 0) {
			autoclose int pidfd = proc_open(&id);

			if (pidfd >= 0 && loop_readable(pidfd, until) == 0)
				return fail_exit(EXIT_DEADLINE, "%s did not get ready in time", p->helper[i].name);
		}
		while (waitpid(h->pid[i], &status, 0) < 0 && errno == EINTR)
			;
		h->pid[i] = 0;
		if (!WIFEXITED(status) || WEXITSTATUS(status))
			return explain(&p->helper[i], h->said[i]);
	}
	return 0;
}

void helpers_end(struct helpers *h)
{
	for (int i = 0; i < PLAN_HELPERS_MAX; i++) {
		if (h->pid[i]) {
			kill(h->pid[i], SIGKILL);
			while (waitpid(h->pid[i], NULL, 0) < 0 && errno == EINTR)
				;
			h->pid[i] = 0;
		}
		if (h->said[i] > 0)
			fd_close(&h->said[i]);
	}
}
