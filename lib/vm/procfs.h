/* SPDX-License-Identifier: MIT */
/* What /proc/PID says of a process, taken apart.  No I/O: every function takes (text, len). */
#ifndef VM_PROCFS_H
#define VM_PROCFS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* proc_pid_status(5) */
enum { PROC_CAP_INH, PROC_CAP_PRM, PROC_CAP_EFF, PROC_CAP_BND, PROC_CAP_AMB, PROC_CAPS };
#define PROC_GROUPS_MAX 32

struct proc_status {
	uint32_t uid[4], gid[4];	/* real, effective, saved, file system */
	uint32_t group[PROC_GROUPS_MAX];
	size_t ngroup;			/* may be more than are kept */
	uint64_t cap[PROC_CAPS];
	uint64_t blocked;		/* bit n: signal n + 1 */
	int no_new_privs, seccomp, filters;	/* -1: this kernel does not say */
	int inner_pid;			/* in its own pid namespace; -1: this kernel does not say */
	int pid_depth;			/* pid namespaces from the reader's to its own, both counted */
};
/* procfs_status - 0, or -EPROTO: a line without which nothing can be judged is missing or odd. */
int procfs_status(struct proc_status *s, const char *text, size_t len);

/* proc_pid_stat(5) */
struct proc_stat {
	int pgrp, session, tty;		/* tty: device number, 0: none */
};
int procfs_stat(struct proc_stat *s, const char *text, size_t len);

/* procfs_times - of /proc/PID/stat, the process with all its threads: clock ticks in user and kernel mode, threads. */
int procfs_times(const char *text, size_t len, uint64_t *user, uint64_t *kernel, uint64_t *threads);
/* procfs_kib - "KEY:  N kB" of status or smaps_rollup, in bytes; key has its colon.  0, or -ENOENT: not there, or odd. */
int procfs_kib(const char *text, size_t len, const char *key, uint64_t *bytes);
/* procfs_first - a number at the very start, as in schedstat and many files of a cgroup.  0, or -EPROTO. */
int procfs_first(const char *text, size_t len, uint64_t *n);
/* procfs_keyed - "KEY N" of a flat keyed file of a cgroup (cpu.stat).  0, or -ENOENT: not there, or odd. */
int procfs_keyed(const char *text, size_t len, const char *key, uint64_t *n);

/* proc_pid_limits(5): row is its first column ("Max open files"); UINT64_MAX: unlimited.  0, or -ENOENT. */
int procfs_limit(const char *text, size_t len, const char *row, uint64_t *soft, uint64_t *hard);

/* proc_pid_mountinfo(5) */
enum { MOUNT_IS_RO = 1, MOUNT_IS_NOSUID = 2, MOUNT_IS_NODEV = 4, MOUNT_IS_NOEXEC = 8 };
struct proc_mount {
	unsigned major, minor;
	char root[PATH_MAX], path[PATH_MAX];
	char type[32];
	unsigned flags;			/* of this mount, not of the file system behind it */
};
/* procfs_mount - the line at *at, which moves on.  1, 0: the end, -EPROTO: a line that cannot be understood. */
int procfs_mount(const char *text, size_t len, size_t *at, struct proc_mount *m);

/* proc_pid_fdinfo(5): the flags of open(2), -1: not there. */
int procfs_fd_flags(const char *text, size_t len);

/*
 * procfs_unix_socket - /proc/PID/net/unix: the socket of this inode.
 * @listening: it is one that others connect to
 * @path: what it is bound to, "" for none, cut where it does not fit
 * 0, or -ENOENT: no such socket in that network namespace.
 */
int procfs_unix_socket(const char *text, size_t len, uint64_t inode, bool *listening, char *path, size_t size);

/* procfs_maps - mappings in all, and those both writable and executable. */
void procfs_maps(const char *text, size_t len, unsigned *all, unsigned *write_exec);

/* procfs_interface - /proc/PID/net/dev: the next interface's name; *at starts at 0. false at the end. */
bool procfs_interface(const char *text, size_t len, size_t *at, char *name, size_t size);

/* What /proc/PID/net/dev counts of one interface, in this order. */
enum { NETDEV_RX_BYTES, NETDEV_RX_PACKETS, NETDEV_RX_ERRORS, NETDEV_RX_DROPPED, NETDEV_TX_BYTES, NETDEV_TX_PACKETS,
       NETDEV_TX_ERRORS, NETDEV_TX_DROPPED, NETDEV_COUNTS };
/* procfs_counters - of the interface of this name.  0, or -ENOENT: no such interface, or odd. */
int procfs_counters(const char *text, size_t len, const char *name, uint64_t count[NETDEV_COUNTS]);

/* procfs_id_map - uid_map with exactly one line for one id: its number inside.  0, or -EPROTO. */
int procfs_id_map(const char *text, size_t len, uint32_t *inside, uint32_t *outside);

#endif
