/* SPDX-License-Identifier: MIT */
/* husk qmp, husk hmp: commands for QEMU itself. */
#include "cmds.h"
#include "show.h"

#include <base/err.h>
#include <base/log.h>
#include <errno.h>
#include <fcntl.h>
#include <qmp/args.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_LINE_MAX (16u << 20)

const struct opt qmp_opts[] = {
	OPT_STRINGS(struct qmp_opts, fd, "fd", "NAME=PATH", "pass a file, opened read-write or else read-only, as getfd NAME first"),
	OPT_FLAG(struct qmp_opts, events, "events", "print the events that arrive meanwhile, before the reply"),
	{ 0 }
};

static void print_event(void *ctx, const struct qmp_event *e)
{
	size_t len = e->json->len;

	(void)ctx;
	while (len && (e->json->text[len - 1] == '\n' || e->json->text[len - 1] == '\r'))
		len--;
	fwrite(e->json->text, 1, len, stdout);
	fputc('\n', stdout);
}

static int pass_file(struct qmp *q, const char *spec, deadline_t until)
{
	const char *equals = strchr(spec, '=');
	autobuf struct buf args = BUF_INIT;
	struct json_out o = JSON_OUT(&args);
	autoclose int fd = -1;

	if (!equals || equals == spec || !equals[1])
		return fail_exit(EXIT_USAGE, "--fd %s: expected NAME=PATH", spec);
	fd = open(equals + 1, O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 && (errno == EACCES || errno == EROFS || errno == EISDIR))
		fd = open(equals + 1, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return fail(-errno, "open %s", equals + 1);
	json_open(&o, NULL, '{');
	json_put_strn(&o, "fdname", spec, (size_t)(equals - spec));
	json_close(&o, '}');
	return qmp_execute_fds(q, "getfd", buf_str(&args), &fd, 1, NULL, until);
}

/* One command, refused or sent; its return value on stdout. */
static int execute(struct qmp *q, const char *command, const char *args, deadline_t until)
{
	autojson struct json j = JSON_INIT;
	struct qmp_error error;
	const char *why, *raw;
	size_t len;
	int rc;

	if (json_parse(&j, args, strlen(args)) < 0 || !json_is_object(&j, 0))
		return fail_exit(EXIT_USAGE, "%s: the arguments are no JSON object", command);
	why = qmp_refusal(command, &j, 0);
	if (why)
		return fail_exit(EXIT_FAILED, "%s: refused: %s", command, why);
	rc = qmp_execute(q, command, args, &error, until);
	if (rc == -EREMOTEIO)
		return fail_exit(EXIT_FAILED, "%s: %s: %s", command, error.class, error.desc);
	if (rc == -ECONNRESET && q->eof && !strcmp(command, "quit")) {
		err_clear();
		puts("{}");
		return 0;
	}
	if (rc < 0)
		return rc;
	raw = json_raw(&q->json, qmp_return(q), &len);
	fwrite(raw, 1, len, stdout);
	fputc('\n', stdout);
	return fflush(stdout) ? fail(-errno, "write to stdout") : 0;
}

/* {"execute": "...", "arguments": {...}}, or the command's name alone. */
static int execute_text(struct qmp *q, const char *text, size_t len, deadline_t until)
{
	autojson struct json j = JSON_INIT;
	char command[128], *args = NULL;
	const char *raw;
	size_t n;
	int rc;

	rc = json_parse(&j, text, len);
	if (rc < 0)
		return fail_exit(EXIT_USAGE, "not a QMP command: %s", err_text());
	if (json_str(&j, json_get(&j, 0, "execute"), command, sizeof(command)) < 0)
		return fail_exit(EXIT_USAGE, "not a QMP command: no \"execute\" with a command's name");
	raw = json_raw(&j, json_get(&j, 0, "arguments"), &n);
	args = raw ? strndup(raw, n) : strdup("{}");
	if (!args)
		return fail(-ENOMEM, "%s", command);
	rc = execute(q, command, args, until);
	free(args);
	return rc;
}

/* A stream: one JSON command a line; the first one that fails ends it. */
static int execute_stream(struct cmd_ctx *ctx, struct qmp *q)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;
	int rc = 0;

	while (rc >= 0 && (n = getline(&line, &size, stdin)) > 0) {
		if ((size_t)n > INPUT_LINE_MAX)
			rc = fail_exit(EXIT_USAGE, "a line of the input is longer than %u bytes", INPUT_LINE_MAX);
		else if (strspn(line, " \t\r\n") != (size_t)n)
			/* each has the whole budget: a script may think between two lines */
			rc = execute_text(q, line, (size_t)n, ctx->g.timeout_ms >= 0 ? ctx->deadline : deadline_in(ctx->cmd->budget_ms));
	}
	free(line);
	return rc;
}

