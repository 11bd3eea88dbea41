/* SPDX-License-Identifier: MIT */
/* Fuzzes the readers of /proc: a process chooses its own name, and what it binds and mounts. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <vm/procfs.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct proc_mount m;
	struct proc_status status;
	struct proc_stat stat;
	uint64_t soft, hard, threads, count[NETDEV_COUNTS];
	unsigned all, both;
	uint32_t in, out;
	char name[16];
	bool listening;
	size_t at = 0;
	/* exactly as long as it is said to be, without a NUL behind it: a byte too far is seen */
	char *text = malloc(size ? size : 1);

	if (!text)
		return 0;
	if (size)
		memcpy(text, data, size);
	if (procfs_status(&status, text, size) == 0 && status.pid_depth < 0)
		abort();
	(void)procfs_stat(&stat, text, size);
	(void)procfs_limit(text, size, "Max open files", &soft, &hard);
	while (procfs_mount(text, size, &at, &m) > 0)
		if (strlen(m.path) >= sizeof(m.path) || strlen(m.root) >= sizeof(m.root) || strlen(m.type) >= sizeof(m.type))
			abort();
	(void)procfs_fd_flags(text, size);
	if (procfs_unix_socket(text, size, 417520, &listening, name, sizeof(name)) == 0 && strlen(name) >= sizeof(name))
		abort();
	procfs_maps(text, size, &all, &both);
	if (both > all)
		abort();
	at = 0;
	while (procfs_interface(text, size, &at, name, sizeof(name)))
		if (strlen(name) >= sizeof(name))
			abort();
	(void)procfs_times(text, size, &soft, &hard, &threads);
	if (procfs_kib(text, size, "VmRSS:", &soft) == 0 && soft % 1024)
		abort();
	(void)procfs_first(text, size, &soft);
	(void)procfs_keyed(text, size, "user_usec", &soft);
	(void)procfs_counters(text, size, "lo", count);
	(void)procfs_id_map(text, size, &in, &out);
	free(text);
	return 0;
}
