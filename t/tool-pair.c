/* SPDX-License-Identifier: MIT */
/* Times two commands in turn, as whole processes: pair ROUNDS 'COMMAND A' 'COMMAND B' ['AFTER A'] ['AFTER B'] */
#include <base/loop.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS_MAX 1000

static int run(const char *command)
{
	int status;
	pid_t pid;

	if (!command || !*command)
		return 0;
	pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static double median_ms(int64_t *us, int n)
{
	qsort(us, (size_t)n, sizeof(*us), by_value);
	return (n % 2 ? (double)us[n / 2] : (double)(us[n / 2 - 1] + us[n / 2]) / 2) / 1000;
}

int main(int argc, char **argv)
{
	static int64_t us[2][ROUNDS_MAX];
	int rounds = argc > 3 ? (int)strtol(argv[1], NULL, 10) : 0;
	double a, b;

	if (rounds < 1 || rounds > ROUNDS_MAX) {
		fprintf(stderr, "usage: pair ROUNDS 'COMMAND A' 'COMMAND B' ['AFTER A'] ['AFTER B']\n");
		return 2;
	}
	/* one round that does not count warms the caches; the order alternates, so that drift hits both alike */
	for (int i = -1; i < rounds; i++)
		for (int k = 0; k < 2; k++) {
			int which = (i & 1) ^ k;
			int64_t start = clock_us();

			if (run(argv[2 + which]) != 0) {
				fprintf(stderr, "pair: failed: %s\n", argv[2 + which]);
				return 1;
			}
			if (i >= 0)
				us[which][i] = clock_us() - start;
			run(argc > 4 + which ? argv[4 + which] : NULL);
		}
	a = median_ms(us[0], rounds);
	b = median_ms(us[1], rounds);
	printf("%8.2f ms (%.2f..%.2f)  %8.2f ms (%.2f..%.2f)  ratio %.3f\n", a, (double)us[0][0] / 1000,
	       (double)us[0][rounds - 1] / 1000, b, (double)us[1][0] / 1000, (double)us[1][rounds - 1] / 1000, a / b);
	return 0;
}
