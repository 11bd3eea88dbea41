/* SPDX-License-Identifier: MIT */
/* What is said on stderr beside the one error line: notices, warnings and the trace. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

enum log_level {
	LOG_QUIET,	/* -q: errors only */
	LOG_NORMAL,	/* notices and warnings */
	LOG_TRACE,	/* --trace: stages and every QMP line with its time */
};

void log_set_level(enum log_level level);
bool log_tracing(void);

/* log_to - send everything to this descriptor (the keeper's qemu.log) instead of 2; -1: nowhere. */
void log_to(int fd);

/* notice, warn - one line "husk: text" and "husk: warning: text"; silent under -q. */
void notice(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * trace - one line "husk: +MICROSECONDS stage: text", only under --trace.
 * @stage: the name of the stage or peer, such as "claimed", "qmp>" and "qmp<"
 * Bytes outside printable ASCII are written as \xNN, so a hostile peer cannot write to the terminal.
 */
void trace(const char *stage, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