int cmd_qmp(struct cmd_ctx *ctx)
{
	const struct qmp_opts *opts = ctx->opts;
	autovmdir struct vmdir d = VMDIR_INIT;
	autobuf struct buf args = BUF_INIT;
	autoqmp struct qmp q = QMP_INIT;
	autoclose int lock = -1;
	const char *command = ctx->args[1];
	int rc = 0;

	if (command[0] == '{' || !strcmp(command, "-")) {
		if (ctx->nargs > 2)
			return fail_exit(EXIT_USAGE, "%s: what follows a whole command is not understood", ctx->args[2]);
	} else {
		rc = qmp_args(&ctx->pool, ctx->args + 2, (size_t)ctx->nargs - 2, &args);
	}
	if (rc >= 0)
		rc = show_control(ctx, "qmp", &d, &q, &lock);
	if (opts->events)
		q.on_event = print_event;
	for (size_t i = 0; i < opts->fd.n && rc >= 0; i++)
		rc = pass_file(&q, opts->fd.v[i], ctx->deadline);
	if (rc < 0)
		return rc;
	if (!strcmp(command, "-"))
		return execute_stream(ctx, &q);
	if (command[0] == '{')
		return execute_text(&q, command, strlen(command), ctx->deadline);
	return execute(&q, command, buf_str(&args), ctx->deadline);
}

int cmd_hmp(struct cmd_ctx *ctx)
{
	autovmdir struct vmdir d = VMDIR_INIT;
	autobuf struct buf args = BUF_INIT, line = BUF_INIT, out = BUF_INIT;
	struct json_out o = JSON_OUT(&args);
	autoqmp struct qmp q = QMP_INIT;
	autoclose int lock = -1;
	const char *why;
	char *text;
	size_t len;
	int rc;

	for (int i = 1; i < ctx->nargs; i++)
		buf_addf(&line, "%s%s", i > 1 ? " " : "", ctx->args[i]);
	why = hmp_refusal(buf_str(&line));
	if (why)
		return fail_exit(EXIT_FAILED, "refused: %s", why);
	json_open(&o, NULL, '{');
	json_put_str(&o, "command-line", buf_str(&line));
	json_close(&o, '}');
	rc = show_control(ctx, "hmp", &d, &q, &lock);
	if (rc >= 0)
		rc = qmp_execute(&q, "human-monitor-command", buf_str(&args), NULL, ctx->deadline);
	if (rc < 0)
		return rc;
	text = json_dup(&q.json, qmp_return(&q), &len);
	if (!text)
		return fail(-EPROTO, "human-monitor-command did not return a text");
	if (ctx->g.json) {
		struct json_out s = JSON_OUT(&out);

		json_put_strn(&s, NULL, text, len);
		show_out(&out);
	} else {
		fwrite(text, 1, len, stdout);
	}
	free(text);
	return 0;
}

/* The commands that are one QMP command each: by the name of the row. */
static const struct {
	const char *name, *command;
} simple[] = {
	{ "pause", "stop" }, { "resume", "cont" }, { "reset", "system_reset" }, { "powerdown", "system_powerdown" },
	{ "nmi", "inject-nmi" },
};

int cmd_simple(struct cmd_ctx *ctx)
{
	autovmdir struct vmdir d = VMDIR_INIT;
	autoqmp struct qmp q = QMP_INIT;
	autoclose int lock = -1;
	const char *command = NULL;
	int rc;

	for (size_t i = 0; i < sizeof(simple) / sizeof(simple[0]); i++)
		if (!strcmp(simple[i].name, ctx->cmd->name))
			command = simple[i].command;
	rc = show_control(ctx, ctx->cmd->name, &d, &q, &lock);
	if (rc >= 0)
		rc = qmp_execute(&q, command, NULL, NULL, ctx->deadline);
	if (rc >= 0 && ctx->g.json)
		printf("{\"name\": \"%s\", \"done\": \"%s\"}\n", d.name, ctx->cmd->name);
	return rc;
}
