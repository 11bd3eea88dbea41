/* SPDX-License-Identifier: MIT */
/* Which texts of seccomp/ make up a filter; the build's compiler and husk share it. */
#include <sandbox/filter.h>

#include <base/buf.h>
#include <stdio.h>

#define ACCELERATORS (FILTER_KVM | FILTER_TCG | FILTER_TCG_RWX)

static const struct {
	unsigned feature;
	const char *name;
} fragments[] = {
	{ FILTER_KVM, "kvm" }, { FILTER_TCG, "tcg" }, { FILTER_TCG_RWX, "tcg-rwx" }, { FILTER_IO_URING, "io_uring" },
	{ FILTER_SLIRP, "slirp" }, { FILTER_POSTCOPY, "postcopy" }, { FILTER_9P, "9p" }, { FILTER_UNIX, "unix" },
	{ FILTER_VHOST, "vhost" }, { FILTER_NO_PIDNS, "nopidns" },
};
#define NFRAGMENTS (sizeof(fragments) / sizeof(fragments[0]))

size_t filter_texts(unsigned features, const char *names[FILTER_TEXTS_MAX])
{
	unsigned accel = features & ACCELERATORS, known = 0;
	size_t n = 0;

	names[n++] = "qemu";
	for (size_t i = 0; i < NFRAGMENTS; i++) {
		known |= fragments[i].feature;
		if (features & fragments[i].feature)
			names[n++] = fragments[i].name;
	}
	if (!(features & FILTER_NO_PIDNS))
		names[n++] = "pidns";
	return accel && !(accel & (accel - 1)) && !(features & ~known) ? n : 0;
}

const char *filter_describe(unsigned features, char *out, size_t size)
{
	struct buf b = { .data = out, .cap = size, .fixed = true };

	buf_adds(&b, "qemu");
	for (size_t i = 0; i < NFRAGMENTS; i++)
		if (features & fragments[i].feature)
			buf_addf(&b, " + %s", fragments[i].name);
	return out;
}
