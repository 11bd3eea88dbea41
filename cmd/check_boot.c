/* SPDX-License-Identifier: MIT */
/* husk check --boot: the smallest guest through the whole path, in a run directory of its own. */
#include "check.h"
#include "cmd.h"

#include <base/err.h>
#include <base/fd.h>
#include <base/file.h>
#include <base/log.h>
#include <errno.h>
#include <fcntl.h>
#include <qemu/bootsector.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <vm/vm.h>

#define READY_LINE "husk bootsector ready"
#define IMAGE_SIZE (1 << 20)
#define START_BUDGET_MS 15000
#define LINE_BUDGET_MS 15000
#define STOP_BUDGET_MS 9000
#define TICK_MS 100		/* looked at anyway: inotify may be used up (fs.inotify.max_user_instances) */

/* The longest tail that a path gets below the directory: "/husk-check.XXXXXX/check-PID/monitor.sock". */
#define PATH_TAIL sizeof("/husk-check.XXXXXX/check-2147483647/monitor.sock")

struct trial {
	char dir[sizeof(((struct sockaddr_un *)0)->sun_path)];	/* "": not made */
	char image[sizeof(((struct sockaddr_un *)0)->sun_path) + 16];
	char name[32];
	struct rundir run;
	struct vmdir vm;
	int signals;		/* readable: the user wants to leave; the signal stays pending for its default action */
};

/* Where: next to the run directory, else in a temporary directory; the path must leave room for the sockets. */
static int make_dir(struct trial *t, const char *rundir)
{
	char beside[PATH_MAX] = "";
	const char *tmp = getenv("TMPDIR"), *places[] = { beside, tmp && *tmp == '/' ? tmp : "/tmp", "/tmp", "/var/tmp" };
	int err = -ENAMETOOLONG;

	if (rundir_path(beside, rundir) >= 0 && strrchr(beside, '/'))
		*strrchr(beside, '/') = '\0';
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (!places[i][0] || strlen(places[i]) + PATH_TAIL > sizeof(t->dir))
			continue;
		snprintf(t->dir, sizeof(t->dir), "%s/husk-check.XXXXXX", places[i]);
		if (mkdtemp(t->dir))
			return 0;
		err = -errno;
		t->dir[0] = '\0';
	}
	return fail(err, "make a directory for the test guest");
}

