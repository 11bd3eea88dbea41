/* SPDX-License-Identifier: MIT */
/* Strict JSON (RFC 8259): a bounded reader over jsmn's tokens, and a writer that cannot produce bad JSON. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How it works: json_check() walks the bytes once, without recursion or allocation, and accepts exactly
 * RFC 8259 text whose strings are valid UTF-8 and whose nesting is at most JSON_MAX_DEPTH.  Only then does
 * jsmn cut the text into tokens.  A value is an index into those tokens; index 0 is the whole text and -1
 * means "not there", which every accessor accepts, so a chain of look-ups needs one check at its end.
 */
#define JSON_MAX_DEPTH 64		/* husk's own bound; QEMU's parser allows 1024 (qobject/json-parser) */

#define JSON_MAX_TOKENS ((64u << 20) / sizeof(jsmntok_t))	/* 64 MiB of tokens, whatever the text's length */

#ifdef JSON_WITH_JSMN_CODE		/* json.c only: jsmn's header is its implementation too */
#define JSMN_STATIC
#else
#define JSMN_HEADER
#endif
#define JSMN_PARENT_LINKS		/* finds the parent in O(depth); without, a text of n brackets takes O(n^2) */
#include <jsmn.h>

struct json {
	const char *text;	/* the caller's, must outlive this */
	size_t len;
	jsmntok_t *tok;
	int ntok;
	int cap;		/* tokens there is room for */
	bool fixed;		/* tok is the caller's array: never grown */
};

#define JSON_INIT { 0 }
#define JSON_FIXED(tokens) { .tok = (tokens), .cap = sizeof(tokens) / sizeof((tokens)[0]), .fixed = true }
void json_free(struct json *j);
#define autojson __attribute__((cleanup(json_free)))

/*
 * json_check - 0 if text is one strict JSON value with optional white space around; else -EPROTO (not recorded)
 * with *at = offset of the offending byte and *why = a constant text (both may be NULL).
 * What RFC 8259 leaves open: nesting beyond JSON_MAX_DEPTH, a byte order mark and bytes that are not UTF-8
 * (overlong forms and encoded surrogates included) are refused; a lone \uD800 is accepted and decodes to
 * U+FFFD; numbers of any size and duplicate keys are accepted.
 */
int json_check(const char *text, size_t len, size_t *at, const char **why);
/* json_count - the same, with the number of tokens (values and keys) in *ntok. */
int json_count(const char *text, size_t len, size_t *ntok, size_t *at, const char **why);
/*
 * json_parse - check and tokenise; may be called again and again on one struct, which keeps its memory.
 * 0, or recorded: -EPROTO (with offset and reason), -E2BIG (text over 1 GiB, more than JSON_MAX_TOKENS tokens, or more
 * than the fixed array holds), -ENOMEM.  After a failure every value is "not there".
 * Time is linear in len, memory is sizeof(jsmntok_t) per value and key, rounded up to the next doubling.
 * Duplicate keys are kept; json_get() finds the first.
 */
int json_parse(struct json *j, const char *text, size_t len);
/* json_utf8_len - bytes of the valid UTF-8 sequence at p (1 to 4, surrogates and overlong forms are not valid), or 0. */
size_t json_utf8_len(const char *p, size_t len);

/*
 * Accessors: v is a token index or -1.  json_get, json_path, json_item: linear in the container's length,
 * so walk long arrays with json_next(), which is linear over the whole walk.
 */
int json_get(const struct json *j, int v, const char *key);	/* member of an object, or -1 */
int json_path(const struct json *j, int v, const char *path);	/* "a.b.c", or -1 */
int json_item(const struct json *j, int v, int n);		/* n-th array item, or -1 */
int json_size(const struct json *j, int v);			/* members or items; 0 for anything else */
/* json_next - iterate: *iter starts at 0; for arrays *value is the item; for objects *key too.  false at the end. */
bool json_next(const struct json *j, int v, int *iter, int *key, int *value);
bool json_is_object(const struct json *j, int v);
bool json_is_array(const struct json *j, int v);
bool json_is_string(const struct json *j, int v);
bool json_is_null(const struct json *j, int v);
/* json_str - the decoded string with NUL into out.  Length, or -1: no string, -1: does not fit, -1: holds a NUL byte. */
int json_str(const struct json *j, int v, char *out, size_t size);
/* json_eq - is it this string? (escapes decoded) */
bool json_eq(const struct json *j, int v, const char *s);
/* json_dup - malloc'ed decoded string with its length (may hold NUL bytes), or NULL. */
char *json_dup(const struct json *j, int v, size_t *len);
bool json_int(const struct json *j, int v, int64_t *out);	/* an integer without fraction and exponent, in range */
bool json_uint(const struct json *j, int v, uint64_t *out);
int64_t json_int_or(const struct json *j, int v, int64_t other);
int json_bool(const struct json *j, int v);			/* 1, 0, or -1: not a boolean */
/* json_raw - the bytes of a value as they stand in the text (a string with its quotes). */
const char *json_raw(const struct json *j, int v, size_t *len);

/*
 * The writer: keys are NULL inside arrays and at the top.  Output goes to b, on one line; errors stick in b->failed.
 * So does a caller's mistake (a key in an array, none in an object, the wrong bracket, a second value at the top):
 * text from a buffer that has not failed is JSON once depth is 0 again.
 */
struct buf;
struct json_out {
	struct buf *b;
	unsigned depth;
	bool first;		/* no comma before the next member */
	uint64_t objects;	/* bit n: the container of depth n + 1 is an object */
};
#define JSON_OUT(buffer) { .b = (buffer), .first = true }
void json_open(struct json_out *o, const char *key, char bracket);	/* '{' or '[' */
void json_close(struct json_out *o, char bracket);			/* '}' or ']' */
void json_put_str(struct json_out *o, const char *key, const char *s);	/* NULL: null; bytes of broken UTF-8 become U+FFFD */
void json_put_strn(struct json_out *o, const char *key, const char *s, size_t len);
void json_put_int(struct json_out *o, const char *key, int64_t n);
void json_put_uint(struct json_out *o, const char *key, uint64_t n);
void json_put_bool(struct json_out *o, const char *key, bool b);
void json_put_null(struct json_out *o, const char *key);
void json_put_raw(struct json_out *o, const char *key, const char *json, size_t len);	/* trusted JSON text */

#endif
