/* SPDX-License-Identifier: MIT */
/* Text from outside: what characters it may have, and how a message repeats it. */
#include <opt/parts.h>

#include <base/buf.h>
#include <stdint.h>
#include <string.h>

/* Length of the valid UTF-8 sequence at s (RFC 3629: no overlong form, no surrogate, at most U+10FFFF), or 0. */
static size_t utf8_len(const unsigned char *s, size_t len)
{
	unsigned char lead = s[0];
	size_t n = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;

	if (n == 0 || n > len)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((lead == 0xe0 && s[1] < 0xa0) || (lead == 0xed && s[1] > 0x9f) ||
	    (lead == 0xf0 && s[1] < 0x90) || (lead == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

const char *opt_check_text(struct opt_text t, bool tabs, size_t *off)
{
	const unsigned char *s = (const unsigned char *)t.s;
	size_t n;

	for (size_t i = 0; i < t.len; i += n) {
		*off = i;
		n = utf8_len(s + i, t.len - i);
		if (n == 0)
			return "not valid UTF-8";
		if (s[i] == '\t' && tabs)
			continue;
		if (s[i] == 0)
			return "NUL byte";
		if (s[i] == '\t')
			return "tab inside the value";
		/* C0, DEL, and C1 (U+0080..U+009F), which some terminals obey too */
		if (s[i] < 0x20 || s[i] == 0x7f || (s[i] == 0xc2 && s[i + 1] < 0xa0))
			return "control character";
	}
	return NULL;
}

const char *opt_quote(char out[4 * OPT_QUOTE_MAX + 4], struct opt_text t)
{
	struct buf b = { .data = out, .cap = 4 * OPT_QUOTE_MAX + 4, .fixed = true };
	size_t n = t.len;

	out[0] = '\0';
	if (n > OPT_QUOTE_MAX) {
		n = OPT_QUOTE_MAX;
		while (n > OPT_QUOTE_MAX - 4 && ((unsigned char)t.s[n] & 0xc0) == 0x80)
			n--;
	}
	buf_add_safe(&b, t.s, n);
	if (n < t.len)
		buf_adds(&b, "...");
	return out;
}

const char *opt_hint(char out[2 * OPT_QUOTE_MAX], const char *nearest)
{
	out[0] = '\0';
	if (nearest)
		snprintf(out, 2 * OPT_QUOTE_MAX, " (did you mean \"%s\"?)", nearest);
	return out;
}

size_t opt_word_len(struct opt_text t)
{
	size_t n = 0;

	if (t.len == 0 || t.s[0] < 'a' || t.s[0] > 'z')
		return 0;
	while (n < t.len && ((t.s[n] >= 'a' && t.s[n] <= 'z') || (t.s[n] >= '0' && t.s[n] <= '9') || t.s[n] == '-'))
		n++;
	return n;
}

bool opt_valid_name(const char *s)
{
	static const char more[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
	size_t n = strlen(s);

	return n >= 1 && n <= 63 && strspn(s, more) == n && !strchr("_.-", s[0]);
}
