/* SPDX-License-Identifier: MIT */
/* One uid per VM, so that no QEMU can signal or read another one. */
#include <state/state.h>

#include <base/buf.h>
#include <base/err.h>
#include <base/fd.h>
#include <base/file.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define UID_DIR "/run/husk/.uid"

/* Whether the QEMU noted in a slot still runs though its keeper, who held the lock, does not. */
static bool still_used(int fd)
{
	char text[128] = "", boot[64];
	struct proc_id id;
	int pid;
	unsigned long long start;
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	if (n <= 0 || sscanf(text, "%9d %19llu %63s", &pid, &start, boot) != 3)
		return false;
	id = (struct proc_id){ .pid = pid, .start = start };
	return !strcmp(boot, proc_boot_id()) && proc_alive(&id);
}

int uid_claim(uid_t *uid, int *holder_fd)
{
	autoclose int dir = -1;
	int rc = file_mkdirs("/run/husk", 0711);

	if (rc >= 0)
		rc = file_mkdirs(UID_DIR, 0700);
	if (rc < 0)
		return rc;
	dir = open(UID_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return fail(-errno, "open %s", UID_DIR);
	for (unsigned slot = 0; slot < UID_SLOTS; slot++) {
		autoclose int fd = -1;
		char name[16];

		snprintf(name, sizeof(name), "%u", slot);
		fd = openat(dir, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd < 0)
			return fail(-errno, "open %s/%s", UID_DIR, name);
		if (flock(fd, LOCK_EX | LOCK_NB) < 0 || still_used(fd))
			continue;
		*uid = UID_BASE + slot;
		*holder_fd = fd_take(&fd);
		return 0;
	}
	return fail(-EAGAIN, "all %u uids under %s are taken", UID_SLOTS, UID_DIR);
}

int uid_note(int holder_fd, const struct proc_id *qemu)
{
	char text[128];
	int n = snprintf(text, sizeof(text), "%d %llu %s\n", (int)qemu->pid, (unsigned long long)qemu->start,
			 proc_boot_id());

	if (ftruncate(holder_fd, 0) < 0 || pwrite(holder_fd, text, (size_t)n, 0) != n)
		return fail(-errno, "write %s", UID_DIR);
	return 0;
}
