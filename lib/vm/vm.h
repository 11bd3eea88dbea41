/* SPDX-License-Identifier: MIT */
/* A VM's life: prepared, launched, kept, found again, stopped, explained. */
#ifndef VM_VM_H
#define VM_VM_H

#include <base/buf.h>
#include <base/err.h>
#include <base/fd.h>
#include <base/json.h>
#include <base/loop.h>
#include <plan/plan.h>
#include <qmp/qmp.h>
#include <sandbox/filter.h>
#include <sandbox/cgroup.h>
#include <state/state.h>

/*
 * How it works: vm_prepare() turns a spec into a plan (prepare.c).  vm_run() claims the name, opens what the plan
 * says (open.c), clones QEMU's process, records it, lets it go on, speaks to it until the guest's CPUs run
 * (launch.c), and stays as its keeper (keeper.c): pumps logs (pump.c), writes events and the ending (ending.c).
 * Everything else comes later and from outside: vm_query() (query.c), vm_stop() (stop.c), vm_why() (why.c).
 */

/* The launch's stages in their order; --trace says each one, and HUSK_PAUSE_AT stops husk at one (for tests). */
enum vm_stage { STAGE_CLAIMED, STAGE_OPENED, STAGE_BOUND, STAGE_CLONED, STAGE_RECORDED, STAGE_RELEASED,
		STAGE_EXECUTED, STAGE_NEGOTIATED, STAGE_ARMED, STAGE_CONTINUED, STAGE_RUNNING, STAGE_COUNT };
extern const char *const vm_stage_names[STAGE_COUNT];
/* vm_stage - say that a stage is reached; stop there if HUSK_PAUSE_AT names it. */
void vm_stage(enum vm_stage stage, const char *what);

/*
 * vm_prepare - a plan for a spec on this host.
 * @p: zeroed; plan_free() it whatever comes back
 * @host: filled by this; must outlive the plan
 * @tcg: KVM has failed, do not choose it again
 * Changes nothing but the remembered version of a QEMU binary.  0 or recorded.
 */
int vm_prepare(struct plan *p, struct host *host, const struct spec *s, const struct rundir *r, bool tcg);

/* What the launcher has opened, in the order of plan->fd; keeper's ends beside it. */
struct opened {
	int fd[PLAN_FDS_MAX];
	size_t n;
	int monitor;		/* the keeper's end of the socket pair */
	int console_log;	/* reading end, -1: no console */
	int output, output_log;	/* QEMU's stdout and stderr: its end, and the reading end */
	int helper[PLAN_HELPERS_MAX];	/* the helpers' ends, in the order of plan->helper */
	int uid_holder;
	uid_t uid;
};
void opened_init(struct opened *o);
void opened_close(struct opened *o);
/* open_image - one image as a plan's row says (path, flags, disk): not in use by others, and what it is to be.  0 or recorded. */
int open_image(const struct plan_fd *f, int *fd);
/* open_files - images and blobs; checked for format and for other users.  Changes nothing.  0 or recorded. */
int open_files(struct opened *o, const struct plan *p);
/* open_endpoints - sockets, pipes, the monitor pair and a uid, in a claimed and cleared directory. */
int open_endpoints(struct opened *o, const struct plan *p, const struct vmdir *d);

/* Helpers on their way up: each is a process that ends, with 0, when what it left behind is ready. */
struct helpers {
	pid_t pid[PLAN_HELPERS_MAX];	/* 0: none, or seen to the end */
	int said[PLAN_HELPERS_MAX];	/* what it wrote, for an error */
};
/*
 * helpers_start - start them all in the VM's cgroup (-1: none); they get their ends of the socket pairs, which are
 * closed here.  0 or recorded.
 */
int helpers_start(struct helpers *h, const struct plan *p, struct opened *o, int cgroup);
/* helpers_await - until each has reported that it is ready.  0 or recorded with its own words. */
int helpers_await(struct helpers *h, const struct plan *p, deadline_t until);
/* helpers_end - kill those that are still on their way up; the others end with their socket. */
void helpers_end(struct helpers *h);

/* A log that is bounded: rotated once at max bytes, NAME and NAME.1. */
struct rotlog {
	int dirfd;
	const char *name;
	int fd;
	uint64_t size, max;
};
int rotlog_open(struct rotlog *l, int dirfd, const char *name, uint64_t max);
/* rotlog_write - never fails its caller: what a full disk refuses is lost. */
void rotlog_write(struct rotlog *l, const void *data, size_t len);
void rotlog_close(struct rotlog *l);

/* The keeper's knowledge of its VM.  No member allocates once the guest runs. */
struct vm {
	const struct plan *plan;
	struct rundir rundir;
	struct vmdir dir;
	struct vm_record record;
	int pidfd;
	pid_t pid;
	struct filter filter;		/* QEMU's, compiled before there is a process to confine */
	struct qmp monitor;
	int console_log, output_log;	/* pipes from QEMU */
	int uid_holder;
	struct cgroup_leaf cgroup;
	struct rotlog console, qemu, events;
	int kmsg;			/* /dev/kmsg at its end when the VM started; -1: not readable */
	int64_t oom_kills;		/* the kernel's count when it started */
	char shutdown[48];		/* reason of the last SHUTDOWN event */
	bool panicked;
	bool was_reset;			/* since it was set to false */
	bool parked;			/* it has shut down, and QEMU waits instead of ending (set-action shutdown=pause) */
	bool refused;			/* QEMU ended by itself before the CPUs ran */
	int wait_status;
};

