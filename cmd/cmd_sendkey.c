/* SPDX-License-Identifier: MIT */
/* husk sendkey: keys at the guest's keyboard. */
#include "cmds.h"
#include "show.h"

#include <base/err.h>
#include <errno.h>
#include <spec/keys.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOLD_MS 100		/* QEMU's own default */
#define TEXT_HOLD_MS 20
/* QEMU queues at most 1024 events and drops the rest without a word (ui/input.c); a key makes six. */
#define QUEUE_MS_MAX 2000
#define QUEUE_KEYS_MAX 100

const struct opt sendkey_opts[] = {
	OPT_INT(struct sendkey_opts, hold, "hold", 1, 10000, "milliseconds between press and release, and behind them",
		.deflt = "100, for --text 20"),
	OPT_STRING(struct sendkey_opts, text, "text", "TEXT", "type this first, on a US layout; \\n \\t \\b \\e \\\\ are return, tab, "
		   "backspace, escape, backslash"),
	{ 0 }
};

/* The devices below a place of QEMU's tree: is one of them a keyboard? */
static int find_keyboard(struct qmp *q, const char *path, bool *found, deadline_t until)
{
	static const char *const types[] = { "child<i8042>", "child<usb-kbd>", "child<virtio-keyboard", "child<virtio-input-host" };
	autobuf struct buf args = BUF_INIT;
	struct json_out o = JSON_OUT(&args);
	int iter = 0, item, rc;

	json_open(&o, NULL, '{');
	json_put_str(&o, "path", path);
	json_close(&o, '}');
	rc = qmp_execute(q, "qom-list", buf_str(&args), NULL, until);
	if (rc == -EREMOTEIO)
		return 0;		/* no such place: nothing there */
	while (rc >= 0 && json_next(&q->json, qmp_return(q), &iter, NULL, &item)) {
		char type[64];

		if (json_str(&q->json, json_get(&q->json, item, "type"), type, sizeof(type)) < 0)
			continue;
		for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
			*found |= !strncmp(type, types[i], strlen(types[i]));
	}
	return rc;
}

/* send-key succeeds where there is none. */
static int need_keyboard(struct qmp *q, const char *name, deadline_t until)
{
	static const char *const places[] = { "/machine/unattached", "/machine/peripheral", "/machine/peripheral-anon" };
	bool found = false;
	int rc = 0;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && !found && rc >= 0; i++)
		rc = find_keyboard(q, places[i], &found, until);
	if (rc < 0 || found)
		return rc < 0 ? rc : 0;
	return fail_exit(EXIT_FAILED, "%s has no keyboard: machines q35 and pc have one; others get one with --qemu-arg -device "
			 "--qemu-arg virtio-keyboard-pci", name);
}

static int send(struct qmp *q, const struct keys *k, int64_t hold, deadline_t until)
{
	autobuf struct buf args = BUF_INIT;
	struct json_out o = JSON_OUT(&args);

	json_open(&o, NULL, '{');
	json_open(&o, "keys", '[');
	for (size_t i = 0; i < k->n; i++) {
		bool number = !strncmp(k->name[i], "0x", 2);

		json_open(&o, NULL, '{');
		json_put_str(&o, "type", number ? "number" : "qcode");
		if (number)
			json_put_int(&o, "data", strtol(k->name[i], NULL, 16));
		else
			json_put_str(&o, "data", k->name[i]);
		json_close(&o, '}');
	}
	json_close(&o, ']');
	json_put_int(&o, "hold-time", hold);
	json_close(&o, '}');
	return qmp_execute(q, "send-key", buf_str(&args), NULL, until);
}

/* Until QEMU has played what it has queued; it goes on doing so when nobody waits. */
static int drain(int64_t *queued, deadline_t until)
{
	deadline_t played = deadline_in(*queued);

	(void)loop_poll(NULL, 0, deadline_min(played, until));
	*queued = 0;
	return played <= until ? 0 : fail_exit(EXIT_DEADLINE, "the deadline passed before all keys were played");
}

static int send_all(struct qmp *q, const struct keys *k, size_t n, int64_t hold, int64_t *queued, deadline_t until)
{
	int rc = 0;

	for (size_t i = 0, held = 0; i < n && rc >= 0; i++) {
		rc = send(q, &k[i], hold, until);
		/* one pause behind each press and each release */
		*queued += 2 * (int64_t)k[i].n * hold;
		if (rc >= 0 && i + 1 < n && (*queued > QUEUE_MS_MAX || ++held == QUEUE_KEYS_MAX)) {
			rc = drain(queued, until);
			held = 0;
		}
	}
	return rc;
}

int cmd_sendkey(struct cmd_ctx *ctx)
{
	const struct sendkey_opts *opts = ctx->opts;
	size_t length = opts->text ? strlen(opts->text) : 0, nwords = (size_t)ctx->nargs - 1;
	struct keys *text = pool_alloc(&ctx->pool, (length + 1) * sizeof(*text));
	struct keys *word = pool_alloc(&ctx->pool, (nwords + 1) * sizeof(*word));
	autovmdir struct vmdir d = VMDIR_INIT;
	autoqmp struct qmp q = QMP_INIT;
	autoclose int lock = -1;
	int64_t queued = 0;
	int rc = 0, ntext = 0;

	for (size_t i = 0; i < nwords && rc >= 0; i++)
		rc = keys_parse(&ctx->pool, ctx->args[i + 1], &word[i]);
	if (rc >= 0 && opts->text)
		rc = ntext = keys_of_text(opts->text, text);
	if (rc >= 0 && !nwords && !ntext)
		return fail_exit(EXIT_USAGE, "sendkey: neither keys nor --text");
	if (rc >= 0)
		rc = show_control(ctx, "sendkey", &d, &q, &lock);
	if (rc >= 0)
		rc = need_keyboard(&q, d.name, ctx->deadline);
	if (rc >= 0)
		rc = send_all(&q, text, (size_t)ntext, opts->hold ? opts->hold : TEXT_HOLD_MS, &queued, ctx->deadline);
	if (rc >= 0)
		rc = send_all(&q, word, nwords, opts->hold ? opts->hold : HOLD_MS, &queued, ctx->deadline);
	/* nothing more is asked: others may have the monitor meanwhile */
	qmp_close(&q);
	fd_close(&lock);
	if (rc >= 0)
		rc = drain(&queued, ctx->deadline);
	if (rc >= 0 && ctx->g.json)
		printf("{\"name\": \"%s\", \"sent\": %zu}\n", d.name, (size_t)ntext + nwords);
	return rc;
}
