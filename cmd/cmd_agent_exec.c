/* SPDX-License-Identifier: MIT */
/* husk agent NAME exec: a program in the guest, as if it were here. */
#include "cmds.h"
#include "show.h"

#include <base/base64.h>
#include <base/err.h>
#include <base/fd.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <vm/agent.h>

#define INPUT_MAX (32u << 20)	/* in base64 it must stay below the agent's 64 MiB for a token (qobject/json-streamer.c) */

static int read_input(const char *path, struct buf *b, deadline_t until)
{
	autoclose int own = -1;
	int fd = 0;
	ssize_t n = 1;

	if (strcmp(path, "-") != 0)
		fd = own = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return fail(-errno, "open %s", path);
	while (n > 0) {
		if (buf_reserve(b, 65536) < 0)
			return fail(-ENOMEM, "%s", path);
		if (loop_readable(fd, until) == 0)
			return fail_exit(EXIT_DEADLINE, "%s: its end did not come before the deadline", path);
		n = fd_read(fd, b->data + b->len, 65536);
		b->len += n > 0 ? (size_t)n : 0;
		if (b->len > INPUT_MAX)
			return fail_exit(EXIT_FAILED, "%s: more than %u MiB cannot be handed to a program; use put", path, INPUT_MAX >> 20);
	}
	return n < 0 ? fail((int)n, "read %s", path) : 0;
}

static bool is_utf8(const char *p, size_t len)
{
	for (size_t i = 0, n; i < len; i += n) {
		n = json_utf8_len(p + i, len - i);
		if (!n)
			return false;
	}
	return true;
}

static void put_stream(struct json_out *o, const char *name, const struct buf *b, bool cut)
{
	char key[32];

	json_put_strn(o, name, buf_str(b), b->len);
	snprintf(key, sizeof(key), "%s_cut", name);
	json_put_bool(o, key, cut);
	if (!is_utf8(buf_str(b), b->len)) {
		autobuf struct buf text = BUF_INIT;

		base64_add(&text, b->data, b->len);
		snprintf(key, sizeof(key), "%s_base64", name);
		json_put_str(o, key, buf_str(&text));
	}
}

static void print_json(int64_t pid, const struct qga_exec_status *s, const struct buf *out, const struct buf *err)
{
	autobuf struct buf b = BUF_INIT;
	struct json_out o = JSON_OUT(&b);

	json_open(&o, NULL, '{');
	json_put_int(&o, "pid", pid);
	json_put_int(&o, "exit", qga_exec_exit(s));
	json_put_int(&o, "exitcode", s->code);
	if (s->signal)
		json_put_int(&o, "signal", s->signal);
	else
		json_put_null(&o, "signal");
	put_stream(&o, "stdout", out, s->out_cut);
	put_stream(&o, "stderr", err, s->err_cut);
	json_close(&o, '}');
	show_out(&b);
}

/* Said under -q too: output that is missing must not pass for the whole. */
static void say_cut(const char *stream, bool cut, size_t len)
{
	if (cut)
		fprintf(stderr, "husk: warning: %s is cut: the agent kept its first %zu bytes\n", stream, len);
}

static int print_end(struct cmd_ctx *ctx, struct agent *a, int64_t pid, const struct qga_exec_status *s)
{
	const struct agent_opts *opts = ctx->opts;
	autobuf struct buf out = BUF_INIT, err = BUF_INIT;

	if (qga_bytes(&a->qga.conn.json, s->out, &out) < 0 || qga_bytes(&a->qga.conn.json, s->err, &err) < 0)
		return -EPROTO;
	if (ctx->g.json) {
		print_json(pid, s, &out, &err);
		return qga_exec_exit(s);
	}
	show_guest(stdout, opts->raw, buf_str(&out), out.len);
	fflush(stdout);
	show_guest(stderr, opts->raw, buf_str(&err), err.len);
	say_cut("standard output", s->out_cut, out.len);
	say_cut("standard error", s->err_cut, err.len);
	if (s->code != qga_exec_exit(s) && !s->signal)
		fprintf(stderr, "husk: warning: the program ended with %" PRId64 ", which no exit code here can say\n", s->code);
	return qga_exec_exit(s);
}

static int execute(struct cmd_ctx *ctx)
{
	const struct agent_opts *opts = ctx->opts;
	struct qga_exec e = { .argv = ctx->words, .argc = (size_t)ctx->nwords, .env = opts->env.v, .nenv = opts->env.n,
			      .no_output = opts->detach };
	autovmdir struct vmdir d = VMDIR_INIT;
	autoagent struct agent a = AGENT_INIT;
	autobuf struct buf input = BUF_INIT;
	struct qga_exec_status s;
	int64_t pid = 0;
	int rc = opts->input ? read_input(opts->input, &input, ctx->deadline) : 0;

	for (size_t i = 0; i < opts->env.n; i++)
		if (!strchr(opts->env.v[i], '='))
			return fail_exit(EXIT_USAGE, "--env %s: expected KEY=VALUE", opts->env.v[i]);
	if (opts->input) {
		e.input = buf_str(&input);
		e.input_len = input.len;
	}
	if (rc >= 0)
		rc = agent_of(ctx, &d, &a);
	if (rc >= 0)
		pid = agent_exec_start(&a, &e, ctx->deadline);
	if (rc < 0 || pid < 0)
		return rc < 0 ? rc : (int)pid;
	if (opts->detach) {
		printf(ctx->g.json ? "{\"pid\": %" PRId64 "}\n" : "%" PRId64 "\n", pid);
		return 0;
	}
	rc = agent_exec_wait(&a, pid, &s, agent_stop(), ctx->deadline);
	return rc < 0 ? rc : print_end(ctx, &a, pid, &s);
}

/* What has no code of its own is 125, so that it is not taken for the program's own 1. */
int agent_exec(struct cmd_ctx *ctx)
{
	struct err_kept kept;
	int rc = execute(ctx);

	err_keep(&kept);
	if (rc < 0 && kept.code == EXIT_FAILED)
		err_set(EXIT_NO_PROGRAM_RUN, kept.text);
	return rc;
}
