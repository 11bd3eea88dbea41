/* SPDX-License-Identifier: MIT */
/* Trying the kernel's means of confinement, each in a child that leaves nothing behind. */
#include <host/kernel.h>

#include <base/buf.h>
#include <base/err.h>
#include <base/fd.h>
#include <base/file.h>
#include <base/loop.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/mount.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRY_BUDGET_MS 2000

/* Numbers that headers of an older libc lack; the same on every architecture (asm-generic/unistd.h). */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
/* flags and prctl of newer kernel headers (linux/sched.h, linux/landlock.h, linux/prctl.h) */
#ifndef CLONE_NEWCGROUP
#define CLONE_NEWCGROUP 0x02000000
#endif
#define LANDLOCK_VERSION_FLAG 1U
#define MDWE_PRCTL 65
#define MDWE_REFUSE_EXEC_GAIN 1UL

const char *const host_ns_names[HOST_NAMESPACES] = {
	[NS_MNT] = "mnt", [NS_PID] = "pid", [NS_NET] = "net", [NS_IPC] = "ipc", [NS_UTS] = "uts", [NS_CGROUP] = "cgroup",
};
static const int ns_flags[HOST_NAMESPACES] = {
	[NS_MNT] = CLONE_NEWNS, [NS_PID] = CLONE_NEWPID, [NS_NET] = CLONE_NEWNET, [NS_IPC] = CLONE_NEWIPC,
	[NS_UTS] = CLONE_NEWUTS, [NS_CGROUP] = CLONE_NEWCGROUP,
};

const char *const host_action_names[HOST_ACTIONS] = {
	[ACTION_KILL_PROCESS] = "kill_process", [ACTION_ERRNO] = "errno", [ACTION_LOG] = "log",
	[ACTION_USER_NOTIF] = "user_notif",
};
static const uint32_t action_values[HOST_ACTIONS] = {
	[ACTION_KILL_PROCESS] = SECCOMP_RET_KILL_PROCESS, [ACTION_ERRNO] = SECCOMP_RET_ERRNO, [ACTION_LOG] = SECCOMP_RET_LOG,
	[ACTION_USER_NOTIF] = SECCOMP_RET_USER_NOTIF,
};

/* Run one attempt (0 or negative errno) in a child; a child that a filter kills was denied. */
static int try(int (*attempt)(int arg), int arg)
{
	int fd[2], status = 0, rc = fd_pipe(fd);
	pid_t pid;

	if (rc < 0)
		return rc;
	pid = fork();
	if (pid == 0) {
		rc = attempt(arg);
		_exit(rc < 0 ? -rc & 0xff : 0);
	}
	rc = pid < 0 ? -errno : 0;
	close(fd[1]);
	/* the pipe closes when the child ends: a wait with a deadline */
	if (pid > 0 && loop_readable(fd[0], deadline_in(TRY_BUDGET_MS)) == 0)
		kill(pid, SIGKILL);
	close(fd[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (rc < 0)
		return rc;
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSYS ? -EPERM : -ETIMEDOUT;
	return -WEXITSTATUS(status);
}

static int put_text(const char *path, const char *text)
{
	autoclose int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

/* Root in a new user namespace, with this user as its only id. */
static int enter_user_ns(void)
{
	unsigned uid = (unsigned)geteuid(), gid = (unsigned)getegid();
	char map[32];
	int rc;

	if (unshare(CLONE_NEWUSER) < 0)
		return -errno;
	rc = put_text("/proc/self/setgroups", "deny");
	if (rc < 0 && rc != -ENOENT)
		return rc;
	snprintf(map, sizeof(map), "0 %u 1", uid);
	rc = put_text("/proc/self/uid_map", map);
	if (rc < 0)
		return rc;
	snprintf(map, sizeof(map), "0 %u 1", gid);
	return put_text("/proc/self/gid_map", map);
}

/* What AppArmor forbids shows only when the namespace's root does something with it. */
static int try_user_ns(int unused)
{
	int rc = enter_user_ns();

	(void)unused;
	return rc < 0 ? rc : unshare(CLONE_NEWNS) < 0 ? -errno : 0;
}

static int try_ns(int flag)
{
	int rc = geteuid() == 0 ? 0 : enter_user_ns();

	return rc < 0 ? rc : unshare(flag) < 0 ? -errno : 0;
}

/* A read-only copy of this tree and a new tmpfs, neither attached anywhere: they end with the child. */
static int try_mount_api(int unused)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID };
	int tree, fs, rc = try_ns(CLONE_NEWNS);

	(void)unused;
	if (rc < 0)
		return rc;
	tree = (int)syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE | AT_RECURSIVE | O_CLOEXEC);
	if (tree < 0 || syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) < 0)
		return -errno;
	fs = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);
	if (fs < 0 || syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0 ||
	    syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0) < 0)
		return -errno;
	return 0;
}

