/* SPDX-License-Identifier: MIT */
/* husk agent: its verbs, and those that are one command of the guest agent. */
#include "cmds.h"
#include "show.h"

#include <base/err.h>
#include <errno.h>
#include <inttypes.h>
#include <qmp/args.h>
#include <string.h>
#include <vm/agent.h>

#define SHUTDOWN_GRACE_MS 1000	/* an error of guest-shutdown comes within this time; success says nothing */

const struct opt agent_opts[] = {
	OPT_STRING(struct agent_opts, input, "input", "FILE|-", "exec: what the program reads"),
	OPT_STRINGS(struct agent_opts, env, "env", "KEY=VALUE", "exec: a variable; with any, there are no others"),
	OPT_FLAG(struct agent_opts, detach, "detach", "exec: print the program's pid and do not wait"),
	OPT_FLAG(struct agent_opts, raw, "raw", "exec: the bytes as they are, on a terminal too"),
	OPT_FLAG(struct agent_opts, all, "all", "ip: loopback too"),
	OPT_FLAG(struct agent_opts, unchecked, "unchecked", "get, put: do not compare afterwards"),
	OPT_TIME(struct agent_opts, thaw_ms, "thaw-timeout", 100, 86400000, "frozen: try to thaw for so long", .deflt = "3m"),
	{ 0 }
};

void agent_defaults(void *opts)
{
	((struct agent_opts *)opts)->thaw_ms = 180000;
}

int agent_of(struct cmd_ctx *ctx, struct vmdir *d, struct agent *a)
{
	autorundir struct rundir r = { .fd = -1 };
	int rc = show_open(ctx, &r, d);

	return rc < 0 ? rc : agent_open(a, d, pool_printf(&ctx->pool, "agent %s", ctx->verb->name), ctx->deadline);
}

int agent_call(struct cmd_ctx *ctx, struct vmdir *d, struct agent *a, const char *command, const char *args)
{
	int rc = agent_of(ctx, d, a);

	return rc < 0 ? rc : agent_execute(a, command, args, ctx->deadline);
}

static volatile sig_atomic_t caught;

static void catch_signal(int sig)
{
	caught = sig;
}

const volatile sig_atomic_t *agent_stop(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction now = { .sa_handler = catch_signal, .sa_flags = (int)SA_RESETHAND }, before;

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
			sigaction(signals[i], &now, NULL);
	return &caught;
}

static void print_return(const struct agent *a)
{
	size_t len = 0;
	const char *raw = json_raw(&a->qga.conn.json, agent_return(a), &len);

	fwrite(raw, 1, len, stdout);
	fputc('\n', stdout);
}

static int done(struct cmd_ctx *ctx, const char *name, int rc)
{
	if (rc >= 0 && ctx->g.json)
		printf("{\"name\": \"%s\", \"done\": \"%s\"}\n", name, ctx->verb->name);
	return rc;
}

static int ping(struct cmd_ctx *ctx)
{
	autovmdir struct vmdir d = VMDIR_INIT;
	autoagent struct agent a = AGENT_INIT;
	int64_t start = clock_us();
	int rc = agent_call(ctx, &d, &a, "guest-ping", NULL);

	if (rc < 0)
		return rc;
	start = clock_us() - start;
	if (ctx->g.json)
		printf("{\"name\": \"%s\", \"ms\": %" PRId64 "}\n", d.name, start / 1000);
	else if (!ctx->g.quiet)
		printf("%s: the agent answers (%" PRId64 " ms)\n", d.name, start / 1000);
	return 0;
}

/* Its version, and which of its commands it does not allow. */
static int info(struct cmd_ctx *ctx)
{
	autovmdir struct vmdir d = VMDIR_INIT;
	autoagent struct agent a = AGENT_INIT;
	autobuf struct buf b = BUF_INIT, off = BUF_INIT;
	const struct json *j = &a.qga.conn.json;
	int rc = agent_call(ctx, &d, &a, "guest-info", NULL), iter = 0, item, n = 0;
	char text[128] = "?";

	if (rc < 0)
		return rc;
	if (ctx->g.json) {
		print_return(&a);
		return 0;
	}
	(void)json_str(j, json_get(j, agent_return(&a), "version"), text, sizeof(text));
	buf_adds(&b, "version   ");
	buf_add_safe(&b, text, strlen(text));
	while (json_next(j, json_get(j, agent_return(&a), "supported_commands"), &iter, NULL, &item)) {
		n++;
		if (json_bool(j, json_get(j, item, "enabled")) != 0 || json_str(j, json_get(j, item, "name"), text, sizeof(text)) < 0)
			continue;
		buf_addc(&off, ' ');
		buf_add_safe(&off, text, strlen(text));
	}
	buf_addf(&b, "\ncommands  %d\ndisabled %s\n", n, off.len ? buf_str(&off) : " none");
	show_out(&b);
	return 0;
}

static int shut_down(struct cmd_ctx *ctx)
{
	autovmdir struct vmdir d = VMDIR_INIT;
	autoagent struct agent a = AGENT_INIT;
	int rc = agent_of(ctx, &d, &a);

	if (rc >= 0)
		rc = qga_send_only(&a.qga, "guest-shutdown", strcmp(ctx->verb->name, "reboot") == 0 ? "{\"mode\": \"reboot\"}" :
				   "{\"mode\": \"powerdown\"}", &a.error, SHUTDOWN_GRACE_MS, ctx->deadline);
	return done(ctx, d.name, rc);
}

