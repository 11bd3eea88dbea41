/* SPDX-License-Identifier: MIT */
/* exit.json: how a VM ended. */
#include <state/state.h>

#include <base/buf.h>
#include <base/err.h>
#include <base/file.h>
#include <base/json.h>
#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#define ENDING_MAX 65536u

const char *const ending_names[ENDED_REASONS] = {
	[ENDED_UNKNOWN] = "unknown",
	[ENDED_GUEST_SHUTDOWN] = "guest-shutdown",
	[ENDED_STOPPED] = "stopped",
	[ENDED_GUEST_RESET] = "guest-reset",
	[ENDED_GUEST_PANIC] = "guest-panic",
	[ENDED_CRASHED] = "crashed",
	[ENDED_KILLED] = "killed",
	[ENDED_SECCOMP] = "seccomp",
	[ENDED_OOM] = "out-of-memory",
	[ENDED_START_FAILED] = "start-failed",
};

int ending_exit_code(enum ending_reason reason)
{
	static const enum exit_code codes[ENDED_REASONS] = {
		[ENDED_UNKNOWN] = EXIT_FAILED,
		[ENDED_GUEST_SHUTDOWN] = EXIT_OK,
		[ENDED_STOPPED] = EXIT_OK,
		[ENDED_GUEST_RESET] = EXIT_GUEST_RESET,
		[ENDED_GUEST_PANIC] = EXIT_GUEST_PANIC,
		[ENDED_CRASHED] = EXIT_QEMU_CRASHED,
		[ENDED_KILLED] = EXIT_QEMU_KILLED,
		[ENDED_SECCOMP] = EXIT_QEMU_SECCOMP,
		[ENDED_OOM] = EXIT_QEMU_OOM,
		[ENDED_START_FAILED] = EXIT_FAILED,
	};

	return codes[reason];
}

int ending_save(const struct vmdir *d, const struct ending *e)
{
	char storage[4096];
	struct buf b = BUF_FIXED(storage);	/* the keeper does not allocate */
	struct json_out o = JSON_OUT(&b);
	int rc;

	json_open(&o, NULL, '{');
	json_put_int(&o, "schema", STATE_SCHEMA);
	json_put_str(&o, "reason", ending_names[e->reason]);
	json_put_str(&o, "detail", e->detail);
	json_put_int(&o, "exit", ending_exit_code(e->reason));
	if (e->wait_status < 0)
		json_put_null(&o, "qemu");
	else {
		json_open(&o, "qemu", '{');
		json_put_int(&o, "status", e->wait_status);
		if (WIFSIGNALED(e->wait_status))
			json_put_int(&o, "signal", WTERMSIG(e->wait_status));
		else
			json_put_int(&o, "code", WEXITSTATUS(e->wait_status));
		json_close(&o, '}');
	}
	json_put_str(&o, "shutdown", e->shutdown[0] ? e->shutdown : NULL);
	if (e->reason == ENDED_SECCOMP)
		json_put_int(&o, "syscall", e->syscall);
	json_put_int(&o, "started_us", e->started_us);
	json_put_int(&o, "ended_us", e->ended_us);
	json_put_str(&o, "recorded_by", e->recorded_by_keeper ? "keeper" : "stop");
	json_close(&o, '}');
	buf_addc(&b, '\n');
	rc = b.failed ? -ENOMEM : file_write(d->fd, "exit.json", b.data, b.len);
	return rc < 0 ? fail(rc, "write %s/exit.json", d->path) : 0;
}

int ending_parse(struct ending *e, const char *text, size_t len)
{
	autojson struct json j = JSON_INIT;
	int rc = json_parse(&j, text, len), reason;

	if (rc < 0)
		return rc;
	*e = (struct ending){ .syscall = -1 };
	reason = json_get(&j, 0, "reason");
	for (int i = 0; i < ENDED_REASONS; i++)
		if (json_eq(&j, reason, ending_names[i]))
			e->reason = i;
	if (json_str(&j, json_get(&j, 0, "detail"), e->detail, sizeof(e->detail)) < 0)
		e->detail[0] = '\0';
	if (json_str(&j, json_get(&j, 0, "shutdown"), e->shutdown, sizeof(e->shutdown)) < 0)
		e->shutdown[0] = '\0';
	e->wait_status = (int)json_int_or(&j, json_path(&j, 0, "qemu.status"), -1);
	e->syscall = (int)json_int_or(&j, json_get(&j, 0, "syscall"), -1);
	e->started_us = json_int_or(&j, json_get(&j, 0, "started_us"), 0);
	e->ended_us = json_int_or(&j, json_get(&j, 0, "ended_us"), 0);
	e->recorded_by_keeper = json_eq(&j, json_get(&j, 0, "recorded_by"), "keeper");
	return 0;
}

int ending_load(const struct vmdir *d, struct ending *e)
{
	autobuf struct buf b = BUF_INIT;
	int rc = file_read(d->fd, "exit.json", &b, ENDING_MAX);

	if (rc == -ENOENT)
		return rc;
	if (rc < 0)
		return fail(rc, "read %s/exit.json", d->path);
	rc = ending_parse(e, buf_str(&b), b.len);
	return rc < 0 ? err_prefix(rc, "%s/exit.json", d->path) : 0;
}
