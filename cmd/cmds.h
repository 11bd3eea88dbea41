/* SPDX-License-Identifier: MIT */
/* Every command's options and entry; cmd/table.c has the rows. */
#ifndef CMD_CMDS_H
#define CMD_CMDS_H

#include "cmd.h"

#include <signal.h>
#include <vm/await.h>

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
	bool now, all;
};
extern const struct opt stop_opts[];
int cmd_stop(struct cmd_ctx *ctx);

struct reboot_opts {
	bool now;
};
extern const struct opt reboot_opts[];
int cmd_reboot(struct cmd_ctx *ctx);

struct wait_opts {
	struct await what;
	int64_t since;
};
extern const struct opt wait_opts[];
int cmd_wait(struct cmd_ctx *ctx);

struct events_opts {
	bool follow;
	int64_t since;		/* microseconds since 1970 */
	int64_t lines;
	struct opt_strings types;
};
extern const struct opt events_opts[];
void events_defaults(void *opts);
int cmd_events(struct cmd_ctx *ctx);
/* since_parse - a row's parse(): a time, or a time span before now, as microseconds since 1970.  cmd/since.c. */
int since_parse(struct pool *pool, const char *text, void *field, const char **why);

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

struct stats_opts {
	bool watch, prometheus;
	int64_t interval;	/* ms */
};
extern const struct opt stats_opts[];
void stats_defaults(void *opts);
int cmd_stats(struct cmd_ctx *ctx);

int cmd_inspect(struct cmd_ctx *ctx);
int cmd_why(struct cmd_ctx *ctx);

struct agent_opts {
	bool detach, all, unchecked, raw;
	const char *input;
	struct opt_strings env;
	int64_t thaw_ms;
};
extern const struct opt agent_opts[];
extern const struct cmd_verb agent_verbs[];
void agent_defaults(void *opts);
int cmd_agent(struct cmd_ctx *ctx);
/* agent_of - open the VM of ctx, and its agent for this verb. */
struct agent;
struct vmdir;
int agent_of(struct cmd_ctx *ctx, struct vmdir *d, struct agent *a);
/* agent_call - that, and one command; the caller closes the agent. */
int agent_call(struct cmd_ctx *ctx, struct vmdir *d, struct agent *a, const char *command, const char *args);
/* agent_stop - becomes a signal's number when one comes that would end husk; a second one ends it. */
const volatile sig_atomic_t *agent_stop(void);
int agent_exec(struct cmd_ctx *ctx);
int agent_copy(struct cmd_ctx *ctx);
int agent_freeze(struct cmd_ctx *ctx);
int agent_freeze_for(struct cmd_ctx *ctx);
int agent_fstrim(struct cmd_ctx *ctx);
int agent_users(struct cmd_ctx *ctx);
int agent_osinfo(struct cmd_ctx *ctx);
int agent_ip(struct cmd_ctx *ctx);

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
