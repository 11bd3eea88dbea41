/* SPDX-License-Identifier: MIT */
/* The JSON writer: commas, keys and escapes are its business, and a caller's mistake fails instead of coming out. */
#include <base/json.h>

#include <base/buf.h>
#include <inttypes.h>

static void put_quoted(struct buf *b, const char *s, size_t len)
{
	const char *end = s + len;

	buf_addc(b, '"');
	while (s < end && !b->failed) {
		size_t n = json_utf8_len(s, (size_t)(end - s));
		unsigned char c = (unsigned char)*s;

		if (!n)
			buf_adds(b, "\xef\xbf\xbd");		/* U+FFFD */
		else if (c == '"' || c == '\\')
			buf_addf(b, "\\%c", c);
		else if (c == '\n')
			buf_adds(b, "\\n");
		else if (c < 0x20 || c == 0x7f)
			buf_addf(b, "\\u%04x", c);
		else
			buf_add(b, s, n);
		s += n ? n : 1;
	}
	buf_addc(b, '"');
}

/* What stands before a value: a comma and the key.  false, with the buffer failed, where no such value may stand. */
static bool begin(struct json_out *o, const char *key)
{
	bool object = o->depth && (o->objects >> (o->depth - 1) & 1);

	if (object != (key != NULL) || (!o->depth && !o->first))
		o->b->failed = true;
	if (o->b->failed)
		return false;
	if (!o->first)
		buf_addc(o->b, ',');
	o->first = false;
	if (key) {
		put_quoted(o->b, key, strlen(key));
		buf_addc(o->b, ':');
	}
	return true;
}

void json_open(struct json_out *o, const char *key, char bracket)
{
	uint64_t object = bracket == '{';

	if (o->depth == JSON_MAX_DEPTH || (!object && bracket != '['))
		o->b->failed = true;
	if (!begin(o, key))
		return;
	buf_addc(o->b, bracket);
	o->objects &= ~(UINT64_C(1) << o->depth);
	o->objects |= object << o->depth;
	o->depth++;
	o->first = true;
}

void json_close(struct json_out *o, char bracket)
{
	if (!o->depth || bracket != (o->objects >> (o->depth - 1) & 1 ? '}' : ']'))
		o->b->failed = true;
	if (o->b->failed)
		return;
	buf_addc(o->b, bracket);
	o->depth--;
	o->first = false;
}

void json_put_strn(struct json_out *o, const char *key, const char *s, size_t len)
{
	if (begin(o, key))
		put_quoted(o->b, s, len);
}

void json_put_str(struct json_out *o, const char *key, const char *s)
{
	if (s)
		json_put_strn(o, key, s, strlen(s));
	else
		json_put_null(o, key);
}

void json_put_int(struct json_out *o, const char *key, int64_t n)
{
	if (begin(o, key))
		buf_addf(o->b, "%" PRId64, n);
}

void json_put_uint(struct json_out *o, const char *key, uint64_t n)
{
	if (begin(o, key))
		buf_addf(o->b, "%" PRIu64, n);
}

void json_put_bool(struct json_out *o, const char *key, bool b)
{
	if (begin(o, key))
		buf_adds(o->b, b ? "true" : "false");
}

void json_put_null(struct json_out *o, const char *key)
{
	if (begin(o, key))
		buf_adds(o->b, "null");
}

void json_put_raw(struct json_out *o, const char *key, const char *json, size_t len)
{
	if (!len)
		o->b->failed = true;
	if (begin(o, key))
		buf_add(o->b, json, len);
}
