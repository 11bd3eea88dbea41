/* SPDX-License-Identifier: MIT */
/* Opening what the plan says, before there is a QEMU. */
#include <vm/vm.h>

#include <base/err.h>
#include <errno.h>
#include <fcntl.h>
#include <image/image.h>
#include <sandbox/filter.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* QEMU answers 16 waiting clients; more get EAGAIN, which husk says as "busy". */
#define SOCKET_BACKLOG 16

void opened_init(struct opened *o)
{
	memset(o, 0xff, sizeof(*o));	/* every descriptor -1 */
	o->n = 0;
}

void opened_close(struct opened *o)
{
	for (size_t i = 0; i < o->n; i++)
		fd_close(&o->fd[i]);
	fd_close(&o->monitor);
	fd_close(&o->console_log);
	fd_close(&o->output);
	fd_close(&o->output_log);
	fd_close(&o->uid_holder);
	for (int i = 0; i < PLAN_HELPERS_MAX; i++)
		fd_close(&o->helper[i]);
}

/* The image is what was said, and whole: QEMU would open a backing file by its name. */
static int check_qcow2(int fd, const struct plan_fd *f)
{
	struct qcow2_header h;
	int rc = qcow2_read(fd, filter_reader, &h);

	if (rc == -EPROTO)
		return opt_fail(&f->at, f->key, "%s: %s, but its format is to be qcow2", f->path, err_text());
	if (rc < 0)
		return err_prefix(rc, "%s", f->path);
	if (h.backing)
		return opt_fail(&f->at, f->key, "%s: has a backing file, which cannot be used yet", f->path);
	if (h.data_file)
		return opt_fail(&f->at, f->key, "%s: keeps its data in another file, which cannot be used yet", f->path);
	if (h.encrypted)
		return opt_fail(&f->at, f->key, "%s: encrypted images cannot be used yet", f->path);
	if (h.corrupt)
		return fail_exit(EXIT_FAILED, "%s: the image is marked corrupt; repair it with qemu-img check -r all", f->path);
	return 0;
}

/*
 * Nothing is decided by what an image says of itself, for a guest may have written it.  But a name is easily wrong
 * (cloud images called .img are mostly qcow2), so what was taken as raw by its name alone may not call itself qcow2.
 */
static int check_raw(int fd, const struct plan_fd *f)
{
	/* O_DIRECT wants whole, aligned blocks */
	static unsigned char head[4096] __attribute__((aligned(4096)));

	if (pread(fd, head, sizeof(head), 0) < 4 || memcmp(head, "QFI\373", 4) != 0)
		return 0;
	return opt_fail(&f->at, f->key, "%s: begins like a qcow2 image, but its name says raw; write format=qcow2 or format=raw",
			f->path);
}