static int set_time(struct cmd_ctx *ctx)
{
	autovmdir struct vmdir d = VMDIR_INIT;
	autoagent struct agent a = AGENT_INIT;
	const char *when = ctx->nwords ? ctx->words[0] : "now";
	char args[64] = "{}", *end;
	long long seconds;
	int rc;

	errno = 0;
	seconds = strtoll(when, &end, 10);
	if (strcmp(when, "now") != 0 && strcmp(when, "rtc") != 0 &&
	    (errno || *end || end == when || seconds < 0 || seconds > INT64_MAX / 1000000000))
		return fail_exit(EXIT_USAGE, "set-time: \"%.64s\" is neither now, rtc, nor seconds since 1970", when);
	rc = agent_of(ctx, &d, &a);
	/* taken last: the way to the agent is the error */
	if (strcmp(when, "now") == 0)
		snprintf(args, sizeof(args), "{\"time\": %" PRId64 "}", clock_wall_us() * 1000);
	else if (strcmp(when, "rtc") != 0)
		snprintf(args, sizeof(args), "{\"time\": %lld}", seconds * 1000000000);
	if (rc >= 0)
		rc = agent_execute(&a, "guest-set-time", args, ctx->deadline);
	return done(ctx, d.name, rc);
}

/* Any command; those that are not answered when they work are not waited for. */
static int raw(struct cmd_ctx *ctx)
{
	static const char *const unanswered[] = { "guest-shutdown", "guest-suspend-disk", "guest-suspend-ram",
						  "guest-suspend-hybrid" };
	autovmdir struct vmdir d = VMDIR_INIT;
	autoagent struct agent a = AGENT_INIT;
	autobuf struct buf args = BUF_INIT;
	const char *command = ctx->words[0];
	int rc = 0;

	if (strncmp(command, "guest-sync", 10) == 0)
		return fail_exit(EXIT_USAGE, "%s: husk does that itself before each command", command);
	if (ctx->nwords == 2 && ctx->words[1][0] == '{')
		buf_adds(&args, ctx->words[1]);
	else if (ctx->nwords > 1)
		rc = qmp_args(&ctx->pool, ctx->words + 1, (size_t)ctx->nwords - 1, &args);
	if (rc >= 0 && args.len && json_check(buf_str(&args), args.len, NULL, NULL) < 0)
		return fail_exit(EXIT_USAGE, "%s: the arguments are no JSON object", command);
	if (rc >= 0)
		rc = agent_of(ctx, &d, &a);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < sizeof(unanswered) / sizeof(unanswered[0]); i++) {
		if (strcmp(command, unanswered[i]) != 0)
			continue;
		rc = qga_send_only(&a.qga, command, args.len ? buf_str(&args) : NULL, &a.error, SHUTDOWN_GRACE_MS, ctx->deadline);
		if (rc >= 0)
			puts("{}");
		return rc;
	}
	rc = agent_execute(&a, command, args.len ? buf_str(&args) : NULL, ctx->deadline);
	if (rc >= 0)
		print_return(&a);
	return rc;
}

int cmd_agent(struct cmd_ctx *ctx)
{
	return ctx->verb->run(ctx);
}

const struct cmd_verb agent_verbs[] = {
	{ "ping", "", "ask whether the agent answers", 0, 0, NULL, 15000, ping },
	{ "info", "", "show the agent's version, and the commands it does not allow", 0, 0, NULL, 15000, info },
	{ "osinfo", "", "show which system the guest is", 0, 0, NULL, 15000, agent_osinfo },
	{ "ip", "", "list the guest's addresses, one line each", 0, 0, " all ", 15000, agent_ip },
	{ "users", "", "list who is logged in", 0, 0, NULL, 15000, agent_users },
	{ "exec", "-- PROGRAM [ARG ...]", "run a program in the guest as if it were here", 1, ARGS_ANY, " input env detach raw ", 0,
	  agent_exec },
	{ "get", "GUESTFILE FILE|-", "copy a file from the guest", 2, 2, " unchecked ", 0, agent_copy },
	{ "put", "FILE|- GUESTFILE", "copy a file into the guest", 2, 2, " unchecked ", 0, agent_copy },
	{ "frozen", "-- COMMAND [ARG ...]", "freeze the guest's file systems, run a command on the host, thaw them", 1, ARGS_ANY,
	  " thaw-timeout ", 3600000, agent_freeze_for },
	{ "fsfreeze", "", "freeze the guest's file systems, and leave them so", 0, 0, NULL, 600000, agent_freeze },
	{ "fsthaw", "", "thaw the guest's file systems", 0, 0, NULL, 180000, agent_freeze },
	{ "fsstatus", "", "say whether they are frozen", 0, 0, NULL, 15000, agent_freeze },
	{ "fstrim", "", "give free blocks of the guest's file systems back", 0, 0, NULL, 600000, agent_fstrim },
	{ "set-time", "[SECONDS|now|rtc]", "set the guest's clock: to the host's, to seconds since 1970, or from its own RTC", 0, 1, NULL,
	  60000, set_time },
	{ "shutdown", "", "ask the guest to shut down, and do not wait", 0, 0, NULL, 60000, shut_down },
	{ "reboot", "", "ask the guest to reboot, and do not wait", 0, 0, NULL, 60000, shut_down },
	{ "raw", "COMMAND [KEY=VALUE ...|JSON]", "run any command of the agent and print what it returns", 1, ARGS_ANY, NULL, 600000,
	  raw },
	{ 0 }
};
