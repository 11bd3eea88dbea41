/* SPDX-License-Identifier: MIT */
/* key=value words as a JSON object. */
#include <qmp/args.h>

#include <base/buf.h>
#include <base/err.h>
#include <base/pool.h>
#include <string.h>

#define KEY_DEPTH_MAX 16	/* QMP nests five deep at most */

/* One member; members of one object stand in a list in the order they came. */
struct member {
	struct member *next, *inner;	/* inner: it is an object */
	const char *key;
	const char *value;		/* NULL: an object */
};

static struct member *find(struct member *list, const char *key)
{
	for (; list; list = list->next)
		if (!strcmp(list->key, key))
			return list;
	return NULL;
}

static struct member *add(struct pool *pool, struct member **list, const char *key)
{
	struct member *m = pool_alloc(pool, sizeof(*m));

	m->key = key;
	while (*list)
		list = &(*list)->next;
	*list = m;
	return m;
}

static int insert(struct pool *pool, struct member **top, const char *word)
{
	const char *equals = strchr(word, '=');
	struct member **list = top, *m = NULL;
	char *key;

	if (!equals)
		return fail_exit(EXIT_USAGE, "%s: expected KEY=VALUE", word);
	key = pool_strndup(pool, word, (size_t)(equals - word));
	for (int depth = 0;; depth++) {
		char *dot = strchr(key, '.');

		if (dot)
			*dot = '\0';
		if (!*key || depth > KEY_DEPTH_MAX)
			return fail_exit(EXIT_USAGE, "%s: %s", word, *key ? "nests too deep" : "a key is empty");
		m = find(*list, key);
		if (m && (!dot || m->value))
			return fail_exit(EXIT_USAGE, "%s: %s was given already", word, key);
		if (!m)
			m = add(pool, list, key);
		if (!dot)
			break;
		list = &m->inner;
		key = dot + 1;
	}
	m->value = equals + 1;
	return 0;
}

static void put(struct json_out *o, const struct member *list)
{
	for (; list; list = list->next) {
		if (!list->value) {
			json_open(o, list->key, '{');
			put(o, list->inner);
			json_close(o, '}');
		} else if (json_check(list->value, strlen(list->value), NULL, NULL) == 0) {
			json_put_raw(o, list->key, list->value, strlen(list->value));
		} else {
			json_put_str(o, list->key, list->value);
		}
	}
}

int qmp_args(struct pool *pool, const char *const *words, size_t n, struct buf *out)
{
	struct json_out o = JSON_OUT(out);
	struct member *top = NULL;

	for (size_t i = 0; i < n; i++) {
		int rc = insert(pool, &top, words[i]);

		if (rc < 0)
			return rc;
	}
	json_open(&o, NULL, '{');
	put(&o, top);
	json_close(&o, '}');
	return 0;
}