int open_image(const struct plan_fd *f, int *fd)
{
	struct stat st;
	bool writable = (f->flags & O_ACCMODE) == O_RDWR;

	*fd = open(f->path, f->flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (*fd < 0 && errno == EINVAL && (f->flags & O_DIRECT))
		return opt_fail(&f->at, f->key, "%s: its file system does not know O_DIRECT; use cache=writeback", f->path);
	if (*fd < 0)
		return fail(-errno, "open %s", f->path);
	if (fstat(*fd, &st) < 0 || fcntl(*fd, F_SETFL, f->flags & O_DIRECT) < 0)
		return fail(-errno, "%s", f->path);
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		return fail_exit(EXIT_USAGE, "%s: neither a file nor a block device", f->path);
	if (image_in_use(*fd, writable))
		return fail_exit(EXIT_BUSY, "%s: the image is in use by another process%s", f->path,
				 writable ? "" : " that writes to it");
	if (!f->disk)
		return 0;
	return f->disk->format == FORMAT_QCOW2 ? check_qcow2(*fd, f) : f->disk->by_name ? check_raw(*fd, f) : 0;
}

/* A copy that only descriptors can name, sealed: for a file that QEMU's user may not open anew. */
static int sealed_copy(int from, const char *path, off_t size)
{
	autoclose int copy = memfd_create("husk-blob", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	off_t left = size;

	if (copy < 0)
		return fail(-errno, "make memory for %s", path);
	while (left > 0) {
		char piece[65536];
		ssize_t n = fd_read(from, piece, sizeof(piece));

		if (n <= 0)
			return n == 0 ? fail(-EIO, "%s: shorter than it was", path) : fail((int)n, "read %s", path);
		if (fd_write_all(copy, piece, (size_t)n) < 0)
			return fail(-errno, "copy %s", path);
		left -= n;
	}
	if (fcntl(copy, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0 || fchmod(copy, 0444) < 0)
		return fail(-errno, "seal the copy of %s", path);
	return fd_take(&copy);
}

static int open_blob(const struct plan_fd *f, bool own_uid, int *fd)
{
	struct stat st;

	*fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (*fd < 0)
		return fail(-errno, "open %s", f->path);
	if (fstat(*fd, &st) < 0)
		return fail(-errno, "%s", f->path);
	if (!S_ISREG(st.st_mode) || st.st_size == 0)
		return fail_exit(EXIT_USAGE, "%s: %s", f->path, S_ISREG(st.st_mode) ? "empty" : "not a file");
	/* without a jail QEMU opens /proc/self/fd/N, for which the kernel asks the file's mode again */
	if (f->num >= 0 && own_uid && !(st.st_mode & 0004)) {
		int copy = sealed_copy(*fd, f->path, st.st_size);

		if (copy < 0)
			return copy;
		fd_close(fd);
		*fd = copy;
	}
	return 0;
}

/* A device is the same under every name, and each of those has locks of its own. */
static bool same_file(const struct stat *a, const struct stat *b)
{
	if (S_ISBLK(a->st_mode) && S_ISBLK(b->st_mode))
		return a->st_rdev == b->st_rdev;
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* One image twice in one VM: refuse it here, where the lines can be named. */
static int check_twice(const struct opened *o, const struct plan *p, size_t i)
{
	struct stat a, b;

	if (p->fd[i].kind != PLAN_FILE || fstat(o->fd[i], &a) < 0)
		return 0;
	for (size_t k = 0; k < i; k++) {
		if (p->fd[k].kind != PLAN_FILE || fstat(o->fd[k], &b) < 0 || !same_file(&a, &b))
			continue;
		if ((p->fd[i].flags & O_ACCMODE) == O_RDONLY && (p->fd[k].flags & O_ACCMODE) == O_RDONLY)
			continue;
		return fail_exit(EXIT_BUSY, "%s: the image is used twice, as %s and as %s", p->fd[i].path, p->fd[k].role,
				 p->fd[i].role);
	}
	return 0;
}

int open_files(struct opened *o, const struct plan *p)
{
	int rc = 0;

	o->n = p->nfd;
	for (size_t i = 0; i < p->nfd && rc >= 0; i++) {
		const struct plan_fd *f = &p->fd[i];

		if (f->kind == PLAN_FILE)
			rc = open_image(f, &o->fd[i]);
		else if (f->kind == PLAN_BLOB)
			rc = open_blob(f, p->own_uid, &o->fd[i]);
		if (rc >= 0)
			rc = check_twice(o, p, i);
		if (rc < 0)
			rc = opt_blame(&f->at, f->key, rc);
	}
	return rc;
}

static int open_log_pipe(int *keep, int *pass)
{
	int fd[2], rc = fd_pipe(fd);

	if (rc < 0)
		return rc;
	*keep = fd[0];
	*pass = fd[1];
	return fd_nonblock(fd[0]) < 0 ? fail(-errno, "make a pipe non-blocking") : 0;
}

static int open_helper_pair(struct opened *o, const struct plan *p, size_t i)
{
	int pair[2], rc = fd_pair(pair);

	if (rc < 0)
		return rc;
	o->fd[i] = pair[1];
	for (size_t h = 0; h < p->nhelper; h++)
		if (!strcmp(p->helper[h].role, p->fd[i].role))
			o->helper[h] = pair[0];
	return 0;
}

int open_endpoints(struct opened *o, const struct plan *p, const struct vmdir *d)
{
	int pair[2], rc = 0;

	for (size_t i = 0; i < p->nfd && rc >= 0; i++) {
		const struct plan_fd *f = &p->fd[i];

		if (f->kind == PLAN_LISTEN) {
			rc = fd_listen(d->path, f->path, SOCKET_BACKLOG);
			o->fd[i] = rc;
		} else if (f->kind == PLAN_LOG) {
			rc = open_log_pipe(&o->console_log, &o->fd[i]);
		} else if (f->kind == PLAN_HELPER) {
			rc = open_helper_pair(o, p, i);
		} else if (f->kind == PLAN_MONITOR) {
			rc = fd_pair(pair);
			if (rc >= 0) {
				o->monitor = pair[0];
				o->fd[i] = pair[1];
			}
		}
	}
	if (rc >= 0)
		rc = open_log_pipe(&o->output_log, &o->output);
	if (rc >= 0 && p->own_uid)
		rc = uid_claim(&o->uid, &o->uid_holder);
	else if (rc >= 0)
		o->uid = geteuid();
	return rc < 0 ? rc : 0;
}