/* No arguments at all is EINVAL where the call is known; containers answer ENOSYS or EPERM. */
static int try_clone3(int unused)
{
	(void)unused;
	return syscall(SYS_clone3, NULL, 0) < 0 && errno == EINVAL ? 0 : -errno;
}

static int try_pidfd(int unused)
{
	int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);

	(void)unused;
	return fd < 0 || syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0) < 0 ? -errno : 0;
}

static int try_seccomp(int unused)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog filter = { .len = 1, .filter = &allow };

	(void)unused;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) < 0)
		return -errno;
	return 0;
}

static int try_action(int action)
{
	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action_values[action]) < 0 ? -errno : 0;
}

static int try_mdwe(int unused)
{
	(void)unused;
	return prctl(MDWE_PRCTL, MDWE_REFUSE_EXEC_GAIN, 0UL, 0UL, 0UL) < 0 ? -errno : 0;
}

static int try_landlock(int unused)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION_FLAG);

	(void)unused;
	return abi < 0 ? -errno : 0;
}

static int landlock_abi(void)
{
	/* a child first: where a filter kills for the call, it must not kill husk */
	int rc = try(try_landlock, 0);

	return rc < 0 ? rc : (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION_FLAG);
}

static int try_uid(int as_int)
{
	uid_t uid = (uid_t)as_int;

	return setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0 ? -errno : 0;
}

int host_try_uid(uid_t uid)
{
	return try(try_uid, (int)uid);
}

/* The next number of a line; false when there is none. */
static bool next_number(const char **text, uint64_t *n)
{
	char *end;

	*text += strspn(*text, " \t");
	if (**text < '0' || **text > '9')
		return false;
	*n = strtoull(*text, &end, 10);
	*text = end;
	return true;
}

/* user_namespaces(7): "INSIDE OUTSIDE LENGTH" */
bool host_uid_mapped(const char *map, uint64_t first, uint64_t count)
{
	uint64_t inside, outside, length;

	for (const char *line = map; *line; line += *line == '\n') {
		if (next_number(&line, &inside) && next_number(&line, &outside) && next_number(&line, &length) &&
		    first >= inside && first - inside < length && length - (first - inside) >= count)
			return true;
		line += strcspn(line, "\n");
	}
	return false;
}

int host_can_write_dir(const char *path)
{
	return faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) < 0 ? -errno : 0;
}

static int64_t sysctl(const char *path)
{
	autobuf struct buf text = BUF_INIT;
	char *end;
	long long n;

	if (file_read(AT_FDCWD, path, &text, 64) < 0 || !text.len)
		return -1;
	n = strtoll(buf_str(&text), &end, 10);
	return end == buf_str(&text) ? -1 : n;
}

static int try_kmsg(void)
{
	autoclose int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char record[8192];

	if (fd < 0)
		return -errno;
	/* EPIPE: the record at this place was overwritten meanwhile; EAGAIN: none yet */
	return read(fd, record, sizeof(record)) < 0 && errno != EPIPE && errno != EAGAIN ? -errno : 0;
}

void host_probe_kernel(struct host_kernel *k)
{
	struct utsname u;

	*k = (struct host_kernel){ .release = "" };
	if (uname(&u) == 0)
		snprintf(k->release, sizeof(k->release), "%s", u.release);
	k->clone3 = try(try_clone3, 0);
	k->pidfd = try(try_pidfd, 0);
	k->user_ns = try(try_user_ns, 0);
	for (int i = 0; i < HOST_NAMESPACES; i++)
		k->ns[i] = try(try_ns, ns_flags[i]);
	k->mount_api = try(try_mount_api, 0);
	k->seccomp = try(try_seccomp, 0);
	for (int i = 0; i < HOST_ACTIONS; i++)
		k->action[i] = try(try_action, i) == 0;
	k->landlock = landlock_abi();
	k->mdwe = try(try_mdwe, 0);
	k->kmsg = try_kmsg();
	k->max_user_namespaces = sysctl("/proc/sys/user/max_user_namespaces");
	k->unprivileged_userns_clone = sysctl("/proc/sys/kernel/unprivileged_userns_clone");
	k->apparmor_restrict_userns = sysctl("/proc/sys/kernel/apparmor_restrict_unprivileged_userns");
	err_clear();
}
