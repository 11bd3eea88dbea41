/* SPDX-License-Identifier: MIT */
/* The tokeniser behind the checker, and the accessors. */
#define JSON_WITH_JSMN_CODE
#include <base/json.h>

#include <base/err.h>
#include <errno.h>

#define TEXT_MAX (1u << 30)		/* jsmn counts in int */

/* The checker counted the tokens, so there is one allocation at most, and none before the text is known to be good. */
static int reserve_tokens(struct json *j, size_t n)
{
	size_t cap = j->cap > 0 ? (size_t)j->cap : 64;
	jsmntok_t *tok;

	if (n > JSON_MAX_TOKENS || (j->fixed && n > (size_t)j->cap))
		return fail(-E2BIG, "JSON of %zu values", n);
	if (n <= (size_t)j->cap)
		return 0;
	while (cap < n)
		cap *= 2;
	if (cap > JSON_MAX_TOKENS)
		cap = JSON_MAX_TOKENS;
	free(j->tok);			/* the old tokens are of no use: no realloc, no copy */
	j->cap = 0;
	j->tok = tok = malloc(cap * sizeof(*tok));
	if (!tok)
		return fail(-ENOMEM, "JSON of %zu values", n);
	j->cap = (int)cap;
	return 0;
}

int json_parse(struct json *j, const char *text, size_t len)
{
	jsmn_parser parser;
	const char *why;
	size_t at, n;
	int err;

	j->ntok = 0;
	j->text = text;
	j->len = len;
	if (len > TEXT_MAX)
		return fail(-E2BIG, "JSON of %zu bytes", len);
	if (json_count(text, len, &n, &at, &why) < 0)
		return fail(-EPROTO, "bad JSON at byte %zu: %s", at, why);
	err = reserve_tokens(j, n);
	if (err < 0)
		return err;
	jsmn_init(&parser);
	err = jsmn_parse(&parser, text, len, j->tok, (unsigned)j->cap);
	if (err < 0 || (size_t)err != n)
		return fail(-EPROTO, "bad JSON: the checker and the tokeniser disagree");
	j->ntok = err;
	return 0;
}

void json_free(struct json *j)
{
	j->ntok = 0;
	if (j->fixed)
		return;
	free(j->tok);
	j->tok = NULL;
	j->cap = 0;
}

static bool is_type(const struct json *j, int v, jsmntype_t type)
{
	return v >= 0 && v < j->ntok && j->tok[v].type == type;
}

/* The first token behind v and everything in it. */
static int skip(const struct json *j, int v)
{
	int end = j->tok[v].end;

	for (v++; v < j->ntok && j->tok[v].start < end; v++)
		;
	return v;
}

bool json_next(const struct json *j, int v, int *iter, int *key, int *value)
{
	bool object = is_type(j, v, JSMN_OBJECT);
	int at = *iter ? *iter : v + 1;

	if (!object && !is_type(j, v, JSMN_ARRAY))
		return false;
	if (at <= v || at >= j->ntok || j->tok[at].start >= j->tok[v].end)
		return false;
	if (key)
		*key = object ? at : -1;
	if (object)
		at++;
	*value = at;
	*iter = skip(j, at);
	return true;
}

/* json_check() has seen that these are hexadecimal digits. */
static uint32_t hex4(const char *p)
{
	uint32_t u = 0;

	for (int i = 0; i < 4; i++)
		u = u << 4 | (uint32_t)(p[i] <= '9' ? p[i] - '0' : (p[i] | 0x20) - 'a' + 10);
	return u;
}

