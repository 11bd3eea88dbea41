/* SPDX-License-Identifier: MIT */
/* The one recorded error of this process. */
#include <base/err.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char record[sizeof(((struct err_kept *)0)->text)];
static enum exit_code record_code = EXIT_FAILED;

/* These codes are husk's own verdicts: the text says it, strerror would only repeat or mislead. */
static int speaks_for_itself(int err)
{
	return err == -EINVAL || err == -EPROTO || err == -ECANCELED;
}

__attribute__((format(printf, 3, 0)))
static void put(enum exit_code code, int err, const char *fmt, va_list ap)
{
	char text[sizeof(record)] = "";	/* an argument may be the record itself */
	int n = vsnprintf(text, sizeof(text), fmt, ap);

	if (n >= 0 && (size_t)n < sizeof(text) && err != 0 && !speaks_for_itself(err))
		snprintf(text + n, sizeof(text) - (size_t)n, ": %s", strerror(-err));
	memcpy(record, text, strlen(text) + 1);
	record_code = code;
}

int fail(int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put(EXIT_FAILED, err, fmt, ap);
	va_end(ap);
	return err;
}

int fail_exit(enum exit_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put(code, 0, fmt, ap);
	va_end(ap);
	return -ECANCELED;
}

int fail_as(enum exit_code code, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put(code, err, fmt, ap);
	va_end(ap);
	return err;
}

int err_prefix(int err, const char *fmt, ...)
{
	char old[sizeof(record)];
	va_list ap;
	int n;

	memcpy(old, record, sizeof(old));
	va_start(ap, fmt);
	n = vsnprintf(record, sizeof(record), fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof(record) - 3)
		snprintf(record + n, sizeof(record) - (size_t)n, ": %.*s", (int)(sizeof(record) - 3 - (size_t)n), old);
	return err;
}

int err_set(enum exit_code code, const char *text)
{
	snprintf(record, sizeof(record), "%s", text);
	record_code = code;
	return -ECANCELED;
}

const char *err_text(void)
{
	return record;
}

enum exit_code err_code(void)
{
	return record_code;
}

void err_clear(void)
{
	record[0] = '\0';
	record_code = EXIT_FAILED;
}

void err_keep(struct err_kept *k)
{
	k->code = record_code;
	memcpy(k->text, record, sizeof(record));
}