static int write_image(struct trial *t)
{
	autoclose int fd = -1;
	int rc;

	snprintf(t->image, sizeof(t->image), "%s/disk.raw", t->dir);
	fd = open(t->image, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail(-errno, "make %s", t->image);
	rc = fd_write_all(fd, bootsector, bootsector_size);
	if (rc >= 0 && ftruncate(fd, IMAGE_SIZE) < 0)
		rc = -errno;
	return rc < 0 ? fail(rc, "write %s", t->image) : 0;
}

static void fill_spec(struct spec *s, const struct trial *t, const char *qemu, const struct host *h)
{
	spec_init(s);
	s->name = t->name;
	s->memory = 16u << 20;
	s->machine = "pc";
	s->qemu = qemu;
	/* KVM was probed a moment ago: said here, nothing is probed or announced twice */
	s->accel = h->kvm.usable ? ACCEL_AUTO : ACCEL_TCG;
	s->disk = pool_alloc(&s->pool, sizeof(*s->disk));
	s->disk[0] = (struct disk){ .file = t->image, .format = FORMAT_RAW, .boot = -1 };
	s->ndisk = 1;
}

static int launch(struct trial *t, struct boot_result *b, const char *qemu, const struct host *h, deadline_t until)
{
	struct run_options o = { .detach = true, .deadline = deadline_min(until, deadline_in(START_BUDGET_MS)) };
	struct host host = { 0 };
	autoplan struct plan p = { 0 };
	autospec struct spec s;
	int64_t start = clock_us();
	int rc;

	fill_spec(&s, t, qemu, h);
	rc = spec_finish(&s);
	if (rc >= 0)
		rc = rundir_open(&t->run, t->dir, true);
	if (rc >= 0)
		rc = vm_prepare(&p, &host, &s, &t->run, false);
	if (rc >= 0)
		rc = vm_run(&s, &p, &host, &t->run, &o);
	if (rc >= 0)
		rc = vmdir_open(&t->vm, &t->run, t->name);
	b->start_ms = (clock_us() - start) / 1000;
	return rc;
}

static bool has_spoken(struct trial *t)
{
	autobuf struct buf log = BUF_INIT;

	return file_read_tail(t->vm.fd, "console.log", &log, 65536) >= 0 && strstr(buf_str(&log), READY_LINE);
}

/* The last line of a log, for the one line of the report. */
static void add_last_line(struct buf *b, const struct trial *t, const char *log)
{
	autobuf struct buf text = BUF_INIT;
	size_t len, from;

	if (file_read_tail(t->vm.fd, log, &text, 400) < 0)
		return;
	for (len = text.len; len && strchr(" \r\n", text.data[len - 1]); len--)
		;
	for (from = len; from && text.data[from - 1] != '\n'; from--)
		;
	if (len > from)
		buf_addf(b, "; %s ends with: %.*s", log, (int)(len - from), text.data + from);
}

static int silent(struct trial *t, const char *what)
{
	autobuf struct buf b = BUF_INIT;

	buf_adds(&b, what);
	add_last_line(&b, t, "console.log");
	add_last_line(&b, t, "qemu.log");
	return fail_exit(EXIT_FAILED, "%s", buf_str(&b));
}

/* Until the guest's line is in console.log; woken by whatever changes in the VM's directory. */
static int await_line(struct trial *t, deadline_t until)
{
	autoclose int notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	struct pollfd fds[] = { { .fd = notify, .events = POLLIN }, { .fd = t->signals, .events = POLLIN } };
	struct ending e;
	char events[4096];
	int rc;

	if (notify >= 0 && inotify_add_watch(notify, t->vm.path, IN_MODIFY | IN_CREATE | IN_MOVED_TO) < 0)
		fds[0].fd = -1;
	while (!has_spoken(t)) {
		if (ending_load(&t->vm, &e) >= 0 && !has_spoken(t))
			return silent(t, e.detail);
		if (deadline_passed(until))
			return silent(t, "the test guest runs but prints nothing");
		rc = loop_poll(fds, 2, deadline_min(until, deadline_in(TICK_MS)));
		if (rc < 0)
			return fail(rc, "wait for the test guest");
		if (fds[1].revents)
			return fail_exit(EXIT_FAILED, "interrupted");
		while (notify >= 0 && read(notify, events, sizeof(events)) > 0)
			;
	}
	return 0;
}

/* By the power button, which proves that husk reaches the guest, and that it saw how it ended. */
static int power_off(struct trial *t, deadline_t until)
{
	int64_t left = deadline_left_ms(until);
	struct stop_options o = { .budget_ms = left < STOP_BUDGET_MS ? left : STOP_BUDGET_MS, .by = "husk check" };
	struct receipt receipt;
	struct ending e;
	int rc = vm_stop(&t->vm, &o, &receipt);

	if (rc < 0)
		return rc;
	if (receipt.worked != RUNG_ACPI)
		return fail_exit(EXIT_FAILED, "the test guest did not power off at the button (%s)",
				 receipt.said[RUNG_ACPI][0] ? receipt.said[RUNG_ACPI] : "it was gone before");
	rc = ending_load(&t->vm, &e);
	if (rc < 0)
		return rc == -ENOENT ? fail_exit(EXIT_FAILED, "the test guest's end was not recorded") : rc;
	if (e.reason != ENDED_STOPPED)
		return fail_exit(EXIT_FAILED, "the test guest powered off, but its end was recorded as: %s", e.detail);
	return 0;
}

/* Whatever came of it: no process, no file. */
static void clean_up(struct trial *t)
{
	struct stop_options now = { .now = true, .budget_ms = STOP_BUDGET_MS, .by = "husk check" };
	struct receipt receipt;
	autoclose int dir = -1;

	if (t->vm.fd < 0 && t->run.fd >= 0)
		(void)vmdir_open(&t->vm, &t->run, t->name);
	if (t->vm.fd >= 0 && vm_stop(&t->vm, &now, &receipt) < 0)
		warn("%s", err_text());
	vmdir_close(&t->vm);
	rundir_close(&t->run);
	dir = t->dir[0] ? open(t->dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
	if (dir >= 0 && (file_remove_tree(dir) < 0 || rmdir(t->dir) < 0))
		warn("%s: not removed: %s", t->dir, err_text());
}

static int boot(struct trial *t, struct boot_result *b, const struct cmd_ctx *ctx, const char *qemu, const struct host *h)
{
	struct vm_record record;
	int64_t start;
	int rc = make_dir(t, ctx->g.rundir);

	if (rc >= 0)
		rc = write_image(t);
	if (rc >= 0)
		rc = launch(t, b, qemu, h, ctx->deadline);
	if (rc < 0)
		return rc;
	if (record_load(&t->vm, &record, NULL) >= 0)
		snprintf(b->accel, sizeof(b->accel), "%s", record.accel);
	start = clock_us();
	rc = await_line(t, deadline_min(ctx->deadline, deadline_in(LINE_BUDGET_MS)));
	b->line_ms = (clock_us() - start) / 1000;
	if (rc < 0)
		return rc;
	start = clock_us();
	rc = power_off(t, ctx->deadline);
	b->stop_ms = (clock_us() - start) / 1000;
	return rc;
}

/* Why it is not even tried; NULL: it is. */
static const char *not_possible(const struct host *h)
{
	if (!h->qemu.path)
		return "no QEMU to boot the test guest with";
	if (strcmp(h->qemu.arch, "x86_64") != 0 && strcmp(h->qemu.arch, "i386") != 0)
		return "the test guest is x86 code: try it with --qemu qemu-system-x86_64";
	if (!bootsector_size)
		return "this husk was built without its test guest: there was no assembler for x86";
	return NULL;
}

void check_boot(struct boot_result *b, const struct cmd_ctx *ctx, const char *qemu, const struct host *h)
{
	struct trial t = { .run = { .fd = -1 }, .vm = VMDIR_INIT, .signals = -1 };
	const char *no = not_possible(h);
	sigset_t leave, before;
	int rc;

	*b = (struct boot_result){ .ok = false };
	if (no) {
		snprintf(b->why, sizeof(b->why), "%s", no);
		return;
	}
	/* who types Ctrl-C must not leave a VM behind: the signal waits until everything is gone */
	sigemptyset(&leave);
	sigaddset(&leave, SIGINT);
	sigaddset(&leave, SIGTERM);
	sigaddset(&leave, SIGHUP);
	sigprocmask(SIG_BLOCK, &leave, &before);
	t.signals = signalfd(-1, &leave, SFD_CLOEXEC | SFD_NONBLOCK);
	snprintf(t.name, sizeof(t.name), "check-%d", (int)getpid());
	rc = boot(&t, b, ctx, qemu, h);
	if (rc < 0)
		snprintf(b->why, sizeof(b->why), "%s", err_text());
	b->ok = rc >= 0;
	clean_up(&t);
	fd_close(&t.signals);
	sigprocmask(SIG_SETMASK, &before, NULL);
}
