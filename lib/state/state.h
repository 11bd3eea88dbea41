/* SPDX-License-Identifier: MIT */
/* What is under the run directory: one directory per VM, its record, its locks, how it ended. */
#ifndef STATE_STATE_H
#define STATE_STATE_H

#include <base/loop.h>
#include <base/proc.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * How it works: DIR/NAME is 0700 and locked (flock on the directory itself) by the VM's keeper for its whole
 * life, so a claim is one flock.  state.json says which processes belong to the VM; what it says is believed
 * only for a process with that pid, that start time and that boot.  QEMU does not exec before its pid is
 * recorded here, so a run that is killed at any instruction leaves nothing that cannot be recognised:
 *	lock held			somebody runs it, or is starting it
 *	free, QEMU alive, RUNNING	it runs without keeper ("unsupervised")
 *	free, QEMU alive, STARTING	a launch was interrupted: QEMU is ended by whoever claims the name
 *	free, QEMU gone			it has ended
 */

#define VM_NAME_MAX 64

/* lib/state/rundir.c */
struct rundir {
	char path[PATH_MAX];	/* absolute */
	int fd;			/* O_DIRECTORY; -1: it does not exist (no VM was ever started) */
};

/* rundir_path - where: given, else /run/husk (root) or $XDG_RUNTIME_DIR/husk; 0 or recorded (EXIT_HOST). */
int rundir_path(char path[PATH_MAX], const char *given);
/*
 * rundir_open - open the run directory; with create, make it (0711).  It must belong to the caller and be
 * writable by nobody else, else -EPERM is recorded: another user could put records there.
 */
int rundir_open(struct rundir *r, const char *given, bool create);
void rundir_close(struct rundir *r);
#define autorundir __attribute__((cleanup(rundir_close)))

struct vmdir {
	char name[VM_NAME_MAX];
	char path[PATH_MAX];
	int fd;			/* -1: not open */
	bool claimed;		/* this process holds the lock */
	bool fresh;		/* vmdir_claim() made it */
};
#define VMDIR_INIT { .fd = -1 }
#define autovmdir __attribute__((cleanup(vmdir_close)))

/* vmdir_open - an existing VM's directory; recorded with EXIT_NO_VM and the nearest name where there is none. */
int vmdir_open(struct vmdir *d, const struct rundir *r, const char *name);
/* vmdir_check_path - is a VM's directory short enough for its sockets?  0 or recorded.  Looks at nothing. */
int vmdir_check_path(const char *path);
/* vmdir_claim - make it if need be and lock it; -EBUSY (not recorded) when another process holds it. */
int vmdir_claim(struct vmdir *d, const struct rundir *r, const char *name);
/* vmdir_lock - lock an open one; -EBUSY when held, -ESTALE when it was removed meanwhile (both not recorded). */
int vmdir_lock(struct vmdir *d);
/* vmdir_is_claimed - does a process hold the lock (this one included)? */
bool vmdir_is_claimed(const struct vmdir *d);
/* vmdir_remove - empty and remove a claimed directory; 0 or recorded. */
int vmdir_remove(struct vmdir *d, const struct rundir *r);
/* vmdir_clear - remove everything in a claimed directory. */
int vmdir_clear(struct vmdir *d);
void vmdir_close(struct vmdir *d);
/* rundir_names - the names of all VM directories, sorted; malloc'ed, NULL behind the n-th (NULL when none), freed with rundir_free_names(). */
int rundir_names(const struct rundir *r, char ***names, size_t *n);
void rundir_free_names(char **names, size_t n);

/* lib/state/record.c: state.json */
enum vm_phase { VM_STARTING, VM_RUNNING };

struct vm_record {
	enum vm_phase phase;
	char name[VM_NAME_MAX];
	char boot_id[64];
	struct proc_id keeper, qemu;
	int64_t started_us;	/* wall clock, microseconds since 1970 */
	uid_t uid;		/* QEMU's on the host */
	bool agent, console;	/* there is an agent.sock, a console.sock */
	bool console_lossy;	/* QEMU does not wait for a client of console.sock that is slow: virtio-console */
	char accel[8];		/* in use: "kvm" or "tcg" */
	char machine[64];
	char qemu_path[PATH_MAX];
	char qemu_version[32];
	char file[PATH_MAX];	/* the .vm file, "" without */
	char cgroup[PATH_MAX];	/* its leaf, "" without */
	uint64_t memory;	/* bytes */
	int64_t cpus;
	int64_t stop_timeout;	/* ms */
};

