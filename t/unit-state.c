/* SPDX-License-Identifier: MIT */
/* Records: written and read back, refused where they are not what husk writes; claims and locks. */
#include <state/state.h>

#include <base/buf.h>
#include <base/err.h>
#include <base/fd.h>
#include <base/file.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

static char dir_path[] = "/tmp/husk-unit.XXXXXX";
static struct rundir rundir;

#define GOOD "\"schema\":1,\"phase\":\"running\",\"keeper\":{\"pid\":1,\"start\":2},\"qemu\":{\"pid\":3,\"start\":4},\"uid\":5"

static const struct { const char *name, *text; bool good; } records[] = {
	{ "the least there must be", "{" GOOD "}", true },
	{ "unknown members are a later husk's", "{" GOOD ",\"later\":[1,2]}", true },
	{ "another schema", "{\"schema\":2,\"phase\":\"running\",\"keeper\":{\"pid\":1,\"start\":2},\"qemu\":{\"pid\":3,\"start\":4},"
	  "\"uid\":5}", false },
	{ "no schema", "{\"phase\":\"running\"}", false },
	{ "another phase", "{\"schema\":1,\"phase\":\"dancing\",\"keeper\":{\"pid\":1,\"start\":2},\"qemu\":{\"pid\":3,\"start\":4},"
	  "\"uid\":5}", false },
	{ "no qemu", "{\"schema\":1,\"phase\":\"running\",\"keeper\":{\"pid\":1,\"start\":2},\"uid\":5}", false },
	{ "a negative pid", "{\"schema\":1,\"phase\":\"running\",\"keeper\":{\"pid\":1,\"start\":2},"
	  "\"qemu\":{\"pid\":-1,\"start\":4},\"uid\":5}", false },
	{ "a pid beyond pid_t", "{\"schema\":1,\"phase\":\"running\",\"keeper\":{\"pid\":4294967297,\"start\":2},"
	  "\"qemu\":{\"pid\":3,\"start\":4},\"uid\":5}", false },
	{ "a pid as text", "{\"schema\":1,\"phase\":\"running\",\"keeper\":{\"pid\":\"1\",\"start\":2},"
	  "\"qemu\":{\"pid\":3,\"start\":4},\"uid\":5}", false },
	{ "no start time", "{\"schema\":1,\"phase\":\"running\",\"keeper\":{\"pid\":1},\"qemu\":{\"pid\":3,\"start\":4},\"uid\":5}",
	  false },
	{ "a uid beyond uid_t", "{\"schema\":1,\"phase\":\"running\",\"keeper\":{\"pid\":1,\"start\":2},"
	  "\"qemu\":{\"pid\":3,\"start\":4},\"uid\":4294967296}", false },
	{ "an array", "[" "{" GOOD "}" "]", false },
	{ "a number", "1", false },
	{ "half of it", "{" GOOD, false },
	{ "two of them", "{" GOOD "}{" GOOD "}", false },
	{ "nothing", "", false },
};

static void test_parse(void)
{
	static struct vm_record r;

	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		int rc = record_parse(&r, records[i].text, strlen(records[i].text));

		is_int(rc >= 0, records[i].good, "state.json: %s", records[i].name);
		if (rc >= 0)
			ok(r.keeper.pid == 1 && r.keeper.start == 2 && r.qemu.pid == 3 && r.qemu.start == 4 && r.uid == 5 &&
			   r.phase == VM_RUNNING && !r.name[0] && !r.agent, "... is understood, and nothing else is made up");
		else
			ok(err_text()[0], "... says why: %s", err_text());
		err_clear();
	}
}

static void test_record(const struct vmdir *d)
{
	static struct vm_record r = { .phase = VM_STARTING, .name = "web", .keeper = { 10, 20 }, .started_us = 1795402879641642,
				      .uid = 1879048192, .console = true, .accel = "tcg", .machine = "pc", .qemu_path = "/usr/bin/q \"\\\n",
				      .qemu_version = "7.2.22", .memory = UINT64_C(1) << 42, .cpus = 4, .stop_timeout = 90000 }, back;
	struct stat st;

	is_int(record_load(d, &back, NULL), -ENOENT, "where there is no record, none is read");
	snprintf(r.boot_id, sizeof(r.boot_id), "%s", proc_boot_id());
	if (proc_identify(getpid(), &r.qemu) < 0)
		bail_out("who am I");
	is_int(record_save(d, &r, "{\"argv\": []}"), 0, "a record is written");
	is_int(record_load(d, &back, NULL), 0, "... and read");
	ok(!memcmp(&r, &back, sizeof(r)), "... and is the same");
	ok(fstatat(d->fd, "state.json", &st, 0) == 0 && (st.st_mode & 07777) == 0600, "... and nobody else's");
	ok(record_qemu_alive(&back) && !record_keeper_alive(&back), "this process lives, one of another start time does not");
	back.qemu.start++;
	ok(!record_qemu_alive(&back), "a reused pid is not alive");
	back.qemu.start--;
	back.boot_id[0] ^= 1;
	ok(!record_qemu_alive(&back), "nor is one of another boot");
	back.qemu.pid = 0;
	ok(!proc_alive(&back.qemu) && proc_open(&back.qemu) == -ESRCH, "nor no pid");
}

