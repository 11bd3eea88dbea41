/* SPDX-License-Identifier: MIT */
/* From a claim to running CPUs.  Whatever fails is undone here. */
#include <vm/ladder.h>

#include <base/err.h>
#include <base/file.h>
#include <base/log.h>
#include <errno.h>
#include <linux/sched.h>
#include <sandbox/cgroup.h>
#include <sandbox/sandbox.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define REAP_BUDGET_MS 5000
#define TAIL_MAX 600		/* bytes of QEMU's last words in the error */

/* Room for the keeper's connection: events only, so a line is short; nothing is allocated later. */
static char monitor_bytes[65536];
static jsmntok_t monitor_tokens[2048];

/* INT, TERM and HUP before the keeper listens: QEMU is killed, which ends every wait of the launch. */
static volatile sig_atomic_t interrupted;
static volatile int interrupt_pidfd = -1;

static void on_interrupt(int sig)
{
	interrupted = sig;
	if (interrupt_pidfd >= 0)
		syscall(SYS_pidfd_send_signal, interrupt_pidfd, SIGKILL, NULL, 0);
}

static void catch_interrupts(void (*handler)(int))
{
	struct sigaction sa = { .sa_handler = handler };

	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
}

/* From here on a signal waits for the keeper: nothing comes between the last look at "interrupted" and its own reading. */
static void hold_interrupts(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

/* Has somebody changed his mind?  A detached launch ends with the process that asked for it. */
static int given_up(const char *what, int report)
{
	struct pollfd p = { .fd = report, .events = 0 };

	if (interrupted)
		return fail_exit(EXIT_FAILED, "%s: interrupted by signal %d (%s)", what, (int)interrupted, strsignal(interrupted));
	if (report >= 0 && poll(&p, 1, 0) > 0 && (p.revents & POLLERR))
		return fail_exit(EXIT_FAILED, "%s: husk run was ended before the VM ran", what);
	return 0;
}

static int checkpoint(enum vm_stage stage, const char *what, int report)
{
	vm_stage(stage, what);
	return given_up(what, report);
}

static int busy(const struct vm *vm)
{
	struct vm_record r;

	if (record_load(&vm->dir, &r, NULL) >= 0 && record_qemu_alive(&r) && r.phase == VM_RUNNING)
		return fail_exit(EXIT_BUSY, "%s is running already (QEMU %d, keeper %d)", vm->dir.name, (int)r.qemu.pid,
				 (int)r.keeper.pid);
	return fail_exit(EXIT_BUSY, "%s is being started, stopped or removed by another husk", vm->dir.name);
}

static int claim(struct vm *vm, deadline_t until)
{
	struct vm_record r;
	int rc = vmdir_claim(&vm->dir, &vm->rundir, vm->plan->name);

	if (rc == -EBUSY) {
		(void)vm_settle(&vm->dir, deadline_min(until, deadline_in(SETTLE_MS)));
		rc = vmdir_claim(&vm->dir, &vm->rundir, vm->plan->name);
	}
	if (rc == -EBUSY)
		return busy(vm);
	if (rc < 0)
		return rc;
	rc = record_load(&vm->dir, &r, NULL);
	if (rc == -ENOENT)
		return 0;
	if (rc < 0)
		return err_prefix(rc, "husk remove %s clears it", vm->dir.name);
	if (!record_qemu_alive(&r)) {
		if (r.cgroup[0] && record_same_boot(&r))
			(void)cgroup_clear(r.cgroup, 0);
		return 0;
	}
	if (r.phase == VM_RUNNING)
		return fail_exit(EXIT_BUSY, "%s is running already, without keeper (QEMU %d); husk stop %s ends it", vm->dir.name,
				 (int)r.qemu.pid, vm->dir.name);
	notice("%s: an interrupted launch left QEMU %d; ending it", vm->dir.name, (int)r.qemu.pid);
	return vm_kill_leftover(&vm->dir, &r, deadline_in(REAP_BUDGET_MS));
}

static int open_logs(struct vm *vm)
{
	uint64_t max = vm->plan->spec->log_size;
	int rc = rotlog_open(&vm->qemu, vm->dir.fd, "qemu.log", max);

	if (rc >= 0)
		rc = rotlog_open(&vm->events, vm->dir.fd, "events.jsonl", max);
	if (rc >= 0 && vm->plan->spec->console != CONSOLE_OFF)
		rc = rotlog_open(&vm->console, vm->dir.fd, "console.log", max);
	return rc < 0 ? err_prefix(rc, "%s", vm->dir.path) : 0;
}

static pid_t clone_process(int *pidfd, uint64_t namespaces, int cgroup)
{
	struct clone_args args = { .flags = CLONE_PIDFD | namespaces, .pidfd = (uintptr_t)pidfd, .exit_signal = SIGCHLD };

	/* born there: it is never outside of its limits */
	if (cgroup >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)cgroup;
	}
	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

/* The child that will be QEMU.  It waits until its pid is on record. */
static int clone_qemu(struct vm *vm, struct opened *o, int release[2], int report[2])
{
	struct sandbox_child child = { .plan = vm->plan, .fd = o->fd, .output = o->output, .uid = o->uid,
				       .outer_uid = geteuid(), .outer_gid = getegid() };
	int rc = fd_pipe(release);

	if (rc >= 0)
		rc = fd_pipe(report);
	if (rc < 0)
		return rc;
	if (plan_has(vm->plan, PART_SECCOMP))
		child.filter = &vm->filter;
	child.release = release[0];
	child.report = report[1];
	vm->pid = clone_process(&vm->pidfd, vm->plan->namespaces, vm->cgroup.fd);
	if (vm->pid < 0)
		return fail_as(EXIT_SANDBOX, -errno, "sandbox: clone into new namespaces%s%s (husk check says what this host allows)",
			       vm->cgroup.path[0] ? " and cgroup " : "", vm->cgroup.path);
	if (vm->pid == 0) {
		/* the end of file on release must mean that the launcher is gone: it alone may hold the writing end */
		close(release[1]);
		/* and the claims: a killed launch must not seem to go on in us */
		close(vm->dir.fd);
		fd_close(&vm->cgroup.fd);
		catch_interrupts(SIG_DFL);
		sandbox_become_qemu(&child);
	}
	interrupt_pidfd = vm->pidfd;
	fd_close(&release[0]);
	fd_close(&report[1]);
	/* every copy of what QEMU got goes now: one listening descriptor kept here would hide QEMU's death */
	for (size_t i = 0; i < o->n; i++)
		fd_close(&o->fd[i]);
	fd_close(&o->output);
	vm->monitor.fd = -1;
	vm->console_log = fd_take(&o->console_log);
	vm->output_log = fd_take(&o->output_log);
	vm->uid_holder = fd_take(&o->uid_holder);
	return 0;
}

static void fill_record(struct vm *vm, uid_t uid)
{
	const struct plan *p = vm->plan;
	struct vm_record *r = &vm->record;

	*r = (struct vm_record){
		.phase = VM_STARTING,
		.started_us = clock_wall_us(),
		.uid = uid,
		.agent = p->spec->agent,
		.console = p->spec->console != CONSOLE_OFF,
		.console_lossy = p->spec->console == CONSOLE_VIRTIO,
		.memory = p->spec->memory,
		.cpus = p->spec->cpus,
		.stop_timeout = p->spec->stop_timeout,
	};
	snprintf(r->name, sizeof(r->name), "%s", p->name);
	snprintf(r->boot_id, sizeof(r->boot_id), "%s", proc_boot_id());
	snprintf(r->accel, sizeof(r->accel), "%s", p->accel);
	snprintf(r->cgroup, sizeof(r->cgroup), "%s", vm->cgroup.path);
	snprintf(r->machine, sizeof(r->machine), "%s", p->machine);
	snprintf(r->qemu_path, sizeof(r->qemu_path), "%s", p->host->qemu.path);
	snprintf(r->qemu_version, sizeof(r->qemu_version), "%s", p->host->qemu.version);
	if (p->spec->file && !realpath(p->spec->file, r->file))
		snprintf(r->file, sizeof(r->file), "%s", p->spec->file);
	(void)proc_identify(getpid(), &r->keeper);
}

static int save_record(struct vm *vm)
{
	autobuf struct buf b = BUF_INIT;
	struct json_out out = JSON_OUT(&b);

	plan_json(&out, NULL, vm->plan);
	return record_save(&vm->dir, &vm->record, buf_str(&b));
}

static int record_and_release(struct vm *vm, struct opened *o, int release[2], int report)
{
	int rc;

	fill_record(vm, o->uid);
	if (proc_identify(vm->pid, &vm->record.qemu) < 0)
		return fail_exit(EXIT_FAILED, "%s: QEMU's process vanished", vm->dir.name);
	rc = save_record(vm);
	if (rc >= 0 && vm->uid_holder >= 0)
		rc = uid_note(vm->uid_holder, &vm->record.qemu);
	if (rc >= 0)
		rc = checkpoint(STAGE_RECORDED, vm->dir.name, report);
	if (rc >= 0 && write(release[1], "", 1) != 1)
		rc = fail(-errno, "release QEMU's process");
	if (rc < 0)
		return rc;
	fd_close(&release[1]);
	return checkpoint(STAGE_RELEASED, vm->dir.name, report);
}

/* The sandbox's last step closes its report; a step that failed shows there too, and in what is asked of QEMU next. */
static int await_exec(struct vm *vm, int sandbox, const struct run_options *o, int report)
{
	int rc = loop_readable(sandbox, o->deadline);

	return rc < 0 ? fail(rc, "wait for the sandbox of %s", vm->dir.name) : checkpoint(STAGE_EXECUTED, vm->dir.name, report);
}

static void on_event(void *ctx, const struct qmp_event *e)
{
	struct vm *vm = ctx;

	journal_event(vm, e);
	if (!strcmp(e->name, "SHUTDOWN")) {
		if (!vm->parked)	/* else the guest has shut down before, and that is the reason */
			json_str(e->json, json_get(e->json, e->data, "reason"), vm->shutdown, sizeof(vm->shutdown));
	} else if (!strcmp(e->name, "STOP")) {
		vm->parked = vm->shutdown[0];
	} else if (!strcmp(e->name, "RESET")) {
		vm->was_reset = true;
	} else if (!strcmp(e->name, "RESUME")) {
		vm->shutdown[0] = '\0';		/* it was not the end */
		vm->parked = false;
	} else if (!strcmp(e->name, "GUEST_PANICKED")) {
		vm->panicked = true;
	}
}

static int negotiate(struct vm *vm, int monitor, const struct run_options *o, int report)
{
	int rc;

	vm->monitor = (struct qmp){ .fd = -1, .in = BUF_FIXED(monitor_bytes), .json = JSON_FIXED(monitor_tokens),
				    .on_event = on_event, .ctx = vm };
	rc = qmp_open(&vm->monitor, monitor, o->deadline);
	if (rc >= 0)
		rc = checkpoint(STAGE_NEGOTIATED, vm->dir.name, report);
	return rc;
}

static int start_cpus(struct vm *vm, const struct run_options *o, int report)
{
	char data[256];
	int rc;

	snprintf(data, sizeof(data), "{\"pid\": %d, \"accel\": \"%s\", \"qemu\": \"%s\"}", (int)vm->pid, vm->record.accel,
		 vm->record.qemu_version);
	journal_own(vm, "HUSK_START", data);
	rc = checkpoint(STAGE_ARMED, vm->dir.name, report);
	if (rc >= 0)
		rc = qmp_execute(&vm->monitor, "cont", NULL, NULL, o->deadline);
	if (rc >= 0)
		rc = checkpoint(STAGE_CONTINUED, vm->dir.name, report);
	if (rc < 0)
		return rc;
	vm->record.phase = VM_RUNNING;
	rc = save_record(vm);
	hold_interrupts();
	return rc < 0 ? rc : checkpoint(STAGE_RUNNING, vm->dir.name, report);
}

/* What QEMU wrote last, into its log; the tail of it into text. */
static void collect_output(struct vm *vm, char *text, size_t size)
{
	char piece[4096];
	ssize_t n;

	text[0] = '\0';
	while (vm->output_log >= 0 && (n = read(vm->output_log, piece, sizeof(piece))) > 0) {
		rotlog_write(&vm->qemu, piece, (size_t)n);
		if (vm->qemu.size > vm->qemu.max)
			break;
	}
	autobuf struct buf b = BUF_INIT;

	if (file_read_tail(vm->dir.fd, "qemu.log", &b, size - 1) >= 0)
		snprintf(text, size, "%s", buf_str(&b));
}

/* QEMU's last words as they go behind an error: without time stamps, nothing a terminal would obey. */
static void add_last_words(struct buf *out, const char *text)
{
	for (const char *line = text; *line;) {
		size_t len = strcspn(line, "\n");
		const char *from = line;
		size_t n = len;

		/* "2026-11-23T01:02:03.123456Z qemu-system-x86_64: ..." */
		if (n > 28 && line[10] == 'T' && line[26] == 'Z' && line[27] == ' ') {
			from += 28;
			n -= 28;
		}
		if (n) {
			buf_adds(out, "\n  ");
			buf_add_safe(out, from, n);
		}
		line += len + (line[len] == '\n');
	}
}

/* A lock that was lost between the check and QEMU's own: say which file, not "/dev/fdset/3". */
static const struct plan_fd *lock_failure(const struct plan *p, const char *text)
{
	const char *at = strstr(text, "Is another process using the image [/dev/fdset/");
	int set;

	if (!at || sscanf(strchr(at, '['), "[/dev/fdset/%9d]", &set) != 1)
		return NULL;
	for (size_t i = 0; i < p->nfd; i++)
		if (p->fd[i].fdset == set && p->fd[i].kind == PLAN_FILE)
			return &p->fd[i];
	return NULL;
}

static void reap(struct vm *vm)
{
	if (vm->pidfd >= 0)
		(void)proc_signal(vm->pidfd, SIGKILL);
	while (waitpid(vm->pid, &vm->wait_status, 0) < 0 && errno == EINTR)
		;
	interrupt_pidfd = -1;
}

/* QEMU ended by itself before the CPUs ran?  Give it a moment to be seen as ended before it is killed. */
static bool ended_alone(struct vm *vm)
{
	return loop_readable(vm->pidfd, deadline_in(vm->monitor.fd < 0 ? 1000 : 0)) > 0;
}

static void write_start_failure(struct vm *vm, enum ending_reason reason, const char *detail)
{
	struct ending e = { .reason = reason, .wait_status = vm->wait_status, .recorded_by_keeper = true,
			    .started_us = vm->record.started_us, .ended_us = clock_wall_us(), .syscall = -1 };

	snprintf(e.detail, sizeof(e.detail), "%s", detail);
	(void)ending_save(&vm->dir, &e);
}

/* A husk stop that came before the guest ran: no fault of QEMU's, nor of its accelerator's. */
static bool was_stopped(struct vm *vm)
{
	int mark = ladder_marked(&vm->dir, STOPPING_FILE);
	bool marked = mark != -ENOENT;

	fd_close(&mark);
	unlinkat(vm->dir.fd, STOPPING_FILE, 0);
	return marked;
}

/* Why the launch failed once there was a process: the sandbox's report, QEMU's last words, or what is recorded. */
static int explain_failure(struct vm *vm, int report, int rc)
{
	char tail[TAIL_MAX], how[128];
	autobuf struct buf text = BUF_INIT;
	struct sandbox_report r = { 0 };
	const struct plan_fd *locked;
	bool alone = ended_alone(vm);

	reap(vm);
	if (fd_read(report, &r, sizeof(r)) == sizeof(r)) {
		r.text[sizeof(r.text) - 1] = '\0';
		return err_set((enum exit_code)r.code, r.text);
	}
	collect_output(vm, tail, sizeof(tail));
	if (was_stopped(vm)) {
		write_start_failure(vm, ENDED_STOPPED, "stopped by husk stop before the guest's CPUs ran");
		return fail_exit(EXIT_FAILED, "%s: stopped by husk stop before the guest's CPUs ran", vm->dir.name);
	}
	locked = lock_failure(vm->plan, tail);
	if (locked)
		return fail_exit(EXIT_BUSY, "%s: the image is in use by another process", locked->path);
	if (!alone)
		return rc;
	if (WIFSIGNALED(vm->wait_status) && cgroup_oom_kills(&vm->cgroup) > 0) {
		buf_adds(&text, "the kernel killed QEMU before the guest's CPUs ran, because its memory limit ran out");
		write_start_failure(vm, ENDED_OOM, buf_str(&text));
		return err_prefix(err_set(EXIT_QEMU_OOM, buf_str(&text)), "%s", vm->dir.name);
	}
	if (WIFSIGNALED(vm->wait_status))
		snprintf(how, sizeof(how), "signal %d, %s", WTERMSIG(vm->wait_status), strsignal(WTERMSIG(vm->wait_status)));
	else
		snprintf(how, sizeof(how), "exit code %d", WEXITSTATUS(vm->wait_status));
	buf_addf(&text, "QEMU ended before the guest's CPUs ran (%s)", how);
	write_start_failure(vm, ENDED_START_FAILED, buf_str(&text));
	add_last_words(&text, tail);
	vm->refused = true;
	return err_prefix(err_set(EXIT_FAILED, buf_str(&text)), "%s", vm->dir.name);
}

void vm_unlink_sockets(struct vm *vm)
{
	for (size_t i = 0; i < vm->plan->nfd; i++)
		if (vm->plan->fd[i].kind == PLAN_LISTEN)
			unlinkat(vm->dir.fd, vm->plan->fd[i].path, 0);
}

static void close_launch(struct vm *vm)
{
	qmp_close(&vm->monitor);
	fd_close(&vm->pidfd);
	fd_close(&vm->console_log);
	fd_close(&vm->output_log);
	fd_close(&vm->uid_holder);
	rotlog_close(&vm->console);
	rotlog_close(&vm->qemu);
	rotlog_close(&vm->events);
}

/* The process exists: see it through, or end it. */
static int see_through(struct vm *vm, struct opened *opened, struct helpers *helpers, int release[2], int report,
		       const struct run_options *o, int parent)
{
	int rc = checkpoint(STAGE_CLONED, vm->dir.name, parent);

	if (rc >= 0)
		rc = record_and_release(vm, opened, release, parent);
	if (rc >= 0)
		rc = await_exec(vm, report, o, parent);
	if (rc >= 0)
		rc = negotiate(vm, fd_take(&opened->monitor), o, parent);
	if (rc >= 0)
		rc = helpers_await(helpers, vm->plan, o->deadline);
	if (rc >= 0)
		rc = start_cpus(vm, o, parent);
	if (rc >= 0)
		return 0;
	/* before its release, or where the end was asked for, it is no failure of QEMU's */
	if (release[1] >= 0 || given_up(vm->dir.name, parent) < 0)
		reap(vm);
	else
		rc = explain_failure(vm, report, rc);
	vm_unlink_sockets(vm);
	return rc;
}

/* QEMU said no before it ran: that record is kept for "why"; anything else leaves nothing behind. */
static void undo(struct vm *vm)
{
	struct ending e;
	bool told = vm->dir.fd >= 0 && vm->dir.claimed && ending_load(&vm->dir, &e) >= 0;

	close_launch(vm);
	(void)cgroup_discard(&vm->cgroup, deadline_in(REAP_BUDGET_MS));
	if (vm->dir.claimed && !told)
		(void)vmdir_remove(&vm->dir, &vm->rundir);
	vmdir_close(&vm->dir);
}

static int prepare_filter(struct vm *vm)
{
	const struct plan *p = vm->plan;

	return plan_has(p, PART_SECCOMP) ? filter_prepare(&vm->filter, p->filter, p->spec->seccomp) : 0;
}

int vm_launch(struct vm *vm, const struct run_options *o, int parent)
{
	struct helpers helpers = { 0 };
	struct opened opened;
	int release[2] = { -1, -1 }, report[2] = { -1, -1 }, rc;
	bool cleared = false;

	opened_init(&opened);
	catch_interrupts(on_interrupt);
	rc = prepare_filter(vm);
	if (rc >= 0)
		rc = claim(vm, o->deadline);
	if (rc >= 0)
		rc = checkpoint(STAGE_CLAIMED, vm->plan->name, parent);
	/* what can fail for the user's own reasons comes before the last run's record is cleared */
	if (rc >= 0)
		rc = open_files(&opened, vm->plan);
	if (rc >= 0)
		rc = checkpoint(STAGE_OPENED, vm->plan->name, parent);
	if (rc >= 0) {
		cleared = true;
		rc = vmdir_clear(&vm->dir);
	}
	if (rc >= 0)
		rc = open_endpoints(&opened, vm->plan, &vm->dir);
	if (rc >= 0)
		rc = open_logs(vm);
	if (rc >= 0)
		rc = checkpoint(STAGE_BOUND, vm->plan->name, parent);
	if (rc >= 0) {
		vm->kmsg = kmsg_open();
		vm->oom_kills = oom_kill_count();
		rc = cgroup_make(&vm->cgroup, vm->plan, opened.fd);
	}
	if (rc >= 0) {
		/* beside each other: a helper is up before QEMU has loaded its libraries */
		rc = helpers_start(&helpers, vm->plan, &opened, vm->cgroup.fd);
		if (rc >= 0)
			rc = clone_qemu(vm, &opened, release, report);
		if (rc >= 0)
			rc = see_through(vm, &opened, &helpers, release, report[0], o, parent);
		helpers_end(&helpers);
	}
	opened_close(&opened);
	filter_free(&vm->filter);
	for (int i = 0; i < 2; i++) {
		fd_close(&release[i]);
		fd_close(&report[i]);
	}
	if (rc < 0) {
		struct err_kept kept;

		err_keep(&kept);
		if (cleared || vm->dir.fresh)
			undo(vm);
		else
			vmdir_close(&vm->dir);
		rc = err_set(kept.code, kept.text);
		catch_interrupts(SIG_DFL);
	}
	return rc;
}
