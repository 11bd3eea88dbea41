/* SPDX-License-Identifier: MIT */
/* The guest agent's commands without I/O: arguments are built, replies are read; all of a reply is the guest's word. */
#ifndef QMP_QGA_CMD_H
#define QMP_QGA_CMD_H

#include <base/json.h>
#include <sys/types.h>

struct buf;

/* What guest-exec gets (qga/qapi-schema.json). */
struct qga_exec {
	const char *const *argv;	/* argv[0]: the program, looked for in the agent's PATH */
	size_t argc;
	const char *const *env;		/* KEY=VALUE; none: the agent's own environment */
	size_t nenv;
	const void *input;		/* NULL: the agent's /dev/null */
	size_t input_len;
	bool no_output;			/* let it fall */
};
/* qga_exec_args - the arguments as a JSON object.  0 or -ENOMEM, recorded. */
int qga_exec_args(const struct qga_exec *e, struct buf *out);

struct qga_exec_status {
	bool exited;
	int64_t code;			/* exit code; 0 where a signal ended it */
	int64_t signal;			/* 0: none */
	bool out_cut, err_cut;		/* the agent kept only the first bytes */
	int out, err;			/* tokens of the base64 texts, or -1 */
};
/* qga_parse_exec_status - the return value v of guest-exec-status.  0 or -EPROTO, recorded. */
int qga_parse_exec_status(const struct json *j, int v, struct qga_exec_status *s);
/*
 * qga_exec_exit - what a shell would call that end: 0 to 255; a code beyond that is 255 (a Windows NTSTATUS must not look
 * like success), a signal 128 + N.
 */
int qga_exec_exit(const struct qga_exec_status *s);
/* qga_exec_refusal - exit code for the agent's reason why a program was not started: 127 not found, 126 not executable, 125. */
int qga_exec_refusal(const char *desc);

/* qga_bytes - append the bytes of a base64 member (-1: nothing).  The count, or recorded: -EPROTO, -ENOMEM. */
ssize_t qga_bytes(const struct json *j, int v, struct buf *out);

/* One address of guest-network-get-interfaces; its texts are as the guest said them. */
struct qga_address {
	char interface[64], mac[24], address[64];
	int64_t prefix;			/* -1: not said */
	bool v6, loopback;
};
struct qga_addresses {
	const struct json *j;
	int list, iter;				/* of interfaces */
	int name, mac, inner, inner_iter;	/* of the one at hand */
};
#define QGA_ADDRESSES(json, v) { .j = (json), .list = (v), .inner = -1 }
/* qga_next_address - the next one that has an address of believable length; false at the end. */
bool qga_next_address(struct qga_addresses *a, struct qga_address *out);

/* What guest-info says of a command. */
enum qga_allows { QGA_UNKNOWN_COMMAND, QGA_DISABLED, QGA_ENABLED };
enum qga_allows qga_allows(const struct json *j, int v, const char *command);

#endif
