/* SPDX-License-Identifier: MIT */
/* What will be done, as data: QEMU's command line, every descriptor, ids, limits.  Making one changes nothing. */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include <base/pool.h>
#include <host/host.h>
#include <spec/spec.h>
#include <stdbool.h>
#include <sys/resource.h>

/*
 * How it works: plan_make() (lib/vm/prepare.c) looks at spec and host and fills this; lib/qemu and lib/sandbox
 * fill their parts.  A descriptor has its number in QEMU from here on, so the command line is complete as
 * text; the launcher opens what each plan_fd says and passes it under that number, and nothing else.
 */

enum plan_fd_kind {
	PLAN_LISTEN,	/* a listening socket in the VM's directory */
	PLAN_MONITOR,	/* one end of a socket pair; the keeper holds the other */
	PLAN_LOG,	/* the writing end of a pipe that the keeper pumps into a bounded file */
	PLAN_FILE,	/* an image, opened as flags say */
	PLAN_HELPER,	/* one end of a socket pair; a helper program holds the other */
	PLAN_BLOB,	/* a kernel or initrd, which QEMU opens by name: see lib/vm/open.c */
};

struct plan_fd {
	enum plan_fd_kind kind;
	int num;		/* in QEMU; -1: not passed (a blob that is bound into the jail) */
	const char *role;	/* "control", "console", "disk0", "kernel", ... */
	const char *path;	/* PLAN_LISTEN, PLAN_LOG: name in the VM's directory; PLAN_FILE, PLAN_BLOB: the file */
	int flags;		/* PLAN_FILE: O_RDWR, O_DIRECT, ... */
	int fdset;		/* 0: none; else QEMU's -add-fd set= */
	const struct disk *disk;	/* PLAN_FILE of a disk: what its image must be; NULL */
	struct opt_at at;	/* which line asked for it */
	const char *key;	/* and which option */
};

#define PLAN_FDS_MAX 256
#define PLAN_FIRST_FD 3

struct plan_rlimit {
	const char *name;
	int resource;
	rlim_t value;
};

/* One read-only place in QEMU's root. */
struct plan_mount {
	const char *from;	/* on the host */
	const char *to;		/* in the jail; usually the same */
	bool directory;
	bool exec;		/* the program, its libraries and modules; everything else is noexec */
	bool device;		/* /dev/null: nodev would make it useless */
};

/* A program beside QEMU, such as passt, outside its jail and in one of its own. */
struct plan_helper {
	const char *name;
	const char *role;	/* the PLAN_HELPER descriptor whose other end it gets, as PLAN_HELPER_FD */
	struct opt_strings argv;	/* argv[0] is its path */
};
#define PLAN_HELPERS_MAX 32
#define PLAN_HELPER_FD 3

/* Where the VM's cgroup is made; lib/sandbox/cgroup.c. */
struct plan_cgroup {
	const char *parent;	/* the directory it is made in; NULL: the VM gets none */
	const char *top;	/* the hierarchy's root, where parent is "husk" in it; NULL: parent is husk's own cgroup */
	bool handed_over;	/* husk's own, with every process in it */
	unsigned controllers;	/* 1 << enum host_controller: there are */
	const char *why;	/* why there is none */
};

struct plan {
	struct pool pool;
	const struct spec *spec;
	const struct host *host;
	const char *name, *dir;		/* the VM's, and its directory under the run directory */
	const char *machine, *cpu, *accel;	/* as decided; accel without properties: "kvm" or "tcg" */
	bool accel_chosen;		/* accel=auto took KVM: fall back where it fails */
	struct opt_strings argv;
	struct plan_fd *fd;
	size_t nfd;
	int fdsets;			/* numbers given out */
	struct plan_rlimit *rlimit;
	size_t nrlimit;
	struct plan_helper *helper;
	size_t nhelper;
	int npassed;			/* descriptors that QEMU gets */
	/* the sandbox; lib/sandbox/plan.c decides */
	bool own_uid;			/* QEMU gets a uid of its own (root only) */
	bool jailed;			/* QEMU gets a root of its own: the mounts below */
	unsigned without;		/* 1 << enum sandbox_part that were given up */
	uint64_t namespaces;		/* CLONE_NEW* */
	struct plan_mount *mount;
	size_t nmount;
	bool kvm_node;			/* a /dev/kvm in the jail */
	unsigned filter;		/* FILTER_* features; lib/sandbox/filter.h */
	const char *filter_name;	/* "qemu + tcg", or the file of a policy; NULL: none */
	struct plan_cgroup cgroup;
	bool wx;			/* memory both writable and executable is needed (TCG without split-wx) */
};

static inline bool plan_has(const struct plan *p, enum sandbox_part part)
{
	return !(p->without & 1u << part);
}

void plan_free(struct plan *p);
#define autoplan __attribute__((cleanup(plan_free)))

/* plan_arg - one argument of QEMU, or a printf of one. */
void plan_arg(struct plan *p, const char *arg);
void plan_argf(struct plan *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* plan_fd_add - give the next number to a descriptor; the returned row is valid until the next call. */
struct plan_fd *plan_fd_add(struct plan *p, enum plan_fd_kind kind, const char *role, const char *path);
const struct plan_fd *plan_fd_find(const struct plan *p, const char *role);
/* plan_helper_add - a program to start; its arguments are added to the returned row with plan_helper_arg(). */
struct plan_helper *plan_helper_add(struct plan *p, const char *name, const char *role, const char *path);
void plan_helper_arg(struct plan *p, struct plan_helper *h, const char *arg);
void plan_mount_add(struct plan *p, const char *from, const char *to, bool directory, bool exec);
void plan_rlimit_add(struct plan *p, const char *name, int resource, rlim_t value);

/* plan_print - for people, stable enough to compare as text.  plan_json - one JSON object. */
struct buf;
struct json_out;
void plan_print(struct buf *b, const struct plan *p);
void plan_json(struct json_out *o, const char *key, const struct plan *p);

#endif
