/* SPDX-License-Identifier: MIT */
/* What the files of the audit share. */
#ifndef VM_AUDIT_LOOK_H
#define VM_AUDIT_LOOK_H

#include <base/buf.h>
#include <base/json.h>
#include <dirent.h>
#include <spec/spec.h>
#include <vm/audit.h>
#include <vm/procfs.h>

struct look {
	struct audit *a;
	const struct vm_record *r;
	const struct json *j;	/* state.json */
	int plan;		/* the plan in it */
	const struct json *passed;	/* passed.json; empty where there is none */
	unsigned without;	/* 1 << enum sandbox_part */
	bool jailed, own_uid;
	int proc;		/* /proc/PID of QEMU */
	int keeper;		/* of its keeper; -1: it is gone */
};

/* look_put - one fact. */
void look_put(struct look *l, enum audit_state state, const char *part, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
/* look_detail - the same, shown to people only where it is not as promised. */
void look_detail(struct look *l, enum audit_state state, const char *part, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
/* look_open - a directory of numbers such as fd and task: the first, -1: there is none, or it cannot be read (dir is NULL). */
struct look_dir {
	DIR *dir;
};
int look_open(struct look_dir *d, int proc, const char *name);
int look_next(struct look_dir *d);
void look_close(struct look_dir *d);
/* look_read - a file of /proc/PID; false: it cannot be read. */
bool look_read(int proc, const char *name, struct buf *b);

static inline bool look_has(const struct look *l, enum sandbox_part part)
{
	return !(l->without & 1u << part);
}

/* look_judge - the state of a promise that belongs to a part. */
static inline enum audit_state look_judge(const struct look *l, enum sandbox_part part, bool holds)
{
	return !look_has(l, part) ? AUDIT_GIVEN_UP : holds ? AUDIT_HOLDS : AUDIT_BROKEN;
}

/* audit_place.c: where it is.  audit_root.c: its root directory.  audit_fd.c: its descriptors. */
void look_namespaces(struct look *l);
void look_cgroup(struct look *l);
void look_root(struct look *l);
void look_descriptors(struct look *l);

#endif