struct run_options {
	bool detach;
	bool stdin_console;	/* foreground: stdin goes to the console though it is no terminal */
	deadline_t deadline;	/* until the CPUs run */
};
/*
 * vm_run - launch a VM and keep it.  In the foreground it returns when the VM has ended, with the exit code that
 * says how; detached it returns in the launching process when the CPUs run, and the keeper never returns.
 * Negative: recorded, nothing was left running.
 */
int vm_run(struct spec *s, struct plan *p, struct host *host, const struct rundir *r, const struct run_options *o);

/* launch.c */
/*
 * vm_launch - from a claim to running CPUs.
 * @parent: the pipe to the process that waits for a detached launch; it gives up when that process is gone.  -1: none
 * 0, or recorded with everything undone; vm->refused tells that QEMU itself ended.
 */
int vm_launch(struct vm *vm, const struct run_options *o, int parent);
void vm_unlink_sockets(struct vm *vm);

/* keeper.c */
/* vm_keep - stay until QEMU has ended, record how; the exit code that says so. */
int vm_keep(struct vm *vm, const struct run_options *o);

/* tty.c: the foreground's console */
struct tty {
	int in;			/* stdin, or -1: nothing is sent */
	int sock;		/* console.sock, or -1 */
	int lock;		/* of the console's one writer, or -1 */
	bool out;		/* console output goes to stdout */
	bool raw;		/* stdin is a terminal in raw mode */
	char pending[4096];	/* input QEMU has not taken yet */
	size_t npending;
	char unsaid[16384];	/* output the terminal has not taken yet: the log is not read meanwhile */
	size_t nunsaid;
};
/* tty_open - make the console the user's: raw terminal, connected to console.sock.  A failure only costs the input. */
void tty_open(struct tty *t, const struct vm *vm, const struct run_options *o);
void tty_close(struct tty *t);
/* tty_input - stdin is readable.  true: the user typed Ctrl-]. */
bool tty_input(struct tty *t);
/* tty_flush - write what is pending in both directions, without blocking. */
void tty_flush(struct tty *t);
void tty_output(struct tty *t, const char *data, size_t len);

/* journal.c */
/* journal_event - an event of QEMU, as it came.  journal_own - an event of husk: {"event":"HUSK_...","data":{...}}. */
void journal_event(struct vm *vm, const struct qmp_event *e);
void journal_own(struct vm *vm, const char *event, const char *data);

/* ending.c */
/* ending_decide - how it ended, from what was seen.  No I/O. */
struct ending_facts {
	int wait_status;	/* -1: unknown */
	const char *shutdown;	/* "" without the event */
	bool stop_asked;	/* a husk stop was under way */
	bool oom;		/* the OOM killer took it */
	int syscall;		/* -1: unknown */
};
void ending_decide(struct ending *e, const struct ending_facts *f);
const char *syscall_name(int nr, char *out, size_t size);

/* kmsg.c */
int kmsg_open(void);
/* kmsg_find - what the kernel said of a pid since fd's place: the denied system call (or -1), killed for memory. */
void kmsg_find(int fd, pid_t pid, int *syscall, bool *oom);
/* kmsg_parse - one record.  No I/O. */
void kmsg_parse(const char *record, pid_t pid, int *syscall, bool *oom);
int64_t oom_kill_count(void);

/* query.c */
enum vm_state { VMS_STARTING, VMS_RUNNING, VMS_PAUSED, VMS_UNRESPONSIVE, VMS_STOPPED, VMS_BROKEN, VMS_COUNT };
extern const char *const vm_state_names[VMS_COUNT];

struct vm_status {
	struct vmdir dir;
	enum vm_state state;
	bool supervised;
	bool busy;		/* another husk command has the control socket: not asked */
	char runstate[32];	/* QEMU's own word: "running", "paused", "io-error", ...; "" when not asked */
	char detail[256];	/* one line: why unresponsive, broken, how it ended */
	bool has_record, has_ending;
	struct vm_record record;
	struct ending ending;
};
#define PROBE_BUDGET_MS 250
/* vm_query - fill n statuses whose dir is open: files and /proc first, then all QEMUs at once under one deadline. */
void vm_query(struct vm_status *v, size_t n, deadline_t until);
/* More to ask QEMU for than its status. */
struct vm_questions {
	const char *const *text;	/* each a command's name in quotes, and a comma with its arguments where it has some */
	unsigned n;
	/*
	 * answer - the reply to question i of the VM v[index]; -1: QEMU refused.  QEMU may say anything, in any order and
	 * more than once.  true: the question that was added to more is asked too; its i is the next behind all others.
	 */
	bool (*answer)(void *ctx, size_t index, unsigned i, const struct json *j, int value, struct buf *more);
	void *ctx;
};
/* vm_ask - vm_query() with questions; whoever is busy with another husk command is asked again until the deadline. */
void vm_ask(struct vm_status *v, size_t n, const struct vm_questions *q, deadline_t until);
/* status_exit_code - 0 running or paused, 3, 6 as status and the like exit. */
int status_exit_code(const struct vm_status *v);