static void test_ending(const struct vmdir *d)
{
	struct ending e = { .reason = ENDED_SECCOMP, .detail = "it \"called\" something\xff", .wait_status = SIGSYS, .shutdown = "",
			    .started_us = 1, .ended_us = 2, .recorded_by_keeper = true, .syscall = 250 }, back;

	is_int(ending_load(d, &back), -ENOENT, "where there is no ending, none is read");
	is_int(ending_save(d, &e), 0, "an ending is written");
	is_int(ending_load(d, &back), 0, "... and read");
	ok(back.reason == e.reason && back.wait_status == e.wait_status && back.syscall == 250 && back.started_us == 1 &&
	   back.ended_us == 2 && back.recorded_by_keeper && !back.shutdown[0], "... and is the same");
	is_str(back.detail, "it \"called\" something\xef\xbf\xbd", "... but for bytes that are no text");
	memset(e.detail, '"', sizeof(e.detail) - 1);	/* every byte is two in JSON */
	is_int(ending_save(d, &e), 0, "the longest one is written without allocating");
	ok(ending_load(d, &back) == 0 && strlen(back.detail) == sizeof(e.detail) - 1, "... and read");
	memset(e.detail, '\1', sizeof(e.detail) - 1);	/* six */
	is_int(ending_save(d, &e), 0, "one of control bytes too");
	for (int i = 0; i < ENDED_REASONS; i++) {
		e = (struct ending){ .reason = (enum ending_reason)i, .wait_status = -1, .syscall = -1 };
		ok(ending_save(d, &e) == 0 && ending_load(d, &back) == 0 && back.reason == e.reason && back.wait_status == -1,
		   "reason %s survives", ending_names[i]);
	}
	is_int(ending_parse(&back, "{}", 2), 0, "an ending without anything");
	is_int(back.reason, ENDED_UNKNOWN, "... is unknown");
	ok(ending_parse(&back, "{\"reason\"", 9) < 0, "half an ending is none");
}

/* What a claim in another process gives. */
static int claim_elsewhere(const char *name, bool hold)
{
	int go[2], status;
	char byte = 'x';
	pid_t pid;

	if (pipe(go) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		struct vmdir d = VMDIR_INIT;
		int rc = vmdir_claim(&d, &rundir, name);

		byte = (char)-rc;
		if (write(go[1], &byte, 1) != 1)
			_exit(1);
		if (hold)
			pause();
		_exit(0);
	}
	if (read(go[0], &byte, 1) != 1)
		byte = 'x';
	close(go[0]);
	close(go[1]);
	if (hold)
		return pid;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return byte;
}

static void test_claims(struct vmdir *d)
{
	struct vmdir other = VMDIR_INIT;
	pid_t pid;

	is_int(vmdir_claim(d, &rundir, "web"), 0, "a free name is claimed");
	ok(d->claimed && d->fresh && vmdir_is_claimed(d), "... and its directory made");
	is_int(claim_elsewhere("web", false), EBUSY, "another process finds it busy");
	is_int(claim_elsewhere("other", false), 0, "... but not another name");
	pid = claim_elsewhere("held", true);
	is_int(vmdir_open(&other, &rundir, "held"), 0, "a claimed one can be opened");
	ok(vmdir_is_claimed(&other), "... and is seen to be claimed");
	is_int(vmdir_lock(&other), -EBUSY, "... and not locked");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	ok(!vmdir_is_claimed(&other), "a killed process claims nothing");
	is_int(vmdir_lock(&other), 0, "... so it can be locked");
	is_int(vmdir_remove(&other, &rundir), 0, "... and removed");
	vmdir_close(&other);
	ok(vmdir_open(&other, &rundir, "wep") < 0 && strstr(err_text(), "did you mean web"), "the nearest name is offered: %s",
	   err_text());
	is_int(err_code(), EXIT_NO_VM, "... with exit code 4");
	for (const char *const *bad = (const char *const[]){ "", ".", "..", "a/b", "-x", "a b", NULL }; *bad; bad++)
		ok(vmdir_open(&other, &rundir, *bad) < 0 && err_code() == EXIT_USAGE, "\"%s\" is no name", *bad);
}

static void test_locks(const struct vmdir *d)
{
	int first = control_lock(d, "lock", "test", deadline_in(1000)), second;

	ok(first >= 0, "the control lock is taken");
	second = control_lock(d, "lock", "again", deadline_in(20));
	is_int(second, -EBUSY, "... once");
	ok(strstr(err_text(), "(test) since 2") && err_code() == EXIT_BUSY, "... and who has it is said: %s", err_text());
	fd_close(&first);
	second = control_lock(d, "lock", "again", 0);
	ok(second >= 0, "let go, it is free, even for who will not wait");
	fd_close(&second);
}

int main(void)
{
	struct vmdir d = VMDIR_INIT;
	char **names;
	size_t n;

	if (!mkdtemp(dir_path) || rundir_open(&rundir, dir_path, false) < 0)
		bail_out("no directory");
	test_parse();
	test_claims(&d);
	test_record(&d);
	test_ending(&d);
	test_locks(&d);
	close(openat(rundir.fd, "file", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	mkdirat(rundir.fd, ".hidden", 0700);
	ok(rundir_names(&rundir, &names, &n) == 0 && n == 2 && !strcmp(names[0], "other") && !strcmp(names[1], "web"),
	   "directories with a name are VMs, in order; nothing else is");
	rundir_free_names(names, n);
	is_int(vmdir_remove(&d, &rundir), 0, "a claimed one is removed with what is in it");
	vmdir_close(&d);
	(void)file_remove_tree(rundir.fd);
	rundir_close(&rundir);
	rmdir(dir_path);
	return done_testing();
}
