/* SPDX-License-Identifier: MIT */
/* What the host's files and QEMU's answers say, and programs that are no QEMU. */
#include "tap.h"

#include <base/json.h>
#include <errno.h>
#include <fcntl.h>
#include <host/cgroup.h>
#include <host/features.h>
#include <host/host.h>
#include <host/kernel.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_uid_map(void)
{
	static const char all[] = "         0          0 4294967295\n";
	static const char two[] = "0 1000 1\n1 100000 65536\n";

	ok(host_uid_mapped(all, 1879048192, 65536), "an initial user namespace has every id");
	ok(!host_uid_mapped(two, 1879048192, 65536), "a rootless container has no high ids");
	ok(host_uid_mapped(two, 1, 65536), "a range that fills its line is mapped");
	ok(!host_uid_mapped(two, 2, 65536), "one that sticks out is not");
	ok(!host_uid_mapped(two, 0, 2), "nor one over two lines");
	ok(!host_uid_mapped("", 0, 1) && !host_uid_mapped("\n\n", 0, 1), "an empty map has no ids");
	ok(!host_uid_mapped("1 2\nx y z\n", 1, 1), "broken lines have none");
	ok(!host_uid_mapped("0 0 18446744073709551615\n", UINT64_MAX, 1), "the end of the numbers is no wrap");
}

static void test_cgroup_text(void)
{
	char path[64];

	is_int(host_cgroup_parse("9:name=systemd:/\n4:memory:/x\n0::/user.slice/a.scope\n", path, sizeof(path)), 0,
	       "the unified hierarchy's line is found among the others");
	is_str(path, "/user.slice/a.scope", "with its path");
	is_int(host_cgroup_parse("0::/", path, sizeof(path)), 0, "the last line needs no end");
	is_str(path, "/", "the root is a path");
	is_int(host_cgroup_parse("4:memory:/x\n10::/y\n", path, sizeof(path)), -ENOENT, "version 1 has none");
	is_int(host_cgroup_parse("0::relative\n", path, sizeof(path)), -ENOENT, "a path begins with a slash");
	is_int(host_cgroup_parse("0::/12345", path, 7), 0, "a path that just fits is taken");
	is_int(host_cgroup_parse("0::/123456", path, 7), -ENOENT, "one byte more is not");
}

static void test_controllers(void)
{
	bool has[HOST_CONTROLLERS] = { false };

	host_controllers_parse("cpuset cpu memory pids2 rdma\n", has);
	ok(has[CONTROLLER_CPU] && has[CONTROLLER_MEMORY], "controllers are found");
	ok(!has[CONTROLLER_PIDS] && !has[CONTROLLER_IO], "only whole words count");
	host_controllers_parse("  \n", has);
	host_controllers_parse("io", has);
	ok(has[CONTROLLER_IO], "white space and a missing end do no harm");
}

/* Each text goes through its function; what comes of it is in f. */
static void take(struct host_features *f, void (*reader)(struct host_features *, const struct json *, int), const char *text)
{
	autojson struct json j = JSON_INIT;

	if (json_parse(&j, text, strlen(text)) < 0)
		bail_out("the test's own JSON is wrong: %s", text);
	reader(f, &j, 0);
}

static void test_answers(void)
{
	struct host_features f = { 0 };

	take(&f, host_features_machines, "[{\"name\": \"pc-q35-9.0\", \"alias\": \"q35\"}, {\"name\": \"microvm\"}]");
	ok(f.machine[MACHINE_Q35] && f.machine[MACHINE_MICROVM], "machines are found by name and by alias");
	ok(!f.machine[MACHINE_PC] && !f.machine[MACHINE_VIRT], "those that are not there are not");
	take(&f, host_features_types, "[{\"name\": \"nvme\", \"parent\": \"pci-device\"}, {\"name\": \"pvpanic-pci\"}, "
				      "{\"name\": \"tcg-accel\"}, {\"name\": 7}, \"kvm-accel\"]");
	ok(f.device[DEVICE_NVME] && !f.device[DEVICE_XHCI], "device types are found");
	ok(f.device[DEVICE_PVPANIC], "pvpanic is there as a PCI device too");
	ok(f.tcg && !f.kvm, "accelerators are found");
	take(&f, host_features_options, "[{\"option\": \"sandbox\", \"parameters\": []}]");
	ok(!f.sandbox, "an option without parameters is not built in");
	take(&f, host_features_options, "[{\"option\": \"sandbox\", \"parameters\": [{\"name\": \"spawn\"}]}]");
	ok(f.sandbox, "the sandbox is found");
}

