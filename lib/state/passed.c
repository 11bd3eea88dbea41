/* SPDX-License-Identifier: MIT */
/* passed.json: which files QEMU was given after its start. */
#include <state/state.h>

#include <base/buf.h>
#include <base/err.h>
#include <base/file.h>
#include <base/json.h>
#include <errno.h>
#include <string.h>

#define PASSED_MAX (1u << 20)

int passed_load(const struct vmdir *d, struct buf *text, struct json *j)
{
	int rc = file_read(d->fd, PASSED_FILE, text, PASSED_MAX);

	if (rc == -ENOENT)
		return rc;
	rc = rc < 0 ? fail(rc, "read") : json_parse(j, buf_str(text), text->len);
	return rc < 0 ? err_prefix(rc, "%s/" PASSED_FILE, d->path) : 0;
}

static void put_row(struct json_out *o, const char *role, const char *path, bool writable, int64_t set)
{
	json_open(o, NULL, '{');
	json_put_str(o, "kind", "file");
	json_put_str(o, "role", role);
	json_put_str(o, "path", path);
	json_put_bool(o, "writable", writable);
	json_put_int(o, "fdset", set);
	json_close(o, '}');
}

/* Everything anew: without the rows of a role but that of one set, or with one row more (path). */
static int rewrite(const struct vmdir *d, const char *role, int64_t set, const char *path, bool writable)
{
	autobuf struct buf text = BUF_INIT, b = BUF_INIT;
	struct json_out o = JSON_OUT(&b);
	autojson struct json j = JSON_INIT;
	int rc = passed_load(d, &text, &j), iter = 0, item;

	if (rc == -ENOENT && !path)
		return 0;
	/* one that is damaged is of no use, and makes the audit complain: better what is known now */
	json_open(&o, NULL, '[');
	while (rc >= 0 && json_next(&j, 0, &iter, NULL, &item)) {
		bool mine = json_eq(&j, json_get(&j, item, "role"), role);
		bool same = json_int_or(&j, json_get(&j, item, "fdset"), -1) == set;
		const char *raw;
		size_t len;

		if (mine && same == (path != NULL))
			continue;
		raw = json_raw(&j, item, &len);
		json_put_raw(&o, NULL, raw, len);
	}
	if (path)
		put_row(&o, role, path, writable, set);
	json_close(&o, ']');
	rc = b.failed ? -ENOMEM : file_write(d->fd, PASSED_FILE, b.data, b.len);
	return rc < 0 ? fail(rc, "write %s/" PASSED_FILE, d->path) : 0;
}

int passed_add(const struct vmdir *d, const char *role, const char *path, bool writable, int64_t set)
{
	return rewrite(d, role, set, path, writable);
}

int passed_only(const struct vmdir *d, const char *role, int64_t set)
{
	return rewrite(d, role, set, NULL, false);
}
