/* SPDX-License-Identifier: MIT */
/* QMP arguments from words of a command line, and the commands that husk does not pass on. */
#ifndef QMP_ARGS_H
#define QMP_ARGS_H

#include <base/json.h>

struct buf;
struct pool;

/*
 * qmp_args - "key=value a.b=1 ..." as one JSON object.
 * A value that is JSON (a number, true, false, null, a quoted string, an array, an object) is taken as such, anything
 * else is a string.  Dots nest: a.b=1 a.c=2 is {"a":{"b":1,"c":2}}.  A word without '=' is an error, and so is a key that
 * comes twice, that is empty, or that is both a value and an object.
 * 0 with the text added to out, or recorded with EXIT_USAGE.
 */
int qmp_args(struct pool *pool, const char *const *words, size_t n, struct buf *out);

/*
 * qmp_refusal - why a command is not sent to a sandboxed QEMU: it would start a program, leave the sandbox, or end QEMU in
 * a way that loses the guest.  NULL: it may be sent.
 * @args: token of its arguments in j, or -1
 */
const char *qmp_refusal(const char *command, const struct json *j, int args);
/* hmp_refusal - the same for a line of the human monitor. */
const char *hmp_refusal(const char *line);

#endif
