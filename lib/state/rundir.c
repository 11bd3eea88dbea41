/* SPDX-License-Identifier: MIT */
/* The run directory and the VMs' directories in it. */
#include <state/state.h>

#include <base/err.h>
#include <base/fd.h>
#include <base/file.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <opt/opt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* the longest socket name in a VM's directory, see fd_listen() */
#define LONGEST_SOCKET "monitor.sock"

int rundir_path(char path[PATH_MAX], const char *given)
{
	const char *xdg = getenv("XDG_RUNTIME_DIR");
	int n;

	if (given && given[0] == '/')
		n = snprintf(path, PATH_MAX, "%s", given);
	else if (given) {
		char here[PATH_MAX];

		if (!getcwd(here, sizeof(here)))
			return fail(-errno, "find the working directory");
		n = snprintf(path, PATH_MAX, "%s/%s", here, given);
	} else if (geteuid() == 0)
		n = snprintf(path, PATH_MAX, "/run/husk");
	else if (xdg && xdg[0] == '/')
		n = snprintf(path, PATH_MAX, "%s/husk", xdg);
	else
		return fail_exit(EXIT_HOST, "no run directory: XDG_RUNTIME_DIR is not set; set HUSK_RUNDIR or give --rundir");
	if (n < 0 || n >= PATH_MAX)
		return fail_exit(EXIT_USAGE, "the run directory's path is too long");
	while (n > 1 && path[n - 1] == '/')
		path[--n] = '\0';
	return 0;
}

int rundir_open(struct rundir *r, const char *given, bool create)
{
	struct stat st;
	int rc;

	r->fd = -1;
	rc = rundir_path(r->path, given);
	if (rc < 0)
		return rc;
	if (create) {
		rc = file_mkdirs(r->path, 0711);
		if (rc < 0)
			return rc;
	}
	r->fd = open(r->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->fd < 0 && errno == ENOENT && !create)
		return 0;
	if (r->fd < 0 || fstat(r->fd, &st) < 0)
		return fail(-errno, "open %s", r->path);
	if (st.st_uid != geteuid())
		return fail_exit(EXIT_FAILED, "%s belongs to user %u, not to user %u who runs husk", r->path,
				 (unsigned)st.st_uid, (unsigned)geteuid());
	if (st.st_mode & 022)
		return fail_exit(EXIT_FAILED, "%s can be written by others (mode %04o); husk would trust their records",
				 r->path, st.st_mode & 07777);
	return 0;
}

void rundir_close(struct rundir *r)
{
	fd_close(&r->fd);
}

static int set_path(struct vmdir *d, const struct rundir *r, const char *name)
{
	int n = snprintf(d->path, sizeof(d->path), "%s/%s", r->path, name);

	if (n < 0 || (size_t)n >= sizeof(d->path))
		return fail_exit(EXIT_USAGE, "%s/%s: path too long", r->path, name);
	snprintf(d->name, sizeof(d->name), "%s", name);
	return 0;
}

static const char *nth_name(const void *ctx, size_t n)
{
	char *const *names = ctx;

	return names[n];
}

static int no_such_vm(const struct rundir *r, const char *name)
{
	char **names = NULL;
	const char *near;
	size_t n = 0;

	if (r->fd >= 0 && rundir_names(r, &names, &n) >= 0 && n && (near = opt_nearest(name, nth_name, names)))
		fail_exit(EXIT_NO_VM, "no such VM: %s (did you mean %s?)", name, near);
	else
		fail_exit(EXIT_NO_VM, "no such VM: %s", name);
	rundir_free_names(names, n);
	return -ECANCELED;
}

