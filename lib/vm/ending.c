/* SPDX-License-Identifier: MIT */
/* How it ended: the SHUTDOWN event first, for QEMU's exit code is 0 in most cases; its absence is an answer too. */
#include <vm/vm.h>

#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

const char *syscall_name(int nr, char *out, size_t size)
{
	char *name = nr < 0 ? NULL : seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, nr);

	if (name)
		snprintf(out, size, "%s", name);
	else
		snprintf(out, size, "number %d", nr);
	free(name);
	return out;
}

/* reasons of SHUTDOWN: qapi/run-state.json, ShutdownCause */
static bool decide_by_event(struct ending *e, const struct ending_facts *f)
{
	static const struct { const char *cause; enum ending_reason reason; const char *text; } rows[] = {
		{ "guest-shutdown", ENDED_GUEST_SHUTDOWN, "the guest shut down" },
		{ "guest-reset", ENDED_GUEST_RESET, "the guest reset, which ends this VM (on-reboot stop)" },
		{ "guest-panic", ENDED_GUEST_PANIC, "the guest panicked" },
		{ "host-qmp-quit", ENDED_STOPPED, "QEMU was told to quit" },
		{ "host-qmp-system-reset", ENDED_STOPPED, "the VM was reset from outside, which ends this VM" },
		{ "host-signal", ENDED_KILLED, "QEMU got a signal that ends it" },
		{ "host-ui", ENDED_STOPPED, "QEMU was closed from its display" },
		{ "host-error", ENDED_CRASHED, "QEMU met an error it could not go on from" },
		{ "subsystem-reset", ENDED_GUEST_RESET, "a subsystem reset ended this VM" },
		{ "snapshot-load", ENDED_STOPPED, "loading a snapshot ended this VM" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(f->shutdown, rows[i].cause))
			continue;
		e->reason = rows[i].reason;
		snprintf(e->detail, sizeof(e->detail), "%s%s", rows[i].text, f->stop_asked ? ", as asked by husk stop" : "");
		if (f->stop_asked && e->reason == ENDED_GUEST_SHUTDOWN)
			e->reason = ENDED_STOPPED;
		return true;
	}
	return false;
}

static bool is_own_fault(int sig)
{
	return sig == SIGSEGV || sig == SIGABRT || sig == SIGBUS || sig == SIGFPE || sig == SIGILL || sig == SIGTRAP;
}

static void decide_by_signal(struct ending *e, const struct ending_facts *f, int sig)
{
	char name[64];

	if (sig == SIGSYS) {
		e->reason = ENDED_SECCOMP;
		if (f->syscall >= 0)
			snprintf(e->detail, sizeof(e->detail), "the seccomp filter killed QEMU: it called %s",
				 syscall_name(f->syscall, name, sizeof(name)));
		else
			snprintf(e->detail, sizeof(e->detail),
				 "the seccomp filter killed QEMU; which system call it was stands in the kernel's log");
	} else if (sig == SIGKILL && f->stop_asked) {
		e->reason = ENDED_STOPPED;
		snprintf(e->detail, sizeof(e->detail), "QEMU was killed, as the last rung of husk stop");
	} else if (sig == SIGKILL && f->oom) {
		e->reason = ENDED_OOM;
		snprintf(e->detail, sizeof(e->detail), "the kernel killed QEMU because memory ran out");
	} else if (is_own_fault(sig)) {
		e->reason = ENDED_CRASHED;
		snprintf(e->detail, sizeof(e->detail), "QEMU crashed with signal %d (%s)%s", sig, strsignal(sig),
			 /* the first process of a pid namespace does not get its own SIGABRT; the C library then forces a fault */
			 sig == SIGABRT ? "" : ", or called abort() in its pid namespace");
	} else {
		e->reason = ENDED_KILLED;
		snprintf(e->detail, sizeof(e->detail), "QEMU was killed from outside with signal %d (%s)", sig, strsignal(sig));
	}
}

void ending_decide(struct ending *e, const struct ending_facts *f)
{
	e->wait_status = f->wait_status;
	e->syscall = f->syscall;
	snprintf(e->shutdown, sizeof(e->shutdown), "%s", f->shutdown);
	if (decide_by_event(e, f))
		return;
	if (f->wait_status < 0) {
		e->reason = ENDED_UNKNOWN;
		snprintf(e->detail, sizeof(e->detail), "QEMU is gone; nobody saw how it ended");
	} else if (WIFSIGNALED(f->wait_status)) {
		decide_by_signal(e, f, WTERMSIG(f->wait_status));
	} else if (WEXITSTATUS(f->wait_status)) {
		e->reason = ENDED_CRASHED;
		snprintf(e->detail, sizeof(e->detail), "QEMU gave up with exit code %d", WEXITSTATUS(f->wait_status));
	} else {
		e->reason = ENDED_UNKNOWN;
		snprintf(e->detail, sizeof(e->detail), "QEMU ended in good order without saying why");
	}
}
