/* SPDX-License-Identifier: MIT */
/* tool-filterrun FEATURE[,FEATURE...]|FILE.policy PROGRAM ARG...: become a program under QEMU's filter, without a jail. */
#include <base/err.h>
#include <errno.h>
#include <fcntl.h>
#include <sandbox/filter.h>
#include <sandbox/sandbox.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A feature is called as its fragment is. */
static unsigned feature(const char *name, size_t len)
{
	for (unsigned bit = 1; bit <= FILTER_NO_PIDNS; bit <<= 1) {
		const char *names[FILTER_TEXTS_MAX];
		/* an accelerator is needed for a combination; where the bit is one, it is it */
		size_t n = filter_texts(bit, names) ? 2 : filter_texts(bit | FILTER_KVM, names) ? 3 : 0;

		if (n && strlen(names[n - 1]) == len && !strncmp(names[n - 1], name, len))
			return bit;
	}
	return 0;
}

static bool parse_features(char *list, unsigned *features)
{
	for (const char *s = list; *s; s += *s == ',') {
		size_t len = strcspn(s, ",");
		unsigned bit = feature(s, len);

		if (!bit)
			return false;
		*features |= bit;
		s += len;
	}
	return true;
}

static int become(const struct filter *f, char **argv)
{
	struct rlimit l = { SANDBOX_EXEC_FD + 1, SANDBOX_EXEC_FD + 1 };
	int fd = open(argv[0], O_PATH | O_CLOEXEC), rc;

	if (fd < 0)
		return fail(-errno, "open %s", argv[0]);
	if (setrlimit(RLIMIT_NOFILE, &l) < 0 || dup3(fd, SANDBOX_EXEC_FD, O_CLOEXEC) < 0)
		return fail(-errno, "make descriptor %d", SANDBOX_EXEC_FD);
	l.rlim_cur = l.rlim_max = 512;
	if (setrlimit(RLIMIT_NOFILE, &l) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return fail(-errno, "give up rights");
	rc = filter_load(f);
	if (rc < 0)
		return rc;
	syscall(SYS_execveat, SANDBOX_EXEC_FD, "", argv, environ, AT_EMPTY_PATH);
	return fail(-errno, "exec %s", argv[0]);
}

int main(int argc, char **argv)
{
	struct filter f;
	unsigned features = 0;
	bool own = argc > 1 && strchr(argv[1], '/');

	if (argc < 3 || (!own && !parse_features(argv[1], &features))) {
		fprintf(stderr, "usage: tool-filterrun FEATURE[,FEATURE...]|DIR/FILE.policy PROGRAM ARG...\n");
		return EXIT_USAGE;
	}
	if (filter_prepare(&f, features, own ? argv[1] : NULL) < 0 || become(&f, argv + 2) < 0)
		fprintf(stderr, "tool-filterrun: %s\n", err_text());
	return err_code();
}
