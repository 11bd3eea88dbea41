/* SPDX-License-Identifier: MIT */
/* What the probe's tables have in common: which layers keep QEMU from a thing, and how trying it is told. */
#ifndef T_PROBE_H
#define T_PROBE_H

#include <errno.h>
#include <fcntl.h>
#include <spec/spec.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * How it works: a row is one thing that a QEMU which was taken over might try.  Its layers are those parts of the
 * sandbox each of which alone keeps it from that; so it must be refused as long as one of them is there, and must be
 * possible once all were given up, or the row would prove nothing.
 */
enum {
	MNTNS = 1 << PART_MNTNS, PIDNS = 1 << PART_PIDNS, NETNS = 1 << PART_NETNS, IPCNS = 1 << PART_IPCNS,
	UTSNS = 1 << PART_UTSNS, SECCOMP = 1 << PART_SECCOMP, LANDLOCK = 1 << PART_LANDLOCK, MDWE = 1 << PART_MDWE,
	OWN = 1 << PART_UID,		/* QEMU's user is not the caller */
	NOTROOT = 1 << 20,		/* nor is it root */
	LANDNET = 1 << 21,		/* Landlock's rule on TCP: there where QEMU has a network namespace, too */
	ALWAYS = 1 << 22,		/* no capability, rlimits, or the kernel itself */
};

enum {
	KILLS = 1,			/* the filter ends QEMU for it */
	ANY = 2,			/* without its layers it may work or not: that depends on the kernel */
	NOSYS = 4,			/* the filter answers ENOSYS, so that libraries fall back */
	MUST = 8,			/* QEMU needs it: refused is wrong */
	URING = 16,			/* allowed where aio=io_uring is */
	HERE = 32,			/* never in a child, to which its parent would matter */
};

struct row {
	const char *name;
	unsigned layers, flags;
	int past;			/* an errno that only comes once permission was granted; 0: none */
	long nr;			/* a system call, or */
	int (*try)(void);		/* 0: possible, else negative errno */
	intptr_t arg[6];
};

/* What it runs with. */
extern const char *probe_self, *probe_dir, *probe_file, *probe_abstract;
extern int probe_pid, probe_keyring;

#define P(p) ((intptr_t)(p))

#endif
