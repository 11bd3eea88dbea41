/* SPDX-License-Identifier: MIT */
/* One error at a time: what failed, on what, and the exit code that says so. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/*
 * How it works: a function that fails records one line of text with fail() (or
 * fail_exit(), where the exit code is not the general 1) and returns a negative
 * errno.  Callers pass the number on, adding at most one noun with err_prefix().
 * Only cmd/ prints the text, only main() exits.  There is one record per process:
 * husk is single-threaded.
 */

/* Exit codes, the same for every command; husk(1), EXIT STATUS. */
enum exit_code {
	EXIT_OK = 0,
	EXIT_FAILED = 1,	/* QEMU, the agent or the host refused */
	EXIT_USAGE = 2,		/* usage or configuration */
	EXIT_NOT_RUNNING = 3,
	EXIT_NO_VM = 4,
	EXIT_BUSY = 5,		/* name taken, lock held, image in use */
	EXIT_DEADLINE = 6,	/* deadline passed, or the VM is unresponsive */
	EXIT_SANDBOX = 7,	/* the sandbox could not be built as asked */
	EXIT_HOST = 8,		/* the host lacks something that was asked for */
	EXIT_GUEST_RESET = 10,	/* how a guest ended, for run and wait: */
	EXIT_GUEST_PANIC = 11,
	EXIT_QEMU_CRASHED = 12,
	EXIT_QEMU_KILLED = 13,
	EXIT_QEMU_SECCOMP = 14,
	EXIT_QEMU_OOM = 15,
	EXIT_NO_PROGRAM_RUN = 125,	/* as docker run has them: husk or the agent failed, */
	EXIT_NOT_EXECUTABLE = 126,	/* the program could not be started, */
	EXIT_NOT_FOUND = 127,		/* there is none of that name */
};

/*
 * fail - record "text: strerror(-err)" and return err.
 * @err: a negative errno; -EINVAL, -EPROTO and -ECANCELED add no strerror text,
 *	 because there the text itself says what is wrong
 * The exit code becomes EXIT_FAILED.  Saves and restores nothing: the last call wins.
 */
int fail(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3), cold));

/* fail_exit - like fail(), with the exit code to end with and no strerror text; returns -ECANCELED. */
int fail_exit(enum exit_code code, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), cold));

/* fail_as - like fail() with strerror text, and with the exit code to end with; returns err. */
int fail_as(enum exit_code code, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4), cold));

/* err_prefix - put "text: " before the recorded error; returns err unchanged. */
int err_prefix(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3), cold));

/* err_set - replace the record whole (a child's error, received by its parent); returns -ECANCELED. */
int err_set(enum exit_code code, const char *text);

const char *err_text(void);		/* "" when nothing was recorded */
enum exit_code err_code(void);		/* EXIT_FAILED unless fail_exit() or fail_as() said otherwise */
void err_clear(void);

/* The record as it is, for what has to be cleaned up before it is passed on; put back with err_set(). */
struct err_kept {
	enum exit_code code;
	char text[1024];
};
void err_keep(struct err_kept *k);

#endif
