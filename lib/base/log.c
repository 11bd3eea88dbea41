/* SPDX-License-Identifier: MIT */
/* Notices, warnings and the trace: one write(2) a line, so lines of several processes do not mix. */
#include <base/log.h>

#include <base/buf.h>
#include <base/fd.h>
#include <base/loop.h>
#include <stdarg.h>
#include <string.h>

static enum log_level level = LOG_NORMAL;
static int out = 2;
static int64_t started_us;

void log_set_level(enum log_level l)
{
	level = l;
	started_us = clock_us();
}

bool log_tracing(void)
{
	return level >= LOG_TRACE;
}

void log_to(int fd)
{
	out = fd;
}

__attribute__((format(printf, 2, 0)))
static void say(const char *prefix, const char *fmt, va_list ap)
{
	char storage[2048];
	struct buf line = BUF_FIXED(storage);

	if (level == LOG_QUIET || out < 0)
		return;
	buf_adds(&line, prefix);
	buf_addv(&line, fmt, ap);
	if (line.len > sizeof(storage) - 2)
		line.len = sizeof(storage) - 2;
	storage[line.len] = '\n';
	(void)fd_write_all(out, storage, line.len + 1);
}

void notice(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("husk: ", fmt, ap);
	va_end(ap);
}

void warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("husk: warning: ", fmt, ap);
	va_end(ap);
}

void trace(const char *stage, const char *fmt, ...)
{
	char raw[4096], safe[4096];
	struct buf text = BUF_FIXED(raw), line = BUF_FIXED(safe);
	va_list ap;

	if (!log_tracing() || out < 0)
		return;
	va_start(ap, fmt);
	buf_addv(&text, fmt, ap);
	va_end(ap);
	buf_addf(&line, "husk: +%lld %s: ", (long long)(clock_us() - started_us), stage);
	buf_add_safe(&line, buf_str(&text), text.len);
	if (line.len > sizeof(safe) - 2)
		line.len = sizeof(safe) - 2;
	safe[line.len] = '\n';
	(void)fd_write_all(out, safe, line.len + 1);
}
