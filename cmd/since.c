/* SPDX-License-Identifier: MIT */
/* A point in time as people write it: 5m (ago), 2026-11-23T01:02:03Z, @SECONDS. */
#include "cmds.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define AGE_MAX (INT64_C(100) * 365 * 86400)	/* seconds: a hundred years */

/* "5m", "90s", "250ms", "1h", "2d": microseconds, or -1. */
static int64_t span(const char *text)
{
	static const struct { const char *name; int64_t us; } units[] = {
		{ "ms", 1000 }, { "s", 1000000 }, { "m", 60000000 }, { "h", INT64_C(3600000000) }, { "d", INT64_C(86400000000) },
	};
	size_t digits = strspn(text, "0123456789");
	int64_t n = 0;

	for (size_t i = 0; i < digits && n <= AGE_MAX * 1000; i++)
		n = n * 10 + text[i] - '0';
	for (size_t i = 0; digits && i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(text + digits, units[i].name) && n <= AGE_MAX * 1000000 / units[i].us)
			return n * units[i].us;
	return -1;
}

/* "Z", "+01:30" or nothing behind a time: 0 with *known and *offset in seconds, or -EINVAL. */
static int zone(const char *text, bool *known, int *offset)
{
	int hours, minutes, end = 0;

	*known = *text;
	*offset = 0;
	if (!*text || !strcmp(text, "Z"))
		return 0;
	if (strspn(text + 1, "0123456789:") != strlen(text + 1) || (*text != '+' && *text != '-') ||
	    sscanf(text + 1, "%2d:%2d%n", &hours, &minutes, &end) != 2 || end != 5 || text[6] || hours > 23 || minutes > 59)
		return -EINVAL;
	*offset = (*text == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
	return 0;
}

/* Microseconds of ".25", up to where it ends. */
static int fraction(const char **text)
{
	int us = 0, unit = 100000;

	if (**text != '.' && **text != ',')
		return 0;
	for ((*text)++; **text >= '0' && **text <= '9'; (*text)++, unit /= 10)
		us += (**text - '0') * unit;
	return us;
}

/* "2026-11-23", "2026-11-23T01:02", "2026-11-23 01:02:03.5+01:00"; local time where it has no zone. */
static int date(const char *text, int64_t *us)
{
	struct tm tm = { .tm_isdst = -1 }, asked;
	int end = 0, offset, fine = 0;
	bool known;
	time_t t;

	if (strspn(text, "0123456789-") < 10 || sscanf(text, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &end) != 3 ||
	    end != 10)
		return -EINVAL;
	text += end;
	if (*text == 'T' || *text == 't' || *text == ' ') {
		if (strspn(text + 1, "0123456789:") < 5 || sscanf(text + 1, "%2d:%2d%n", &tm.tm_hour, &tm.tm_min, &end) != 2 || end != 5)
			return -EINVAL;
		text += 6;
		if (*text == ':') {
			if (strspn(text + 1, "0123456789") != 2 || sscanf(text + 1, "%2d", &tm.tm_sec) != 1)
				return -EINVAL;
			text += 3;
			fine = fraction(&text);
		}
	}
	if (zone(text, &known, &offset) < 0)
		return -EINVAL;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	asked = tm;
	t = known ? timegm(&tm) : mktime(&tm);
	/* the 31st of February would become one of March; a leap second may */
	if (tm.tm_mon != asked.tm_mon || tm.tm_mday != asked.tm_mday || asked.tm_hour > 23 || asked.tm_min > 59 || asked.tm_sec > 60)
		return -EINVAL;
	*us = ((int64_t)t - offset) * 1000000 + fine;
	return 0;
}

int since_parse(struct pool *pool, const char *text, void *field, const char **why)
{
	int64_t *us = field, n;
	size_t digits;

	(void)pool;
	*why = "not understood: 5m (ago), 2026-11-23T01:02:03Z or @SECONDS";
	if (*text == '@') {
		digits = strspn(text + 1, "0123456789");
		if (!digits || digits > 11 || sscanf(text + 1, "%11" SCNd64, &n) != 1)
			return -EINVAL;
		text += 1 + digits;
		*us = n * 1000000 + fraction(&text);
		return *text ? -EINVAL : 0;
	}
	n = span(text);
	if (n < 0)
		return date(text, us);
	*us = clock_wall_us() - n;
	return 0;
}
