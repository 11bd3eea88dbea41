/* SPDX-License-Identifier: MIT */
/* husk agent NAME get, put: files between guest and host. */
#include "cmds.h"
#include "show.h"

#include <base/err.h>
#include <base/fd.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vm/agent.h>

/* Where get writes: a temporary file that becomes the target once it is whole, or the target itself. */
struct target {
	char *path;		/* of the file that is meant, links followed */
	char *temporary;	/* NULL: written to directly, it is no regular file */
	int fd;
};

static int open_target(struct cmd_ctx *ctx, struct target *t, const char *path)
{
	mode_t mask = umask(0);
	struct stat st;
	char *real;

	umask(mask);
	if (strcmp(path, "-") == 0) {
		t->fd = dup(1);
		return t->fd < 0 ? fail(-errno, "standard output") : 0;
	}
	/* a link stays one: what it points to is replaced */
	real = realpath(path, NULL);
	t->path = pool_strdup(&ctx->pool, real ? real : path);
	free(real);
	if (stat(t->path, &st) == 0 && !S_ISREG(st.st_mode)) {
		t->fd = open(t->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
		return t->fd < 0 ? fail(-errno, "open %s", path) : 0;
	}
	t->temporary = pool_printf(&ctx->pool, "%s.husk-XXXXXX", t->path);
	t->fd = mkostemp(t->temporary, O_CLOEXEC);
	if (t->fd < 0) {
		t->temporary = NULL;
		return fail(-errno, "create a file beside %s", path);
	}
	return fchmod(t->fd, 0666 & ~mask) < 0 ? fail(-errno, "%s", t->temporary) : 0;
}

static int close_target(struct target *t, int rc)
{
	if (t->temporary && rc >= 0 && (fsync(t->fd) < 0 || rename(t->temporary, t->path) < 0))
		rc = fail(-errno, "replace %s", t->path);
	if (t->temporary && rc < 0)
		unlink(t->temporary);
	fd_close(&t->fd);
	return rc;
}

static void print_copy(struct cmd_ctx *ctx, const struct agent_copy *c, bool to_stdout)
{
	FILE *to = to_stdout ? stderr : stdout;

	if (ctx->g.json)
		fprintf(to, "{\"bytes\": %" PRIu64 ", \"sha256\": \"%s\", \"check\": \"%s\"}\n", c->bytes, c->sha256,
			agent_check_names[c->check]);
}

static int get(struct cmd_ctx *ctx, struct agent *a, struct agent_copy *c)
{
	struct target t = { .fd = -1 };
	int rc = open_target(ctx, &t, c->host);

	c->fd = t.fd;
	if (rc >= 0)
		rc = agent_get(a, c, ctx->deadline);
	return close_target(&t, rc);
}

static int put(struct cmd_ctx *ctx, struct agent *a, struct agent_copy *c)
{
	autoclose int own = -1;

	c->fd = 0;
	if (strcmp(c->host, "-") != 0)
		c->fd = own = open(c->host, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	return c->fd < 0 ? fail(-errno, "open %s", c->host) : agent_put(a, c, ctx->deadline);
}

int agent_copy(struct cmd_ctx *ctx)
{
	const struct agent_opts *opts = ctx->opts;
	bool from_guest = strcmp(ctx->verb->name, "get") == 0;
	struct agent_copy c = { .guest = ctx->words[!from_guest], .host = ctx->words[from_guest], .unchecked = opts->unchecked,
				.fd = -1, .stop = agent_stop() };
	autovmdir struct vmdir d = VMDIR_INIT;
	autoagent struct agent a = AGENT_INIT;
	int rc = agent_of(ctx, &d, &a);

	if (rc >= 0)
		rc = from_guest ? get(ctx, &a, &c) : put(ctx, &a, &c);
	if (rc >= 0)
		print_copy(ctx, &c, from_guest && strcmp(c.host, "-") == 0);
	return rc < 0 ? rc : 0;
}
