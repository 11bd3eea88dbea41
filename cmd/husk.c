/* SPDX-License-Identifier: MIT */
/* main(): finds the command, runs it, says what failed, and ends with the exit code. */
#include "cmd.h"

#include <base/buf.h>
#include <base/err.h>
#include <base/fd.h>
#include <base/json.h>
#include <base/log.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A descriptor below 3 that is closed would be given to the next file or socket, and then be written to as stdout. */
static void sanitise_descriptors(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
		if (fd < 0)
			_exit(EXIT_FAILED);	/* there may be no stderr to say it on */
	} while (fd <= 2);
	close(fd);
}

/* Was --json asked for?  Used where the options could not be read to the end. */
static bool json_was_meant(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--json") == 0)
			return true;
	return false;
}

/* One line on stderr: text, or with --json one object {"error":TEXT,"exit":CODE}. */
static void print_error(bool json, int code)
{
	const char *text = err_text()[0] ? err_text() : "failed for a reason that was not recorded";
	autobuf struct buf line = BUF_INIT;

	if (json) {
		struct json_out o = JSON_OUT(&line);

		json_open(&o, NULL, '{');
		json_put_str(&o, "error", text);
		json_put_int(&o, "exit", code);
		json_close(&o, '}');
	} else {
		buf_adds(&line, "husk: ");
		/* QEMU's last words stand on lines of their own below the error */
		for (size_t n; *text; text += n + (text[n] == '\n')) {
			n = strcspn(text, "\n");
			buf_add_safe(&line, text, n);
			if (text[n])
				buf_addc(&line, '\n');
		}
	}
	buf_addc(&line, '\n');
	fd_write_all(2, buf_str(&line), line.len);
}

/* 0, or a recorded negative errno where not every byte that was printed could be written. */
static int finish_stdout(void)
{
	bool failed = ferror(stdout);

	errno = 0;
	if (fflush(stdout) != 0 || failed)
		return fail(errno ? -errno : -EIO, "write to stdout");
	return 0;
}

static int run(struct cmd_ctx *ctx, int64_t start_us)
{
	const struct cmd *c = ctx->cmd;
	int64_t ms = ctx->g.timeout_ms;

	log_set_level(ctx->g.trace ? LOG_TRACE : ctx->g.quiet ? LOG_QUIET : LOG_NORMAL);
	if (ctx->g.version)
		return cmd_version(ctx);
	if (ctx->g.help) {
		cmd_print_help(c);
		return 0;
	}
	if (ms < 0)
		ms = ctx->verb ? ctx->verb->budget_ms : c->budget_ms;
	ctx->deadline = ms > 0 ? start_us + ms * 1000 : DEADLINE_NEVER;
	return c->run(ctx);
}

int main(int argc, char **argv)
{
	struct cmd_ctx ctx = { .argc = argc, .argv = argv };
	int64_t start_us = clock_us();
	bool json;
	int rc, written;

	sanitise_descriptors();
	signal(SIGPIPE, SIG_IGN);	/* a closed pipe is an error of write(2), reported like any other */
	rc = cmd_parse(&ctx);
	json = rc < 0 ? json_was_meant(argc, argv) : ctx.g.json;
	if (rc == 0)
		rc = run(&ctx, start_us);
	if (rc < 0)
		fflush(stdout);
	else if ((written = finish_stdout()) < 0)
		rc = written;
	if (rc < 0) {
		rc = err_code();
		print_error(json, rc);
	}
	pool_free(&ctx.pool);
	return rc;
}
