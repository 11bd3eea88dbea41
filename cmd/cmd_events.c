/* SPDX-License-Identifier: MIT */
/* husk events: the journal of a VM, one event a line, from before anyone listened. */
#include "cmds.h"
#include "show.h"

#include <base/err.h>
#include <base/log.h>
#include <errno.h>
#include <string.h>
#include <vm/tail.h>

const struct opt events_opts[] = {
	OPT_FLAG(struct events_opts, follow, "follow", "go on with what happens, until the VM ends", .letter = 'f'),
	OPT_CUSTOM(struct events_opts, since, int64_t, "since", "WHEN", since_parse,
		   "not what happened before: 5m (ago), 2026-11-23T01:02:03Z, @SECONDS"),
	OPT_STRINGS(struct events_opts, types, "type", "TYPE[,TYPE...]", "only events of these types, in any case"),
	OPT_INT(struct events_opts, lines, "lines", 0, 1000000000, "of what has happened only the last N", .letter = 'n',
		.deflt = "all"),
	{ 0 }
};

void events_defaults(void *opts)
{
	((struct events_opts *)opts)->lines = -1;
}

static int check_types(const struct cmd_ctx *ctx, const struct opt_strings *types)
{
	for (size_t i = 0; i < types->n; i++)
		for (const char *s = types->v[i];; s++) {
			size_t n = event_type_len(s);

			s += n;
			if (!n || (*s && *s != ','))
				return opt_fail(opt_where(ctx->set, "type"), "type", "\"%.80s\" is no list of event types",
						types->v[i]);
			if (!*s)
				break;
		}
	return 0;
}

static bool wanted(const struct events_opts *opts, const struct event *e)
{
	size_t len = strlen(e->name);

	if (e->us < opts->since)
		return false;
	for (size_t i = 0; i < opts->types.n; i++)
		for (const char *s = opts->types.v[i]; *s; s += strcspn(s, ","), s += *s == ',')
			if (strcspn(s, ",") == len && !strncasecmp(s, e->name, len))
				return true;
	return !opts->types.n;
}

struct lister {
	struct cmd_ctx *ctx;
	struct tail tail;
	struct json j;
	bool odd;		/* it was said that the journal has lines that are no events */
	struct buf out;
};

static void say_oddities(struct lister *l, bool odd)
{
	if (l->tail.gap)
		warn("%s: some events are lost: they came faster than they were read", l->tail.dir->name);
	l->tail.gap = false;
	if ((odd || l->tail.skipped) && !l->odd) {
		warn("%s: the journal has lines that are no events; they are left out", l->tail.dir->name);
		l->odd = true;
	}
}

/* All events that are there now, of which the last ones may be wanted. */
static int show_new(struct lister *l, int64_t lines)
{
	const struct events_opts *opts = l->ctx->opts;
	const char *line, *from;
	struct event e;
	size_t len;
	int rc;

	while ((rc = tail_line(&l->tail, &line, &len)) > 0) {
		bool odd = event_parse(&l->j, line, len, &e) < 0;

		say_oddities(l, odd);
		err_clear();
		if (odd || !wanted(opts, &e))
			continue;
		if (l->ctx->g.json)
			show_event_json(&l->out, &l->j);
		else
			show_event(&l->out, &l->j, &e);
		buf_addc(&l->out, '\n');
		if (lines < 0 && l->out.len >= 4096) {
			rc = show_write(l->ctx, buf_str(&l->out), l->out.len);
			buf_clear(&l->out);
			if (rc < 0)
				return rc;
		}
	}
	say_oddities(l, false);
	if (rc >= 0) {
		from = show_last_lines(buf_str(&l->out), l->out.len, lines);
		rc = show_write(l->ctx, from, l->out.len - (size_t)(from - buf_str(&l->out)));
	}
	buf_clear(&l->out);
	return rc;
}

static int follow(struct lister *l)
{
	int rc;

	for (;;) {
		rc = show_new(l, -1);
		if (rc < 0)
			return rc;
		rc = tail_wait(&l->tail, 1, l->ctx->deadline);
		if (rc == TAIL_DEADLINE)
			return fail_exit(EXIT_DEADLINE, "%s still runs", l->tail.dir->name);
		if (rc == TAIL_END)
			return tail_over(&l->tail);
		if (rc != TAIL_MORE)
			return rc < 0 ? rc : 0;
	}
}

int cmd_events(struct cmd_ctx *ctx)
{
	const struct events_opts *opts = ctx->opts;
	struct lister l = { .ctx = ctx, .tail = TAIL_INIT };
	autorundir struct rundir r = { .fd = -1 };
	autovmdir struct vmdir d = VMDIR_INIT;
	int rc = check_types(ctx, &opts->types);

	if (rc >= 0)
		rc = show_open(ctx, &r, &d);
	if (rc >= 0)
		rc = tail_open(&l.tail, &d, "events.jsonl");
	l.tail.only_backlog = true;
	if (rc >= 0)
		rc = show_new(&l, opts->lines);
	l.tail.only_backlog = false;
	if (rc >= 0 && opts->follow)
		rc = follow(&l);
	tail_close(&l.tail);
	json_free(&l.j);
	buf_free(&l.out);
	return rc == -EPIPE ? EXIT_OK : rc;
}
