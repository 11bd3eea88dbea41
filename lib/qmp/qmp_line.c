/* SPDX-License-Identifier: MIT */
/* What one QMP line says: functions of the bytes alone. */
#include <qmp/qmp.h>

#include <base/err.h>
#include <errno.h>

/* Every top-level member that has a meaning, once. */
struct members {
	int greeting, ret, error, event, data, id, timestamp;
};

static int collect(const struct json *j, struct members *m)
{
	const struct { const char *name; int *v; } known[] = {
		{ "QMP", &m->greeting }, { "return", &m->ret }, { "error", &m->error }, { "event", &m->event },
		{ "data", &m->data }, { "id", &m->id }, { "timestamp", &m->timestamp },
	};
	int iter = 0, key, value;

	*m = (struct members){ -1, -1, -1, -1, -1, -1, -1 };
	while (json_next(j, 0, &iter, &key, &value)) {
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
			if (!json_eq(j, key, known[i].name))
				continue;
			if (*known[i].v >= 0)
				return fail(-EPROTO, "member %s comes twice", known[i].name);
			*known[i].v = value;
			break;
		}
	}
	return 0;
}

static int parse_event(const struct json *j, const struct members *m, struct qmp_msg *msg)
{
	if (json_str(j, m->event, msg->event, sizeof(msg->event)) <= 0)
		return fail(-EPROTO, "an event without a proper name");
	if (m->data >= 0 && !json_is_object(j, m->data))
		return fail(-EPROTO, "an event whose data is no object");
	msg->kind = QMP_EVENT;
	msg->value = m->data;
	msg->seconds = json_int_or(j, json_get(j, m->timestamp, "seconds"), 0);
	msg->micros = json_int_or(j, json_get(j, m->timestamp, "microseconds"), 0);
	return 0;
}

int qmp_parse_line(struct json *j, const char *line, size_t len, struct qmp_msg *msg)
{
	struct members m;
	int err;

	*msg = (struct qmp_msg){ .kind = QMP_BAD, .value = -1 };
	err = json_parse(j, line, len);
	if (err < 0)
		return err;
	if (!json_is_object(j, 0))
		return fail(-EPROTO, "a line that is no JSON object");
	err = collect(j, &m);
	if (err < 0)
		return err;
	if ((m.greeting >= 0) + (m.ret >= 0) + (m.error >= 0) + (m.event >= 0) != 1)
		return fail(-EPROTO, "a line that is not one of greeting, return, error and event");
	if (m.id >= 0 && !json_uint(j, m.id, &msg->id))
		return fail(-EPROTO, "an id that was never sent");
	msg->has_id = m.id >= 0;
	if (m.event >= 0)
		return parse_event(j, &m, msg);
	if (m.ret >= 0) {
		msg->kind = QMP_RETURN;
		msg->value = m.ret;
		return 0;
	}
	msg->value = m.error >= 0 ? m.error : m.greeting;
	if (!json_is_object(j, msg->value))
		return fail(-EPROTO, "%s is no object", m.error >= 0 ? "error" : "QMP");
	msg->kind = m.error >= 0 ? QMP_ERROR : QMP_GREETING;
	return 0;
}

/* A cut may have gone through the middle of a character. */
static void trim_utf8(char *s, size_t len)
{
	size_t at = len;

	while (at > 0 && len - at < 4 && ((unsigned char)s[at - 1] & 0xc0) == 0x80)
		at--;
	if (at > 0 && (unsigned char)s[at - 1] >= 0xc0 && !json_utf8_len(s + at - 1, len - at + 1))
		s[at - 1] = '\0';
}

static void safe_text(const struct json *j, int v, char *out, size_t size)
{
	struct buf b = { .data = out, .cap = size, .fixed = true };
	size_t len;
	char *s = json_dup(j, v, &len);

	*out = '\0';
	if (!s)
		return;
	if (len > size + 4)
		len = size + 4;			/* the rest would be cut anyway; the character at the cut stays whole */
	buf_add_safe(&b, s, len);
	trim_utf8(out, b.len);
	free(s);
}

void qmp_parse_error(const struct json *j, int v, struct qmp_error *error)
{
	safe_text(j, json_get(j, v, "class"), error->class, sizeof(error->class));
	safe_text(j, json_get(j, v, "desc"), error->desc, sizeof(error->desc));
	if (!error->class[0])
		memcpy(error->class, "GenericError", sizeof("GenericError"));
	if (!error->desc[0])
		memcpy(error->desc, "refused without a reason", sizeof("refused without a reason"));
}

static bool is_key(const struct json *j, int v)
{
	int parent = j->tok[v].parent;

	return j->tok[v].type == JSMN_STRING && parent >= 0 && json_is_object(j, parent);
}

static bool names_secret(const struct json *j, int key, bool secret_object)
{
	static const char *const names[] = { "password", "passphrase", "secret", "key-secret" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (json_eq(j, key, names[i]))
			return true;
	return secret_object && json_eq(j, key, "data");
}

/* One answer for the whole line: asking each object for its qom-type would be quadratic, and too much masked is no harm. */
static bool has_secret_object(const struct json *j)
{
	for (int v = 0; v + 1 < j->ntok; v++)
		if (is_key(j, v) && json_eq(j, v, "qom-type") && json_eq(j, v + 1, "secret"))
			return true;
	return false;
}

void qmp_mask(const struct json *j, struct buf *out, size_t max)
{
	bool secret_object = has_secret_object(j);
	size_t stop = out->len + max, at = 0, n;

	for (int v = 0; v + 1 < j->ntok && out->len < stop; v++) {
		const char *value = json_raw(j, v + 1, &n);
		size_t start = (size_t)(value - j->text);

		if (start < at || !is_key(j, v) || !names_secret(j, v, secret_object))
			continue;
		if (start - at >= stop - out->len)
			break;
		buf_add(out, j->text + at, start - at);
		buf_adds(out, "\"***\"");
		at = start + n;
	}
	if (out->len < stop && at < j->len)
		buf_add(out, j->text + at, j->len - at < stop - out->len ? j->len - at : stop - out->len);
}
