/* SPDX-License-Identifier: MIT */
/* husk check: the kernel's means of confinement, what takes them away, and what would give them back. */
#include "check.h"

#include <base/file.h>
#include <errno.h>
#include <fcntl.h>
#include <host/cgroup.h>
#include <spec/spec.h>
#include <state/state.h>
#include <string.h>
#include <unistd.h>

/* Why a system call that every kernel of these years has is refused. */
static const char *refusal(int err)
{
	if (err == -ENOSYS)
		return "the kernel is too old for it, or a container's seccomp filter hides it";
	if (err == -EPERM || err == -EACCES)
		return geteuid() == 0 ? "refused: a container without the capability, or its seccomp filter" :
					"refused to this user";
	return strerror(-err);
}

static void simple(struct report *r, const char *name, int err, enum check_state without, const char *works,
		   const char *lost)
{
	if (err == 0)
		report_row(r, CHECK_OK, name, "%s", works);
	else
		report_row(r, without, name, "%s: %s", lost, refusal(err));
}

/* A part of the sandbox cannot be had: run refuses, unless it is given up. */
static void give_up(struct report *r, enum sandbox_part part)
{
	r->without |= 1u << part;
}

static const char *user_ns_help(const struct host_kernel *k)
{
	if (k->max_user_namespaces == 0)
		return "sysctl user.max_user_namespaces=15000 allows them";
	if (k->unprivileged_userns_clone == 0)
		return "sysctl kernel.unprivileged_userns_clone=1 allows them";
	if (k->apparmor_restrict_userns == 1)
		return "AppArmor forbids them: give husk a profile with \"userns,\", or sysctl "
		       "kernel.apparmor_restrict_unprivileged_userns=0";
	return refusal(k->user_ns);
}

static void check_user_ns(struct report *r, const struct host_kernel *k)
{
	bool root = geteuid() == 0;

	if (k->user_ns == 0)
		report_row(r, CHECK_OK, "user-ns", "can be made%s", root ? "; root does not need them" : "");
	else if (root)
		report_row(r, CHECK_OK, "user-ns", "cannot be made, but root does not need them: %s", user_ns_help(k));
	else
		report_row(r, CHECK_MISSING, "user-ns", "cannot be made, so no namespaces without root: %s", user_ns_help(k));
	json_put_int(&r->out, "max_user_namespaces", k->max_user_namespaces);
	json_put_int(&r->out, "unprivileged_userns_clone", k->unprivileged_userns_clone);
	json_put_int(&r->out, "apparmor_restrict_unprivileged_userns", k->apparmor_restrict_userns);
}

static const char *namespace_help(const struct host_kernel *k, int err)
{
	if (geteuid() != 0 && k->user_ns < 0)
		return "there are no user namespaces";
	if (geteuid() == 0 && err == -EPERM)
		return "root lacks CAP_SYS_ADMIN, as in a container that was not given it";
	if (err == -ENOSPC)
		return "their number is limited: see sysctl user";
	return err == -EINVAL ? "the kernel was built without them" : refusal(err);
}

static void check_namespaces(struct report *r, const struct host_kernel *k)
{
	static const enum sandbox_part parts[HOST_NAMESPACES] = {
		[NS_MNT] = PART_MNTNS, [NS_PID] = PART_PIDNS, [NS_NET] = PART_NETNS, [NS_IPC] = PART_IPCNS,
		[NS_UTS] = PART_UTSNS, [NS_CGROUP] = PART_CGROUPNS,
	};
	autobuf struct buf lack = BUF_INIT;
	int err = 0;

	for (int i = 0; i < HOST_NAMESPACES; i++) {
		if (k->ns[i] == 0)
			continue;
		err = k->ns[i];
		buf_addf(&lack, "%s%s", lack.len ? " " : "", host_ns_names[i]);
		give_up(r, parts[i]);
	}
	if (!lack.len)
		report_row(r, CHECK_OK, "namespaces", "mnt pid net ipc uts cgroup%s",
			   geteuid() == 0 ? "" : ", inside a user namespace");
	else
		report_row(r, CHECK_MISSING, "namespaces", "QEMU gets no own %s: %s", buf_str(&lack), namespace_help(k, err));
	for (int i = 0; i < HOST_NAMESPACES; i++)
		json_put_bool(&r->out, host_ns_names[i], k->ns[i] == 0);
}

static void check_mount_api(struct report *r, const struct host_kernel *k)
{
	simple(r, "mount-api", k->mount_api, CHECK_MISSING, "open_tree, mount_setattr and fsopen work",
	       "QEMU cannot get a file system of its own");
	if (k->mount_api < 0)
		give_up(r, PART_MNTNS);
}

static void check_seccomp(struct report *r, const struct host_kernel *k)
{
	simple(r, "seccomp", k->seccomp, CHECK_MISSING, "filters can be loaded", "no system call filter for QEMU");
	if (k->seccomp < 0)
		give_up(r, PART_SECCOMP);
	for (int i = 0; i < HOST_ACTIONS; i++)
		json_put_bool(&r->out, host_action_names[i], k->action[i]);
}

