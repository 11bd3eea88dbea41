/* SPDX-License-Identifier: MIT */
/* What husk check finds, as rows of text and as JSON at the same time. */
#ifndef CMD_CHECK_H
#define CMD_CHECK_H

#include <base/buf.h>
#include <base/json.h>
#include <host/features.h>
#include <host/host.h>
#include <host/kernel.h>

struct cmd_ctx;

enum check_state {
	CHECK_OK,
	CHECK_WARNING,	/* VMs run, but something is slower, looser or not to be had */
	CHECK_MISSING,	/* no VM runs without it, unless it is a part of the sandbox that is given up by name */
	CHECK_STATES
};

struct report {
	struct buf text, json;
	struct json_out out;
	bool open;		/* a row's JSON object takes members still */
	int count[CHECK_STATES];
	struct buf missing;	/* names of those rows, for the verdict */
	unsigned without;	/* 1 << enum sandbox_part: what VMs would have to go without */
};

void report_init(struct report *r);
void report_free(struct report *r);
/* report_row - one finding; until the next one, json_put_*(&r->out, ...) adds values to it. */
void report_row(struct report *r, enum check_state state, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* report_end - no more rows. */
void report_end(struct report *r);

/* check_host.c: each adds its rows */
/* @q: NULL: none was found, for this reason */
void check_qemu(struct report *r, const struct host_qemu *q, const char *wanted, const char *why);
void check_features(struct report *r, const struct host_features *f, const struct host_qemu *q);
/* @q, @f: NULL where there is no QEMU, or it did not answer */
void check_kvm(struct report *r, const struct host_kvm *k, const struct host_qemu *q, const struct host_features *f);
void check_helpers(struct report *r);

/* check_kernel.c */
void check_kernel(struct report *r);

/* check_rundir.c */
void check_rundir(struct report *r, const char *given);

/* check_boot.c */
struct boot_result {
	bool ok;
	char why[700];
	char accel[8];
	int64_t start_ms, line_ms, stop_ms;	/* until its CPUs ran, until its first line, from the request until it was over */
};
/* check_boot - boot the built-in guest through the whole path and stop it again; leaves nothing behind. */
void check_boot(struct boot_result *b, const struct cmd_ctx *ctx, const char *qemu, const struct host *h);

#endif
