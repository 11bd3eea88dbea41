/* SPDX-License-Identifier: MIT */
/* What several changes share: descriptor sets, drives, devices, the balloon. */
#include <vm/live.h>

#include <base/err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SETS_MAX (1 << 20)

int live_free_set(struct qmp *q, bool empty, deadline_t until)
{
	int iter = 0, item, rc = qmp_execute(q, "query-fdsets", NULL, NULL, until);
	int64_t id, last = 0;

	if (rc < 0)
		return rc;
	while (json_next(&q->json, qmp_return(q), &iter, NULL, &item)) {
		if (!json_int(&q->json, json_get(&q->json, item, "fdset-id"), &id) || id < 0 || id >= SETS_MAX)
			continue;
		if (empty && json_size(&q->json, json_get(&q->json, item, "fds")) == 0)
			return (int)id;
		if (id > last)
			last = id;
	}
	return (int)last + 1;
}

int live_add_fd(struct qmp *q, const char *opaque, int fd, int set, deadline_t until)
{
	autobuf struct buf args = BUF_INIT;
	struct json_out o = JSON_OUT(&args);

	json_open(&o, NULL, '{');
	json_put_int(&o, "fdset-id", set);
	json_put_str(&o, "opaque", opaque);
	json_close(&o, '}');
	return qmp_execute_fds(q, "add-fd", buf_str(&args), &fd, 1, NULL, until);
}

static bool set_is(const struct json *j, int set, const char *opaque)
{
	int fds = json_get(j, set, "fds"), iter = 0, item;

	while (json_next(j, fds, &iter, NULL, &item))
		if (json_eq(j, json_get(j, item, "opaque"), opaque))
			return true;
	return false;
}

void live_drop_fds(struct qmp *q, const char *opaque, int64_t keep, deadline_t until)
{
	int64_t drop[64], id;
	size_t n = 0;
	int iter = 0, item;

	if (qmp_execute(q, "query-fdsets", NULL, NULL, until) < 0)
		return;
	while (n < 64 && json_next(&q->json, qmp_return(q), &iter, NULL, &item))
		if (json_int(&q->json, json_get(&q->json, item, "fdset-id"), &id) && id != keep && set_is(&q->json, item, opaque))
			drop[n++] = id;
	while (n--) {
		autobuf struct buf args = BUF_INIT;

		buf_addf(&args, "{\"fdset-id\": %lld}", (long long)drop[n]);
		(void)qmp_execute(q, "remove-fd", buf_str(&args), NULL, until);
	}
}

/* "disk0", or "/machine/peripheral/disk0/virtio-backend" where the backend belongs to a part of the device. */
static bool drive_id(const char *qdev, char *out, size_t size)
{
	static const char prefix[] = "/machine/peripheral/";
	size_t len;

	if (!strncmp(qdev, prefix, sizeof(prefix) - 1))
		qdev += sizeof(prefix) - 1;
	len = strcspn(qdev, "/");
	if (!len || len >= size)
		return false;
	memcpy(out, qdev, len);
	out[len] = '\0';
	/* it is shown on terminals */
	return !out[strspn(out, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")];
}

static void take_medium(struct drive *d, const struct json *j, int inserted)
{
	static const char prefix[] = "/dev/fdset/";
	char file[64];

	if (json_str(j, json_get(j, inserted, "node-name"), d->node, sizeof(d->node)) < 0)
		d->node[0] = '\0';
	d->fdset = -1;
	if (json_str(j, json_get(j, inserted, "file"), file, sizeof(file)) > 0 && !strncmp(file, prefix, sizeof(prefix) - 1))
		d->fdset = strtoll(file + sizeof(prefix) - 1, NULL, 10);
	for (int i = 0; i < THROTTLE_KEYS; i++)
		d->throttle[i] = json_int_or(j, json_get(j, inserted, throttle_keys[i]), -1);
}

void drives_parse(struct drives *d, const struct json *j, int v)
{
	int iter = 0, item;

	d->n = 0;
	while (json_is_array(j, v) && d->n < DRIVES_MAX && json_next(j, v, &iter, NULL, &item)) {
		struct drive *new = &d->v[d->n];

		*new = (struct drive){ .fdset = -1 };
		if (json_str(j, json_get(j, item, "qdev"), new->qdev, sizeof(new->qdev)) <= 0 ||
		    !drive_id(new->qdev, new->id, sizeof(new->id)))
			continue;
		new->removable = json_bool(j, json_get(j, item, "removable")) == 1;
		new->has_tray = json_get(j, item, "tray_open") >= 0;
		new->open = json_bool(j, json_get(j, item, "tray_open")) == 1;
		new->locked = json_bool(j, json_get(j, item, "locked")) == 1;
		take_medium(new, j, json_get(j, item, "inserted"));
		d->n++;
	}
}

int live_drives(struct qmp *q, struct drives *d, deadline_t until)
{
	int rc = qmp_execute(q, "query-block", NULL, NULL, until);

	if (rc >= 0)
		drives_parse(d, &q->json, qmp_return(q));
	return rc;
}

const struct drive *drives_find(const struct drives *d, const char *id)
{
	for (size_t i = 0; i < d->n; i++)
		if (!strcmp(d->v[i].id, id))
			return &d->v[i];
	return NULL;
}

int live_find_device(struct qmp *q, const char *prefix, const char *name, struct buf *list, deadline_t until)
{
	int iter = 0, item, found = 0, rc = qmp_execute(q, "qom-list", "{\"path\": \"/machine/peripheral\"}", NULL, until);
	size_t skip = strlen(prefix);

	while (rc >= 0 && json_next(&q->json, qmp_return(q), &iter, NULL, &item)) {
		char id[64];

		if (json_str(&q->json, json_get(&q->json, item, "name"), id, sizeof(id)) < 0 || strncmp(id, prefix, skip))
			continue;
		buf_adds(list, list->len ? ", " : "");
		buf_add_safe(list, id + skip, strlen(id + skip));
		found |= !strcmp(id + skip, name);
	}
	return rc < 0 ? rc : found;
}

static int no_balloon(int rc, const struct qmp_error *error)
{
	if (rc == -EREMOTEIO && !strcmp(error->class, "DeviceNotActive"))
		fail_exit(EXIT_FAILED, "it has no balloon: start it with the option balloon");
	return rc;
}

int live_balloon(struct qmp *q, uint64_t *actual, deadline_t until)
{
	struct qmp_error error;
	int rc = qmp_execute(q, "query-balloon", NULL, &error, until);

	if (rc < 0)
		return no_balloon(rc, &error);
	if (!json_uint(&q->json, json_get(&q->json, qmp_return(q), "actual"), actual))
		return fail(-EPROTO, "query-balloon did not return a size");
	return 0;
}

int live_balloon_set(struct qmp *q, uint64_t bytes, deadline_t until)
{
	autobuf struct buf args = BUF_INIT;
	struct qmp_error error;

	buf_addf(&args, "{\"value\": %llu}", (unsigned long long)bytes);
	return no_balloon(qmp_execute(q, "balloon", buf_str(&args), &error, until), &error);
}
