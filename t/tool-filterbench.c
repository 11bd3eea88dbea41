/* SPDX-License-Identifier: MIT */
/* tool-filterbench [ROUNDS]: how long a filter takes to prepare and to load; medians in microseconds, and the best. */
#include <base/err.h>
#include <base/loop.h>
#include <sandbox/filter.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS_MAX 10000

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* A child measures itself: a filter cannot be taken off again. */
static int measure(unsigned features, int64_t took[2])
{
	struct filter f;
	int pair[2], status;
	pid_t pid;

	if (pipe(pair) < 0 || (pid = fork()) < 0)
		return -1;
	if (pid == 0) {
		int64_t start = clock_us();

		if (filter_prepare(&f, features, NULL) < 0)
			_exit(1);
		took[0] = clock_us() - start;
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		start = clock_us();
		if (filter_load(&f) < 0)
			_exit(1);
		took[1] = clock_us() - start;
		_exit(write(pair[1], took, 2 * sizeof(took[0])) != (ssize_t)(2 * sizeof(took[0])));
	}
	close(pair[1]);
	status = read(pair[0], took, 2 * sizeof(took[0])) != (ssize_t)(2 * sizeof(took[0]));
	close(pair[0]);
	waitpid(pid, NULL, 0);
	return status ? -1 : 0;
}

int main(int argc, char **argv)
{
	static const unsigned sets[] = { FILTER_KVM, FILTER_TCG, FILTER_TCG_RWX, FILTER_TCG | FILTER_IO_URING | FILTER_SLIRP,
					 FILTER_TCG | FILTER_UNIX };
	static int64_t prepare[ROUNDS_MAX], load[ROUNDS_MAX];
	long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 200;

	if (rounds < 1 || rounds > ROUNDS_MAX) {
		fprintf(stderr, "usage: tool-filterbench [ROUNDS]\n");
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		struct filter f = { 0 };
		char what[100];

		for (long r = 0; r < rounds; r++) {
			int64_t took[2];

			if (measure(sets[i], took) < 0) {
				fprintf(stderr, "tool-filterbench: no filter\n");
				return EXIT_FAILED;
			}
			prepare[r] = took[0];
			load[r] = took[1];
		}
		qsort(prepare, (size_t)rounds, sizeof(prepare[0]), by_size);
		qsort(load, (size_t)rounds, sizeof(load[0]), by_size);
		if (filter_prepare(&f, sets[i], NULL) < 0)
			return EXIT_FAILED;
		printf("%-34s %4zu instructions  prepare %5lld us  load %4lld us (best %lld)\n",
		       filter_describe(sets[i], what, sizeof(what)),
		       f.len, (long long)prepare[rounds / 2], (long long)load[rounds / 2], (long long)load[0]);
		filter_free(&f);
	}
	return EXIT_OK;
}
