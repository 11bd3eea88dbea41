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

struct sendkey_opts {
	int64_t hold;		/* ms; 0: not given */
	const char *text;
};
extern const struct opt sendkey_opts[];
int cmd_sendkey(struct cmd_ctx *ctx);

struct screenshot_opts {
	int format;
};
extern const struct opt screenshot_opts[];
int cmd_screenshot(struct cmd_ctx *ctx);

struct balloon_opts {
	bool no_wait;
};
extern const struct opt balloon_opts[];
int cmd_balloon(struct cmd_ctx *ctx);

struct set_disk {
	struct opt_at at;
	const char *name;
	uint64_t bps[6];	/* total, read, write; the same as bursts; UINT64_MAX: not given */
	int64_t iops[6];	/* -1: not given */
};
struct set_nic {
	struct opt_at at;
	const char *name;
	int link;
};
struct set_cdrom {
	struct opt_at at;
	const char *name, *file;
};
struct set_opts {
	struct set_disk *disk;
	size_t ndisk;
	struct set_nic *nic;
	size_t nnic;
	struct set_cdrom *cdrom;
	size_t ncdrom;
	struct opt_strings eject;
	bool force;
	uint64_t balloon;	/* bytes; 0: not given */
	int on_reboot, on_panic;	/* -1: not given */
};
extern const struct opt set_opts[];
void set_defaults(void *opts);
int cmd_set(struct cmd_ctx *ctx);

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
