/* SPDX-License-Identifier: MIT */
/* What a test in C needs to speak TAP: ok() and its kin, then "return done_testing();" from main(). */
#ifndef T_TAP_H
#define T_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int tap_count;

#define TAP_PRINTF(f, a) __attribute__((format(printf, f, a), unused))

/* diag - a line of explanation, which no harness takes for a result; line ends inside become spaces. */
TAP_PRINTF(1, 2) static void diag(const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	for (char *p = line; *p; p++)
		if (*p == '\n' || *p == '\r')
			*p = ' ';
	printf("# %s\n", line);
}

TAP_PRINTF(2, 0) static void tap_line(bool good, const char *fmt, va_list ap)
{
	char name[512];

	vsnprintf(name, sizeof(name), fmt, ap);
	for (char *p = name; *p; p++)
		if (*p == '\n' || *p == '#')	/* a '#' would start a directive */
			*p = ' ';
	printf("%sok %d - %s\n", good ? "" : "not ", ++tap_count, name);
	fflush(stdout);			/* a crash must not take what was said along */
}

/* ok - one test: passes where the condition holds.  Returns the condition. */
TAP_PRINTF(2, 3) static bool ok(bool condition, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tap_line(condition, fmt, ap);
	va_end(ap);
	return condition;
}

/* is_int, is_str - one test: passes where both are equal, else shows both. */
TAP_PRINTF(3, 4) static bool is_int(long long got, long long wanted, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tap_line(got == wanted, fmt, ap);
	va_end(ap);
	if (got != wanted)
		diag("got %lld, wanted %lld", got, wanted);
	return got == wanted;
}

TAP_PRINTF(3, 4) static bool is_str(const char *got, const char *wanted, const char *fmt, ...)
{
	bool same = got && wanted ? strcmp(got, wanted) == 0 : got == wanted;
	va_list ap;

	va_start(ap, fmt);
	tap_line(same, fmt, ap);
	va_end(ap);
	if (!same)
		diag("got \"%s\", wanted \"%s\"", got ? got : "(null)", wanted ? wanted : "(null)");
	return same;
}

/* skip - n tests that cannot run here. */
TAP_PRINTF(2, 3) static void skip(int n, const char *fmt, ...)
{
	char why[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	while (n-- > 0)
		printf("ok %d # SKIP %s\n", ++tap_count, why);
}

/* skip_all - the whole program cannot run here; before any test. */
__attribute__((noreturn)) TAP_PRINTF(1, 2) static void skip_all(const char *fmt, ...)
{
	va_list ap;

	printf("1..0 # SKIP ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	exit(0);
}

/* bail_out - nothing more makes sense. */
__attribute__((noreturn)) TAP_PRINTF(1, 2) static void bail_out(const char *fmt, ...)
{
	va_list ap;

	printf("Bail out! ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	exit(1);
}

/* done_testing - the plan; returns main()'s exit code: 0, failed tests are told by their lines. */
__attribute__((unused)) static int done_testing(void)
{
	printf("1..%d\n", tap_count);
	return 0;
}

#endif