int vmdir_open(struct vmdir *d, const struct rundir *r, const char *name)
{
	int rc;

	if (!opt_valid_name(name))
		return fail_exit(EXIT_USAGE, "%s: not a name of a VM ([A-Za-z0-9][A-Za-z0-9_.-]*, at most 63 bytes)", name);
	rc = set_path(d, r, name);
	if (rc < 0)
		return rc;
	if (r->fd < 0)
		return no_such_vm(r, name);
	d->fd = openat(r->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (d->fd < 0)
		return errno == ENOENT ? no_such_vm(r, name) : fail(-errno, "open %s", d->path);
	return 0;
}

bool vmdir_is_claimed(const struct vmdir *d)
{
	if (d->claimed)		/* asking with our own descriptor would give the claim away */
		return true;
	if (flock(d->fd, LOCK_SH | LOCK_NB) < 0)
		return errno == EWOULDBLOCK;
	flock(d->fd, LOCK_UN);
	return false;
}

int vmdir_lock(struct vmdir *d)
{
	struct stat mine, there;

	/* what fails may be vmdir_is_claimed() in another process, for an instant: that is no claim */
	for (int i = 0; flock(d->fd, LOCK_EX | LOCK_NB) < 0; i++) {
		if (errno != EWOULDBLOCK)
			return fail(-errno, "lock %s", d->path);
		if (i == 1000 || vmdir_is_claimed(d))
			return -EBUSY;
		sched_yield();
	}
	/* whoever removes a VM holds its lock: what we have locked may be a directory without a name */
	if (fstat(d->fd, &mine) < 0 || stat(d->path, &there) < 0 || mine.st_ino != there.st_ino ||
	    mine.st_dev != there.st_dev) {
		flock(d->fd, LOCK_UN);
		return -ESTALE;
	}
	d->claimed = true;
	return 0;
}

int vmdir_check_path(const char *path)
{
	size_t longest = strlen(path) + sizeof("/" LONGEST_SOCKET);

	if (longest > sizeof(((struct sockaddr_un *)0)->sun_path))
		return fail_exit(EXIT_USAGE, "%s/%s: %zu bytes are too long for a socket's path, %zu is the most; "
				 "use a shorter name or --rundir", path, LONGEST_SOCKET, longest - 1,
				 sizeof(((struct sockaddr_un *)0)->sun_path) - 1);
	return 0;
}

int vmdir_claim(struct vmdir *d, const struct rundir *r, const char *name)
{
	int rc = set_path(d, r, name);

	if (rc < 0)
		return rc;
	do {
		fd_close(&d->fd);
		if (mkdirat(r->fd, name, 0700) == 0)
			d->fresh = true;
		else if (errno != EEXIST)
			return fail(-errno, "make directory %s", d->path);
		d->fd = openat(r->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (d->fd < 0 && errno == ENOENT) {
			rc = -ESTALE;
			continue;
		}
		if (d->fd < 0)
			return fail(-errno, "open %s", d->path);
		rc = vmdir_lock(d);
	} while (rc == -ESTALE);
	return rc;
}

int vmdir_clear(struct vmdir *d)
{
	int rc = file_remove_tree(d->fd);

	return rc < 0 ? err_prefix(rc, "%s", d->path) : 0;
}

int vmdir_remove(struct vmdir *d, const struct rundir *r)
{
	int rc = vmdir_clear(d);

	if (rc < 0)
		return rc;
	if (unlinkat(r->fd, d->name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return fail(-errno, "remove %s", d->path);
	return 0;
}

void vmdir_close(struct vmdir *d)
{
	fd_close(&d->fd);
	d->claimed = false;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int rundir_names(const struct rundir *r, char ***names, size_t *n)
{
	struct dirent *e;
	DIR *dir;
	int fd;

	*names = NULL;
	*n = 0;
	if (r->fd < 0)
		return 0;
	fd = openat(r->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		int err = -errno;

		fd_close(&fd);
		return fail(err, "read %s", r->path);
	}
	while ((e = readdir(dir))) {
		char **more;

		if (!opt_valid_name(e->d_name) || (e->d_type != DT_DIR && e->d_type != DT_UNKNOWN))
			continue;
		more = realloc(*names, (*n + 2) * sizeof(**names));
		if (!more)
			break;
		*names = more;
		(*names)[*n + 1] = NULL;
		(*names)[*n] = strdup(e->d_name);
		if (!(*names)[*n])
			break;
		(*n)++;
	}
	closedir(dir);
	if (*n)
		qsort(*names, *n, sizeof(**names), by_name);
	return 0;
}

void rundir_free_names(char **names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
}
