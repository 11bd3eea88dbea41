/* SPDX-License-Identifier: MIT */
/* How a VM ended: every combination of event, wait status and what else was seen gives one reason and one exit code. */
#include <vm/vm.h>

#include <signal.h>

#include "tap.h"

#define EXITED(code) ((code) << 8)	/* as wait(2) encodes it on Linux */
#define SIGNALED(sig) (sig)

static const struct {
	const char *name;
	struct ending_facts facts;
	enum ending_reason reason;
	int exit;
	const char *says;		/* part of the detail */
} rows[] = {
	{ "guest power off", { EXITED(0), "guest-shutdown", false, false, -1 }, ENDED_GUEST_SHUTDOWN, 0, "the guest shut down" },
	{ "guest power off that was asked for", { EXITED(0), "guest-shutdown", true, false, -1 }, ENDED_STOPPED, 0,
	  "as asked by husk stop" },
	{ "reset with on-reboot stop", { EXITED(0), "guest-reset", false, false, -1 }, ENDED_GUEST_RESET, 10, "reset" },
	{ "reset by a subsystem", { EXITED(0), "subsystem-reset", false, false, -1 }, ENDED_GUEST_RESET, 10, "reset" },
	{ "panic", { EXITED(0), "guest-panic", false, false, -1 }, ENDED_GUEST_PANIC, 11, "panicked" },
	{ "panic while it was being stopped", { EXITED(0), "guest-panic", true, false, -1 }, ENDED_GUEST_PANIC, 11, "panicked" },
	{ "quit", { EXITED(0), "host-qmp-quit", false, false, -1 }, ENDED_STOPPED, 0, "quit" },
	{ "reset from outside", { EXITED(0), "host-qmp-system-reset", false, false, -1 }, ENDED_STOPPED, 0, "reset from outside" },
	{ "a signal that QEMU obeys", { EXITED(0), "host-signal", false, false, -1 }, ENDED_KILLED, 13, "signal" },
	{ "the display was closed", { EXITED(0), "host-ui", false, false, -1 }, ENDED_STOPPED, 0, "display" },
	{ "an error of QEMU", { EXITED(0), "host-error", false, false, -1 }, ENDED_CRASHED, 12, "error" },
	{ "power off, then a crash on the way out", { SIGNALED(SIGSEGV), "guest-shutdown", false, false, -1 },
	  ENDED_GUEST_SHUTDOWN, 0, "shut down" },
	{ "segmentation fault", { SIGNALED(SIGSEGV), "", false, false, -1 }, ENDED_CRASHED, 12, "signal 11" },
	{ "segmentation fault with a core", { SIGNALED(SIGSEGV) | 0x80, "", false, false, -1 }, ENDED_CRASHED, 12, "signal 11" },
	{ "assertion", { SIGNALED(SIGABRT), "", false, false, -1 }, ENDED_CRASHED, 12, "signal 6" },
	{ "bus error", { SIGNALED(SIGBUS), "", false, false, -1 }, ENDED_CRASHED, 12, "crashed" },
	{ "crash while it was being stopped", { SIGNALED(SIGABRT), "", true, false, -1 }, ENDED_CRASHED, 12, "signal 6" },
	{ "SIGKILL", { SIGNALED(SIGKILL), "", false, false, -1 }, ENDED_KILLED, 13, "from outside with signal 9" },
	{ "SIGKILL as a stop's last rung", { SIGNALED(SIGKILL), "", true, false, -1 }, ENDED_STOPPED, 0, "last rung" },
	{ "SIGKILL by the OOM killer", { SIGNALED(SIGKILL), "", false, true, -1 }, ENDED_OOM, 15, "memory ran out" },
	{ "SIGTERM that was not blocked", { SIGNALED(SIGTERM), "", false, false, -1 }, ENDED_KILLED, 13, "signal 15" },
	{ "seccomp", { SIGNALED(SIGSYS), "", false, false, -1 }, ENDED_SECCOMP, 14, "kernel's log" },
	{ "seccomp, during a stop", { SIGNALED(SIGSYS), "", true, false, -1 }, ENDED_SECCOMP, 14, "seccomp" },
	{ "seccomp, an unknown call", { SIGNALED(SIGSYS), "", false, false, 65000 }, ENDED_SECCOMP, 14, "number 65000" },
	{ "exit with an error", { EXITED(1), "", false, false, -1 }, ENDED_CRASHED, 12, "exit code 1" },
	{ "exit without a word", { EXITED(0), "", false, false, -1 }, ENDED_UNKNOWN, 1, "without saying why" },
	{ "nobody saw it", { -1, "", false, false, -1 }, ENDED_UNKNOWN, 1, "nobody saw" },
	{ "an event of a later QEMU", { EXITED(0), "guest-vanished", false, false, -1 }, ENDED_UNKNOWN, 1, "without saying why" },
};

int main(void)
{
	char name[64];
	int nr = -1;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ending e = { .reason = ENDED_REASONS };

		ending_decide(&e, &rows[i].facts);
		is_str(e.reason < ENDED_REASONS ? ending_names[e.reason] : "none", ending_names[rows[i].reason], "%s", rows[i].name);
		is_int(ending_exit_code(e.reason), rows[i].exit, "... is %d", rows[i].exit);
		ok(strstr(e.detail, rows[i].says) && !strchr(e.detail, '\n'), "... says so: %s", e.detail);
		ok(e.wait_status == rows[i].facts.wait_status && !strcmp(e.shutdown, rows[i].facts.shutdown), "... and keeps the facts");
	}
	for (int i = 0; i < 1000 && nr < 0; i++)
		if (!strcmp(syscall_name(i, name, sizeof(name)), "keyctl"))
			nr = i;
	ok(nr >= 0, "a system call has its name");
	struct ending e = { 0 };

	ending_decide(&e, &(struct ending_facts){ SIGNALED(SIGSYS), "", false, false, nr });
	ok(strstr(e.detail, "it called keyctl"), "... which an ending says");
	is_str(syscall_name(-1, name, sizeof(name)), "number -1", "what is no number of one has none");
	return done_testing();
}
