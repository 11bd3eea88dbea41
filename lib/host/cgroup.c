/* SPDX-License-Identifier: MIT */
/* Which cgroups there are, and whether husk may make one here. */
#include <host/cgroup.h>

#include <base/buf.h>
#include <base/file.h>
#include <errno.h>
#include <fcntl.h>
#include <host/kernel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#define MOUNTINFO_MAX (16u << 20)
#define SMALL_FILE 4096

const char *const host_cgroup_mode_names[] = {
	[CGROUP_NONE] = "none", [CGROUP_V1] = "v1", [CGROUP_HYBRID] = "hybrid", [CGROUP_V2] = "v2",
};

const char *const host_controller_names[HOST_CONTROLLERS] = {
	[CONTROLLER_MEMORY] = "memory", [CONTROLLER_CPU] = "cpu", [CONTROLLER_PIDS] = "pids", [CONTROLLER_IO] = "io",
};

/* The n-th word of a line, counted from 0; NULL when there are fewer. */
static const char *word(const char *line, size_t line_len, int n, size_t *len)
{
	const char *end = line + line_len;

	for (; n > 0; n--) {
		line = memchr(line, ' ', (size_t)(end - line));
		if (!line)
			return NULL;
		line++;
	}
	*len = (size_t)(end - line);
	for (size_t i = 0; i < *len; i++)
		if (line[i] == ' ')
			*len = i;
	return line;
}

/* proc_pid_mountinfo(5): blanks, line ends and backslashes are written as \ooo.  false: no room. */
static bool unescape(const char *from, size_t len, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned c = (unsigned char)from[i];

		if (c == '\\' && len - i > 3 && from[i + 1] >= '0' && from[i + 1] <= '3') {
			c = (unsigned)(from[i + 1] - '0') << 6 | (unsigned)(from[i + 2] & 7) << 3 | (unsigned)(from[i + 3] & 7);
			i += 3;
		}
		if (n + 1 >= size)
			return false;
		out[n++] = (char)c;
	}
	out[n] = '\0';
	return n > 0;
}

/* "31 22 0:26 /ROOT /POINT OPTIONS [TAGS...] - TYPE SOURCE OPTIONS" */
static void take_mount(const char *line, size_t len, struct host_cgroup_mounts *m)
{
	const char *dash = memmem(line, len, " - ", 3), *root, *at, *type;
	size_t root_len = 0, at_len = 0, type_len = 0;

	if (!dash)
		return;
	type = word(dash + 3, len - (size_t)(dash + 3 - line), 0, &type_len);
	root = word(line, (size_t)(dash - line), 3, &root_len);
	at = word(line, (size_t)(dash - line), 4, &at_len);
	if (!type || !root || !at)
		return;
	if (type_len == 6 && !memcmp(type, "cgroup", 6))
		m->v1 = true;
	/* the first one wins: /sys/fs/cgroup comes before what programs mount for themselves */
	if (type_len != 7 || memcmp(type, "cgroup2", 7) || m->at[0])
		return;
	if (!unescape(root, root_len, m->root, sizeof(m->root)) || !unescape(at, at_len, m->at, sizeof(m->at)) ||
	    m->root[0] != '/' || m->at[0] != '/')
		m->at[0] = m->root[0] = '\0';
}

void host_cgroup_mounts_parse(const char *text, struct host_cgroup_mounts *m)
{
	m->v1 = false;
	m->at[0] = m->root[0] = '\0';
	while (*text) {
		size_t len = strcspn(text, "\n");

		take_mount(text, len, m);
		text += len + (text[len] == '\n');
	}
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

int host_cgroup_directory(const struct host_cgroup_mounts *m, const char *path, char *dir, size_t size)
{
	size_t skip = strcmp(m->root, "/") ? strlen(m->root) : 0;
	int n;

	/* "/../x": outside of the cgroup namespace; "/x (deleted)" leads nowhere and is noticed as that */
	if (!m->at[0] || path[0] != '/' || !strncmp(path, "/..", 3))
		return -ENOENT;
	if (skip && (strncmp(path, m->root, skip) || (path[skip] != '/' && path[skip] != '\0')))
		return -ENOENT;
	path += skip;
	n = snprintf(dir, size, "%s%s", m->at, strcmp(path, "/") ? path : "");
	return n < 0 || (size_t)n >= size ? -ENOENT : 0;
}

void host_controllers_parse(const char *text, bool controller[HOST_CONTROLLERS])
{
	for (const char *at = text + strspn(text, " \n"); *at;) {
		size_t len = strcspn(at, " \n");

		for (int i = 0; i < HOST_CONTROLLERS; i++)
			if (strlen(host_controller_names[i]) == len && !strncmp(at, host_controller_names[i], len))
				controller[i] = true;
		at += len;
		at += strspn(at, " \n");
	}
}

int64_t host_cgroup_value(const char *text, const char *key)
{
	size_t key_len = strlen(key);

	for (const char *line = text; *line;) {
		size_t len = strcspn(line, "\n");

		if (len > key_len + 1 && !strncmp(line, key, key_len) && line[key_len] == ' ') {
			const char *number = line + key_len + 1;
			char *end;
			long long n;

			errno = 0;
			n = strtoll(number, &end, 10);
			return number[0] >= '0' && number[0] <= '9' && end == line + len && !errno ? n : -1;
		}
		line += len + (line[len] == '\n');
	}
	return -1;
}

int host_whole_disk(dev_t dev, dev_t *whole)
{
	char path[96], text[64];
	struct buf b = BUF_FIXED(text);
	unsigned major_nr, minor_nr;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/partition", major(dev), minor(dev));
	*whole = dev;
	if (access(path, F_OK) < 0) {
		path[strlen(path) - strlen("/partition")] = '\0';
		return major(dev) && access(path, F_OK) == 0 ? 0 : -ENODEV;
	}
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/../dev", major(dev), minor(dev));
	if (file_read(AT_FDCWD, path, &b, sizeof(text) - 1) < 0 || sscanf(buf_str(&b), "%9u:%9u", &major_nr, &minor_nr) != 2)
		return -ENODEV;
	*whole = makedev(major_nr, minor_nr);
	return 0;
}

/* Making a cgroup takes the directory, dividing it the other two. */
static int may_write(const char *dir)
{
	static const char *const files[] = { "cgroup.procs", "cgroup.subtree_control" };
	char path[PATH_MAX + 32];
	int rc = host_can_write_dir(dir);

	for (size_t i = 0; rc >= 0 && i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		rc = faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) < 0 ? -errno : 0;
	}
	return rc;
}

