/* SPDX-License-Identifier: MIT */
/* Landlock: a second lock on paths, on the network and on what lies outside, where the kernel has it. */
#include <sandbox/sandbox.h>

#include <base/err.h>
#include <base/fd.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444		/* the same number everywhere */
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

/* linux/landlock.h, whole: the installed header may know only the first ABI. */
struct ruleset_attr {
	uint64_t fs;
	uint64_t net;		/* ABI 4 */
	uint64_t scoped;	/* ABI 6 */
};
struct path_attr {
	uint64_t access;
	int32_t fd;
} __attribute__((packed));

#define RULE_PATH_BENEATH 1
#define VERSION_FLAG 1u
#define FS_EXECUTE 1ull
#define FS_WRITE_FILE 2ull
#define FS_READ_FILE 4ull
#define FS_READ_DIR 8ull
#define FS_IOCTL_DEV (1ull << 15)	/* ABI 5 */
#define NET_TCP 3ull			/* bind and connect */
#define SCOPE_ALL 3ull			/* abstract sockets and signals */

/* What each ABI can refuse on files. */
static uint64_t fs_rights(int abi)
{
	uint64_t rights = (1ull << 13) - 1;	/* ABI 1: execute ... make_sym */

	if (abi >= 2)
		rights |= 1ull << 13;		/* refer */
	if (abi >= 3)
		rights |= 1ull << 14;		/* truncate */
	if (abi >= 5)
		rights |= FS_IOCTL_DEV;
	return rights;
}

static int allow(int ruleset, const char *path, uint64_t rights)
{
	struct path_attr a = { .access = rights };
	autoclose int fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : fail(-errno, "open %s", path);
	a.fd = fd;
	if (syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &a, 0) < 0)
		return fail(-errno, "Landlock rule for %s", path);
	return 0;
}

int sandbox_restrict_paths(const struct plan *p)
{
	int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, VERSION_FLAG), rc;
	struct ruleset_attr attr = { .fs = fs_rights(abi) };
	size_t size = sizeof(attr.fs);
	autoclose int ruleset = -1;
	uint64_t device = FS_READ_FILE | FS_WRITE_FILE | (abi >= 5 ? FS_IOCTL_DEV : 0);

	if (!p->jailed)
		return 0;	/* nothing that one rule for "/" could describe */
	/* none in this kernel, or switched off at boot; whatever else keeps us from it must be said */
	if (abi < 0 && errno != ENOSYS && errno != EOPNOTSUPP)
		return fail(-errno, "ask for Landlock's version");
	if (abi <= 0)
		return 0;
	if (abi >= 4 && (p->namespaces & CLONE_NEWNET)) {
		attr.net = NET_TCP;
		size = offsetof(struct ruleset_attr, scoped);
	}
	if (abi >= 6) {
		attr.scoped = SCOPE_ALL;
		size = sizeof(attr);
	}
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
	if (ruleset < 0)
		return fail(-errno, "make a Landlock ruleset");
	rc = allow(ruleset, "/", FS_READ_FILE | FS_READ_DIR | FS_EXECUTE);
	if (rc >= 0)
		rc = allow(ruleset, "/dev/null", device);
	if (rc >= 0 && p->kvm_node)
		rc = allow(ruleset, "/dev/kvm", device);
	if (rc < 0)
		return rc;
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		return fail(-errno, "enforce the Landlock ruleset");
	return 0;
}
