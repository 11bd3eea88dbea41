/* SPDX-License-Identifier: MIT */
/* How statuses, times and sizes look, for people and as JSON. */
#ifndef CMD_SHOW_H
#define CMD_SHOW_H

#include <base/buf.h>
#include <base/json.h>
#include <stdio.h>
#include <vm/event.h>
#include <vm/vm.h>

/* show_open - the run directory and one VM of it. 0 or recorded. */
struct cmd_ctx;
int show_open(struct cmd_ctx *ctx, struct rundir *r, struct vmdir *d);
/*
 * show_control - open, refuse what does not run, and take QEMU's control monitor for this command.
 * @doing: what the lock's holder is called for others; *lock is the caller's (autoclose), q too (autoqmp)
 * 0, or recorded: EXIT_NOT_RUNNING, EXIT_BUSY, EXIT_DEADLINE, ...
 */
struct qmp;
int show_control(struct cmd_ctx *ctx, const char *doing, struct vmdir *d, struct qmp *q, int *lock);
/*
 * show_open_all - the VMs named as arguments, each once, or where none is named all of the run directory, in n statuses
 * whose dir is open and which are not yet filled; freed with show_close_all().  0 or recorded (EXIT_NO_VM).
 */
int show_open_all(struct cmd_ctx *ctx, struct vm_status **v, size_t *n);
void show_close_all(struct vm_status *v, size_t n);
/* show_query - open, and ask how it is. */
int show_query(struct cmd_ctx *ctx, struct vm_status *v);

void show_status(struct buf *b, const struct vm_status *v);		/* one line, no newline */
void show_status_json(struct json_out *o, const char *key, const struct vm_status *v);
void show_ending_json(struct json_out *o, const char *key, const struct ending *e);
void show_time(struct buf *b, int64_t us);				/* 2026-11-23 01:02:03 */
void show_span(struct buf *b, int64_t us);				/* 350ms, 12s, 3m20s, 4h05m, 6d2h */
void show_size(struct buf *b, uint64_t bytes);				/* 512M, 1.5G */
void show_amount(struct buf *b, uint64_t n);				/* 17, 1.5K, 43M: powers of 1024, three digits */
/*
 * show_receipt - "NAME: stopped by acpi in 2s (agent: ...)"; as JSON the same with everything.
 * @names, @n: of the rungs; @error: NULL: no such member, "": null
 */
void show_receipt(struct buf *b, const char *name, const char *verb, const char *const *names, int n, const struct receipt *r);
void show_receipt_json(struct json_out *o, const char *name, const char *const *names, int n, const struct receipt *r,
		       const char *error);
/* show_out - write the text, and a newline when it lacks one, to stdout. */
void show_out(const struct buf *b);
/*
 * show_write - straight to stdout, past stdio, within the command's deadline however slow its reader is.
 * 0; -EPIPE (not recorded): nobody reads it any more, end quietly; or recorded.
 */
int show_write(struct cmd_ctx *ctx, const char *data, size_t len);
/* show_last_lines - the start of the last so many lines (negative: all). */
const char *show_last_lines(const char *text, size_t len, int64_t lines);
/* show_event - one event of the journal in one line without its end. */
void show_event(struct buf *b, const struct json *j, const struct event *e);
/* show_event_json - the same as JSON, made of ASCII only. */
void show_event_json(struct buf *b, const struct json *j);
/* show_safe - bytes of a guest, which must not drive a terminal; lines stay lines. */
void show_safe(struct buf *b, const char *data, size_t len);
/* show_guest - the same to a stream where that is a terminal; as they are elsewhere, or where raw. */
void show_guest(FILE *to, bool raw, const char *data, size_t len);
/* show_indented - each line behind two spaces, made safe for a terminal; at most the last max lines. */
void show_indented(struct buf *b, const char *text, size_t len, int max);

#endif
