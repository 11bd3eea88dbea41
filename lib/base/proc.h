/* SPDX-License-Identifier: MIT */
/* Processes that cannot be mistaken: pid with start time and boot id, signalled through a pidfd. */
#ifndef BASE_PROC_H
#define BASE_PROC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct proc_id {
	pid_t pid;		/* 0: none */
	uint64_t start;		/* clock ticks since boot, field 22 of /proc/PID/stat (proc(5)) */
};

/* proc_identify - fill id for a pid that must be alive; 0, or -ESRCH (a zombie counts as gone). Not recorded. */
int proc_identify(pid_t pid, struct proc_id *id);
/* proc_same - the same process, by pid and start. */
static inline bool proc_same(const struct proc_id *a, const struct proc_id *b)
{
	return a->pid == b->pid && a->start == b->start;
}
/* proc_alive - that very process still exists and is no zombie. */
bool proc_alive(const struct proc_id *id);
/* proc_state - the state letter of /proc/PID/stat ('R', 'S', 'T', ...), 0 when that process is gone. */
char proc_state(const struct proc_id *id);
/* proc_open - a pidfd of that very process; -ESRCH when it is gone.  Not recorded. */
int proc_open(const struct proc_id *id);
/* proc_signal - signal through a pidfd.  0 or negative errno. */
int proc_signal(int pidfd, int sig);
/* proc_boot_id - /proc/sys/kernel/random/boot_id without the newline; "" where there is none. */
const char *proc_boot_id(void);

/* proc_open_dir - /proc/PID, which speaks of this very process whatever is read through it later; -1: it is gone. */
int proc_open_dir(const struct proc_id *id);

#endif
