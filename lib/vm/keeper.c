/* SPDX-License-Identifier: MIT */
/* The keeper: a VM's small init.  It pumps, records and waits; it wakes for descriptors only and allocates nothing. */
#include <vm/ladder.h>

#include <base/err.h>
#include <base/log.h>
#include <errno.h>
#include <linux/capability.h>
#include <sandbox/sandbox.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KMSG_WAIT_MS 250
#define REBOOT_STALE_S 120	/* more than husk reboot waits, and it was killed before */
#define REBOOT_MS 2000		/* a QEMU that waits has nothing else to do */

/* What wakes it. */
enum source { SRC_QEMU, SRC_MONITOR, SRC_OUTPUT, SRC_CONSOLE, SRC_SIGNAL, SRC_STDIN, SRC_SOCK, SRC_STDOUT, SRC_STOP, SRC_REBOOTER,
	      SRC_COUNT };

enum keeper_state { KEEP_RUNNING, KEEP_STOPPING, KEEP_STOPPING_NOW, KEEP_STATES };
enum keeper_event { EV_STOP, EV_STOP_ENDED, EV_COUNT };

struct keeper {
	struct vm *vm;
	const struct run_options *o;
	struct tty tty;
	enum keeper_state state;
	int signals;
	pid_t stop_pid;		/* the child that climbs the ladder; 0: none */
	int stop_end;		/* end of file when it has ended */
	int rebooter;		/* who is to reset a QEMU that waits after the guest's shutdown, a pidfd; -1: nobody */
	struct pollfd poll[SRC_COUNT];
};

#define CGROUP_BUDGET_MS 2000	/* for killed helpers to be gone */
static char piece[16384];	/* what is pumped at once */

static bool pump_output(struct keeper *k)
{
	ssize_t n = read(k->vm->output_log, piece, sizeof(piece));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		fd_close(&k->vm->output_log);
		return false;
	}
	rotlog_write(&k->vm->qemu, piece, (size_t)n);
	if (!k->o->detach)
		(void)!write(2, piece, (size_t)n);
	return true;
}

static bool pump_console(struct keeper *k)
{
	size_t room = k->tty.out ? sizeof(k->tty.unsaid) - k->tty.nunsaid : sizeof(piece);
	ssize_t n = read(k->vm->console_log, piece, room < sizeof(piece) ? room : sizeof(piece));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		fd_close(&k->vm->console_log);
		return false;
	}
	rotlog_write(&k->vm->console, piece, (size_t)n);
	tty_output(&k->tty, piece, (size_t)n);
	return true;
}

static void read_monitor(struct keeper *k)
{
	struct vm *vm = k->vm;
	int rc = qmp_wait_event(&vm->monitor, 0);

	if (rc >= 0)
		return;
	if (rc == -EPROTO)
		journal_own(vm, "HUSK_MONITOR_BROKEN", NULL);
	qmp_close(&vm->monitor);
}

/*
 * Where husk reboot was killed between a guest's shutdown and the reset, somebody must finish it: else the VM would stay
 * as it is, neither running nor ended.  Without a mark it is not husk's doing, and left alone.
 */
static void watch_reboot(struct keeper *k)
{
	struct vm *vm = k->vm;
	struct stat mark;

	if (!vm->parked || vm->monitor.fd < 0)
		fd_close(&k->rebooter);
	if (!vm->parked || vm->monitor.fd < 0 || k->rebooter >= 0)
		return;
	k->rebooter = ladder_marked(&vm->dir, REBOOTING_FILE);
	if (k->rebooter != -ESRCH)
		return;
	/* the guest goes down now, long after nobody waits for its reboot any more: that is its own end */
	if (fstatat(vm->dir.fd, REBOOTING_FILE, &mark, 0) == 0 && time(NULL) - mark.st_mtime > REBOOT_STALE_S) {
		(void)vm_reboot_forget(&vm->dir);
		(void)qmp_execute(&vm->monitor, "quit", NULL, NULL, deadline_in(REBOOT_MS));
		return;
	}
	journal_own(vm, "HUSK_REBOOT_FINISHED", NULL);
	(void)vm_reboot_forget(&vm->dir);
	vm->was_reset = false;
	if (vm_reboot_finish(&vm->monitor, &vm->was_reset, deadline_in(REBOOT_MS)) < 0)
		warn("%s: the reboot cannot be finished: %s", vm->dir.name, err_text());
}

