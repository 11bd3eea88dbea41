/* SPDX-License-Identifier: MIT */
/* One JSON object per device, as -device and -blockdev take it; flattened for a QEMU that does not. */
#include <qemu/qemu.h>

#include <base/buf.h>
#include <base/json.h>
#include <stdlib.h>
#include <string.h>

const char *qemu_text(struct pool *pool, const char *value)
{
	autobuf struct buf b = BUF_INIT;

	for (const char *c = value; *c; c++) {
		if (*c == ',')
			buf_addc(&b, ',');
		buf_add(&b, c, 1);
	}
	return pool_strdup(pool, buf_str(&b));
}

/* The members of object v behind "prefix"; the "driver" of the top one stands alone in front. */
static void flatten(struct buf *b, const struct json *j, int v, const char *prefix, struct pool *pool)
{
	int iter = 0, key, value;

	while (json_next(j, v, &iter, &key, &value)) {
		char name[128], *text = NULL;
		const char *raw;
		size_t len;

		if (json_str(j, key, name, sizeof(name)) < 0)
			continue;
		if (json_is_object(j, value)) {
			flatten(b, j, value, pool_printf(pool, "%s%s.", prefix, name), pool);
			continue;
		}
		if (json_is_string(j, value) && (text = json_dup(j, value, &len)))
			raw = qemu_text(pool, text);
		else if (json_bool(j, value) >= 0)
			raw = json_bool(j, value) ? "on" : "off";
		else {
			raw = json_raw(j, value, &len);
			raw = pool_strndup(pool, raw, len);
		}
		if (b->len)
			buf_addc(b, ',');
		if (!*prefix && !strcmp(name, "driver"))
			buf_adds(b, raw);
		else
			buf_addf(b, "%s%s=%s", prefix, name, raw);
		free(text);
	}
}

char *qemu_flatten(struct pool *pool, const char *json)
{
	autojson struct json j = JSON_INIT;
	autobuf struct buf b = BUF_INIT;

	if (json_parse(&j, json, strlen(json)) < 0 || !json_is_object(&j, 0))
		return NULL;
	flatten(&b, &j, 0, "", pool);
	return pool_strdup(pool, buf_str(&b));
}

void qemu_add_device(struct plan *p, const char *json)
{
	plan_arg(p, "-device");
	/* -device takes JSON since QEMU 6.2 */
	if (host_qemu_at_least(&p->host->qemu, 6, 2))
		plan_arg(p, json);
	else
		plan_arg(p, qemu_flatten(&p->pool, json));
}

void qemu_add_blockdev(struct plan *p, const char *json)
{
	plan_arg(p, "-blockdev");
	plan_arg(p, json);
}