static void test_schema(void)
{
	struct host_features f = { 0 };

	take(&f, host_features_schema,
	     "[{\"name\": \"netdev_add\", \"meta-type\": \"command\", \"arg-type\": \"100\"},"
	     "{\"name\": \"100\", \"meta-type\": \"object\", \"variants\": [{\"case\": \"user\"}, {\"case\": \"stream\"}, 1]},"
	     "{\"name\": \"screendump\", \"meta-type\": \"command\", \"arg-type\": \"123\"},"
	     "{\"name\": \"376\", \"meta-type\": \"enum\", \"values\": [\"ppm\", \"png\"]},"
	     "{\"name\": \"123\", \"members\": [{\"name\": \"filename\", \"type\": \"str\"},"
	     " {\"name\": \"format\", \"type\": \"376\"}]}]");
	ok(f.netdev[NETDEV_USER] && f.netdev[NETDEV_STREAM] && !f.netdev[NETDEV_TAP], "network backends are found in the schema");
	ok(f.screendump_png, "so is the format of screenshots");
	f = (struct host_features){ 0 };
	take(&f, host_features_schema, "[{\"name\": \"netdev_add\", \"arg-type\": \"netdev_add\"}, {\"name\": \"screendump\"}]");
	take(&f, host_features_schema, "{\"return\": [1, {}, null]}");
	take(&f, host_features_schema, "[[], \"x\", {\"name\": {}}]");
	ok(!f.netdev[NETDEV_USER] && !f.screendump_png, "a schema of another shape holds nothing");
}

/* A script in a directory of its own: any user may run it. */
static void write_script(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);

	if (fd < 0 || write(fd, text, strlen(text)) < 0 || fchmod(fd, 0755) < 0 || close(fd) < 0)
		bail_out("write %s", path);
}

static void test_impostors(void)
{
	static const struct { const char *name, *text, *said; int ms; } row[] = {
		{ "a program that ends", "#!/bin/sh\necho what is this >&2\nexit 3\n", "what is this", 10000 },
		{ "a program that is mute", "#!/bin/sh\nexec sleep 30\n", "no greeting", 300 },
		{ "a program that leaves a child behind", "#!/bin/sh\nsleep 30 &\nwait\n", "no greeting", 300 },
		{ "a program that talks nonsense", "#!/bin/sh\nwhile echo nonsense >&3; do :; done\n", "protocol", 10000 },
		{ "a program that floods its output", "#!/bin/sh\nwhile echo flood; do :; done\n", "no greeting", 300 },
		{ "a script without its interpreter", "#!/nowhere/sh\n", "cannot be started", 10000 },
	};
	char dir[] = "/tmp/husk-unit-host.XXXXXX", path[sizeof(dir) + 8];

	if (!mkdtemp(dir) || chmod(dir, 0755) < 0)
		bail_out("make a directory");
	snprintf(path, sizeof(path), "%s/qemu", dir);
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct host_qemu q = { .path = path };
		struct host_features f;
		int64_t start = clock_us();

		write_script(path, row[i].text);
		host_probe_features(&f, &q, deadline_in(row[i].ms));
		ok(!f.asked && strstr(f.why, row[i].said), "%s is no QEMU, and that is said", row[i].name);
		if (!strstr(f.why, row[i].said))
			diag("said: %s", f.why);
		ok(clock_us() - start < 8000000 && waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD,
		   "%s is soon gone", row[i].name);
		unlink(path);
	}
	rmdir(dir);
}

static void test_kernel(void)
{
	struct host_kernel k;
	struct host_cgroup c;
	struct stat before, after;
	char there[64], now[64];
	ssize_t n = readlink("/proc/self/ns/mnt", there, sizeof(there));

	if (stat("/", &before) < 0)
		bail_out("stat /");
	host_probe_kernel(&k);
	host_probe_cgroup(&c);
	ok(k.release[0] != '\0', "the kernel has a release");
	is_int(k.pidfd, 0, "this kernel has pidfds");
	ok(k.clone3 <= 0 && k.user_ns <= 0 && k.mount_api <= 0 && k.seccomp <= 0 && k.mdwe <= 0,
	   "each try ends with 0 or a negative errno");
	ok(k.landlock != 0, "Landlock has an ABI, or there is a reason why not");
	ok(c.mode != CGROUP_V2 || c.path[0] == '/', "a cgroup of version 2 has a path");
	ok(readlink("/proc/self/ns/mnt", now, sizeof(now)) == n && n > 0 && !memcmp(there, now, (size_t)n) &&
	   stat("/", &after) == 0 && before.st_dev == after.st_dev && waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD,
	   "trying leaves this process where it was, and no child");
	if (geteuid() == 0)
		is_int(host_try_uid(0), 0, "root can become root");
	else
		is_int(host_try_uid(0), -EPERM, "who is not root cannot become root");
	ok(host_can_write_dir("/proc/nowhere") == -ENOENT && host_can_write_dir("/tmp") == 0, "directories are looked at");
}

int main(void)
{
	test_uid_map();
	test_cgroup_text();
	test_controllers();
	test_answers();
	test_schema();
	test_impostors();
	test_kernel();
	return done_testing();
}