#define STATE_SCHEMA 1
/*
 * record_load - read and check state.json.  0; -ENOENT: none; else recorded: it is damaged.
 * @json: receives the whole text, or NULL
 */
struct buf;
int record_load(const struct vmdir *d, struct vm_record *r, struct buf *json);
/* record_parse - state.json's text; 0 or recorded.  No I/O. */
int record_parse(struct vm_record *r, const char *text, size_t len);
/* record_save - write it by rename. @plan: the plan as JSON text, kept verbatim (may be NULL).  0 or recorded. */
int record_save(const struct vmdir *d, const struct vm_record *r, const char *plan);
bool record_same_boot(const struct vm_record *r);
bool record_qemu_alive(const struct vm_record *r);
bool record_keeper_alive(const struct vm_record *r);

/* lib/state/ending.c: exit.json */
enum ending_reason {
	ENDED_UNKNOWN,		/* nobody was there to see it */
	ENDED_GUEST_SHUTDOWN,
	ENDED_STOPPED,		/* on request */
	ENDED_GUEST_RESET,	/* where a reset ends the VM */
	ENDED_GUEST_PANIC,
	ENDED_CRASHED,		/* QEMU died of a signal of its own, or failed while running */
	ENDED_KILLED,		/* a signal from outside */
	ENDED_SECCOMP,		/* SIGSYS */
	ENDED_OOM,
	ENDED_START_FAILED,	/* QEMU ended before the CPUs ran */
	ENDED_REASONS
};
extern const char *const ending_names[ENDED_REASONS];	/* "guest-shutdown", ... */

struct ending {
	enum ending_reason reason;
	char detail[512];	/* one line for people */
	int wait_status;	/* as wait(2) gave it; -1: unknown */
	char shutdown[48];	/* reason of the SHUTDOWN event; "": there was none */
	int64_t started_us, ended_us;	/* wall clock */
	bool recorded_by_keeper;
	int syscall;		/* ENDED_SECCOMP: its number, -1 when the kernel's record was not readable */
};
/* ending_exit_code - what run and wait exit with. */
int ending_exit_code(enum ending_reason reason);
int ending_load(const struct vmdir *d, struct ending *e);	/* 0; -ENOENT; recorded */
/* ending_parse - exit.json's text; 0 or recorded.  No I/O. */
int ending_parse(struct ending *e, const char *text, size_t len);
int ending_save(const struct vmdir *d, const struct ending *e);	/* 0 or recorded */

/* lib/state/lock.c */
/*
 * control_lock - the lock on control.sock, one command at a time; who holds it, doing what, since when, and its start
 * time (struct proc_id) stand in the file.
 * Returns a descriptor that holds it until closed, or recorded -EBUSY (EXIT_BUSY) naming the holder.
 */
int control_lock(const struct vmdir *d, const char *file, const char *doing, deadline_t until);

/* lib/state/passed.c: passed.json */
struct buf;
struct json;
/*
 * The files that QEMU was given after its start, so that an audit of its descriptors knows them: an array of rows as the
 * plan's "fds" has them (kind, role, path, writable) with the number of their fdset.  Written under control.sock's lock,
 * before a descriptor is passed; a row is dropped only after QEMU was told to close it.
 */
#define PASSED_FILE "passed.json"
int passed_load(const struct vmdir *d, struct buf *text, struct json *j);	/* 0; -ENOENT; recorded */
int passed_add(const struct vmdir *d, const char *role, const char *path, bool writable, int64_t set);	/* 0 or recorded */
/* passed_only - forget the files of a role but that of one set (-1: all). */
int passed_only(const struct vmdir *d, const char *role, int64_t set);

/* lib/state/uid.c */
#define UID_BASE 1879048192u	/* systemd, "Users, Groups, UIDs and GIDs": 1879048192..2147483647 is unused */
#define UID_SLOTS 65536u
/*
 * uid_claim - a uid that no other VM of this host has.  Held by flock on a file under /run/husk/.uid (whatever
 * the run directory is: uids are the host's), and, where the holder was killed, by the QEMU that is noted in it.
 * @holder_fd: receives the descriptor that holds it
 * Returns 0 with *uid, or recorded.
 */
int uid_claim(uid_t *uid, int *holder_fd);
/* uid_note - write into the slot which QEMU has it. */
int uid_note(int holder_fd, const struct proc_id *qemu);

#endif
