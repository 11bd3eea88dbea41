/* SPDX-License-Identifier: MIT */
/* Defaults, finding and reading the .vm file, and the checks across fields. */
#include <spec/spec.h>

#include <base/buf.h>
#include <base/err.h>
#include <base/file.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VM_FILE_MAX (1u << 20)

void spec_init(struct spec *s)
{
	*s = (struct spec){
		.memory = 512ull << 20,
		.cpus = 1,
		.start_timeout = 30000,
		.stop_timeout = 90000,
		.log_size = 1 << 20,
	};
	opt_init(&s->set, spec_options, s, &s->pool);
}

void spec_free(struct spec *s)
{
	pool_free(&s->pool);
}

static bool is_path(const char *what)
{
	size_t len = strlen(what);

	return strchr(what, '/') || (len > 3 && !strcmp(what + len - 3, ".vm"));
}

/* Where NAME.vm may be, in order; how many. */
static size_t config_dirs(struct spec *s, const char *dirs[2])
{
	const char *conf = getenv("HUSK_CONFDIR"), *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	size_t n = 0;

	if (conf && *conf) {
		dirs[n++] = conf;
		return n;
	}
	if (geteuid() != 0) {
		if (xdg && *xdg == '/')
			dirs[n++] = pool_printf(&s->pool, "%s/husk", xdg);
		else if (home && *home == '/')
			dirs[n++] = pool_printf(&s->pool, "%s/.config/husk", home);
	}
	dirs[n++] = "/etc/husk";
	return n;
}

static int find_file(struct spec *s, const char *what, const char **path)
{
	const char *dirs[2], *tried = NULL;
	size_t n;

	if (is_path(what)) {
		*path = pool_strdup(&s->pool, what);
		return 0;
	}
	if (!opt_valid_name(what))
		return fail_exit(EXIT_USAGE, "%s: not a name of a VM; a path has a slash or ends in .vm", what);
	n = config_dirs(s, dirs);
	for (size_t i = 0; i < n; i++) {
		*path = pool_printf(&s->pool, "%s/%s.vm", dirs[i], what);
		/* one that may not be looked at is no missing one: reading it says so */
		if (access(*path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR))
			return 0;
		tried = tried ? pool_printf(&s->pool, "%s, %s", tried, *path) : *path;
	}
	return fail_exit(EXIT_NO_VM, "no VM file for %s: looked for %s", what, tried);
}

/* "web" from "/etc/husk/web.vm"; NULL when that is no name. */
static const char *name_of(struct spec *s, const char *path)
{
	const char *base = strrchr(path, '/');
	size_t len;
	char *name;

	base = base ? base + 1 : path;
	len = strlen(base);
	if (len > 3 && !strcmp(base + len - 3, ".vm"))
		len -= 3;
	name = pool_strndup(&s->pool, base, len);
	return opt_valid_name(name) ? name : NULL;
}

int spec_load(struct spec *s, const char *what)
{
	autobuf struct buf text = BUF_INIT;
	const char *path = NULL;
	int rc = find_file(s, what, &path);

	if (rc < 0)
		return rc;
	rc = file_read(AT_FDCWD, path, &text, VM_FILE_MAX);
	if (rc == -EFBIG)
		return fail_exit(EXIT_USAGE, "%s: larger than %u bytes, so no VM file", path, VM_FILE_MAX);
	if (rc < 0)
		return fail_as(rc == -ENOENT ? EXIT_NO_VM : EXIT_FAILED, rc, "read %s", path);
	s->file = path;
	s->name = name_of(s, path);
	return opt_parse_file(&s->set, path, buf_str(&text), text.len);
}

/* A file called ".raw" has a name, and no ending. */
static bool ends_in(const char *s, const char *end)
{
	size_t a = strlen(s), b = strlen(end);

	return a > b && s[a - b - 1] != '/' && !strcmp(s + a - b, end);
}

static int finish_disk(struct disk *d)
{
	if (d->format == FORMAT_UNSET) {
		d->by_name = true;
		if (ends_in(d->file, ".qcow2"))
			d->format = FORMAT_QCOW2;
		else if (ends_in(d->file, ".raw") || ends_in(d->file, ".img"))
			d->format = FORMAT_RAW;
		else
			return opt_fail(&d->at, "disk",
					"%s: the name does not tell the format; write format=raw or format=qcow2", d->file);
	}
	if (d->aio == AIO_NATIVE && d->cache != CACHE_NONE && d->cache != CACHE_DIRECTSYNC)
		return opt_fail(&d->at, "disk", "aio=native needs cache=none or cache=directsync");
	if (d->serial && strlen(d->serial) > 20)
		return opt_fail(&d->at, "disk", "serial=%s: longer than 20 bytes", d->serial);
	if (d->discard && d->readonly)
		return opt_fail(&d->at, "disk", "discard and readonly contradict each other");
	if (d->bus == BUS_IDE && d->readonly)
		return opt_fail(&d->at, "disk", "an IDE disk cannot be readonly; use another bus, or cdrom");
	return 0;
}

static bool valid_mac(const char *mac)
{
	for (int i = 0; i < 17; i++) {
		bool hex = (mac[i] >= '0' && mac[i] <= '9') || ((mac[i] | 32) >= 'a' && (mac[i] | 32) <= 'f');

		if (i % 3 == 2 ? mac[i] != ':' : !hex)
			return false;
	}
	/* the lowest bit of the first byte marks a group address */
	return mac[17] == '\0' && !(strtoul((char[]){ mac[0], mac[1], 0 }, NULL, 16) & 1);
}

