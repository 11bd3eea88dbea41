/* SPDX-License-Identifier: MIT */
/* The strict JSON checker: one pass, no recursion, no allocation. */
#include <base/json.h>

#include <errno.h>

/* What may come next. */
enum expect {
	VALUE,
	VALUE_OR_END,			/* right behind '[' */
	KEY,
	KEY_OR_END,			/* right behind '{' */
	COLON,
	NEXT,				/* a comma or the end of the container; at the top nothing */
};

struct scan {
	const char *text;
	size_t len, pos;
	size_t ntok;			/* values and keys so far: as many tokens will jsmn make */
	uint64_t objects;		/* bit n: the container of depth n + 1 is an object */
	unsigned depth;
	enum expect expect;
	const char *why;
};

static bool bad(struct scan *s, const char *why)
{
	s->why = why;
	return false;
}

static bool is_digit(const struct scan *s)
{
	return s->pos < s->len && s->text[s->pos] >= '0' && s->text[s->pos] <= '9';
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* RFC 3629, section 4: the ranges of the second byte rule out overlong forms, surrogates and beyond U+10FFFF. */
size_t json_utf8_len(const char *p, size_t len)
{
	const unsigned char *u = (const unsigned char *)p;
	unsigned char lo = 0x80, hi = 0xbf;
	size_t n;

	if (!len)
		return 0;
	if (u[0] < 0x80)
		return 1;
	if (u[0] < 0xc2 || u[0] > 0xf4)
		return 0;
	n = u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;
	if (len < n)
		return 0;
	if (u[0] == 0xe0)
		lo = 0xa0;
	else if (u[0] == 0xed)
		hi = 0x9f;
	else if (u[0] == 0xf0)
		lo = 0x90;
	else if (u[0] == 0xf4)
		hi = 0x8f;
	if (u[1] < lo || u[1] > hi)
		return 0;
	for (size_t i = 2; i < n; i++)
		if (u[i] < 0x80 || u[i] > 0xbf)
			return 0;
	return n;
}

static bool scan_escape(struct scan *s)
{
	s->pos++;
	if (s->pos == s->len)
		return bad(s, "the text ends in a string");
	if (s->text[s->pos] != 'u') {
		if (!s->text[s->pos] || !strchr("\"\\/bfnrt", s->text[s->pos]))
			return bad(s, "unknown escape in a string");
		s->pos++;
		return true;
	}
	s->pos++;
	for (int i = 0; i < 4; i++, s->pos++) {
		if (s->pos == s->len)
			return bad(s, "the text ends in a string");
		if (!is_hex(s->text[s->pos]))
			return bad(s, "\\u needs four hexadecimal digits");
	}
	return true;
}

static bool scan_string(struct scan *s)
{
	s->ntok++;
	s->pos++;
	while (s->pos < s->len) {
		unsigned char c = (unsigned char)s->text[s->pos];
		size_t n;

		if (c == '"') {
			s->pos++;
			return true;
		}
		if (c == '\\') {
			if (!scan_escape(s))
				return false;
			continue;
		}
		if (c < 0x20)
			return bad(s, "control character in a string");
		n = json_utf8_len(s->text + s->pos, s->len - s->pos);
		if (!n)
			return bad(s, "invalid UTF-8 in a string");
		s->pos += n;
	}
	return bad(s, "the text ends in a string");
}

static bool scan_digits(struct scan *s)
{
	if (!is_digit(s))
		return bad(s, s->pos == s->len ? "the text ends in a number" : "a digit is missing");
	while (is_digit(s))
		s->pos++;
	return true;
}

static bool scan_number(struct scan *s)
{
	s->ntok++;
	if (s->text[s->pos] == '-')
		s->pos++;
	if (s->pos < s->len && s->text[s->pos] == '0') {
		s->pos++;
		if (is_digit(s))
			return bad(s, "a number starts with 0");
	} else if (!scan_digits(s)) {
		return false;
	}
	if (s->pos < s->len && s->text[s->pos] == '.') {
		s->pos++;
		if (!scan_digits(s))
			return false;
	}
	if (s->pos < s->len && (s->text[s->pos] == 'e' || s->text[s->pos] == 'E')) {
		s->pos++;
		if (s->pos < s->len && (s->text[s->pos] == '+' || s->text[s->pos] == '-'))
			s->pos++;
		if (!scan_digits(s))
			return false;
	}
	return true;
}

static bool scan_word(struct scan *s, const char *word)
{
	for (; *word; word++, s->pos++)
		if (s->pos == s->len || s->text[s->pos] != *word)
			return bad(s, "only true, false and null are words");
	s->ntok++;
	return true;
}

static bool scan_open(struct scan *s, bool object)
{
	if (s->depth == JSON_MAX_DEPTH)
		return bad(s, "nested too deep");
	s->objects &= ~(UINT64_C(1) << s->depth);
	s->objects |= (uint64_t)object << s->depth;
	s->depth++;
	s->ntok++;
	s->pos++;
	s->expect = object ? KEY_OR_END : VALUE_OR_END;
	return true;
}

static bool in_object(const struct scan *s)
{
	return s->depth && (s->objects >> (s->depth - 1) & 1);
}

static bool scan_close(struct scan *s)
{
	s->depth--;
	s->pos++;
	s->expect = NEXT;
	return true;
}

static bool scan_value(struct scan *s)
{
	char c = s->text[s->pos];

	if (c == '{' || c == '[')
		return scan_open(s, c == '{');
	s->expect = NEXT;
	switch (c) {
	case '"':
		return scan_string(s);
	case 't':
		return scan_word(s, "true");
	case 'f':
		return scan_word(s, "false");
	case 'n':
		return scan_word(s, "null");
	default:
		if (c == '-' || is_digit(s))
			return scan_number(s);
		return bad(s, "no value starts like this");
	}
}

static bool scan_next(struct scan *s)
{
	char c = s->text[s->pos];

	if (!s->depth)
		return bad(s, "something follows the value");
	if (c == (in_object(s) ? '}' : ']'))
		return scan_close(s);
	if (c != ',')
		return bad(s, in_object(s) ? "expected , or }" : "expected , or ]");
	s->expect = in_object(s) ? KEY : VALUE;
	s->pos++;
	return true;
}

static bool scan_step(struct scan *s)
{
	char c = s->text[s->pos];

	switch (s->expect) {
	case KEY_OR_END:
		if (c == '}')
			return scan_close(s);
		__attribute__((fallthrough));
	case KEY:
		s->expect = COLON;
		return c == '"' ? scan_string(s) : bad(s, "expected a key in quotes");
	case COLON:
		if (c != ':')
			return bad(s, "expected : after the key");
		s->expect = VALUE;
		s->pos++;
		return true;
	case VALUE_OR_END:
		if (c == ']')
			return scan_close(s);
		__attribute__((fallthrough));
	case VALUE:
		return scan_value(s);
	case NEXT:
	default:
		return scan_next(s);
	}
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool scan_text(struct scan *s)
{
	for (;;) {
		while (s->pos < s->len && is_space(s->text[s->pos]))
			s->pos++;
		if (s->pos == s->len)
			break;
		if (!scan_step(s))
			return false;
	}
	if (s->depth || s->expect != NEXT)
		return bad(s, s->ntok ? "the text ends too early" : "there is no value");
	return true;
}

int json_count(const char *text, size_t len, size_t *ntok, size_t *at, const char **why)
{
	struct scan s = { .text = text, .len = len };
	bool good = scan_text(&s);

	*ntok = s.ntok;
	if (good)
		return 0;
	if (at)
		*at = s.pos;
	if (why)
		*why = s.why;
	return -EPROTO;
}

int json_check(const char *text, size_t len, size_t *at, const char **why)
{
	size_t ntok;

	return json_count(text, len, &ntok, at, why);
}
