/* SPDX-License-Identifier: MIT */
/* Fuzz: any text as what the kernel tells of cgroups. */
#include <host/cgroup.h>

#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct host_cgroup_mounts m;
	bool controller[HOST_CONTROLLERS] = { false };
	char path[64], dir[64], *text = malloc(size + 1);	/* an own copy: a sanitizer sees what is read beyond */
	int64_t n;

	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	host_cgroup_mounts_parse(text, &m);
	if ((m.at[0] == '\0') != (m.root[0] == '\0') || (m.at[0] && (m.at[0] != '/' || m.root[0] != '/')))
		abort();
	if (host_cgroup_parse(text, path, sizeof(path)) == 0) {
		if (path[0] != '/' || strlen(path) >= sizeof(path))
			abort();
		if (host_cgroup_directory(&m, path, dir, sizeof(dir)) == 0 && strncmp(dir, m.at, strlen(m.at)))
			abort();
	}
	host_controllers_parse(text, controller);
	n = host_cgroup_value(text, "oom_kill");
	if (n < -1)
		abort();
	free(text);
	return 0;
}
