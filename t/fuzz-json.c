/* SPDX-License-Identifier: MIT */
/* Fuzz: any bytes into the JSON reader; what it accepts is walked, and read back after the writer had it. */
#include <base/json.h>

#include <base/buf.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_value(const struct json *j, int v, const char *key, struct json_out *o)
{
	int iter = 0, k, value;
	bool object = json_is_object(j, v);
	char *s;
	size_t len;

	if (!object && !json_is_array(j, v)) {
		s = json_dup(j, v, &len);
		if (s)
			json_put_strn(o, key, s, len);
		else {
			const char *raw = json_raw(j, v, &len);

			json_put_raw(o, key, raw, len);
		}
		free(s);
		return;
	}
	json_open(o, key, object ? '{' : '[');
	while (json_next(j, v, &iter, &k, &value)) {
		s = json_dup(j, k, NULL);
		write_value(j, value, s, o);
		free(s);
	}
	json_close(o, object ? '}' : ']');
}

static void same(const struct json *a, const struct json *b)
{
	if (a->ntok != b->ntok)
		abort();
	for (int v = 0; v < a->ntok; v++)
		if (a->tok[v].type != b->tok[v].type || a->tok[v].size != b->tok[v].size)
			abort();
}

static void look(const struct json *j)
{
	char text[16];
	uint64_t u;
	int64_t n;

	for (int v = -1; v <= j->ntok; v++) {
		json_get(j, v, "a");
		json_path(j, v, "a.b");
		json_item(j, v, 1);
		json_int(j, v, &n);
		json_uint(j, v, &u);
		json_bool(j, v);
		json_eq(j, v, "\n");
		json_str(j, v, text, sizeof(text));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct json j = JSON_INIT, again = JSON_INIT;
	struct buf b = BUF_INIT;
	struct json_out o = JSON_OUT(&b);

	if (size > 1 << 16)
		return 0;
	if ((json_parse(&j, text, size) == 0) != (json_check(text, size, NULL, NULL) == 0))
		abort();
	if (j.ntok) {
		if (j.ntok < 1000)		/* each look may be linear */
			look(&j);
		write_value(&j, 0, NULL, &o);
		if (b.failed || o.depth || json_parse(&again, b.data, b.len) < 0)
			abort();
		same(&j, &again);
	}
	json_free(&j);
	json_free(&again);
	buf_free(&b);
	return 0;
}
