/* SPDX-License-Identifier: MIT */
/* The guest agent's commands without I/O. */
#include <qmp/qga_cmd.h>

#include <base/base64.h>
#include <base/buf.h>
#include <base/err.h>
#include <errno.h>
#include <string.h>

static void put_list(struct json_out *o, const char *key, const char *const *v, size_t n)
{
	json_open(o, key, '[');
	for (size_t i = 0; i < n; i++)
		json_put_str(o, NULL, v[i]);
	json_close(o, ']');
}

int qga_exec_args(const struct qga_exec *e, struct buf *out)
{
	struct json_out o = JSON_OUT(out);
	struct buf text autobuf = BUF_INIT;

	json_open(&o, NULL, '{');
	json_put_str(&o, "path", e->argv[0]);
	put_list(&o, "arg", e->argv + 1, e->argc - 1);
	if (e->nenv)
		put_list(&o, "env", e->env, e->nenv);
	if (e->input) {
		/* base64 needs no escape */
		buf_addc(&text, '"');
		base64_add(&text, e->input, e->input_len);
		buf_addc(&text, '"');
		json_put_raw(&o, "input-data", buf_str(&text), text.len);
	}
	json_put_bool(&o, "capture-output", !e->no_output);
	json_close(&o, '}');
	return out->failed || text.failed ? fail(-ENOMEM, "guest-exec") : 0;
}

int qga_parse_exec_status(const struct json *j, int v, struct qga_exec_status *s)
{
	int exited = json_bool(j, json_get(j, v, "exited"));

	*s = (struct qga_exec_status){ .exited = exited == 1, .out = -1, .err = -1 };
	if (exited < 0)
		return fail(-EPROTO, "guest-exec-status: the guest agent does not say whether the program has ended");
	if (!s->exited)
		return 0;
	s->code = json_int_or(j, json_get(j, v, "exitcode"), 0);
	s->signal = json_int_or(j, json_get(j, v, "signal"), 0);
	s->out_cut = json_bool(j, json_get(j, v, "out-truncated")) == 1;
	s->err_cut = json_bool(j, json_get(j, v, "err-truncated")) == 1;
	s->out = json_get(j, v, "out-data");
	s->err = json_get(j, v, "err-data");
	return 0;
}

int qga_exec_exit(const struct qga_exec_status *s)
{
	if (s->signal)
		return s->signal > 0 && s->signal < 127 ? 128 + (int)s->signal : 255;
	return s->code >= 0 && s->code <= 255 ? (int)s->code : 255;
}

/* GLib's words (g_spawn_async) around strerror(3)'s; the agent's locale is C. */
int qga_exec_refusal(const char *desc)
{
	if (!strstr(desc, "Failed to execute") && !strstr(desc, "CreateProcess"))
		return EXIT_NO_PROGRAM_RUN;
	return strstr(desc, "No such file") ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}

ssize_t qga_bytes(const struct json *j, int v, struct buf *out)
{
	const char *raw, *text;
	char *own = NULL;
	size_t len = 0;
	ssize_t n;

	if (v < 0)
		return 0;
	raw = json_is_string(j, v) ? json_raw(j, v, &len) : NULL;
	if (!raw)
		return fail(-EPROTO, "the guest agent sent no base64 where it must");
	text = raw + 1;
	len -= 2;
	/* "\/" is the one escape that a base64 text may have */
	if (memchr(text, '\\', len)) {
		text = own = json_dup(j, v, &len);
		if (!own)
			return fail(-ENOMEM, "base64");
	}
	n = buf_reserve(out, len / 4 * 3 + 1) < 0 ? -ENOMEM : base64_decode(text, len, out->data + out->len);
	free(own);
	if (n < 0)
		return fail((int)n, "the guest agent sent something that is no base64");
	out->len += (size_t)n;
	out->data[out->len] = '\0';
	return n;
}

bool qga_next_address(struct qga_addresses *a, struct qga_address *out)
{
	const struct json *j = a->j;
	int v;

	for (;;) {
		if (!json_next(j, a->inner, &a->inner_iter, NULL, &v)) {
			/* looked up once for each interface: a guest may say a million addresses */
			if (!json_next(j, a->list, &a->iter, NULL, &v))
				return false;
			a->name = json_get(j, v, "name");
			a->mac = json_get(j, v, "hardware-address");
			a->inner = json_get(j, v, "ip-addresses");
			a->inner_iter = 0;
			continue;
		}
		*out = (struct qga_address){ .prefix = json_int_or(j, json_get(j, v, "prefix"), -1) };
		if (json_str(j, json_get(j, v, "ip-address"), out->address, sizeof(out->address)) <= 0)
			continue;
		if (json_str(j, a->name, out->interface, sizeof(out->interface)) <= 0)
			memcpy(out->interface, "?", 2);
		if (json_str(j, a->mac, out->mac, sizeof(out->mac)) < 0)
			out->mac[0] = '\0';
		out->v6 = json_eq(j, json_get(j, v, "ip-address-type"), "ipv6");
		out->loopback = out->v6 ? !strcmp(out->address, "::1") : !strncmp(out->address, "127.", 4);
		return true;
	}
}

enum qga_allows qga_allows(const struct json *j, int v, const char *command)
{
	int list = json_get(j, v, "supported_commands"), iter = 0, item;

	while (json_next(j, list, &iter, NULL, &item))
		if (json_eq(j, json_get(j, item, "name"), command))
			return json_bool(j, json_get(j, item, "enabled")) == 0 ? QGA_DISABLED : QGA_ENABLED;
	return QGA_UNKNOWN_COMMAND;
}
