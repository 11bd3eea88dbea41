/* SPDX-License-Identifier: MIT */
/* Which cgroups there are, and whether husk may make one here. */
#include <host/kernel.h>

#include <base/buf.h>
#include <base/file.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#define CGROUP_ROOT "/sys/fs/cgroup"

const char *const host_cgroup_mode_names[] = {
	[CGROUP_NONE] = "none", [CGROUP_V1] = "v1", [CGROUP_HYBRID] = "hybrid", [CGROUP_V2] = "v2",
};

const char *const host_controller_names[HOST_CONTROLLERS] = {
	[CONTROLLER_MEMORY] = "memory", [CONTROLLER_CPU] = "cpu", [CONTROLLER_PIDS] = "pids", [CONTROLLER_IO] = "io",
};

static bool is_cgroup2(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && (unsigned long)fs.f_type == CGROUP2_SUPER_MAGIC;
}

/* cgroups(7): "0::PATH" is the unified hierarchy, every other line one of version 1. */
int host_cgroup_parse(const char *text, char *path, size_t size)
{
	for (const char *line = text; *line;) {
		size_t len = strcspn(line, "\n");

		if (len > 3 && !strncmp(line, "0::/", 4) && len - 3 < size) {
			memcpy(path, line + 3, len - 3);
			path[len - 3] = '\0';
			return 0;
		}
		line += len + (line[len] == '\n');
	}
	return -ENOENT;
}

void host_controllers_parse(const char *text, bool controller[HOST_CONTROLLERS])
{
	for (const char *word = text + strspn(text, " \n"); *word;) {
		size_t len = strcspn(word, " \n");

		for (int i = 0; i < HOST_CONTROLLERS; i++)
			if (strlen(host_controller_names[i]) == len && !strncmp(word, host_controller_names[i], len))
				controller[i] = true;
		word += len;
		word += strspn(word, " \n");
	}
}

/* Making a cgroup below takes the directory, moving a process there takes cgroup.procs of the common parent. */
static int may_write(const char *path)
{
	char procs[PATH_MAX + 16];
	int rc = host_can_write_dir(path);

	if (rc < 0)
		return rc;
	snprintf(procs, sizeof(procs), "%s/cgroup.procs", path);
	return faccessat(AT_FDCWD, procs, W_OK, AT_EACCESS) < 0 ? -errno : 0;
}

void host_probe_cgroup(struct host_cgroup *c)
{
	autobuf struct buf own = BUF_INIT, controllers = BUF_INIT;
	char below[PATH_MAX / 2], name[PATH_MAX + 24];

	*c = (struct host_cgroup){ .mode = CGROUP_NONE, .writable = -ENOENT };
	if (!is_cgroup2(CGROUP_ROOT)) {
		if (is_cgroup2(CGROUP_ROOT "/unified"))
			c->mode = CGROUP_HYBRID;
		else if (access(CGROUP_ROOT "/memory", F_OK) == 0 || access(CGROUP_ROOT "/cpu", F_OK) == 0 ||
			 access(CGROUP_ROOT "/pids", F_OK) == 0)
			c->mode = CGROUP_V1;
		return;
	}
	c->mode = CGROUP_V2;
	snprintf(c->path, sizeof(c->path), CGROUP_ROOT);
	if (file_read(AT_FDCWD, "/proc/self/cgroup", &own, 65536) == 0 &&
	    host_cgroup_parse(buf_str(&own), below, sizeof(below)) == 0 && strcmp(below, "/") != 0)
		snprintf(c->path, sizeof(c->path), CGROUP_ROOT "%s", below);
	/* a container may see the host's path without the directory: its own root is what there is then */
	if (access(c->path, F_OK) < 0)
		snprintf(c->path, sizeof(c->path), CGROUP_ROOT);
	c->writable = may_write(c->path);
	snprintf(name, sizeof(name), "%s/cgroup.controllers", c->path);
	if (file_read(AT_FDCWD, name, &controllers, 4096) == 0)
		host_controllers_parse(buf_str(&controllers), c->controller);
}
