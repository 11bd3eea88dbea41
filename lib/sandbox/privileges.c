/* SPDX-License-Identifier: MIT */
/* Who QEMU is: one id, no group, no capability, and no way back to any. */
#include <sandbox/sandbox.h>

#include <base/err.h>
#include <base/fd.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define INNER_ID 1000		/* what the caller's id is called inside: not 0 */

static int write_proc(const char *path, const char *text)
{
	autoclose int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return fail(-errno, "write %s", path);
	return 0;
}

int sandbox_map_users(uid_t outer_uid, gid_t outer_gid)
{
	char map[64];
	int rc = write_proc("/proc/self/setgroups", "deny");

	snprintf(map, sizeof(map), "%d %u 1", INNER_ID, (unsigned)outer_uid);
	if (rc >= 0)
		rc = write_proc("/proc/self/uid_map", map);
	snprintf(map, sizeof(map), "%d %u 1", INNER_ID, (unsigned)outer_gid);
	return rc < 0 ? rc : write_proc("/proc/self/gid_map", map);
}

/* The group that may open /dev/kvm, where QEMU opens the host's own node; 0 groups otherwise. */
static size_t kvm_group(const struct plan *p, gid_t *gid)
{
	struct stat st;

	if (strcmp(p->accel, "kvm") || p->jailed || stat("/dev/kvm", &st) < 0 || st.st_gid == 0)
		return 0;
	*gid = st.st_gid;
	return 1;
}

static int become(const struct plan *p, uid_t uid)
{
	gid_t group = 0;
	size_t ngroups = kvm_group(p, &group);

	if (setgroups(ngroups, &group) < 0 || setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0)
		return fail(-errno, "become user %u", (unsigned)uid);
	return 0;
}

int caps_bound(void)
{
	int cap = 0;

	/* the kernel may know more of them than these headers: it says where they end */
	while (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0)
		cap++;
	return errno == EINVAL && cap ? 0 : fail(-errno, "drop capability %d from the bounding set", cap);
}

int caps_set(uint64_t caps)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 }, have[_LINUX_CAPABILITY_U32S_3] = { 0 };

	for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		data[i].effective = data[i].permitted = (uint32_t)(caps >> 32 * i);
	if (syscall(SYS_capset, &head, data) < 0)
		return fail(-errno, "set the capabilities");
	/* the kernel's word; the ambient set is a part of both, capabilities(7) */
	if (syscall(SYS_capget, &head, have) < 0)
		return fail(-errno, "read the capabilities that are left");
	for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		if (((have[i].effective | have[i].permitted) & ~data[i].permitted) || have[i].inheritable)
			return fail(-EPERM, "more capabilities are left");
	return 0;
}

static int check_bounding_set(void)
{
	for (int cap = 0, there; (there = prctl(PR_CAPBSET_READ, cap, 0, 0, 0)) >= 0; cap++)
		if (there)
			return fail(-EPERM, "capability %d is left in the bounding set", cap);
	return 0;
}

int sandbox_drop_privileges(const struct plan *p, uid_t uid)
{
	/* what may set them: root, and everybody in a user namespace of his own */
	bool may = p->host->root || (p->namespaces & CLONE_NEWUSER);
	int rc = 0;

	/* sandbox=off as root is the one case in which a root QEMU may keep what root has */
	if (!p->own_uid && p->host->root && p->spec->sandbox == SANDBOX_OFF)
		return 0;
	if (may) {
		/* nothing that exec could ever give back: no root fix-ups, no ambient set */
		if (prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
			  SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE |
			  SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED) < 0)
			return fail(-errno, "lock securebits");
		rc = caps_bound();
	}
	if (rc >= 0 && p->own_uid)
		rc = become(p, uid);
	if (rc >= 0)
		rc = caps_set(0);
	return rc >= 0 && may ? check_bounding_set() : rc;
}