static size_t put_utf8(uint32_t u, char *out)
{
	if (u < 0x80) {
		out[0] = (char)u;
		return 1;
	}
	if (u < 0x800) {
		out[0] = (char)(0xc0 | u >> 6);
		out[1] = (char)(0x80 | (u & 0x3f));
		return 2;
	}
	if (u < 0x10000) {
		out[0] = (char)(0xe0 | u >> 12);
		out[1] = (char)(0x80 | (u >> 6 & 0x3f));
		out[2] = (char)(0x80 | (u & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | u >> 18);
	out[1] = (char)(0x80 | (u >> 12 & 0x3f));
	out[2] = (char)(0x80 | (u >> 6 & 0x3f));
	out[3] = (char)(0x80 | (u & 0x3f));
	return 4;
}

/* Decode what stands at **p, which json_check() has accepted, into out[4]; moves *p on, returns the bytes written. */
static size_t decode(const char **p, const char *end, char *out)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	const char *found, *s = *p;
	uint32_t u, low;

	if (*s != '\\') {
		*out = *s;
		*p = s + 1;
		return 1;
	}
	*p = s + 2;
	if (s[1] != 'u') {
		found = strchr(from, s[1]);
		*out = found ? to[found - from] : s[1];
		return 1;
	}
	u = hex4(s + 2);
	*p = s + 6;
	if (u < 0xd800 || u > 0xdfff)
		return put_utf8(u, out);
	if (u < 0xdc00 && end - s >= 12 && s[6] == '\\' && s[7] == 'u') {
		low = hex4(s + 8);
		if (low >= 0xdc00 && low <= 0xdfff) {
			*p = s + 12;
			return put_utf8(0x10000 + ((u - 0xd800) << 10 | (low - 0xdc00)), out);
		}
	}
	return put_utf8(0xfffd, out);
}

static bool equals(const struct json *j, int v, const char *s, size_t len)
{
	const char *p, *end;
	char out[4];

	if (!is_type(j, v, JSMN_STRING))
		return false;
	p = j->text + j->tok[v].start;
	end = j->text + j->tok[v].end;
	while (p < end) {
		size_t n = decode(&p, end, out);

		if (n > len || memcmp(out, s, n) != 0)
			return false;
		s += n;
		len -= n;
	}
	return len == 0;
}

bool json_eq(const struct json *j, int v, const char *s)
{
	return equals(j, v, s, strlen(s));
}

static int get(const struct json *j, int v, const char *name, size_t len)
{
	int iter = 0, key, value;

	if (!is_type(j, v, JSMN_OBJECT))
		return -1;
	while (json_next(j, v, &iter, &key, &value))
		if (equals(j, key, name, len))
			return value;
	return -1;
}

int json_get(const struct json *j, int v, const char *key)
{
	return get(j, v, key, strlen(key));
}

int json_path(const struct json *j, int v, const char *path)
{
	for (;;) {
		const char *dot = strchr(path, '.');

		if (!dot)
			return json_get(j, v, path);
		v = get(j, v, path, (size_t)(dot - path));
		path = dot + 1;
	}
}

int json_item(const struct json *j, int v, int n)
{
	int iter = 0, value;

	if (!is_type(j, v, JSMN_ARRAY) || n < 0 || n >= j->tok[v].size)
		return -1;
	while (json_next(j, v, &iter, NULL, &value))
		if (n-- == 0)
			return value;
	return -1;
}

int json_size(const struct json *j, int v)
{
	return json_is_object(j, v) || json_is_array(j, v) ? j->tok[v].size : 0;
}

bool json_is_object(const struct json *j, int v)
{
	return is_type(j, v, JSMN_OBJECT);
}

bool json_is_array(const struct json *j, int v)
{
	return is_type(j, v, JSMN_ARRAY);
}

bool json_is_string(const struct json *j, int v)
{
	return is_type(j, v, JSMN_STRING);
}

bool json_is_null(const struct json *j, int v)
{
	return is_type(j, v, JSMN_PRIMITIVE) && j->text[j->tok[v].start] == 'n';
}

int json_str(const struct json *j, int v, char *out, size_t size)
{
	const char *p, *end;
	char part[4];
	size_t len = 0;

	if (!size)
		return -1;
	*out = '\0';
	if (!is_type(j, v, JSMN_STRING))
		return -1;
	p = j->text + j->tok[v].start;
	end = j->text + j->tok[v].end;
	while (p < end) {
		size_t n = decode(&p, end, part);

		if (n >= size - len || !part[0]) {
			*out = '\0';
			return -1;
		}
		memcpy(out + len, part, n);
		len += n;
	}
	out[len] = '\0';
	return (int)len;
}

char *json_dup(const struct json *j, int v, size_t *len)
{
	const char *p, *end;
	char *out, *to;

	if (!is_type(j, v, JSMN_STRING))
		return NULL;
	p = j->text + j->tok[v].start;
	end = j->text + j->tok[v].end;
	to = out = malloc((size_t)(end - p) + 1);	/* no escape is shorter than what it stands for */
	if (!out)
		return NULL;
	while (p < end) {
		char part[4];
		size_t n = decode(&p, end, part);

		memcpy(to, part, n);
		to += n;
	}
	*to = '\0';
	if (len)
		*len = (size_t)(to - out);
	return out;
}

/* The digits of an integer up to max; false for anything but digits. */
static bool digits(const char *p, const char *end, uint64_t max, uint64_t *out)
{
	uint64_t n = 0;

	for (; p < end; p++) {
		unsigned d = (unsigned)(*p - '0');

		if (d > 9 || n > (max - d) / 10)
			return false;
		n = n * 10 + d;
	}
	*out = n;
	return true;
}

bool json_uint(const struct json *j, int v, uint64_t *out)
{
	return is_type(j, v, JSMN_PRIMITIVE) &&
	       digits(j->text + j->tok[v].start, j->text + j->tok[v].end, UINT64_MAX, out);
}

bool json_int(const struct json *j, int v, int64_t *out)
{
	const char *p, *end;
	bool minus;
	uint64_t n;

	if (!is_type(j, v, JSMN_PRIMITIVE))
		return false;
	p = j->text + j->tok[v].start;
	end = j->text + j->tok[v].end;
	minus = *p == '-';
	if (!digits(p + minus, end, (uint64_t)INT64_MAX + minus, &n))
		return false;
	*out = minus ? (int64_t)(0 - n) : (int64_t)n;
	return true;
}

int64_t json_int_or(const struct json *j, int v, int64_t other)
{
	int64_t n;

	return json_int(j, v, &n) ? n : other;
}

int json_bool(const struct json *j, int v)
{
	char c = is_type(j, v, JSMN_PRIMITIVE) ? j->text[j->tok[v].start] : 0;

	return c == 't' ? 1 : c == 'f' ? 0 : -1;
}

const char *json_raw(const struct json *j, int v, size_t *len)
{
	int quote;

	*len = 0;
	if (v < 0 || v >= j->ntok)
		return NULL;
	quote = j->tok[v].type == JSMN_STRING;
	*len = (size_t)(j->tok[v].end - j->tok[v].start + 2 * quote);
	return j->text + j->tok[v].start - quote;
}
