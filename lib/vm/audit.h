/* SPDX-License-Identifier: MIT */
/* What QEMU can still reach: read from the kernel, and held against what the plan promised. */
#ifndef VM_AUDIT_H
#define VM_AUDIT_H

#include <base/pool.h>
#include <state/state.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * How it works: the plan stands in state.json; /proc/PID of QEMU (and of its keeper) says what is.  Each thing looked
 * at becomes one fact.  A promise that cannot be read does not count as kept.  Two things no kernel shows of another
 * process, the Landlock domain and PR_SET_MDWE: they are said to be hidden; t/sandbox-*.t prove them from inside.
 */

enum audit_state {
	AUDIT_SAID,		/* nothing was promised about it */
	AUDIT_HOLDS,		/* promised, and in force */
	AUDIT_HIDDEN,		/* promised, and no kernel shows it to anybody */
	AUDIT_GIVEN_UP,		/* by sandbox-without */
	AUDIT_UNREADABLE,	/* promised, and not readable for this user */
	AUDIT_BROKEN,		/* promised, and not in force */
	AUDIT_STATES
};
extern const char *const audit_state_names[AUDIT_STATES];

struct audit_fact {
	enum audit_state state;
	const char *part;	/* "uid", "mount", "fd", ... */
	const char *name;	/* which of them ("/usr/lib/x.so", "7"), NULL: there is one */
	const char *text;
	bool detail;		/* one of many like it: people see it only where it is not as promised */
};

struct audit {
	struct pool pool;
	struct audit_fact *fact;
	size_t n;
};

/*
 * audit_vm - look at a VM whose QEMU runs.
 * @a: zeroed; audit_free() it whatever comes back
 * @record: the text of state.json, from record_load()
 * @d: its directory, where passed.json tells which files QEMU was given later
 * 0, or recorded: there is no plan in the record, QEMU is gone (EXIT_NOT_RUNNING), or out of memory.
 */
int audit_vm(struct audit *a, const struct vmdir *d, const struct vm_record *r, const char *record, size_t len);
void audit_free(struct audit *a);
#define autoaudit __attribute__((cleanup(audit_free)))

/* audit_failed - how many promises are not known to be in force. */
size_t audit_failed(const struct audit *a);

#endif
