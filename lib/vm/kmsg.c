/* SPDX-License-Identifier: MIT */
/* What the kernel alone knows of an end: the denied system call, the OOM killer. */
#include <vm/vm.h>

#include <base/file.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int kmsg_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0)
		lseek(fd, 0, SEEK_END);
	return fd;
}

/* "key=123" as a word of its own; -1 when it is not there. */
static long number_after(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *p = text; (p = strstr(p, key)); p += len)
		if ((p == text || p[-1] == ' ') && p[len] >= '0' && p[len] <= '9')
			return strtol(p + len, NULL, 10);
	return -1;
}

void kmsg_parse(const char *record, pid_t pid, int *syscall, bool *oom)
{
	const char *killed;

	/* 1326: AUDIT_SECCOMP (linux/audit.h) */
	if (strstr(record, "type=1326") && number_after(record, "pid=") == pid) {
		long nr = number_after(record, "syscall=");

		if (nr >= 0 && nr < 65536)
			*syscall = (int)nr;
	}
	killed = strstr(record, "Killed process ");
	if (killed && strtol(killed + strlen("Killed process "), NULL, 10) == pid)
		*oom = true;
}

void kmsg_find(int fd, pid_t pid, int *syscall, bool *oom)
{
	char record[2048];

	/* each read gives one record; EPIPE: older ones were overwritten meanwhile */
	for (int i = 0; fd >= 0 && i < 10000; i++) {
		ssize_t n = read(fd, record, sizeof(record) - 1);

		if (n < 0 && (errno == EPIPE || errno == EINTR))
			continue;
		if (n <= 0)
			return;
		record[n] = '\0';
		kmsg_parse(record, pid, syscall, oom);
	}
}

int64_t oom_kill_count(void)
{
	char text[16384];
	struct buf b = BUF_FIXED(text);
	const char *line;

	if (file_read(AT_FDCWD, "/proc/vmstat", &b, sizeof(text) - 1) < 0)
		return -1;
	line = strstr(buf_str(&b), "\noom_kill ");
	return line ? strtoll(line + strlen("\noom_kill "), NULL, 10) : -1;
}
