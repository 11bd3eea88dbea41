/* SPDX-License-Identifier: MIT */
/* What the ladders of stop and reboot have in common: short exchanges, the guest agent, the mark of whoever climbs. */
#ifndef VM_LADDER_H
#define VM_LADDER_H

#include <vm/vm.h>

#define LADDER_ANSWER_MS 5000	/* a QEMU that does not answer in this time will not be talked to */

/*
 * ladder_exchange - one command on control.sock, which is locked and connected for it alone unless q is connected
 * already.  It is let go between rungs, so that status and a second ladder get through.
 * 0 or recorded; -ETIMEDOUT: QEMU does not answer.
 */
int ladder_exchange(const struct vmdir *d, const char *doing, const char *command, const char *args, struct qmp *q, int *lock,
		    deadline_t until);
/*
 * ladder_agent_listens - does an agent run in the guest?  Bytes written to one that does not are run by the next.
 * q, lock: as above; false also where QEMU does not say (*mute: because it does not answer)
 */
bool ladder_agent_listens(const struct vmdir *d, const char *doing, struct qmp *q, int *lock, bool *mute, deadline_t until);
/* ladder_agent - ask the guest agent for guest-shutdown with this mode.  0: it did not refuse; or recorded. */
int ladder_agent(const struct vmdir *d, const char *doing, const char *mode, deadline_t until);

/* ladder_set_mark - write who climbs; never fails: a full /run must not keep anybody from stopping a VM. */
void ladder_set_mark(const struct vmdir *d, const char *file, const char *by);
/* ladder_marked - a pidfd of who climbs, -ESRCH: he was killed meanwhile; -ENOENT: nobody does.  Allocates nothing. */
int ladder_marked(const struct vmdir *d, const char *file);

#endif
