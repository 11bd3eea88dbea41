/* SPDX-License-Identifier: MIT */
/* The kernel's log, the stages' names and the bounded log. */
#include <vm/vm.h>

#include <base/file.h>
#include <fcntl.h>
#include <unistd.h>

#include "tap.h"

/* As the kernel writes it: kernel/auditsc.c, audit_seccomp() with printk instead of auditd; mm/oom_kill.c. */
#define AUDIT "6,921,1795402879,-;audit: type=1326 audit(1795402879.641:12): auid=4294967295 uid=1879048192 gid=1879048192 " \
	"ses=4294967295 subj=unconfined pid=4711 comm=\"qemu-system-x86\" exe=\"/usr/bin/qemu-system-x86_64\" sig=31 " \
	"arch=c000003e syscall=250 compat=0 ip=0x7f1 code=0x80000000\n"
#define OOM "3,922,1795402880,-;Out of memory: Killed process 4711 (qemu-system-x86) total-vm:1kB, anon-rss:1kB\n"
#define OOM_GROUP "3,923,1795402881,-;Memory cgroup out of memory: Killed process 4711 (CPU 0/TCG) total-vm:1kB\n"

static const struct { const char *name, *record; pid_t pid; int syscall; bool oom; } logs[] = {
	{ "a denied system call", AUDIT, 4711, 250, false },
	{ "... of another process", AUDIT, 471, -1, false },
	{ "... whose number only begins so", AUDIT, 47110, -1, false },
	{ "the OOM killer", OOM, 4711, -1, true },
	{ "... of a control group", OOM_GROUP, 4711, -1, true },
	{ "... took another process", OOM, 4712, -1, false },
	{ "... whose number only begins so", OOM, 471, -1, false },
	{ "another record with a pid", "6,1,2,-;audit: type=1400 pid=4711 syscall=250\n", 4711, -1, false },
	{ "a parent's pid is not the pid", "6,1,2,-;type=1326 ppid=4711 pid=1 syscall=250\n", 4711, -1, false },
	{ "a number out of range", "6,1,2,-;type=1326 pid=4711 syscall=99999999999999999999\n", 4711, -1, false },
	{ "a negative number", "6,1,2,-;type=1326 pid=4711 syscall=-1\n", 4711, -1, false },
	{ "half a record", "6,1,2,-;type=1326 pid=4711 sysc", 4711, -1, false },
	{ "half of the other", "3,1,2,-;Killed process ", 4711, -1, false },
	{ "nothing", "", 4711, -1, false },
};

static size_t size_of(int dir, const char *name)
{
	autobuf struct buf b = BUF_INIT;

	return file_read(dir, name, &b, 1 << 20) < 0 ? 0 : b.len;
}

/* Pieces of any size; never more than max in a file, and what is kept is the end of it. */
static void test_rotation(int dir, size_t piece, uint64_t max)
{
	char data[3000];
	struct rotlog l;
	autobuf struct buf all = BUF_INIT, kept = BUF_INIT;

	unlinkat(dir, "log", 0);
	unlinkat(dir, "log.1", 0);
	if (rotlog_open(&l, dir, "log", max) < 0)
		bail_out("no log");
	for (unsigned i = 0; i < 20; i++) {
		for (size_t k = 0; k < piece; k++)
			data[k] = (char)('a' + (i * piece + k) % 26);
		buf_add(&all, data, piece);
		rotlog_write(&l, data, piece);
	}
	rotlog_close(&l);
	ok(size_of(dir, "log") <= max && size_of(dir, "log.1") <= max, "pieces of %zu: no file is larger than %llu", piece,
	   (unsigned long long)max);
	(void)file_read(dir, "log.1", &kept, 1 << 20);
	(void)file_read(dir, "log", &kept, 1 << 20);
	ok(kept.len && kept.len <= all.len && !memcmp(kept.data, all.data + all.len - kept.len, kept.len),
	   "... and the %zu bytes kept are the last ones", kept.len);
}

static void test_full_log(int dir)
{
	struct rotlog l;

	if (rotlog_open(&l, dir, "log", 100) < 0)
		bail_out("no log");
	close(l.fd);
	l.fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	rotlog_write(&l, "lost", 4);
	ok(true, "a full disk loses what is written and nothing else");
	rotlog_close(&l);
	rotlog_write(&l, "lost", 4);
	is_int(l.fd, -1, "a closed log takes nothing");
}

int main(void)
{
	char path[] = "/tmp/husk-unit.XXXXXX";
	int dir;

	for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
		int syscall = -1;
		bool oom = false;

		kmsg_parse(logs[i].record, logs[i].pid, &syscall, &oom);
		is_int(syscall, logs[i].syscall, "%s: the system call", logs[i].name);
		is_int(oom, logs[i].oom, "%s: memory", logs[i].name);
	}
	for (int i = 0; i < STAGE_COUNT; i++) {
		ok(vm_stage_names[i] && vm_stage_names[i][0], "stage %d has a name", i);
		for (int k = 0; k < i; k++)
			if (!strcmp(vm_stage_names[i], vm_stage_names[k]))
				ok(false, "stages %d and %d have different names", k, i);
	}
	for (int s = 0; s < VMS_COUNT; s++) {
		struct vm_status v = { .state = (enum vm_state)s };
		int wanted = s == VMS_UNRESPONSIVE ? 6 : s == VMS_STOPPED || s == VMS_BROKEN ? 3 : 0;

		is_int(status_exit_code(&v), wanted, "status of what is %s is %d", vm_state_names[s], wanted);
	}
	if (!mkdtemp(path) || (dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		bail_out("no directory");
	test_rotation(dir, 10, 100);
	test_rotation(dir, 99, 100);
	test_rotation(dir, 100, 100);
	test_rotation(dir, 101, 100);
	test_rotation(dir, 3000, 100);
	test_full_log(dir);
	(void)file_remove_tree(dir);
	close(dir);
	rmdir(path);
	return done_testing();
}
