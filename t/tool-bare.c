/* SPDX-License-Identifier: MIT */
/* Starts QEMU by hand, as one would without husk: bare PROGRAM ARG...; ends when the CPUs run, prints the pid. */
#include <qmp/qmp.h>

#include <base/err.h>
#include <base/fd.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MONITOR_FD 3

int main(int argc, char **argv)
{
	const char *args[256];
	struct qmp q = QMP_INIT;
	int pair[2], n = 0;
	pid_t pid;

	if (argc < 2 || argc > 240 || fd_pair(pair) < 0)
		return 2;
	for (int i = 1; i < argc; i++)
		args[n++] = argv[i];
	args[n++] = "-chardev";
	args[n++] = "socket,id=bare,fd=3";
	args[n++] = "-mon";
	args[n++] = "chardev=bare,mode=control";
	args[n] = NULL;
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 0);
		dup2(null, 1);
		dup2(pair[1], MONITOR_FD);
		execv(args[0], (char *const *)args);
		_exit(127);
	}
	close(pair[1]);
	if (qmp_open(&q, pair[0], deadline_in(30000)) < 0 || qmp_execute(&q, "cont", NULL, NULL, deadline_in(30000)) < 0) {
		fprintf(stderr, "bare: %s\n", err_text());
		return 1;
	}
	printf("%d\n", (int)pid);
	return 0;
}