/* Two forwards of one port: QEMU would say only that it could not bind it. */
static int check_forward_twice(const struct spec *s, const struct nic *n, size_t i)
{
	const struct forward *f = &n->forward[i];

	for (const struct nic *other = s->nic; other <= n; other++)
		for (size_t k = 0; k < (other == n ? i : other->nforward); k++)
			if (other->forward[k].host_port == f->host_port && other->forward[k].udp == f->udp &&
			    !strcmp(other->forward[k].host, f->host))
				return opt_fail(&n->at, "nic", "forward=%s: port %d is forwarded already", n->forward_text.v[i],
						f->host_port);
	return 0;
}

static int finish_nic(struct spec *s, struct nic *n)
{
	n->forward = pool_alloc(&s->pool, (n->forward_text.n + 1) * sizeof(*n->forward));
	n->nforward = n->forward_text.n;
	for (size_t i = 0; i < n->nforward; i++) {
		const char *why = "";

		if (spec_parse_forward(&s->pool, n->forward_text.v[i], &n->forward[i], &why) < 0)
			return opt_fail(&n->at, "nic", "forward=%s: %s", n->forward_text.v[i], why);
		if (check_forward_twice(s, n, i) < 0)
			return -EINVAL;
	}
	for (size_t i = 0; i < n->dns.n; i++)
		if (!spec_is_address(n->dns.v[i]) && (n->dns.n > 1 || strcmp(n->dns.v[i], "none")))
			return opt_fail(&n->at, "nic", "dns=%s: expected an address in numbers, or none", n->dns.v[i]);
	if (n->mac && !valid_mac(n->mac))
		return opt_fail(&n->at, "nic", "mac=%s: expected six bytes in hex, the first one even, such as 52:54:00:12:34:56",
				n->mac);
	if (n->model[strspn(n->model, "abcdefghijklmnopqrstuvwxyz0123456789-")])
		return opt_fail(&n->at, "nic", "model=%s: expected the name of a QEMU device", n->model);
	return 0;
}

static int check_boot_order(const struct spec *s)
{
	const struct disk *seen[256] = { NULL };

	for (size_t i = 0; i < s->ndisk + s->ncdrom; i++) {
		const struct disk *d = i < s->ndisk ? &s->disk[i] : &s->cdrom[i - s->ndisk];

		if (d->boot < 0)
			continue;
		if (seen[d->boot])
			return opt_fail(&d->at, d->cdrom ? "cdrom" : "disk", "boot=%d is taken by %s already",
					(int)d->boot, seen[d->boot]->file);
		seen[d->boot] = d;
	}
	return 0;
}

/* The rows whose values go into one of QEMU's comma-separated arguments. */
static int check_words(const struct spec *s)
{
	static const char word[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.,=+";

	if (s->machine && s->machine[strspn(s->machine, word)])
		return opt_fail(opt_where(&s->set, "machine"), "machine", "%s: expected a machine type of QEMU", s->machine);
	if (s->cpu && s->cpu[strspn(s->cpu, word)])
		return opt_fail(opt_where(&s->set, "cpu"), "cpu", "%s: expected a CPU model of QEMU", s->cpu);
	return 0;
}

/* Records and messages outlive the working directory: every path becomes absolute. */
static int absolute(struct spec *s, const char **path)
{
	char here[PATH_MAX];

	if (!*path || **path == '/')
		return 0;
	if (!getcwd(here, sizeof(here)))
		return fail(-errno, "find the working directory");
	*path = pool_printf(&s->pool, "%s/%s", here, !strncmp(*path, "./", 2) ? *path + 2 : *path);
	return 0;
}

/* A program is a name or a path, so its row is no OPT_PATH; as a path it follows the rule for those. */
static void qemu_beside_file(struct spec *s)
{
	const struct opt_at *at = opt_where(&s->set, "qemu");
	const char *slash = at && at->file ? strrchr(at->file, '/') : NULL;

	if (slash && s->qemu[0] != '/')
		s->qemu = pool_printf(&s->pool, "%.*s/%s", (int)(slash - at->file), at->file, s->qemu);
}

static int absolute_paths(struct spec *s)
{
	int rc = absolute(s, &s->kernel);

	if (s->qemu && strchr(s->qemu, '/')) {
		qemu_beside_file(s);
		if (rc >= 0)
			rc = absolute(s, &s->qemu);
	}
	if (rc >= 0)
		rc = absolute(s, &s->initrd);
	if (rc >= 0)
		rc = absolute(s, &s->seccomp);
	for (size_t i = 0; i < s->ndisk && rc >= 0; i++)
		rc = absolute(s, &s->disk[i].file);
	for (size_t i = 0; i < s->ncdrom && rc >= 0; i++)
		rc = absolute(s, &s->cdrom[i].file);
	return rc;
}

int spec_finish(struct spec *s)
{
	int rc = 0;

	if (s->sandbox == SANDBOX_OFF)
		s->without = (1u << PART_COUNT) - 1;
	if (!s->name && s->file)
		return fail_exit(EXIT_USAGE, "%s: the file's name is no name for a VM; add a name", s->file);
	if (!s->name)
		return fail_exit(EXIT_USAGE, "a VM needs a name: give a .vm file or --name");
	if (s->initrd && !s->kernel)
		return opt_fail(opt_where(&s->set, "initrd"), "initrd", "needs a kernel");
	if (s->append && !s->kernel)
		return opt_fail(opt_where(&s->set, "append"), "append", "needs a kernel");
	for (size_t i = 0; i < s->ndisk && rc >= 0; i++)
		rc = finish_disk(&s->disk[i]);
	for (size_t i = 0; i < s->nnic && rc >= 0; i++)
		rc = finish_nic(s, &s->nic[i]);
	if (rc >= 0)
		rc = check_boot_order(s);
	if (rc >= 0)
		rc = check_words(s);
	return rc < 0 ? rc : absolute_paths(s);
}
