/* SPDX-License-Identifier: MIT */
/* cgroups: reading the kernel's tables, deciding, and (as root) making, killing and removing one. */
#include <sandbox/cgroup.h>

#include "tap.h"

#include <base/err.h>
#include <base/fd.h>
#include <base/proc.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_mounts(void)
{
	static struct host_cgroup_mounts m;

	host_cgroup_mounts_parse("22 28 0:21 / /proc rw - proc proc rw\n"
				 "31 22 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n", &m);
	is_str(m.at, "/sys/fs/cgroup", "the unified hierarchy's mount is found");
	is_str(m.root, "/", "all of it is seen");
	ok(!m.v1, "nothing of version 1 is there");
	host_cgroup_mounts_parse("30 22 0:27 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"
				 "31 30 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
				 "40 30 0:37 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n", &m);
	is_str(m.at, "/sys/fs/cgroup/unified", "a hybrid host's is found elsewhere");
	ok(m.v1, "and version 1 beside it");
	host_cgroup_mounts_parse("31 22 0:26 /a\\040b /m\\134n\\011 rw a:1 b:2 - cgroup2 x rw\n", &m);
	is_str(m.at, "/m\\n\t", "the kernel's escapes are undone");
	is_str(m.root, "/a b", "in both paths");
	host_cgroup_mounts_parse("1 1 0:1 / /a rw - cgroup2 a rw\n2 1 0:1 / /b rw - cgroup2 b rw\n", &m);
	is_str(m.at, "/a", "the first mount counts");
	host_cgroup_mounts_parse("- cgroup2\n1 2 3 - cgroup2 x\n - cgroup2 x\n1 1 0:1 x y rw - cgroup2 a rw\n\n", &m);
	is_str(m.at, "", "lines that are none are passed over");
	host_cgroup_mounts_parse("1 1 0:1 / /cgroup2 rw - ext4 /dev/cgroup2 rw - cgroup2", &m);
	is_str(m.at, "", "only the type's place counts");
}

static void test_own(void)
{
	struct host_cgroup_mounts whole = { .at = "/sys/fs/cgroup", .root = "/" };
	struct host_cgroup_mounts part = { .at = "/sys/fs/cgroup", .root = "/docker/1" };
	char path[64];

	is_int(host_cgroup_parse("0::/system.slice/husk@web.service\n", path, sizeof(path)), 0, "a unified host's own cgroup");
	is_str(path, "/system.slice/husk@web.service", "is read");
	is_int(host_cgroup_parse("9:name=systemd:/a\n4:memory:/b\n0::/c\n", path, sizeof(path)), 0, "a hybrid host's");
	is_str(path, "/c", "is the line with 0");
	is_int(host_cgroup_parse("4:memory:/b\n", path, sizeof(path)), -ENOENT, "version 1 alone has none");
	is_int(host_cgroup_parse("0::/1234567890", path, 10), -ENOENT, "a path that is too long is none");
	is_int(host_cgroup_directory(&whole, "/a/b", path, sizeof(path)), 0, "its directory");
	is_str(path, "/sys/fs/cgroup/a/b", "is below the mount");
	is_int(host_cgroup_directory(&whole, "/", path, sizeof(path)), 0, "the root's");
	is_str(path, "/sys/fs/cgroup", "is the mount");
	is_int(host_cgroup_directory(&whole, "/../a", path, sizeof(path)), -ENOENT, "outside of the namespace there is nothing");
	is_int(host_cgroup_directory(&part, "/docker/1/a", path, sizeof(path)), 0, "a mount of a part");
	is_str(path, "/sys/fs/cgroup/a", "shows what is below that part");
	is_int(host_cgroup_directory(&part, "/docker/1", path, sizeof(path)), 0, "and the part itself");
	is_str(path, "/sys/fs/cgroup", "as the mount");
	is_int(host_cgroup_directory(&part, "/docker/12", path, sizeof(path)), -ENOENT, "but not another one");
}

static void test_values(void)
{
	bool c[HOST_CONTROLLERS] = { false };

	host_controllers_parse("cpuset cpu  io memory hugetlb\n", c);
	ok(c[CONTROLLER_CPU] && c[CONTROLLER_IO] && c[CONTROLLER_MEMORY] && !c[CONTROLLER_PIDS], "controllers by name");
	is_int(host_cgroup_value("low 0\noom 3\noom_kill 12\noom_group_kill 1\n", "oom_kill"), 12, "a value by its whole key");
	is_int(host_cgroup_value("oom_group_kill 1\n", "oom_kill"), -1, "not by the beginning or the end of one");
	is_int(host_cgroup_value("populated 1x\n", "populated"), -1, "what is no number is none");
	is_int(host_cgroup_value("populated 99999999999999999999\n", "populated"), -1, "nor what is too large");
	is_int(host_cgroup_value("populated -1\n", "populated"), -1, "nor what is negative");
	is_int(host_cgroup_value("", "populated"), -1, "an empty file has none");
}