static void check_landlock(struct report *r, const struct host_kernel *k)
{
	if (k->landlock > 0)
		report_row(r, CHECK_OK, "landlock", "ABI %d", k->landlock);
	else if (k->landlock == -EOPNOTSUPP)
		report_row(r, CHECK_WARNING, "landlock", "one layer less: it is switched off; boot with lsm=landlock,... added");
	else
		report_row(r, CHECK_WARNING, "landlock", "one layer less: %s",
			   k->landlock == -ENOSYS ? "this kernel was built without it, or a container hides it" :
			   refusal(k->landlock));
	json_put_int(&r->out, "abi", k->landlock > 0 ? k->landlock : 0);
}

static void say_cgroup(struct report *r, const struct host_cgroup *c)
{
	bool root = geteuid() == 0;

	if (c->mode == CGROUP_NONE)
		report_row(r, CHECK_WARNING, "cgroup", "no limits: no cgroups are mounted; in a container, give it its own");
	else if (c->mode != CGROUP_V2)
		report_row(r, CHECK_WARNING, "cgroup", "no limits: they need cgroup v2, and the controllers belong to v1 (%s); "
			   "boot with systemd.unified_cgroup_hierarchy=1", host_cgroup_mode_names[c->mode]);
	else if (c->place == CGROUP_NOWHERE)
		report_row(r, CHECK_WARNING, "cgroup", "no limits: %s is not husk's to divide (%s); %s", c->path,
			   c->writable < 0 ? strerror(-c->writable) : "it was not handed over",
			   root ? "in a container, give it a writable cgroup of its own" :
			   "systemd-run --user --scope -p Delegate=yes husk ... gives one");
	else if (!c->controller[CONTROLLER_MEMORY] || !c->controller[CONTROLLER_CPU] || !c->controller[CONTROLLER_PIDS])
		report_row(r, CHECK_WARNING, "cgroup", "v2, but %s does not have all of the controllers memory, cpu and pids", c->path);
	else
		report_row(r, CHECK_OK, "cgroup", "v2, limits are set below %s", c->path);
}

static void check_cgroup(struct report *r)
{
	struct host_cgroup c;

	host_probe_cgroup(&c);
	say_cgroup(r, &c);
	json_put_str(&r->out, "mode", host_cgroup_mode_names[c.mode]);
	json_put_str(&r->out, "path", c.mode == CGROUP_V2 ? c.path : NULL);
	json_put_bool(&r->out, "writable", c.place != CGROUP_NOWHERE);
	for (int i = 0; i < HOST_CONTROLLERS; i++)
		json_put_bool(&r->out, host_controller_names[i], c.controller[i]);
}

static void check_uids(struct report *r)
{
	autobuf struct buf map = BUF_INIT;
	int err;

	if (geteuid() != 0) {
		report_row(r, CHECK_OK, "uids", "QEMU runs as this user, %u; root can give each VM a user of its own",
			   (unsigned)geteuid());
		return;
	}
	err = host_try_uid(UID_BASE);
	if (err < 0)
		give_up(r, PART_UID);
	(void)file_read(AT_FDCWD, "/proc/self/uid_map", &map, 65536);
	if (err == 0)
		report_row(r, CHECK_OK, "uids", "each VM gets one of %u to %u", UID_BASE, UID_BASE + UID_SLOTS - 1);
	else if (map.len && !host_uid_mapped(buf_str(&map), UID_BASE, UID_SLOTS))
		report_row(r, CHECK_MISSING, "uids", "this user namespace has no ids %u to %u, of which each VM gets one; "
			   "run husk as an ordinary user, or map them", UID_BASE, UID_BASE + UID_SLOTS - 1);
	else
		report_row(r, CHECK_MISSING, "uids", "root cannot become user %u: %s; it needs CAP_SETUID and CAP_SETGID", UID_BASE,
			   strerror(-err));
	json_put_uint(&r->out, "first", UID_BASE);
	json_put_uint(&r->out, "count", UID_SLOTS);
}

void check_kernel(struct report *r)
{
	struct host_kernel k;

	host_probe_kernel(&k);
	simple(r, "clone3", k.clone3, CHECK_MISSING, "works", "processes cannot be made as husk makes them");
	json_put_str(&r->out, "release", k.release);
	simple(r, "pidfd", k.pidfd, CHECK_MISSING, "works", "processes cannot be signalled without mistaking them");
	check_uids(r);
	check_user_ns(r, &k);
	check_namespaces(r, &k);
	check_mount_api(r, &k);
	check_seccomp(r, &k);
	check_landlock(r, &k);
	if (k.mdwe == -EINVAL)
		report_row(r, CHECK_WARNING, "mdwe", "memory that is written can be made executable: PR_SET_MDWE came with Linux 6.3");
	else
		simple(r, "mdwe", k.mdwe, CHECK_WARNING, "memory that was written cannot become executable",
		       "memory that is written can be made executable");
	check_cgroup(r);
	if (k.kmsg == 0)
		report_row(r, CHECK_OK, "kernel-log", "/dev/kmsg can be read, so husk why can name a denied system call");
	else
		report_row(r, CHECK_WARNING, "kernel-log", "/dev/kmsg: %s; husk why cannot name a denied system call%s", strerror(-k.kmsg),
			   k.kmsg == -EPERM || k.kmsg == -EACCES ? ", unless root asks" : "");
}
