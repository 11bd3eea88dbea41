/* SPDX-License-Identifier: MIT */
/* Finding QEMU's binary, and what is remembered of it. */
#include <host/host.h>

#include <host/ask.h>

#include <base/buf.h>
#include <base/err.h>
#include <base/file.h>
#include <base/pool.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#define PROFILE_MAX 65536
#define PROFILE_FORMAT "husk-profile 1"

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

static void add(struct pool *pool, struct opt_strings *list, const char *text)
{
	list->v = pool_grow(pool, list->v, list->n, sizeof(*list->v));
	list->v[list->n++] = pool_strdup(pool, text);
}

static unsigned long long stamp(const struct timespec *t)
{
	return (unsigned long long)t->tv_sec * 1000000000ull + (unsigned long long)t->tv_nsec;
}

/* The name under which the answers are kept: new when the binary or any library of the host changes. */
static void cache_name(char *name, size_t size, const struct stat *st)
{
	struct stat loader = { 0 };

	(void)stat("/etc/ld.so.cache", &loader);
	snprintf(name, size, ".qemu-%llx-%llx-%llx-%llx-%llx", (unsigned long long)st->st_dev,
		 (unsigned long long)st->st_ino, (unsigned long long)st->st_size, stamp(&st->st_mtim), stamp(&loader.st_mtim));
}

/* One line of the profile: "key value". */
static void take_line(struct host_qemu *q, struct pool *pool, const char *key, const char *value)
{
	if (!strcmp(key, "interp"))
		q->interp = pool_strdup(pool, value);
	else if (!strcmp(key, "lib"))
		add(pool, &q->lib, value);
	else if (!strcmp(key, "data"))
		add(pool, &q->data, value);
	else if (!strcmp(key, "module"))
		add(pool, &q->module, value);
}

static int parse_profile(struct host_qemu *q, struct pool *pool, const char *text)
{
	if (strncmp(text, PROFILE_FORMAT "\n", sizeof(PROFILE_FORMAT)))
		return -EPROTO;
	if (host_qemu_version_parse(text, &q->major, &q->minor, &q->micro) < 0)
		return -EPROTO;
	q->interp = NULL;
	q->lib.n = q->data.n = q->module.n = 0;
	for (const char *line = text; *line;) {
		size_t len = strcspn(line, "\n"), key = strcspn(line, " \n");

		if (key < len)
			take_line(q, pool, pool_strndup(pool, line, key), pool_strndup(pool, line + key + 1, len - key - 1));
		line += len + (line[len] == '\n');
	}
	return 0;
}

static int read_head(const char *path, struct buf *head)
{
	int rc = file_read(AT_FDCWD, path, head, 65536);

	return rc == -EFBIG ? 0 : rc;
}

/* Directories next to the program where builds put their modules; those that hold any. */
static void find_modules(const char *path, struct pool *pool, struct buf *out)
{
	static const char *const below[] = { "lib/qemu", "lib64/qemu", "lib/" HUSK_MULTIARCH "/qemu", NULL };
	const char *slash = strrchr(path, '/');
	const char *prefix = pool_strndup(pool, path, (size_t)(slash - path));

	slash = strrchr(prefix, '/');
	prefix = slash ? pool_strndup(pool, prefix, (size_t)(slash - prefix)) : "";
	for (int i = 0; below[i]; i++) {
		const char *dir = pool_printf(pool, "%s/%s", prefix, below[i]);

		if (access(dir, X_OK) == 0)
			buf_addf(out, "module %s\n", dir);
	}
}

/* Libraries of the program, and of the module it cannot run without. */
static int ask_libs(struct host_qemu *q, struct pool *pool, const char *interp, struct buf *out)
{
	autobuf struct buf text = BUF_INIT;
	struct opt_strings libs = { 0 };
	struct host_qemu seen = { 0 };
	int rc = host_ask((const char *[]){ interp, "--list", q->path, NULL }, &text);

	if (rc >= 0)
		rc = host_parse_libs(pool, buf_str(&text), &libs);
	if (rc < 0)
		return err_prefix(rc, "libraries of %s", q->path);
	parse_profile(&seen, pool, buf_str(out));
	for (size_t i = 0; i < seen.module.n; i++) {
		const char *module = pool_printf(pool, "%s/accel-tcg-%s.so", seen.module.v[i], q->arch);

		buf_clear(&text);
		if (access(module, R_OK) == 0 && host_ask((const char *[]){ interp, "--list", module, NULL }, &text) >= 0)
			(void)host_parse_libs(pool, buf_str(&text), &libs);
	}
	for (size_t i = 0; i < libs.n; i++)
		buf_addf(out, "lib %s\n", libs.v[i]);
	return 0;
}

