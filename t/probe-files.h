/* SPDX-License-Identifier: MIT */
/* The probe's rows on files, programs and descriptors. */
#ifndef T_PROBE_FILES_H
#define T_PROBE_FILES_H

#include "probe.h"

#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>

#define TMP "/tmp/husk-probe-was-here"

static int try_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* In the directory of the run directory: what belongs to other VMs and to husk. */
static int try_state(void)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/state.json", probe_dir);
	return try_open(path, O_RDONLY);
}

static int try_image(void) { return try_open(probe_file, O_RDONLY); }
static int try_truncate(void) { return truncate(probe_file, 1048576) < 0 ? -errno : 0; }	/* its size as it is */
static int try_write_program(void) { return try_open(probe_self, O_WRONLY); }
static int try_own_program(void) { return try_open(probe_self, O_RDONLY); }

static int try_create(void)
{
	int rc = try_open(TMP, O_RDWR | O_CREAT | O_EXCL);

	if (rc == 0)
		unlink(TMP);
	return rc;
}

static int try_mkdir(void)
{
	if (mkdir(TMP, 0700) < 0)
		return -errno;
	rmdir(TMP);
	return 0;
}

static int try_symlink(void)
{
	if (symlink("/etc/passwd", TMP) < 0)
		return -errno;
	unlink(TMP);
	return 0;
}

static int try_fifo(void)
{
	if (mknod(TMP, S_IFIFO | 0600, 0) < 0)
		return -errno;
	unlink(TMP);
	return 0;
}

static int try_tmpfile(void) { return try_open("/tmp", O_RDWR | O_TMPFILE); }

static int try_connect(const char *path, size_t len)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), rc;

	if (fd < 0)
		return -errno;
	memcpy(a.sun_path, path, len);
	rc = connect(fd, (struct sockaddr *)&a, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0 ? -errno : 0;
	close(fd);
	return rc;
}

static int try_control(void)
{
	char path[100];

	snprintf(path, sizeof(path), "%s/control.sock", probe_dir);
	return try_connect(path, strlen(path) + 1);
}

static int try_abstract(void)
{
	char name[100] = "";

	snprintf(name + 1, sizeof(name) - 1, "%s", probe_abstract);
	return try_connect(name, strlen(name + 1) + 1);
}

/* An exec that works never comes back, so a child does it where one can be had. */
static int exec_with(long nr, long a, long b, long c, long d, long e)
{
	int status;
	pid_t pid = fork();

	if (pid > 0) {
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		/* what was executed ends with 99: "--possible" */
		return WIFEXITED(status) && WEXITSTATUS(status) != 99 ? -WEXITSTATUS(status) : 0;
	}
	if (syscall(nr, a, b, c, d, e) < 0 && pid == 0)
		_exit(errno);
	return -errno;
}

static char *const possible_argv[] = { (char *)"probe", (char *)"--possible", NULL };
static char *const no_env[] = { NULL };

static int try_execve(void)
{
	return exec_with(SYS_execve, P(probe_self), P(possible_argv), P(no_env), 0, 0);
}

static int try_execve_null(void)
{
	return exec_with(SYS_execve, P("/dev/null"), P(possible_argv), P(no_env), 0, 0);
}

static int try_execveat(void)
{
	return exec_with(SYS_execveat, 1000, P(""), P(possible_argv), P(no_env), 0x1000 /* AT_EMPTY_PATH */);
}

/* The program under the number that the filter knows: that number cannot be had again. */
static int try_number_1000(void)
{
	int fd = open(probe_self, O_RDONLY | O_CLOEXEC), rc;

	if (fd < 0)
		return -errno;
	rc = fcntl(fd, F_DUPFD, 1000) < 0 ? -errno : 0;
	close(fd);
	return rc;
}

static int try_dup_1000(void) { return dup2(0, 1000) < 0 ? -errno : 0; }

static int try_exec_memory(void)
{
	char piece[4096];
	int from = open(probe_self, O_RDONLY | O_CLOEXEC), fd = memfd_create("x", MFD_CLOEXEC), rc;
	ssize_t n;

	if (from < 0 || fd < 0)
		return -errno;
	while ((n = read(from, piece, sizeof(piece))) > 0)
		if (write(fd, piece, (size_t)n) != n)
			return -errno;
	rc = exec_with(SYS_execveat, fd, P(""), P(possible_argv), P(no_env), 0x1000);
	close(fd);
	close(from);
	return rc;
}

/* ---- terminals and other ioctls, on every descriptor there is ---- */

