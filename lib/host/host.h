/* SPDX-License-Identifier: MIT */
/* What this host can do: the QEMU binary and its version, KVM, and later the kernel's means of confinement. */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include <limits.h>
#include <stdbool.h>

struct pool;

struct host_qemu {
	const char *path;	/* absolute, links followed */
	const char *arch;	/* "x86_64", "aarch64", ... from its name, else the host's */
	int major, minor, micro;
	const char *version;	/* "7.2.22" */
};

struct host_kvm {
	bool present;		/* /dev/kvm can be opened */
	bool usable;		/* and it ran a few instructions on a virtual CPU */
	bool hardware;		/* the CPU has the means (vmx, svm; true where that is not told) */
	char why[160];		/* why not, one line */
};

struct host {
	bool root;		/* effective uid 0 */
	const char *arch;	/* uname -m */
	struct host_qemu qemu;
	struct host_kvm kvm;
};

/*
 * host_find_qemu - the binary to use.
 * @wanted: a path, a program name, or NULL for qemu-system-ARCH (or qemu-kvm) of this host
 * @cachedir: descriptor of the run directory, where versions are remembered by device, inode, size and
 *	      mtime of the binary; -1: ask the binary each time (20 ms)
 * 0 or recorded with EXIT_HOST.
 */
int host_find_qemu(struct host_qemu *q, struct pool *pool, const char *wanted, int cachedir);
bool host_qemu_at_least(const struct host_qemu *q, int major, int minor);

/* host_qemu_version_parse - "QEMU emulator version 7.2.22 (Debian ...)"; 0 or -EPROTO.  No I/O. */
int host_qemu_version_parse(const char *text, int *major, int *minor, int *micro);

/* host_probe_kvm - open /dev/kvm and run a CPU in it, at most 500 ms, in a child of its own. Never fails. */
void host_probe_kvm(struct host_kvm *k);

const char *host_arch(void);	/* uname -m, "x86_64" */

#endif
