/* SPDX-License-Identifier: MIT */
/* Every command's options and entry; cmd/table.c has the rows. */
#ifndef CMD_CMDS_H
#define CMD_CMDS_H

#include "cmd.h"

struct run_opts {
	bool detach, dry_run, stdin_console;
};
extern const struct opt run_opts[];
void run_preset_detach(void *opts);
int cmd_run(struct cmd_ctx *ctx);

int cmd_status(struct cmd_ctx *ctx);

struct list_opts {
	bool names, running;
};
extern const struct opt list_opts[];
int cmd_list(struct cmd_ctx *ctx);

struct stop_opts {
	bool now;
};
extern const struct opt stop_opts[];
int cmd_stop(struct cmd_ctx *ctx);

int cmd_wait(struct cmd_ctx *ctx);

struct logs_opts {
	bool follow, qemu, events, raw;
	int64_t lines;
};
extern const struct opt logs_opts[];
void logs_defaults(void *opts);
int cmd_logs(struct cmd_ctx *ctx);

struct console_opts {
	bool no_replay, read_only, takeover;
	uint64_t replay;
	const char *until;
	int escape;
};
extern const struct opt console_opts[];
void console_defaults(void *opts);
int cmd_console(struct cmd_ctx *ctx);

struct inspect_opts {
	bool sandbox;
};
extern const struct opt inspect_opts[];
struct qmp_opts {
	struct opt_strings fd;
	bool events;
};
extern const struct opt qmp_opts[];
int cmd_qmp(struct cmd_ctx *ctx);
int cmd_hmp(struct cmd_ctx *ctx);
int cmd_simple(struct cmd_ctx *ctx);

int cmd_inspect(struct cmd_ctx *ctx);
int cmd_why(struct cmd_ctx *ctx);

struct remove_opts {
	bool force;
};
extern const struct opt remove_opts[];
int cmd_remove(struct cmd_ctx *ctx);

struct check_opts {
	bool boot;
	const char *qemu;
};
extern const struct opt check_opts[];
int cmd_check_host(struct cmd_ctx *ctx);

#endif
