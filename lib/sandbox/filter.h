/* SPDX-License-Identifier: MIT */
/* Which system calls QEMU, the keeper and a header's reader may make: choosing a seccomp program, and loading it. */
#ifndef SANDBOX_FILTER_H
#define SANDBOX_FILTER_H

#include <stddef.h>

/*
 * How it works: the policies of seccomp/ are texts (policy.h).  At build time cmd/seccompc.c makes a program for each
 * accelerator, which only needs to be handed to the kernel; with more features, or for a policy of the user's own,
 * filter_prepare() compiles one from the texts, which the binary carries too (2 ms).  Loading allocates nothing and needs no libseccomp.
 */

enum filter_feature {
	FILTER_KVM = 1 << 0,		/* exactly one of these three */
	FILTER_TCG = 1 << 1,		/* with split-wx=on */
	FILTER_TCG_RWX = 1 << 2,	/* without */
	FILTER_IO_URING = 1 << 3,
	FILTER_SLIRP = 1 << 4,
	FILTER_POSTCOPY = 1 << 5,
	FILTER_9P = 1 << 6,
	FILTER_UNIX = 1 << 7,		/* AF_UNIX sockets of QEMU's own making */
	FILTER_VHOST = 1 << 8,
	FILTER_NO_PIDNS = 1 << 9,	/* QEMU is not process 1 of a namespace of its own */
};

/* filter_describe - "qemu + tcg + io_uring", cut to size; returns out. */
const char *filter_describe(unsigned features, char *out, size_t size);

#define FILTER_TEXTS_MAX 16
/* filter_texts - the policies that make up a combination, in order; their number, 0: no such combination. */
size_t filter_texts(unsigned features, const char *names[FILTER_TEXTS_MAX]);

struct sock_filter;
struct filter {
	const struct sock_filter *insn;
	size_t len;
	struct sock_filter *own;	/* what filter_free() frees: compiled at run time */
};

/*
 * filter_prepare - a program ready to load.
 * @f: filled; filter_free() it whatever comes back
 * @features: enum filter_feature; not looked at where there is a policy of the user's own
 * @user_policy: path of a policy that replaces QEMU's and may @include qemu, kvm, tcg, ...; NULL
 * 0 or recorded: EXIT_USAGE as "FILE:LINE: what is wrong" for the user's policy.
 */
int filter_prepare(struct filter *f, unsigned features, const char *user_policy);
void filter_free(struct filter *f);

/*
 * filter_load - from now on the filter judges this process and what it forks or becomes; there is no way back.
 * no_new_privs must be set, or CAP_SYS_ADMIN be there.  0 or recorded with EXIT_SANDBOX.
 */
int filter_load(const struct filter *f);

/*
 * filter_keeper, filter_reader - confine this process as the keeper of a VM, or as a reader of a header, for which only
 * read, pread, write and exit remain.  Both set no_new_privs.  0 or recorded with EXIT_SANDBOX.
 */
int filter_keeper(void);
int filter_reader(void);

#endif