static bool has(const char *dir, const char *file)
{
	char path[PATH_MAX + 32];

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	return access(path, F_OK) == 0;
}

/* systemd marks what it hands over (Delegate=): the manager's own mark, and one that users can read. */
static bool delegated(const char *dir)
{
	static const char *const marks[] = { "user.delegate", "trusted.delegate" };
	char value[2];

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (getxattr(dir, marks[i], value, sizeof(value)) == 1 && value[0] == '1')
			return true;
	return false;
}

/* A husk that is started by what another husk has moved finds itself in that one's child. */
static void leave_keeper(char *dir)
{
	char *last = strrchr(dir, '/');

	if (last && !strcmp(last + 1, CGROUP_KEEPER)) {
		*last = '\0';
		if (may_write(dir) < 0)
			*last = '/';
	}
}

static void choose_place(struct host_cgroup *c, char *own)
{
	bool root = geteuid() == 0, at_top = !strcmp(own, c->mount);
	/* all but the very root of the hierarchy have this file; a container's own root is an ordinary cgroup */
	bool whole = !has(c->mount, "cgroup.events");

	if (own[0] && !(at_top && whole)) {
		leave_keeper(own);
		c->handed_over = delegated(own) || (root && !strcmp(own, c->mount));
		snprintf(c->path, sizeof(c->path), "%s", own);
		c->writable = may_write(own);
		if (c->writable >= 0 && (c->handed_over || !root)) {
			c->place = CGROUP_IN_OWN;
			return;
		}
		c->handed_over = false;
	}
	if (!root)
		return;
	c->writable = may_write(c->mount);
	if (c->writable >= 0) {
		c->place = CGROUP_IN_TOP;
		snprintf(c->path, sizeof(c->path), "%.*s/husk", PATH_MAX - 8, c->mount);
	}
}

static void read_controllers(const char *dir, bool controller[HOST_CONTROLLERS])
{
	autobuf struct buf text = BUF_INIT;
	char path[PATH_MAX + 32];

	snprintf(path, sizeof(path), "%s/cgroup.controllers", dir);
	if (file_read(AT_FDCWD, path, &text, SMALL_FILE) >= 0)
		host_controllers_parse(buf_str(&text), controller);
}

static bool any(const bool controller[HOST_CONTROLLERS])
{
	for (int i = 0; i < HOST_CONTROLLERS; i++)
		if (controller[i])
			return true;
	return false;
}

void host_probe_cgroup(struct host_cgroup *c)
{
	autobuf struct buf text = BUF_INIT;
	static struct host_cgroup_mounts m;
	char own[PATH_MAX] = "", path[PATH_MAX];

	*c = (struct host_cgroup){ .mode = CGROUP_NONE, .writable = -ENOENT };
	if (file_read(AT_FDCWD, "/proc/self/mountinfo", &text, MOUNTINFO_MAX) < 0)
		return;
	host_cgroup_mounts_parse(buf_str(&text), &m);
	snprintf(c->mount, sizeof(c->mount), "%s", m.at);
	if (m.v1)
		c->mode = m.at[0] ? CGROUP_HYBRID : CGROUP_V1;
	if (!m.at[0])
		return;
	read_controllers(m.at, c->controller);
	if (m.v1 && !any(c->controller))
		return;
	c->mode = CGROUP_V2;
	snprintf(c->path, sizeof(c->path), "%s", m.at);
	buf_clear(&text);
	if (file_read(AT_FDCWD, "/proc/self/cgroup", &text, 65536) < 0 ||
	    host_cgroup_parse(buf_str(&text), path, sizeof(path)) < 0 ||
	    host_cgroup_directory(&m, path, own, sizeof(own)) < 0 || access(own, F_OK) < 0)
		own[0] = '\0';
	choose_place(c, own);
	memset(c->controller, 0, sizeof(c->controller));
	read_controllers(c->place == CGROUP_IN_TOP ? c->mount : c->path, c->controller);
}
