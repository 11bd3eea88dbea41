/* SPDX-License-Identifier: MIT */
/* The launch's stages by name, for --trace and for tests that interrupt it at each one. */
#include <vm/vm.h>

#include <base/log.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

const char *const vm_stage_names[STAGE_COUNT] = {
	[STAGE_CLAIMED] = "claimed",
	[STAGE_OPENED] = "opened",
	[STAGE_BOUND] = "bound",
	[STAGE_CLONED] = "cloned",
	[STAGE_RECORDED] = "recorded",
	[STAGE_RELEASED] = "released",
	[STAGE_EXECUTED] = "executed",
	[STAGE_NEGOTIATED] = "negotiated",
	[STAGE_ARMED] = "armed",
	[STAGE_CONTINUED] = "continued",
	[STAGE_RUNNING] = "running",
};

void vm_stage(enum vm_stage stage, const char *what)
{
	const char *pause_at = getenv("HUSK_PAUSE_AT");

	trace(vm_stage_names[stage], "%s", what);
	if (pause_at && !strcmp(pause_at, vm_stage_names[stage]))
		raise(SIGSTOP);
}
