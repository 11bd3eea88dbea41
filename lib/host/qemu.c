/* SPDX-License-Identifier: MIT */
/* Finding QEMU's binary and learning its version from itself, once per binary. */
#include <host/host.h>

#include <base/buf.h>
#include <base/err.h>
#include <base/fd.h>
#include <base/file.h>
#include <base/loop.h>
#include <base/pool.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#define VERSION_BUDGET_MS 10000

const char *host_arch(void)
{
	static struct utsname u;

	if (!u.machine[0])
		uname(&u);
	return u.machine;
}

bool host_qemu_at_least(const struct host_qemu *q, int major, int minor)
{
	return q->major > major || (q->major == major && q->minor >= minor);
}

int host_qemu_version_parse(const char *text, int *major, int *minor, int *micro)
{
	static const char key[] = "version ";
	const char *p = strstr(text, key);

	*micro = 0;
	if (!p || sscanf(p + sizeof(key) - 1, "%4d.%4d.%4d", major, minor, micro) < 2 || *major < 0 || *minor < 0 ||
	    *micro < 0)
		return -EPROTO;
	return 0;
}

/* Run "PATH --version" with nothing but its output open.  Root gives the question away as nobody. */
static int ask(const char *path, struct buf *out)
{
	autoclose int r = -1, w = -1;
	deadline_t until = deadline_in(VERSION_BUDGET_MS);
	int fd[2], rc = fd_pipe(fd), status;
	pid_t pid;

	if (rc < 0)
		return rc;
	r = fd[0];
	w = fd[1];
	pid = fork();
	if (pid < 0)
		return fail(-errno, "fork");
	if (pid == 0) {
		char *argv[] = { (char *)path, (char *)"--version", NULL }, *envp[] = { NULL };
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		if (null < 0 || dup2(null, 0) < 0 || dup2(w, 1) < 0 || dup2(null, 2) < 0 || fd_cloexec_from(3) < 0)
			_exit(126);
		if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
			_exit(126);
		execve(path, argv, envp);
		_exit(127);
	}
	fd_close(&w);
	for (;;) {
		char piece[512];
		ssize_t n = loop_readable(r, until) > 0 ? fd_read(r, piece, sizeof(piece)) : -ETIMEDOUT;

		if (n <= 0 || out->len > 4096)
			break;
		buf_add(out, piece, (size_t)n);
	}
	if (deadline_passed(until) || out->len > 4096)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return fail_exit(EXIT_HOST, "%s --version did not work; is it a QEMU?", path);
	return 0;
}

static void cache_name(char *name, size_t size, const struct stat *st)
{
	snprintf(name, size, ".qemu-%llx-%llx-%llx-%llx", (unsigned long long)st->st_dev,
		 (unsigned long long)st->st_ino, (unsigned long long)st->st_size,
		 (unsigned long long)st->st_mtim.tv_sec * 1000000000ull + (unsigned long long)st->st_mtim.tv_nsec);
}

static int learn_version(struct host_qemu *q, struct pool *pool, int cachedir)
{
	autobuf struct buf text = BUF_INIT;
	struct stat st;
	char name[96];
	int rc;

	if (stat(q->path, &st) < 0)
		return fail_as(EXIT_HOST, -errno, "%s", q->path);
	if (!S_ISREG(st.st_mode) || access(q->path, X_OK) < 0)
		return fail_exit(EXIT_HOST, "%s: not a program", q->path);
	cache_name(name, sizeof(name), &st);
	if (cachedir < 0 || file_read(cachedir, name, &text, 4096) < 0 ||
	    host_qemu_version_parse(buf_str(&text), &q->major, &q->minor, &q->micro) < 0) {
		buf_clear(&text);
		rc = ask(q->path, &text);
		if (rc < 0)
			return rc;
		if (host_qemu_version_parse(buf_str(&text), &q->major, &q->minor, &q->micro) < 0)
			return fail_exit(EXIT_HOST, "%s --version does not speak of a QEMU version", q->path);
		if (cachedir >= 0)
			(void)file_write(cachedir, name, text.data, text.len);	/* only saves time */
	}
	q->version = pool_printf(pool, "%d.%d.%d", q->major, q->minor, q->micro);
	if (!host_qemu_at_least(q, 6, 0))
		return fail_exit(EXIT_HOST, "%s is version %s; husk needs QEMU 6.0 or newer", q->path, q->version);
	return 0;
}

static const char *search(struct pool *pool, const char *name)
{
	static const char *const dirs[] = { "/usr/bin", "/usr/local/bin", "/usr/libexec", "/opt/qemu/bin", NULL };

	for (int i = 0; dirs[i]; i++) {
		const char *path = pool_printf(pool, "%s/%s", dirs[i], name);

		if (access(path, X_OK) == 0)
			return path;
	}
	return NULL;
}

int host_find_qemu(struct host_qemu *q, struct pool *pool, const char *wanted, int cachedir)
{
	const char *found, *base;
	char real[PATH_MAX];

	if (wanted && strchr(wanted, '/'))
		found = wanted;
	else if (wanted)
		found = search(pool, wanted);
	else {
		found = search(pool, pool_printf(pool, "qemu-system-%s", host_arch()));
		if (!found)
			found = search(pool, "qemu-kvm");
	}
	if (!found)
		return fail_exit(EXIT_HOST, "%s is not installed (looked in /usr/bin, /usr/local/bin, /usr/libexec, /opt/qemu/bin)",
				 wanted ? wanted : pool_printf(pool, "qemu-system-%s", host_arch()));
	if (!realpath(found, real))
		return fail_as(EXIT_HOST, -errno, "%s", found);
	q->path = pool_strdup(pool, real);
	base = strrchr(found, '/') + 1;
	q->arch = !strncmp(base, "qemu-system-", 12) ? pool_strdup(pool, base + 12) : host_arch();
	return learn_version(q, pool, cachedir);
}
