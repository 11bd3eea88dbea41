/* SPDX-License-Identifier: MIT */
/* husk screenshot: what the guest's display shows, as a file. */
#include "cmds.h"
#include "show.h"

#include <base/err.h>
#include <base/fd.h>
#include <base/file.h>
#include <errno.h>
#include <fcntl.h>
#include <image/picture.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vm/live.h>

#define PICTURE_MAX (256u << 20)

static const char *const formats[] = { "png", "ppm", NULL };
enum { FORMAT_PNG, FORMAT_PPM };

const struct opt screenshot_opts[] = {
	OPT_CHOICE(struct screenshot_opts, format, "format", formats, "of the file; png needs QEMU 7.1", .deflt = "png"),
	{ 0 }
};

/* QEMU wants a descriptor with exactly the rights that it asks for: a writing one. */
static int make_memory(int *keep, int *pass)
{
	char path[32];

	*keep = memfd_create("husk-screenshot", MFD_CLOEXEC);
	if (*keep < 0)
		return fail(-errno, "make memory for the picture");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", *keep);
	*pass = open(path, O_WRONLY | O_CLOEXEC);
	return *pass < 0 ? fail(-errno, "open %s", path) : 0;
}

static int take_picture(struct qmp *q, int pass, int format, deadline_t until)
{
	autobuf struct buf args = BUF_INIT;
	struct json_out o = JSON_OUT(&args);
	struct qmp_error error = { .desc = "" };
	char name[48];
	int rc, set;

	/* what a command that was killed has left behind */
	live_drop_fds(q, "screenshot", -1, until);
	rc = set = live_free_set(q, true, until);
	if (rc >= 0)
		rc = live_add_fd(q, "screenshot", pass, set, until);
	if (rc < 0)
		return rc;
	snprintf(name, sizeof(name), "/dev/fdset/%d", set);
	json_open(&o, NULL, '{');
	json_put_str(&o, "filename", name);
	if (format == FORMAT_PNG)
		json_put_str(&o, "format", "png");
	json_close(&o, '}');
	rc = qmp_execute(q, "screendump", buf_str(&args), &error, until);
	if (rc == -EREMOTEIO && strcasestr(error.desc, "no console"))
		fail_exit(EXIT_FAILED, "it has no display: start it with the option display");
	else if (rc == -EREMOTEIO && strstr(error.desc, "PNG"))
		fail_exit(EXIT_FAILED, "screendump: %s; --format ppm works", error.desc);
	else if (rc == -EREMOTEIO && strstr(error.desc, "Parameter 'format'"))
		fail_exit(EXIT_HOST, "this QEMU writes no PNG, 7.1 does: use --format ppm");
	/* the error of the picture is the one to tell */
	if (q->fd >= 0)
		live_drop_fds(q, "screenshot", -1, until);
	return rc;
}

/* A copy first: whoever still holds the memory may change it while it is looked at. */
static int read_picture(int fd, int format, struct buf *b, struct picture *p)
{
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return fail(-errno, "the picture");
	if (st.st_size > PICTURE_MAX)
		return fail(-EPROTO, "QEMU wrote a picture of more than %u MiB", PICTURE_MAX >> 20);
	if (buf_reserve(b, (size_t)st.st_size + 1) < 0)
		return fail(-ENOMEM, "the picture");
	while (b->len < (size_t)st.st_size) {
		n = pread(fd, b->data + b->len, (size_t)st.st_size - b->len, (off_t)b->len);
		if (n <= 0)
			break;
		b->len += (size_t)n;
	}
	n = format == FORMAT_PNG ? picture_check_png(p, b->data, b->len) : picture_check_ppm(p, b->data, b->len);
	return n < 0 ? err_prefix((int)n, "what QEMU wrote is no whole picture") : 0;
}

/* A whole file or none; a device, a pipe or a link stays what it is. */
static int write_picture(const char *file, const struct buf *b)
{
	autoclose int fd = -1;
	char path[PATH_MAX], *slash;
	struct stat st;
	int rc;

	if (!strcmp(file, "-"))
		return fwrite(b->data, 1, b->len, stdout) == b->len ? 0 : fail(-errno, "write to stdout");
	if (!realpath(file, path)) {
		if (strlen(file) >= sizeof(path))
			return fail(-ENAMETOOLONG, "write %s", file);
		memcpy(path, file, strlen(file) + 1);
	} else if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
		rc = fd < 0 ? -errno : fd_write_all(fd, b->data, b->len);
		return rc < 0 ? fail(rc, "write %s", file) : 0;
	}
	slash = strrchr(path, '/');
	if (slash)
		*slash = '\0';
	fd = open(!slash ? "." : slash == path ? "/" : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rc = fd < 0 ? -errno : file_write(fd, slash ? slash + 1 : path, b->data, b->len);
	return rc < 0 ? fail(rc, "write %s", file) : 0;
}

static void print_done(const struct cmd_ctx *ctx, const char *file, const struct picture *p, size_t bytes)
{
	autobuf struct buf b = BUF_INIT;
	struct json_out o = JSON_OUT(&b);

	json_open(&o, NULL, '{');
	json_put_str(&o, "name", ctx->name);
	json_put_str(&o, "file", file);
	json_put_int(&o, "width", p->width);
	json_put_int(&o, "height", p->height);
	json_put_uint(&o, "bytes", bytes);
	json_close(&o, '}');
	show_out(&b);
}

int cmd_screenshot(struct cmd_ctx *ctx)
{
	const struct screenshot_opts *opts = ctx->opts;
	const char *file = ctx->args[1];
	autovmdir struct vmdir d = VMDIR_INIT;
	autobuf struct buf b = BUF_INIT;
	autoqmp struct qmp q = QMP_INIT;
	autoclose int lock = -1, keep = -1, pass = -1;
	struct picture p;
	int rc;

	if (ctx->g.json && !strcmp(file, "-"))
		return fail_exit(EXIT_USAGE, "screenshot: --json and the picture cannot both go to stdout");
	rc = make_memory(&keep, &pass);
	if (rc >= 0)
		rc = show_control(ctx, "screenshot", &d, &q, &lock);
	if (rc < 0)
		return rc;
	rc = take_picture(&q, pass, opts->format, ctx->deadline);
	qmp_close(&q);
	fd_close(&lock);
	if (rc >= 0)
		rc = read_picture(keep, opts->format, &b, &p);
	if (rc < 0)
		return err_prefix(rc, "%s", d.name);
	rc = write_picture(file, &b);
	if (rc >= 0 && ctx->g.json)
		print_done(ctx, file, &p, b.len);
	return rc;
}