/* ---- deciding ---- */

static struct spec spec;
static struct host host;

static struct plan planned(const struct host_cgroup *h, int wanted)
{
	struct plan p = { .spec = &spec, .host = &host, .name = "web" };
	int rc;

	p.without = spec.without;
	err_clear();
	rc = cgroup_plan(&p, h);
	is_int(rc < 0 ? (int)err_code() : 0, wanted, "  code %d%s%s", wanted, wanted ? ": " : "", wanted ? err_text() : "");
	return p;
}

static void test_plan(void)
{
	struct host_cgroup none = { .mode = CGROUP_HYBRID, .writable = -ENOENT };
	struct host_cgroup own = { .mode = CGROUP_V2, .place = CGROUP_IN_OWN, .mount = "/c", .path = "/c/s", .handed_over = true,
				   .controller = { [CONTROLLER_MEMORY] = true } };
	struct host_cgroup top = { .mode = CGROUP_V2, .place = CGROUP_IN_TOP, .mount = "/c", .path = "/c/husk",
				   .controller = { true, true, true, true } };
	struct host_cgroup shut = { .mode = CGROUP_V2, .mount = "/c", .path = "/c/s", .writable = -EACCES };
	struct plan p = planned(&none, EXIT_OK);

	ok(!p.cgroup.parent && p.cgroup.why, "without limits, no cgroup is no error");
	plan_free(&p);
	spec.limit.memory = 64 << 20;
	p = planned(&none, EXIT_SANDBOX);
	ok(strstr(err_text(), "version 1") && strstr(err_text(), "sandbox-without=cgroup"), "a limit that cannot be is refused");
	plan_free(&p);
	spec.without = 1u << PART_CGROUP;
	p = planned(&none, EXIT_OK);
	ok(!p.cgroup.parent, "but where cgroups were given up by name, there is none");
	plan_free(&p);
	spec.without = 0;
	p = planned(&own, EXIT_OK);
	is_str(p.cgroup.parent, "/c/s", "husk's own cgroup is divided");
	ok(!p.cgroup.top && p.cgroup.handed_over, "which is all husk's");
	plan_free(&p);
	spec.limit.cpu = 50;
	p = planned(&own, EXIT_SANDBOX);
	ok(strstr(err_text(), "no cpu controller"), "the controller that is missing is named");
	plan_free(&p);
	p = planned(&top, EXIT_OK);
	is_str(p.cgroup.top, "/c", "root has the top of the hierarchy");
	is_int(p.cgroup.controllers, 15, "with its controllers");
	plan_free(&p);
	p = planned(&shut, EXIT_SANDBOX);
	ok(strstr(err_text(), "Permission denied") && strstr(err_text(), "Delegate=yes"), "who may not is told what helps");
	plan_free(&p);
	spec.sandbox = SANDBOX_OFF;
	spec.without = (1u << PART_COUNT) - 1;
	p = planned(&top, EXIT_OK);
	ok(p.cgroup.parent && plan_has(&p, PART_CGROUP), "sandbox=off leaves the limits");
	plan_free(&p);
	spec = (struct spec){ 0 };
}

/* ---- making ---- */

static char dir[PATH_MAX];		/* a cgroup of this test */

static pid_t clone_into(int cgroup)
{
	struct clone_args args = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = (uint64_t)cgroup };
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0) {
		for (;;)
			pause();
	}
	return pid;
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static void test_leaf(struct plan *p)
{
	struct cgroup_leaf leaf = CGROUP_LEAF_INIT, other = CGROUP_LEAF_INIT;
	char path[PATH_MAX + 16];
	pid_t pid;
	int status = 0;

	if (!is_int(cgroup_make(&leaf, p, NULL), 0, "a cgroup is made"))
		bail_out("%s", err_text());
	snprintf(path, sizeof(path), "%s/web", dir);
	is_str(leaf.path, path, "under the VM's name");
	is_int(cgroup_make(&other, p, NULL), 0, "a second VM of that name");
	snprintf(path, sizeof(path), "%s/web.2", dir);
	is_str(other.path, path, "gets a cgroup beside it");
	is_int(cgroup_clear(other.path, 0), -EBUSY, "one that is held is not cleared");
	fd_close(&other.fd);
	is_int(cgroup_clear(other.path, 0), 0, "one that nobody holds is");
	ok(!exists(other.path), "and is gone");
	is_int(cgroup_clear(other.path, 0), 0, "clearing it again is no error");
	pid = clone_into(leaf.fd);
	ok(pid > 0 && cgroup_holds(leaf.path, pid), "a process is cloned into it");
	ok(!cgroup_holds(leaf.path, getpid()), "and we are not");
	fd_close(&leaf.fd);
	is_int(cgroup_clear(leaf.path, 0), -EBUSY, "with a process in it, it is not cleared");
	is_int(cgroup_make(&leaf, p, NULL), 0, "nor taken");
	is_str(leaf.path, path, "by the next VM of that name");
	is_int(cgroup_discard(&leaf, 0), 0, "an empty one is discarded at once");
	snprintf(path, sizeof(path), "%s/web", dir);
	is_int(cgroup_kill(path), 0, "it is killed whole");
	waitpid(pid, &status, 0);
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "by SIGKILL");
	is_int(cgroup_clear(path, deadline_in(5000)), 0, "then it is cleared");
	ok(!exists(path), "and gone");
}

