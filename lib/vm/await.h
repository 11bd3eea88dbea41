/* SPDX-License-Identifier: MIT */
/* Waiting for what a VM is to become or say; woken by its journal or its console, never by a clock. */
#ifndef VM_AWAIT_H
#define VM_AWAIT_H

#include <base/buf.h>
#include <state/state.h>

/*
 * How it works: the log is watched before anything is asked, so nothing falls between the two (tail.h).  Its past is
 * read, then QEMU is asked once how things are where it can know, under a short deadline; then the log is followed.
 * With the keeper's end everything has been said: what has not come by then cannot come any more.
 */
enum await_kind { AWAIT_STOPPED, AWAIT_RUNNING, AWAIT_PAUSED, AWAIT_AGENT, AWAIT_EVENT, AWAIT_CONSOLE, AWAIT_JOB };

struct await {
	enum await_kind kind;
	const char *text;	/* as it was given: "event=SHUTDOWN" */
	const char *what;	/* behind "=": type of the event, text on the console, id of the job; NULL: nothing */
	int64_t since_us;	/* AWAIT_EVENT: not what happened before; 0: this run from its start */
};

/* await_parse - "stopped", "running", "paused", "agent", "event=TYPE", "console=TEXT", "job=ID".  0 or -EINVAL, not recorded. */
int await_parse(struct await *a, const char *text);
/*
 * vm_await - until it is so; not for AWAIT_STOPPED.
 * @line: receives the journal's line of the event that was waited for
 * 0, or recorded: EXIT_DEADLINE; EXIT_NOT_RUNNING: the VM has ended, it cannot come any more; EXIT_FAILED: the job
 * has failed, the VM has no keeper that would record events, no agent port, no console.
 */
int vm_await(const struct vmdir *d, const struct await *a, struct buf *line, deadline_t until);

#endif
