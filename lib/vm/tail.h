/* SPDX-License-Identifier: MIT */
/* Following one of a VM's bounded logs over its rotations, until its keeper has ended. */
#ifndef VM_TAIL_H
#define VM_TAIL_H

#include <base/buf.h>
#include <state/state.h>

/*
 * How it works: the keeper alone writes these logs, and rotates one by renaming NAME to NAME.1 before it makes the
 * next NAME (pump.c).  So every file has a number, and inotify's renames are counted to know which one stands where.
 * The file that is being read stays open: it is read to its end after the next one is there, however often it was
 * renamed or removed meanwhile.  Only where two more have come and gone is something lost, and then that is said (gap).
 * The watch for changes is on the open file itself: what another log does wakes nobody, and however slow the
 * reader is, the queue holds two entries a rotation.
 * Nothing is written after the keeper's end, so that (its pidfd) ends the wait, after one more reading.
 */
#define TAIL_LINE_MAX 65536	/* longer lines are skipped; husk's own are under 4 KiB (journal.c) */

struct tail {
	const struct vmdir *dir;
	char name[32], old[32];		/* NAME, NAME.1 */
	struct proc_id qemu;
	int notify, keeper;		/* keeper: its pidfd, -1: it is gone */
	int fd, next;			/* being read; what is to be read after it */
	int watch, next_watch;
	uint64_t at, next_at;		/* their numbers */
	uint64_t newest;		/* the number of NAME; NAME.1 has the one before */
	bool next_gap;
	bool cleared;			/* another run has begun: nothing here is ours any more */
	bool stirred;			/* something was heard after the last read: read again before waiting */
	uint64_t backlog, total;	/* bytes there were at the start, bytes that were read */
	struct buf in;			/* of tail_line() */
	size_t done;
	bool skipping;

	bool only_backlog;		/* set by the caller: stop where the log ended at the start */
	bool gap;			/* something was lost before what was read last; cleared by the caller */
	unsigned skipped;		/* lines that were too long */
};
#define TAIL_INIT { .notify = -1, .keeper = -1, .fd = -1, .next = -1, .watch = -1, .next_watch = -1 }
#define autotail __attribute__((cleanup(tail_close)))

/* tail_open - from the oldest byte that is kept; a log that does not exist yet is an empty one.  0 or recorded. */
int tail_open(struct tail *t, const struct vmdir *dir, const char *name);
/* tail_read - up to size bytes; 0: no more for now; or recorded. */
ssize_t tail_read(struct tail *t, void *data, size_t size);
/* tail_line - one whole line, without its end, valid until the next call: 1; 0: none for now; or recorded. */
int tail_line(struct tail *t, const char **line, size_t *len);

enum tail_state { TAIL_DEADLINE, TAIL_MORE, TAIL_END, TAIL_UNHEARD };
/*
 * tail_wait - after a read that brought nothing: wait for more.
 * @out: where the caller writes to, or -1
 * TAIL_MORE: read again; TAIL_END: nothing can come any more; TAIL_UNHEARD: nobody reads out any more; TAIL_DEADLINE;
 * or a recorded negative errno.
 */
int tail_wait(struct tail *t, int out, deadline_t until);
/* tail_over - at TAIL_END: 0 where the VM has ended, else recorded: it lives, but without a keeper nothing is logged. */
int tail_over(const struct tail *t);
void tail_close(struct tail *t);

#endif
