/* SPDX-License-Identifier: MIT */
/* What a subcommand is: one row of commands[], one function, one context. */
#ifndef CMD_CMD_H
#define CMD_CMD_H

/*
 * How it works: main() takes the command word from the first argument that is no global option and finds
 * its row.  The row's own options, the global ones and (where the row says so) all VM options may then stand
 * in any order with the positional arguments.  main() checks their number and what the row needs, sets the log
 * level and the deadline, and calls run().  It opens nothing.  Afterwards it prints the recorded error,
 * checks that stdout was written in full, and ends with the exit code.
 *
 * Help, the manual pages and the completion are made from the same rows (gendoc.c), so a row without
 * summary or with a bad option table fails the build's own test.
 */
#include <base/loop.h>
#include <base/pool.h>
#include <opt/opt.h>
#include <spec/spec.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cmd_ctx;

/* What main() checks before run() is called; a row's .needs. */
enum {
	NEEDS_NAME = 1,		/* the first argument is a VM name: checked, then ctx->name */
};

/* An exit status that means something more, or something else, with this command. */
struct cmd_exit {
	int code;
	const char *text;	/* one line, lower case; NULL ends the list */
};

/* One verb of a command that has several ("husk agent NAME VERB ..."); they share the row's options. */
struct cmd_verb {
	const char *name;	/* NULL ends the list */
	const char *args;	/* synopsis of what follows the verb */
	const char *summary;	/* one line, lower case, no full stop */
	int min_args, max_args;	/* of the words behind the verb */
	const char *opts;	/* which of the row's options it takes: " input env ", or NULL */
	int64_t budget_ms;	/* as the row's own; 0: none */
	int (*run)(struct cmd_ctx *ctx);
};

struct cmd {
	const char *name;
	const char *summary;	/* one line, lower case, no full stop */
	/*
	 * The synopsis of the positional arguments, as in "NAME", "FILE|NAME", "NAME [KEY ...]", "NAME exec -- PROGRAM".
	 * Completion reads it: words in capitals are NAME (a VM), FILE, DIR or COMMAND, anything else is not completed.
	 */
	const char *args;
	int min_args, max_args;	/* positional arguments; ARGS_ANY: no upper bound */
	const struct opt *opts;	/* own options, or NULL */
	size_t opts_size;	/* bytes of the struct they fill */
	void (*init)(void *opts);	/* defaults and presets of that zeroed struct, or NULL (start is run with -d set) */
	bool spec_opts;		/* takes every VM option too; see cmd_read_spec() */
	int stop_after;		/* options end after this many arguments ("agent NAME exec ..."); 0: only at "--" */
	unsigned needs;		/* NEEDS_* */
	int64_t budget_ms;	/* the deadline where --timeout does not say one; 0: none */
	const struct cmd_verb *verbs;	/* the word behind NAME is one of these; or NULL */
	/* >= 0: the exit code; negative: failed, the text recorded, the code is err_code() */
	int (*run)(struct cmd_ctx *ctx);

	const char *same_as;	/* "run -d": said in help and manual; the options are documented there */
	const char *man;	/* mdoc prose, or NULL */
	const char *json;	/* what --json prints, as literal text, one field a line; or NULL */
	const char *const *examples;	/* whole command lines ("husk stop web"), each may be followed by "  # why"; NULL ends */
	const struct cmd_exit *exits;	/* or NULL */
};

#define ARGS_ANY (-1)
#define ARGS(lo, hi) .min_args = (lo), .max_args = (hi)
#define OWN_OPTS(table, type) .opts = (table), .opts_size = sizeof(type)

struct globals {
	bool json;
	bool quiet;
	bool trace;
	bool help;
	bool version;
	int64_t timeout_ms;	/* -1: not given */
	const char *rundir;	/* --rundir, else $HUSK_RUNDIR, else NULL: the built-in place */
};

struct cmd_ctx {
	const struct cmd *cmd;
	struct globals g;
	void *opts;		/* the row's own struct, filled; NULL where the row has none */
	struct opt_set *set;	/* what was given of it: opt_given(ctx->set, "lines") */
	const char **args;	/* positional arguments without the command word */
	int nargs;
	const char *name;	/* NEEDS_NAME: args[0] */
	const struct cmd_verb *verb;	/* where the row has some */
	const char **words;	/* what follows the verb */
	int nwords;
	deadline_t deadline;	/* --timeout, else the verb's or the row's budget; counted from the start of main() */
	struct pool pool;	/* freed by main() after run() */
	int argc;		/* as main() got them, for the second reading below */
	char **argv;
};

/*
 * cmd_read_spec - the VM as asked for: defaults, the .vm file, the command line over it, then the cross-checks.
 * @s: not yet initialised; spec_free() it whatever comes back
 * @what: a .vm file or a name as for spec_load(); NULL: options alone
 * main() has read the command line once before run() was called, so wrong options are refused before any file
 * is opened.  0 or a recorded negative errno.
 */
int cmd_read_spec(struct cmd_ctx *ctx, struct spec *s, const char *what);

/* Every command, in the order of help and manual; a row without name ends it.  cmd/table.c. */
extern const struct cmd commands[];
/* cmd_find - the row of this name, or NULL.  cmd_nearest - the name closest to it, or NULL. */
const struct cmd *cmd_find(const char *name);
const char *cmd_nearest(const char *name);

/* The global options, over struct globals.  cmd/opts.c. */
extern const struct opt global_opts[];

#ifndef HUSK_VERSION
#define HUSK_VERSION "0.1"
#endif

/* cmd_parse - fill ctx (argc and argv set, the rest zero) from the command line, ctx->cmd included; NULL there means that
 * only --help or --version was given.  0 or a recorded negative errno. */
int cmd_parse(struct cmd_ctx *ctx);

/* cmd_print_help - the help of one command, or the overview (NULL), on stdout. */
void cmd_print_help(const struct cmd *cmd);
int cmd_help(struct cmd_ctx *ctx);
int cmd_version(struct cmd_ctx *ctx);

#endif
