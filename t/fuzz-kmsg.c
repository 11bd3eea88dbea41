/* SPDX-License-Identifier: MIT */
/* Fuzz: any bytes as a record of the kernel's log. */
#include <vm/vm.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *record = malloc(size + 1);
	int syscall = -1;
	bool oom = false;

	if (!record)
		abort();
	memcpy(record, data, size);
	record[size] = '\0';
	kmsg_parse(record, 4711, &syscall, &oom);
	/* a verdict needs its words and the pid */
	if (syscall < -1 || syscall >= 65536 || ((syscall >= 0 || oom) && !strstr(record, "4711")) ||
	    (syscall >= 0 && !strstr(record, "type=1326")) || (oom && !strstr(record, "Killed process")))
		abort();
	free(record);
	return 0;
}
