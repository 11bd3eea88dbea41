/* SPDX-License-Identifier: MIT */
/* What this host can do: the QEMU binary and its version, KVM, and later the kernel's means of confinement. */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include <limits.h>
#include <opt/opt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pool;

struct host_qemu {
	const char *path;	/* absolute, links followed */
	const char *arch;	/* "x86_64", "aarch64", ... from its name, else the host's */
	int major, minor, micro;
	const char *version;	/* "7.2.22" */
	/* what it loads by name: all of it goes into its jail, and nothing else of the host does */
	const char *interp;	/* its ELF interpreter; NULL: statically linked */
	struct opt_strings lib;	/* shared libraries, under the names the loader finds them by */
	struct opt_strings data;	/* directories with its firmware and ROMs */
	struct opt_strings module;	/* directories with its loadable modules */
};

struct host_kvm {
	bool present;		/* /dev/kvm can be opened */
	bool runs;		/* and it ran a few instructions on a virtual CPU */
	bool usable;		/* and it is hardware that does so: what accel=auto takes */
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
 * host_find_qemu - the binary to use, its version and what it loads.
 * @wanted: a path, a program name, or NULL for qemu-system-ARCH (or qemu-kvm) of this host
 * @cachedir: descriptor of the run directory, where the answers are remembered by device, inode, size and
 *	      mtime of the binary and of the loader's cache; -1: ask the binary each time (some 100 ms)
 * 0 or recorded with EXIT_HOST.
 */
int host_find_qemu(struct host_qemu *q, struct pool *pool, const char *wanted, int cachedir);
/* host_search - the path of a program in the places distributions use, or NULL. */
const char *host_search(struct pool *pool, const char *name);
bool host_qemu_at_least(const struct host_qemu *q, int major, int minor);

/* host_elf_interp - 1 and the interpreter's path, 0: none (static), -EPROTO: no ELF program.  No I/O.
 * @data: the first 64 KiB of the file or all of it */
int host_elf_interp(const void *data, size_t len, char *interp, size_t size);
/* host_parse_libs - the libraries in what "INTERPRETER --list PROGRAM" prints, added to libs; -ENOENT recorded: one is
 * missing.  No I/O. */
int host_parse_libs(struct pool *pool, const char *text, struct opt_strings *libs);

/* host_qemu_version_parse - "QEMU emulator version 7.2.22 (Debian ...)"; 0 or -EPROTO.  No I/O. */
int host_qemu_version_parse(const char *text, int *major, int *minor, int *micro);

/* host_probe_kvm - open /dev/kvm and run a CPU in it, at most 500 ms, in a child of its own. Never fails. */
void host_probe_kvm(struct host_kvm *k);

const char *host_arch(void);	/* uname -m, "x86_64" */

#endif
