/* SPDX-License-Identifier: MIT */
/* Who a pid is, from /proc/PID/stat; signals through pidfds. */
#include <base/proc.h>

#include <base/buf.h>
#include <base/fd.h>
#include <base/file.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* State letter and start time; -ESRCH when there is no such process. */
static int read_stat(pid_t pid, char *state, uint64_t *start)
{
	char path[32], storage[1024];
	struct buf b = BUF_FIXED(storage);
	const char *p;
	char *end;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (file_read(AT_FDCWD, path, &b, sizeof(storage) - 1) < 0)
		return -ESRCH;
	/* field 2 is the command in parentheses and may hold anything: count from the last ')' */
	p = strrchr(buf_str(&b), ')');
	if (!p || p[1] != ' ' || !p[2])
		return -ESRCH;
	*state = p[2];
	p += 2;
	for (int field = 3; field < 22; field++) {
		p = strchr(p, ' ');
		if (!p)
			return -ESRCH;
		p++;
	}
	*start = strtoull(p, &end, 10);
	return end == p ? -ESRCH : 0;
}

int proc_identify(pid_t pid, struct proc_id *id)
{
	char state;

	if (pid <= 0 || read_stat(pid, &state, &id->start) < 0 || state == 'Z' || state == 'X')
		return -ESRCH;
	id->pid = pid;
	return 0;
}

char proc_state(const struct proc_id *id)
{
	uint64_t start;
	char state;

	if (id->pid <= 0 || read_stat(id->pid, &state, &start) < 0 || start != id->start ||
	    state == 'Z' || state == 'X')
		return 0;
	return state;
}

bool proc_alive(const struct proc_id *id)
{
	return proc_state(id) != 0;
}

int proc_open(const struct proc_id *id)
{
	int fd;

	if (id->pid <= 0)
		return -ESRCH;
	fd = (int)syscall(SYS_pidfd_open, id->pid, 0);
	if (fd < 0)
		return -errno;
	/* the pid may have been reused between the record and the open: look once more behind the pidfd */
	if (!proc_alive(id)) {
		close(fd);
		return -ESRCH;
	}
	return fd;
}

int proc_signal(int pidfd, int sig)
{
	return syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0) < 0 ? -errno : 0;
}

const char *proc_boot_id(void)
{
	static char id[64];
	struct buf b = BUF_FIXED(id);

	if (!id[0] && file_read(AT_FDCWD, "/proc/sys/kernel/random/boot_id", &b, sizeof(id) - 1) >= 0)
		id[strcspn(id, "\n")] = '\0';
	return id;
}

int proc_open_dir(const struct proc_id *id)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d", (int)id->pid);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && !proc_alive(id))
		fd_close(&fd);
	return fd;
}
