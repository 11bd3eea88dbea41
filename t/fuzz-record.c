/* SPDX-License-Identifier: MIT */
/* Fuzz: any bytes as state.json and as exit.json; what is accepted is whole and can be written again. */
#include <state/state.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool ends(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct vm_record r;
	struct ending e;

	memset(&r, 0xa5, sizeof(r));
	if (record_parse(&r, (const char *)data, size) >= 0 &&
	    (r.phase > VM_RUNNING || r.keeper.pid < 0 || r.qemu.pid < 0 || !ends(r.name, sizeof(r.name)) ||
	     !ends(r.boot_id, sizeof(r.boot_id)) || !ends(r.accel, sizeof(r.accel)) || !ends(r.machine, sizeof(r.machine)) ||
	     !ends(r.qemu_path, sizeof(r.qemu_path)) || !ends(r.qemu_version, sizeof(r.qemu_version)) ||
	     !ends(r.file, sizeof(r.file)) || !ends(r.cgroup, sizeof(r.cgroup))))
		abort();
	memset(&e, 0xa5, sizeof(e));
	if (ending_parse(&e, (const char *)data, size) >= 0 &&
	    ((unsigned)e.reason >= ENDED_REASONS || !ends(e.detail, sizeof(e.detail)) || !ends(e.shutdown, sizeof(e.shutdown))))
		abort();
	return 0;
}