/* Where it looks for firmware; a QEMU without any boots nothing, but may still be started. */
static void ask_data(const char *path, struct pool *pool, struct buf *out)
{
	autobuf struct buf text = BUF_INIT;
	const char *line;

	if (host_ask((const char *[]){ path, "-L", "help", NULL }, &text) < 0)
		return;
	line = buf_str(&text);
	while (*line) {
		size_t len = strcspn(line, "\n");
		const char *dir = pool_strndup(pool, line, len);

		if (*dir == '/' && access(dir, X_OK) == 0)
			buf_addf(out, "data %s\n", dir);
		line += len + (line[len] == '\n');
	}
}

/* Ask the binary everything, as text in the form that is remembered. */
static int ask_profile(struct host_qemu *q, struct pool *pool, struct buf *out)
{
	autobuf struct buf head = BUF_INIT, version = BUF_INIT;
	char interp[PATH_MAX];
	int rc = read_head(q->path, &head), kind;

	if (rc < 0)
		return fail_as(EXIT_HOST, rc, "read %s", q->path);
	kind = host_elf_interp(head.data, head.len, interp, sizeof(interp));
	if (kind < 0)
		return fail_exit(EXIT_HOST, "%s: not an ELF program; name QEMU's own binary", q->path);
	rc = host_ask((const char *[]){ q->path, "--version", NULL }, &version);
	if (rc < 0)
		return rc;
	if (host_qemu_version_parse(buf_str(&version), &q->major, &q->minor, &q->micro) < 0)
		return fail_exit(EXIT_HOST, "%s --version does not speak of a QEMU version", q->path);
	buf_addf(out, PROFILE_FORMAT "\nanswer version %d.%d.%d\n", q->major, q->minor, q->micro);
	find_modules(q->path, pool, out);
	if (kind > 0) {
		buf_addf(out, "interp %s\n", interp);
		rc = ask_libs(q, pool, interp, out);
	}
	if (rc >= 0)
		ask_data(q->path, pool, out);
	return rc;
}

static int learn(struct host_qemu *q, struct pool *pool, int cachedir)
{
	autobuf struct buf text = BUF_INIT;
	char name[128];
	struct stat st;
	int rc;

	if (stat(q->path, &st) < 0)
		return fail_as(EXIT_HOST, -errno, "%s", q->path);
	if (!S_ISREG(st.st_mode) || access(q->path, X_OK) < 0)
		return fail_exit(EXIT_HOST, "%s: not a program", q->path);
	cache_name(name, sizeof(name), &st);
	if (cachedir < 0 || file_read(cachedir, name, &text, PROFILE_MAX) < 0 ||
	    parse_profile(q, pool, buf_str(&text)) < 0) {
		buf_clear(&text);
		rc = ask_profile(q, pool, &text);
		if (rc >= 0 && parse_profile(q, pool, buf_str(&text)) < 0)
			rc = fail(-ENOMEM, "%s", q->path);
		if (rc < 0)
			return rc;
		if (cachedir >= 0)
			(void)file_write(cachedir, name, text.data, text.len);	/* only saves time */
	}
	q->version = pool_printf(pool, "%d.%d.%d", q->major, q->minor, q->micro);
	if (!host_qemu_at_least(q, 6, 0))
		return fail_exit(EXIT_HOST, "%s is version %s; husk needs QEMU 6.0 or newer", q->path, q->version);
	return 0;
}

const char *host_search(struct pool *pool, const char *name)
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
		found = host_search(pool, wanted);
	else {
		found = host_search(pool, pool_printf(pool, "qemu-system-%s", host_arch()));
		if (!found)
			found = host_search(pool, "qemu-kvm");
	}
	if (!found)
		return fail_exit(EXIT_HOST, "%s is not installed (looked in /usr/bin, /usr/local/bin, /usr/libexec, /opt/qemu/bin)",
				 wanted ? wanted : pool_printf(pool, "qemu-system-%s", host_arch()));
	if (!realpath(found, real))
		return fail_as(EXIT_HOST, -errno, "%s", found);
	q->path = pool_strdup(pool, real);
	base = strrchr(found, '/') + 1;
	/* "qemu-system-x86_64-microvm", "qemu-system-x86_64.real": no architecture has a dash or a dot */
	q->arch = !strncmp(base, "qemu-system-", 12) ? pool_strndup(pool, base + 12, strcspn(base + 12, "-.")) : host_arch();
	return learn(q, pool, cachedir);
}
