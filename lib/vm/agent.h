/* SPDX-License-Identifier: MIT */
/* The guest agent of a VM: found, locked, spoken to, and what takes more than one command. */
#ifndef VM_AGENT_H
#define VM_AGENT_H

#include <qmp/qga.h>
#include <qmp/qga_cmd.h>
#include <signal.h>
#include <state/state.h>

/*
 * How it works: QEMU says whether the guest has opened the port (bytes for nobody are run by the next agent), agent.lock
 * keeps other husk commands away, and a sync tells whether somebody answers.  A sync has a short budget of its own, so
 * that a mute agent is found out whatever the command's own budget is.
 */
struct agent {
	const struct vmdir *dir;
	const char *doing;		/* for the lock's holder: "agent exec" */
	int lock;
	struct qga qga;
	struct qmp_error error;		/* of the last command that the agent refused */
};
#define AGENT_INIT { .lock = -1, .qga = QGA_INIT }
#define autoagent __attribute__((cleanup(agent_close)))

/*
 * agent_open - lock agent.lock, connect and sync.
 * @d, @doing: kept by reference
 * 0, or recorded: EXIT_NOT_RUNNING, EXIT_FAILED (no port, or nobody opened it: said at once), EXIT_BUSY (with the
 * holder), EXIT_DEADLINE (QEMU or the agent is mute).
 */
int agent_open(struct agent *a, const struct vmdir *d, const char *doing, deadline_t until);
void agent_close(struct agent *a);
/*
 * agent_lock - take agent.lock; while it waits, agent_is_wanted() tells the holder, who may let go.
 * The lock's descriptor, or recorded as control_lock().
 */
int agent_lock(const struct vmdir *d, const char *doing, deadline_t until);
bool agent_is_wanted(const struct vmdir *d);
/* agent_reconnect - connect and sync anew, with the lock still held.  0 or recorded. */
int agent_reconnect(struct agent *a, deadline_t until);
/*
 * agent_execute - one command; the return value is token agent_return(a) of a->qga.conn.json.
 * As qga_execute(), but a refusal says why, by guest-info: not allowed, not known, or frozen.
 */
int agent_execute(struct agent *a, const char *command, const char *args, deadline_t until);
int agent_return(const struct agent *a);

/* ---- agent_exec.c: programs in the guest ---- */

/* agent_exec_start - start it; its pid, or recorded (EXIT_NOT_FOUND, EXIT_NOT_EXECUTABLE where the agent says so). */
int64_t agent_exec_start(struct agent *a, const struct qga_exec *e, deadline_t until);
/*
 * agent_exec_wait - until it has ended; s's tokens are of a->qga.conn.json.
 * @stop: ends the waiting when it becomes a signal's number, or NULL
 * There is no event for it, so it is asked again and again, from 1 ms up to 100 ms apart.  Where another command wants the
 * agent, lock and connection are let go in between.  Not otherwise: without a client the agent sleeps 100 ms between any two
 * things it does (qga/channel-posix.c), and so collects the program's output only slowly.
 * 0, or recorded, saying that the program goes on: -ETIMEDOUT (EXIT_DEADLINE), -EINTR, others.
 */
int agent_exec_wait(struct agent *a, int64_t pid, struct qga_exec_status *s, const volatile sig_atomic_t *stop,
		    deadline_t until);

/* ---- agent_file.c: files of the guest ---- */

enum agent_check { CHECK_NONE, CHECK_SIZE, CHECK_SHA256, CHECK_COUNT };
extern const char *const agent_check_names[CHECK_COUNT];

struct agent_copy {
	const char *guest;		/* the file's path there */
	int fd;				/* of the host's file */
	const char *host;		/* its name in messages */
	bool unchecked;
	const volatile sig_atomic_t *stop;
	uint64_t bytes;			/* copied */
	char sha256[65];		/* of what was copied */
	enum agent_check check;		/* how both sides were compared */
};
/*
 * agent_get, agent_put - copy from the guest to fd, from fd to the guest; then compare.  Each step has a minute of its own.
 * 0, or recorded; the agent's handle is closed in any case.
 */
int agent_get(struct agent *a, struct agent_copy *c, deadline_t until);
int agent_put(struct agent *a, struct agent_copy *c, deadline_t until);

/* ---- frozen.c: a command on the host while the guest's file systems are frozen ---- */

struct frozen {
	const char *const *argv;	/* NULL-terminated */
	int64_t thaw_ms;		/* how long thawing is tried */
	int64_t frozen, thawed;		/* file systems */
	int64_t frozen_us;		/* for so long */
};
/*
 * agent_frozen - freeze, run the command, thaw.
 * The command's exit code (128 + N for a signal), or recorded once the guest is thawed; EXIT_FAILED where it is not.
 */
int agent_frozen(struct agent *a, struct frozen *f, deadline_t until);

#endif