/* The ladder blocks and waits, so a child climbs it while the keeper goes on pumping. */
static void start_ladder(struct keeper *k, bool now)
{
	struct vm *vm = k->vm;
	int pipe_fd[2];
	pid_t pid;

	if (fd_pipe(pipe_fd) < 0)
		return;
	pid = fork();
	if (pid == 0) {
		struct stop_options o = { .now = now, .budget_ms = vm->plan->spec->stop_timeout, .by = "SIGTERM" };
		struct receipt receipt;

		/* signals stay blocked: a terminal's Ctrl-C reaches us too, but what it means is the keeper's to say */
		close(pipe_fd[0]);
		_exit(vm_stop(&vm->dir, &o, &receipt) < 0);
	}
	close(pipe_fd[1]);
	if (pid < 0) {
		close(pipe_fd[0]);
		return;
	}
	k->stop_pid = pid;
	k->stop_end = pipe_fd[0];
	notify_service("STOPPING=1\nSTATUS=stopping");
}

/* true: the ladder has seen QEMU end. */
static bool end_ladder(struct keeper *k)
{
	int status = -1;

	if (k->stop_pid) {
		kill(k->stop_pid, SIGKILL);	/* changes nothing where it is ending already */
		while (waitpid(k->stop_pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	k->stop_pid = 0;
	fd_close(&k->stop_end);
	return status == 0;
}

static enum keeper_state stop_it(struct keeper *k)
{
	journal_own(k->vm, "HUSK_STOP", NULL);
	start_ladder(k, false);
	return KEEP_STOPPING;
}

static enum keeper_state stop_it_now(struct keeper *k)
{
	notice("%s: asked again, stopping it at once", k->vm->dir.name);
	end_ladder(k);
	start_ladder(k, true);
	return KEEP_STOPPING_NOW;
}

/* It did not get QEMU down; or it did, and we hear of that next: then the stop is still the reason. */
static enum keeper_state carry_on(struct keeper *k)
{
	return end_ladder(k) ? k->state : KEEP_RUNNING;
}

static enum keeper_state stay(struct keeper *k)
{
	return k->state;
}

static enum keeper_state (*const transitions[KEEP_STATES][EV_COUNT])(struct keeper *k) = {
	[KEEP_RUNNING] = { [EV_STOP] = stop_it, [EV_STOP_ENDED] = stay },
	[KEEP_STOPPING] = { [EV_STOP] = stop_it_now, [EV_STOP_ENDED] = carry_on },
	[KEEP_STOPPING_NOW] = { [EV_STOP] = stay, [EV_STOP_ENDED] = carry_on },
};

static void handle(struct keeper *k, enum keeper_event e)
{
	k->state = transitions[k->state][e](k);
}

static void read_signal(struct keeper *k)
{
	struct signalfd_siginfo si;

	if (read(k->signals, &si, sizeof(si)) != sizeof(si))
		return;
	/* a detached keeper has no terminal that could hang up */
	if (si.ssi_signo == SIGHUP && k->o->detach)
		return;
	handle(k, EV_STOP);
}

static void watch(struct keeper *k, enum source s, int fd, short events)
{
	k->poll[s] = (struct pollfd){ .fd = fd, .events = events };
}

static void set_watches(struct keeper *k)
{
	struct vm *vm = k->vm;
	const struct tty *t = &k->tty;

	watch(k, SRC_QEMU, vm->pidfd, POLLIN);
	watch(k, SRC_MONITOR, vm->monitor.fd, POLLIN);
	watch(k, SRC_OUTPUT, vm->output_log, POLLIN);
	/* what the terminal does not take stays in the pipe */
	watch(k, SRC_CONSOLE, t->nunsaid ? -1 : vm->console_log, POLLIN);
	watch(k, SRC_SIGNAL, k->signals, POLLIN);
	watch(k, SRC_STDIN, t->npending ? -1 : t->in, POLLIN);
	/* its output comes through the log as well; it is read so that QEMU can go on writing */
	watch(k, SRC_SOCK, t->sock, t->npending ? POLLIN | POLLOUT : POLLIN);
	watch(k, SRC_STDOUT, t->nunsaid ? 1 : -1, POLLOUT);
	watch(k, SRC_STOP, k->stop_end, POLLIN);
	watch(k, SRC_REBOOTER, k->rebooter, POLLIN);
}

static void discard(int *fd)
{
	ssize_t n = fd_recv(*fd, piece, sizeof(piece));

	if (n == 0 || (n < 0 && n != -EAGAIN))
		fd_close(fd);
}

/* One round; false when QEMU has ended. */
static bool turn(struct keeper *k)
{
	set_watches(k);
	if (loop_poll(k->poll, SRC_COUNT, DEADLINE_NEVER) < 0)
		return true;
	if (k->poll[SRC_MONITOR].revents)
		read_monitor(k);
	if (k->poll[SRC_REBOOTER].revents)
		fd_close(&k->rebooter);
	if (k->poll[SRC_MONITOR].revents || k->poll[SRC_REBOOTER].revents)
		watch_reboot(k);
	if (k->poll[SRC_OUTPUT].revents)
		pump_output(k);
	if (k->poll[SRC_CONSOLE].revents)
		pump_console(k);
	if (k->poll[SRC_SIGNAL].revents)
		read_signal(k);
	if (k->poll[SRC_STDIN].revents && tty_input(&k->tty))
		handle(k, EV_STOP);
	if (k->poll[SRC_SOCK].revents & (POLLIN | POLLHUP | POLLERR))
		discard(&k->tty.sock);
	if ((k->poll[SRC_SOCK].revents & POLLOUT) || k->poll[SRC_STDOUT].revents)
		tty_flush(&k->tty);
	if (k->poll[SRC_STOP].revents)
		handle(k, EV_STOP_ENDED);
	return !k->poll[SRC_QEMU].revents;
}

/* What QEMU has left in its pipes and its monitor; bounded, for a descendant could keep them open. */
static void drain(struct keeper *k)
{
	for (int i = 0; i < 256 && k->vm->monitor.fd >= 0 && loop_readable(k->vm->monitor.fd, 0) > 0; i++)
		read_monitor(k);
	for (int i = 0; i < 256 && k->vm->output_log >= 0 && pump_output(k); i++)
		;
	for (int i = 0; i < 256 && k->vm->console_log >= 0 && pump_console(k); i++)
		if (k->tty.nunsaid == sizeof(k->tty.unsaid))
			break;
	tty_flush(&k->tty);
}

/* The denied system call is printed by a kernel thread (kauditd), which may come after us. */
static void read_kernel_log(const struct vm *vm, struct ending_facts *facts)
{
	deadline_t until = deadline_in(KMSG_WAIT_MS);

	do
		kmsg_find(vm->kmsg, vm->pid, &facts->syscall, &facts->oom);
	while (vm->kmsg >= 0 && WTERMSIG(vm->wait_status) == SIGSYS && facts->syscall < 0 && !deadline_passed(until) &&
	       loop_readable(vm->kmsg, until) > 0);
}

static int finish(struct keeper *k)
{
	struct vm *vm = k->vm;
	struct ending_facts facts = { .shutdown = vm->shutdown, .syscall = -1 };
	struct ending e = { .started_us = vm->record.started_us, .recorded_by_keeper = true };
	autoclose int stopper = vm_stopper(&vm->dir);
	char data[128];

	drain(k);
	while (waitpid(vm->pid, &vm->wait_status, 0) < 0 && errno == EINTR)
		;
	e.ended_us = clock_wall_us();
	facts.wait_status = vm->wait_status;
	facts.stop_asked = k->state != KEEP_RUNNING || stopper >= 0;
	if (WIFSIGNALED(vm->wait_status))
		read_kernel_log(vm, &facts);
	if (!facts.oom && WIFSIGNALED(vm->wait_status) && WTERMSIG(vm->wait_status) == SIGKILL) {
		int64_t kills = cgroup_oom_kills(&vm->cgroup);

		facts.oom = kills >= 0 ? kills > 0 : vm->oom_kills >= 0 && oom_kill_count() > vm->oom_kills;
	}
	ending_decide(&e, &facts);
	snprintf(data, sizeof(data), "{\"reason\": \"%s\"}", ending_names[e.reason]);
	journal_own(vm, "HUSK_END", data);
	vm_unlink_sockets(vm);
	(void)cgroup_discard(&vm->cgroup, deadline_in(CGROUP_BUDGET_MS));
	(void)ending_save(&vm->dir, &e);
	unlinkat(vm->dir.fd, STOPPING_FILE, 0);
	(void)vm_reboot_forget(&vm->dir);
	notify_service("STATUS=ended");
	end_ladder(k);
	tty_close(&k->tty);
	if (!k->o->detach)
		notice("%s: %s", vm->dir.name, e.detail);
	return ending_exit_code(e.reason);
}

/* A guest that has taken over QEMU may attack the keeper next: it has nothing to give. */
static void drop_privileges(const struct vm *vm)
{
	if (geteuid() == 0) {
		int bounded = caps_bound();

		/* QEMU's uid is not ours: without this one the ladder's last rung could not signal it */
		if (caps_set(vm->plan->own_uid ? 1ull << CAP_KILL : 0) < 0 || bounded < 0)
			warn("%s: the keeper keeps its capabilities: %s", vm->dir.name, err_text());
	}
	if (filter_keeper() < 0)
		warn("%s: the keeper is not confined: %s", vm->dir.name, err_text());
}

static int take_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int vm_keep(struct vm *vm, const struct run_options *o)
{
	struct keeper k = { .vm = vm, .o = o, .signals = take_signals(), .stop_end = -1, .rebooter = -1,
			    .tty = { .in = -1, .sock = -1, .lock = -1 } };

	drop_privileges(vm);
	if (!o->detach)
		tty_open(&k.tty, vm, o);
	read_monitor(&k);	/* what came with the reply to cont */
	notify_service("READY=1\nSTATUS=running");
	while (turn(&k))
		;
	return finish(&k);
}