/* why.c */
/* vm_why - one line that says how it is or how it ended, from everything that is known; v was queried. */
void vm_why(struct vm_status *v, struct buf *out);

/* control.c */
/* vm_control - lock control.sock and negotiate; the lock is held until *lock is closed.  0 or recorded. */
int vm_control(const struct vmdir *d, const char *doing, struct qmp *q, int *lock, deadline_t until);
/* vm_port_is_open - has the guest opened the port of this chardev ("agent")?  1, 0, or recorded. */
int vm_port_is_open(struct qmp *q, const char *chardev, deadline_t until);

/* stop.c */
enum rung { RUNG_AGENT, RUNG_ACPI, RUNG_QUIT, RUNG_KILL, RUNG_COUNT };
extern const char *const rung_names[RUNG_COUNT];
struct receipt {
	bool was_running;
	int worked;			/* enum rung; -1: none */
	int64_t ms[RUNG_COUNT];		/* spent on each */
	char said[RUNG_COUNT][160];	/* "not tried: ...", "no effect", "stopped" */
	int64_t total_ms;
};
struct stop_options {
	bool now;		/* start at quit */
	int64_t budget_ms;	/* for all rungs */
	const char *by;		/* "husk stop", "SIGTERM" */
};
/* vm_stop - make it end.  0 when it is gone (or was); -ETIMEDOUT recorded (EXIT_DEADLINE) when even KILL did not. */
int vm_stop(struct vmdir *d, const struct stop_options *o, struct receipt *receipt);
/* How the stop of one among many went. */
struct stop_result {
	int rc;				/* as vm_stop() returned it */
	enum exit_code code;		/* where it failed */
	char error[512];
	struct receipt receipt;
};
/*
 * vm_stop_all - stop the n VMs whose dir is open, all at once.
 * @results: n of them, filled here
 * @done: called when one is done, in the order in which they are; not for one whose child was killed
 * 0, or recorded: nothing was begun.
 */
int vm_stop_all(struct vm_status *v, size_t n, const struct stop_options *o, struct stop_result *results,
		void (*done)(void *ctx, size_t i), void *ctx);
/*
 * vm_settle - where QEMU has ended, wait until its keeper has, too: it has the name until it has written down how.
 * At once where QEMU lives, or there is no keeper, or that is ourselves.  False: the keeper does not end.
 */
bool vm_settle(const struct vmdir *d, deadline_t until);
#define SETTLE_MS 3000	/* a keeper needs milliseconds; its slowest step, the removal of a cgroup, may take 2 s */
/* vm_kill_leftover - end the QEMU of an interrupted launch; the directory's lock must be held. */
int vm_kill_leftover(const struct vmdir *d, const struct vm_record *r, deadline_t until);
#define STOPPING_FILE "stopping"	/* there while somebody climbs the ladder; says who */
/* vm_stopper - a pidfd of the process that climbs the ladder now, or -ESRCH: nobody, or one that was killed meanwhile. */
int vm_stopper(const struct vmdir *d);

/* reboot.c */
enum reboot_rung { REBOOT_AGENT, REBOOT_ACPI, REBOOT_RESET_BUTTON, REBOOT_RUNGS };
extern const char *const reboot_rung_names[REBOOT_RUNGS];
struct reboot_options {
	bool now;		/* only press reset */
	int64_t budget_ms;
};
/*
 * vm_reboot - make the guest boot again: by its agent, by the power button and then a reset where it would have ended, by
 * the reset button.  QEMU's RESET event is the proof.  The receipt's places are those of enum reboot_rung.
 * 0, or recorded: EXIT_NOT_RUNNING, EXIT_BUSY (another reboot is under way), EXIT_FAILED (on-reboot ends this VM, or it
 * has ended instead), EXIT_DEADLINE.
 */
int vm_reboot(struct vmdir *d, const struct reboot_options *o, struct receipt *receipt);
#define REBOOTING_FILE "rebooting"	/* there while QEMU waits after a guest's shutdown instead of ending */
/* vm_reboot_forget - remove the mark of a reboot; true: there was one. */
bool vm_reboot_forget(const struct vmdir *d);
/*
 * vm_reboot_finish - QEMU waits after the guest's shutdown: reset it, let a shutdown be the end again, let it run.
 * Whoever asks for the reboot does this; the keeper does, where that one was killed before it could.
 * @q: connected, with an on_event that sets *was_reset when RESET comes.  0 or recorded.  Allocates nothing.
 */
int vm_reboot_finish(struct qmp *q, const bool *was_reset, deadline_t until);

/* notify.c */
/* notify_service - tell the service manager (sd_notify(3)); nothing where NOTIFY_SOCKET is not set. */
void notify_service(const char *state);

#endif