static int ioctl_each(unsigned long request, void *arg)
{
	int rc = -ENOTTY;

	for (int fd = 0; fd < 64; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			continue;
		if (syscall(SYS_ioctl, fd, request, arg) >= 0)
			return 0;
		/* what only the kernel says got past the filter */
		if (errno != EPERM && rc == -ENOTTY)
			rc = -errno;
		else if (errno == EPERM)
			rc = -EPERM;
	}
	return rc;
}

static int try_tiocsti(void) { char c = '\n'; return ioctl_each(TIOCSTI, &c); }
static int try_tiocsti_high(void) { char c = '\n'; return ioctl_each(0x100000000ul | TIOCSTI, &c); }
static int try_tioclinux(void) { char c[2] = { 3, 0 }; return ioctl_each(TIOCLINUX, c); }
static int try_tiocsctty(void) { return ioctl_each(TIOCSCTTY, NULL); }
static int try_sg_io(void) { char c[88] = ""; return ioctl_each(0x2285, c); }
static int try_fs_flags(void) { int flags = 0; return ioctl_each(FS_IOC_SETFLAGS, &flags); }

static int try_siocgifconf(void)
{
	char c[64] = "";

	return ioctl_each(0x8912, c);
}

static const struct row file_rows[] = {
	{ "read its own program", 0, MUST, .try = try_own_program },
	{ "open /etc/passwd", MNTNS, 0, .nr = SYS_openat, .arg = { AT_FDCWD, P("/etc/passwd"), O_RDONLY } },
	{ "open /etc/shadow", MNTNS | NOTROOT, 0, .nr = SYS_openat, .arg = { AT_FDCWD, P("/etc/shadow"), O_RDONLY } },
	{ "open /proc/self/status", MNTNS, 0, .nr = SYS_openat, .arg = { AT_FDCWD, P("/proc/self/status"), O_RDONLY } },
	{ "open /proc/self/mem", MNTNS, 0, .nr = SYS_openat, .arg = { AT_FDCWD, P("/proc/self/mem"), O_RDONLY } },
	{ "open /proc/sysrq-trigger", MNTNS | NOTROOT, 0, .nr = SYS_openat, .arg = { AT_FDCWD, P("/proc/sysrq-trigger"), O_WRONLY } },
	{ "open /sys/kernel", MNTNS, 0, .nr = SYS_openat, .arg = { AT_FDCWD, P("/sys/kernel"), O_RDONLY | O_DIRECTORY } },
	{ "open /dev/mem", MNTNS | ALWAYS, 0, .nr = SYS_openat, .arg = { AT_FDCWD, P("/dev/mem"), O_RDONLY } },
	{ "open /dev/urandom", MNTNS, 0, .nr = SYS_openat, .arg = { AT_FDCWD, P("/dev/urandom"), O_RDONLY } },
	{ "open /dev/tty", ALWAYS, 0, .nr = SYS_openat, .arg = { AT_FDCWD, P("/dev/tty"), O_RDONLY } },
	{ "open /dev/ptmx", MNTNS, 0, .nr = SYS_openat, .arg = { AT_FDCWD, P("/dev/ptmx"), O_RDWR } },
	{ "open /bin/sh", MNTNS, 0, .nr = SYS_openat, .arg = { AT_FDCWD, P("/bin/sh"), O_RDONLY } },
	{ "open /.. as another root", MNTNS, 0, .nr = SYS_openat, .arg = { AT_FDCWD, P("/../../etc/passwd"), O_RDONLY } },
	{ "read the run directory", MNTNS | OWN, 0, .try = try_state },
	{ "open the image by its path", MNTNS | OWN, 0, .try = try_image },
	{ "write to its own program", ALWAYS, 0, .try = try_write_program },
	{ "create a file", MNTNS | SECCOMP, 0, .try = try_create },
	{ "create a file in /", MNTNS | NOTROOT | SECCOMP, 0, .nr = SYS_openat, .arg = { AT_FDCWD, P("/"), O_RDWR | O_TMPFILE, 0600 } },
	{ "create an unnamed file", MNTNS | SECCOMP, 0, .try = try_tmpfile },
	{ "mkdir", MNTNS | SECCOMP, 0, .try = try_mkdir },
	{ "symlink", MNTNS | SECCOMP, 0, .try = try_symlink },
	{ "mknod a fifo", MNTNS | SECCOMP, 0, .try = try_fifo },
	{ "mknod a device", SECCOMP | ALWAYS, 0, .nr = SYS_mknodat, .arg = { AT_FDCWD, P("/tmp/husk-probe-device"), S_IFBLK | 0600, 0x100 } },
	{ "chmod", SECCOMP | MNTNS | NOTROOT, 0, .nr = SYS_fchmodat, .arg = { AT_FDCWD, P("/"), 0755 } },
	{ "chown", SECCOMP | MNTNS | NOTROOT, 0, .nr = SYS_fchownat, .arg = { AT_FDCWD, P("/"), 0, 0, 0 } },
	{ "truncate", SECCOMP | MNTNS | OWN, 0, .try = try_truncate },
	{ "rename", SECCOMP | MNTNS | ALWAYS, 0, .nr = SYS_renameat2, .arg = { AT_FDCWD, P("/etc/passwd"), AT_FDCWD, P("/etc/husk-probe"), 1 } },
	{ "link", SECCOMP | MNTNS | ALWAYS, 0, .nr = SYS_linkat, .arg = { AT_FDCWD, P("/etc/passwd"), AT_FDCWD, P("/proc/husk-probe"), 0 } },
	{ "unlink", SECCOMP | MNTNS | ALWAYS, 0, .nr = SYS_unlinkat, .arg = { AT_FDCWD, P("/proc/version"), 0 } },
	{ "set times", SECCOMP | MNTNS | NOTROOT, 0, .nr = SYS_utimensat, .arg = { AT_FDCWD, P("/"), 0, 0 } },
	{ "setxattr", SECCOMP | ALWAYS, 0, .nr = SYS_setxattr, .arg = { P("/"), P("security.husk"), P("x"), 1, 0 } },
	{ "name_to_handle_at", SECCOMP, KILLS | ANY, .nr = SYS_name_to_handle_at, .arg = { AT_FDCWD, P("/"), 0, 0, 0 } },
	{ "open_by_handle_at", SECCOMP | ALWAYS, KILLS, .nr = SYS_open_by_handle_at,
	  .arg = { AT_FDCWD, P("\10\0\0\0\1\0\0\0\2\0\0\0\0\0\0\0"), O_RDONLY } },
	{ "fanotify_init", SECCOMP | ALWAYS, KILLS, .nr = SYS_fanotify_init, .arg = { 4, 0 } },
	{ "fanotify_mark", SECCOMP, KILLS | ANY, .nr = SYS_fanotify_mark, .arg = { -1, 1, 0, AT_FDCWD, 0 } },
	{ "inotify_init1", SECCOMP, ANY, .nr = SYS_inotify_init1, .arg = { 0 } },
	{ "chdir", SECCOMP, 0, .nr = SYS_chdir, .arg = { P("/") } },
	{ "splice", SECCOMP, 0, EBADF, .nr = SYS_splice, .arg = { -1, 0, -1, 0, 1, 0 } },
	{ "vmsplice", SECCOMP, 0, EBADF, .nr = SYS_vmsplice, .arg = { -1, 0, 1, 0 } },
	{ "sendfile", SECCOMP, 0, EBADF, .nr = SYS_sendfile, .arg = { -1, -1, 0, 1 } },
	{ "connect to its own control socket", MNTNS | OWN | SECCOMP, 0, .try = try_control },
	{ "connect to an abstract socket", NETNS | LANDLOCK | SECCOMP, 0, .try = try_abstract },
	{ "execve", SECCOMP, 0, .try = try_execve },
	{ "execve a device", SECCOMP | ALWAYS, 0, .try = try_execve_null },
	{ "execveat 1000 again", ALWAYS, 0, .try = try_execveat },
	{ "descriptor 1000 by fcntl", ALWAYS, 0, .try = try_number_1000 },
	{ "descriptor 1000 by dup2", ALWAYS, 0, .try = try_dup_1000 },
	{ "execute memory", SECCOMP, 0, .try = try_exec_memory },
	{ "TIOCSTI", SECCOMP | ALWAYS, 0, .try = try_tiocsti },
	{ "TIOCSTI with high bits", SECCOMP | ALWAYS, 0, .try = try_tiocsti_high },
	{ "TIOCLINUX", SECCOMP | ALWAYS, 0, .try = try_tioclinux },
	{ "TIOCSCTTY", SECCOMP | ALWAYS, 0, .try = try_tiocsctty },
	{ "SG_IO", SECCOMP | ALWAYS, 0, .try = try_sg_io },
	{ "FS_IOC_SETFLAGS", OWN | SECCOMP, 0, .try = try_fs_flags },
	{ "SIOCGIFCONF on what it has", SECCOMP, ANY, .try = try_siocgifconf },
	{ "fcntl F_SETOWN", SECCOMP, 0, .nr = SYS_fcntl, .arg = { 0, F_SETOWN, 1 } },
	{ "fcntl F_NOTIFY", SECCOMP, 0, ENOTDIR, .nr = SYS_fcntl, .arg = { 0, 1026, 1 } },
	{ "fcntl F_SETLEASE", SECCOMP, ANY, .nr = SYS_fcntl, .arg = { 0, 1024, 2 } },
};

#endif