static void test_discard(struct plan *p)
{
	struct cgroup_leaf leaf = CGROUP_LEAF_INIT;
	pid_t pid[8];
	int ended = 0;

	is_int(cgroup_make(&leaf, p, NULL), 0, "a cgroup of several processes");
	for (int i = 0; i < 8; i++)
		pid[i] = clone_into(leaf.fd);
	is_int(cgroup_discard(&leaf, deadline_in(5000)), 0, "discarding kills them, waits and removes");
	ok(!exists(leaf.path) && leaf.fd < 0, "it is gone");
	for (int i = 0; i < 8; i++) {
		int status = 0;

		ended += waitpid(pid[i], &status, 0) == pid[i] && WIFSIGNALED(status);
	}
	is_int(ended, 8, "all of them were killed");
	is_int(cgroup_make(&leaf, p, NULL), 0, "the same for a kernel without cgroup.kill");
	for (int i = 0; i < 8; i++)
		pid[i] = clone_into(leaf.fd);
	is_int(cgroup_kill_each(leaf.path), 0, "they are killed one by one");
	is_int(cgroup_discard(&leaf, deadline_in(5000)), 0, "and the cgroup is removed");
	ended = 0;
	for (int i = 0; i < 8; i++) {
		int status = 0;

		ended += waitpid(pid[i], &status, 0) == pid[i] && WIFSIGNALED(status);
	}
	is_int(ended, 8, "all of them were killed");
}

static void test_odd_names(struct plan *p)
{
	struct cgroup_leaf leaf = CGROUP_LEAF_INIT;
	char path[PATH_MAX + 32];

	p->name = "cgroup.procs";
	is_int(cgroup_make(&leaf, p, NULL), 0, "a VM may be called cgroup.procs");
	snprintf(path, sizeof(path), "%s/cgroup.procs.2", dir);
	is_str(leaf.path, path, "and has a cgroup all the same");
	is_int(cgroup_discard(&leaf, 0), 0, "which is discarded");
	p->name = "web";
}

/* Where a limit cannot be set, nothing is left. */
static void test_failure(struct plan *p)
{
	struct cgroup_leaf leaf = CGROUP_LEAF_INIT;
	char path[PATH_MAX + 16];

	spec.limit.memory = 64 << 20;
	p->cgroup.parent = "/proc/self";
	is_int(cgroup_make(&leaf, p, NULL) < 0 ? (int)err_code() : 0, EXIT_SANDBOX, "a limit that cannot be set fails: %s",
	       err_text());
	is_int(leaf.fd, -1, "without a descriptor");
	spec.limit.memory = 0;
	is_int(cgroup_make(&leaf, p, NULL), 0, "without a limit, no cgroup is no error");
	is_str(leaf.path, "", "and there is none");
	p->cgroup.parent = dir;
	snprintf(path, sizeof(path), "%s/web", dir);
	ok(!exists(path), "nothing is left");
}

static void test_devices(void)
{
	struct stat st;
	dev_t whole;

	is_int(host_whole_disk(makedev(0, 40), &whole), -ENODEV, "a tmpfs has no block device");
	is_int(host_whole_disk(makedev(4095, 1048575), &whole), -ENODEV, "nor has a number that nobody uses");
	if (stat("/", &st) < 0 || !major(st.st_dev)) {
		skip(1, "/ is on no block device");
		return;
	}
	is_int(host_whole_disk(st.st_dev, &whole), 0, "the root has a device");
}

int main(void)
{
	static struct host_cgroup h;
	struct plan p = { .spec = &spec, .host = &host, .name = "web" };

	test_mounts();
	test_own();
	test_values();
	test_plan();
	test_devices();
	host_probe_cgroup(&h);
	diag("this host: %s, mounted at %s, %s", host_cgroup_mode_names[h.mode], h.mount, h.path);
	snprintf(dir, sizeof(dir), "%.*s/husk-unit-%d", PATH_MAX - 32, h.mount, (int)getpid());
	if (!h.mount[0] || geteuid() != 0 || mkdir(dir, 0755) < 0) {
		skip(1, "no cgroup can be made here: they are %s", host_cgroup_mode_names[h.mode]);
		return done_testing();
	}
	p.cgroup.parent = dir;
	test_leaf(&p);
	test_discard(&p);
	test_odd_names(&p);
	test_failure(&p);
	is_int(rmdir(dir), 0, "nothing is left of it all");
	return done_testing();
}
