/* SPDX-License-Identifier: MIT */
/* husk set: what can be changed while the guest runs; all of it is checked before any of it is done. */
#include "cmds.h"
#include "show.h"

#include <base/err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <vm/live.h>

static const char *const link_names[] = { "up", "down", NULL };

static void init_disk(void *elem)
{
	memset(((struct set_disk *)elem)->bps, 0xff, sizeof(((struct set_disk *)elem)->bps));
	memset(((struct set_disk *)elem)->iops, 0xff, sizeof(((struct set_disk *)elem)->iops));
}

void set_defaults(void *opts)
{
	struct set_opts *o = opts;

	o->on_reboot = o->on_panic = -1;
}

#define BPS(n, name, help) OPT_SIZE(struct set_disk, bps[n], name, 0, THROTTLE_MAX, help)
#define IOPS(n, name, help) OPT_INT(struct set_disk, iops[n], name, 0, THROTTLE_MAX, help)

static const struct opt disk_rows[] = {
	OPT_NAME(struct set_disk, name, "name", "the disk, such as disk0", .flags = OPT_FIRST | OPT_REQUIRED),
	BPS(0, "bps", "bytes per second; 0 ends a limit"), BPS(1, "bps-rd", "bytes read"), BPS(2, "bps-wr", "bytes written"),
	BPS(3, "bps-max", "bytes per second in a burst"), BPS(4, "bps-rd-max", "the same, read"),
	BPS(5, "bps-wr-max", "the same, written"),
	IOPS(0, "iops", "operations per second; 0 ends a limit"), IOPS(1, "iops-rd", "reads"), IOPS(2, "iops-wr", "writes"),
	IOPS(3, "iops-max", "operations per second in a burst"), IOPS(4, "iops-rd-max", "the same, reads"),
	IOPS(5, "iops-wr-max", "the same, writes"),
	{ 0 }
};
static const struct opt nic_rows[] = {
	OPT_NAME(struct set_nic, name, "name", "the card, such as net0", .flags = OPT_FIRST | OPT_REQUIRED),
	OPT_CHOICE(struct set_nic, link, "link", link_names, "whether its cable is in", .flags = OPT_REQUIRED),
	{ 0 }
};
static const struct opt cdrom_rows[] = {
	OPT_NAME(struct set_cdrom, name, "name", "the drive, such as cdrom0", .flags = OPT_FIRST | OPT_REQUIRED),
	OPT_PATH(struct set_cdrom, file, "file", "ISO image to insert; QEMU gets a descriptor, never the path", .flags = OPT_REQUIRED),
	{ 0 }
};

const struct opt set_opts[] = {
	OPT_LIST(struct set_opts, disk, ndisk, "disk", struct set_disk, disk_rows, "limit a disk; what is not named stays",
		 .init = init_disk),
	OPT_LIST(struct set_opts, nic, nnic, "nic", struct set_nic, nic_rows, "plug or unplug a network cable"),
	OPT_LIST(struct set_opts, cdrom, ncdrom, "cdrom", struct set_cdrom, cdrom_rows, "change the medium of a CD-ROM drive"),
	OPT_STRINGS(struct set_opts, eject, "eject", "NAME", "take the medium out of a CD-ROM drive"),
	OPT_FLAG(struct set_opts, force, "force", "open trays that the guest has locked"),
	OPT_SIZE(struct set_opts, balloon, "balloon", 1 << 20, INT64_MAX, "the memory that the guest may use; not waited for"),
	OPT_CHOICE(struct set_opts, on_reboot, "on-reboot", on_reboot_names, "what a reboot of the guest does"),
	OPT_CHOICE(struct set_opts, on_panic, "on-panic", on_panic_names, "what a panic that the guest reports does"),
	{ 0 }
};

/* The work of one call. */
struct work {
	struct cmd_ctx *ctx;
	const struct set_opts *o;
	struct vmdir dir;
	struct qmp q;
	struct drives drives;
	int64_t (*limit)[THROTTLE_KEYS];	/* of each --disk, merged with what is in force */
	int *fd;			/* of each --cdrom */
	char **path;			/* absolute */
	struct buf done;		/* what has been changed */
};

/* ---- all checks ---- */

/* The drive of this name and kind, or an error that lists those that there are. */
static const struct drive *need_drive(struct work *w, const char *name, bool tray)
{
	const struct drive *d = drives_find(&w->drives, name);
	autobuf struct buf b = BUF_INIT;

	if (d && (d->removable && d->has_tray) == tray)
		return d;
	for (size_t i = 0; i < w->drives.n; i++)
		if ((w->drives.v[i].removable && w->drives.v[i].has_tray) == tray)
			buf_addf(&b, "%s%s", b.len ? ", " : "", w->drives.v[i].id);
	fail_exit(EXIT_USAGE, "%s: no %s %s; there %s %s", w->dir.name, tray ? "CD-ROM drive" : "disk", name,
		  strchr(buf_str(&b), ',') ? "are" : "is", b.len ? buf_str(&b) : "none");
	return NULL;
}

static int named_twice(const char *name)
{
	return fail_exit(EXIT_USAGE, "%s is named twice", name);
}

static int check_disks(struct work *w)
{
	const struct set_opts *o = w->o;

	w->limit = pool_alloc(&w->ctx->pool, (o->ndisk + 1) * sizeof(*w->limit));
	for (size_t i = 0; i < o->ndisk; i++) {
		const struct set_disk *s = &o->disk[i];
		const struct drive *d = need_drive(w, s->name, false);
		int64_t want[THROTTLE_SETTABLE];
		int rc;

		if (!d)
			return -ECANCELED;
		for (size_t k = 0; k < i; k++)
			if (!strcmp(o->disk[k].name, s->name))
				return named_twice(s->name);
		for (int k = 0; k < 3; k++) {
			want[k] = (int64_t)s->bps[k];
			want[3 + k] = s->iops[k];
			want[6 + k] = (int64_t)s->bps[3 + k];
			want[9 + k] = s->iops[3 + k];
		}
		rc = throttle_merge(d, want, w->limit[i]);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int check_nics(struct work *w)
{
	for (size_t i = 0; i < w->o->nnic; i++) {
		autobuf struct buf list = BUF_INIT;
		const char *name = w->o->nic[i].name;
		int rc = live_find_device(&w->q, "nic-", name, &list, w->ctx->deadline);

		if (rc < 0)
			return rc;
		if (!rc)
			return fail_exit(EXIT_USAGE, "%s: no network card %s; there %s %s", w->dir.name, name,
					 strchr(buf_str(&list), ',') ? "are" : "is", list.len ? buf_str(&list) : "none");
		for (size_t k = 0; k < i; k++)
			if (!strcmp(w->o->nic[k].name, name))
				return named_twice(name);
	}
	return 0;
}

static int open_medium(struct work *w, size_t i)
{
	const struct set_cdrom *c = &w->o->cdrom[i];
	struct plan_fd f = { .path = c->file, .flags = O_RDONLY };
	char path[PATH_MAX];
	int rc = open_image(&f, &w->fd[i]);

	if (rc < 0)
		return rc;
	if (!realpath(c->file, path))
		return fail(-errno, "%s", c->file);
	w->path[i] = pool_strdup(&w->ctx->pool, path);
	return 0;
}

static int check_media(struct work *w)
{
	const struct set_opts *o = w->o;
	size_t n = o->ncdrom + o->eject.n;
	int rc = 0;

	for (size_t i = 0; i < n && rc >= 0; i++) {
		const char *name = i < o->ncdrom ? o->cdrom[i].name : o->eject.v[i - o->ncdrom];

		for (size_t k = 0; k < i; k++)
			if (!strcmp(name, k < o->ncdrom ? o->cdrom[k].name : o->eject.v[k - o->ncdrom]))
				return named_twice(name);
		if (!need_drive(w, name, true))
			return -ECANCELED;
		if (i < o->ncdrom)
			rc = open_medium(w, i);
	}
	return rc;
}

static int check_rest(struct work *w)
{
	autobuf struct buf list = BUF_INIT;
	struct vm_record record = { 0 };
	uint64_t actual;
	int rc = 0;

	if (w->o->balloon) {
		rc = live_balloon(&w->q, &actual, w->ctx->deadline);
		if (rc >= 0)
			rc = record_load(&w->dir, &record, NULL);
		if (rc >= 0 && w->o->balloon > record.memory)
			rc = fail_exit(EXIT_USAGE, "--balloon: more than the %" PRIu64 " MiB that %s was started with",
				       record.memory >> 20, w->dir.name);
	}
	if (rc >= 0 && w->o->on_panic >= 0 && w->o->on_panic != PANIC_NONE) {
		rc = live_find_device(&w->q, "", "pvpanic", &list, w->ctx->deadline);
		if (!rc)
			rc = fail_exit(EXIT_FAILED, "%s: its guest has no device to report a panic through; it was started with "
				       "on-panic=none", w->dir.name);
	}
	return rc < 0 ? rc : 0;
}

static int check_all(struct work *w)
{
	int rc = live_drives(&w->q, &w->drives, w->ctx->deadline);

	if (rc >= 0)
		rc = check_disks(w);
	if (rc >= 0)
		rc = check_nics(w);
	if (rc >= 0)
		rc = check_media(w);
	return rc < 0 ? rc : check_rest(w);
}

/* ---- then the changes ---- */

static int done(struct work *w, int rc, const char *what)
{
	if (rc >= 0)
		buf_addf(&w->done, "%s%s", w->done.len ? ", " : "", what);
	return rc;
}

static int set_link(struct work *w, const struct set_nic *n)
{
	autobuf struct buf args = BUF_INIT;
	struct json_out o = JSON_OUT(&args);

	json_open(&o, NULL, '{');
	json_put_str(&o, "name", n->name);
	json_put_bool(&o, "up", n->link == 0);
	json_close(&o, '}');
	return qmp_execute(&w->q, "set_link", buf_str(&args), NULL, w->ctx->deadline);
}

static int set_action(struct work *w)
{
	static const char *const reboot[] = { [REBOOT_RESET] = "reset", [REBOOT_STOP] = "shutdown" };
	static const char *const panic[] = { [PANIC_STOP] = "shutdown", [PANIC_PAUSE] = "pause", [PANIC_NONE] = "none" };
	autobuf struct buf args = BUF_INIT;
	struct json_out o = JSON_OUT(&args);

	json_open(&o, NULL, '{');
	if (w->o->on_reboot >= 0)
		json_put_str(&o, "reboot", reboot[w->o->on_reboot]);
	if (w->o->on_panic >= 0)
		json_put_str(&o, "panic", panic[w->o->on_panic]);
	json_close(&o, '}');
	return qmp_execute(&w->q, "set-action", buf_str(&args), NULL, w->ctx->deadline);
}

static int change_media(struct work *w)
{
	const struct set_opts *o = w->o;
	int rc = 0;

	for (size_t i = 0; i < o->ncdrom && rc >= 0; i++)
		rc = done(w, live_medium(&w->q, &w->dir, o->cdrom[i].name, w->fd[i], w->path[i], o->force, w->ctx->deadline),
			  o->cdrom[i].name);
	for (size_t i = 0; i < o->eject.n && rc >= 0; i++)
		rc = done(w, live_medium(&w->q, &w->dir, o->eject.v[i], -1, NULL, o->force, w->ctx->deadline), o->eject.v[i]);
	return rc;
}

static int apply_all(struct work *w)
{
	const struct set_opts *o = w->o;
	int rc = 0;

	for (size_t i = 0; i < o->ndisk && rc >= 0; i++)
		rc = done(w, live_throttle(&w->q, drives_find(&w->drives, o->disk[i].name), w->limit[i], w->ctx->deadline),
			  o->disk[i].name);
	for (size_t i = 0; i < o->nnic && rc >= 0; i++)
		rc = done(w, set_link(w, &o->nic[i]), o->nic[i].name);
	if (rc >= 0)
		rc = change_media(w);
	if (rc >= 0 && o->balloon)
		rc = done(w, live_balloon_set(&w->q, o->balloon, w->ctx->deadline), "balloon");
	if (rc >= 0 && (o->on_reboot >= 0 || o->on_panic >= 0))
		rc = done(w, set_action(w), "actions");
	if (rc < 0 && w->done.len) {
		autobuf struct buf text = BUF_INIT;

		buf_addf(&text, "%s (changed before that: %s)", err_text(), buf_str(&w->done));
		err_set(err_code(), buf_str(&text));
	}
	return rc;
}

/* ---- what is in force now ---- */

static void drive_json(struct json_out *out, const struct work *w, const struct drive *d)
{
	json_open(out, NULL, '{');
	json_put_str(out, "name", d->id);
	if (d->removable && d->has_tray) {
		json_put_bool(out, "medium", d->node[0]);
		for (size_t i = 0; i < w->o->ncdrom; i++)
			if (!strcmp(w->o->cdrom[i].name, d->id))
				json_put_str(out, "file", w->path[i]);
		json_put_bool(out, "open", d->open);
		json_put_bool(out, "locked", d->locked);
	}
	json_open(out, "limits", '{');
	for (int i = 0; i < THROTTLE_KEYS; i++)
		if (d->throttle[i] > 0)
			json_put_int(out, throttle_keys[i], d->throttle[i]);
	json_close(out, '}');
	json_close(out, '}');
}

static int print_json(struct work *w)
{
	autobuf struct buf b = BUF_INIT;
	struct json_out out = JSON_OUT(&b);
	const struct set_opts *o = w->o;
	int rc = live_drives(&w->q, &w->drives, w->ctx->deadline);

	if (rc < 0)
		return rc;
	json_open(&out, NULL, '{');
	json_put_str(&out, "name", w->dir.name);
	json_open(&out, "drives", '[');
	for (size_t i = 0; i < w->drives.n; i++)
		drive_json(&out, w, &w->drives.v[i]);
	json_close(&out, ']');
	json_open(&out, "links", '{');
	for (size_t i = 0; i < o->nnic; i++)
		json_put_str(&out, o->nic[i].name, link_names[o->nic[i].link]);
	json_close(&out, '}');
	if (o->balloon)
		json_put_uint(&out, "balloon", o->balloon);
	if (o->on_reboot >= 0)
		json_put_str(&out, "on_reboot", on_reboot_names[o->on_reboot]);
	if (o->on_panic >= 0)
		json_put_str(&out, "on_panic", on_panic_names[o->on_panic]);
	json_close(&out, '}');
	show_out(&b);
	return 0;
}

int cmd_set(struct cmd_ctx *ctx)
{
	const struct set_opts *o = ctx->opts;
	static struct work w;
	int lock = -1, rc;

	if (!o->ndisk && !o->nnic && !o->ncdrom && !o->eject.n && !o->balloon && o->on_reboot < 0 && o->on_panic < 0 && !ctx->g.json)
		return fail_exit(EXIT_USAGE, "set: nothing to change");
	w = (struct work){ .ctx = ctx, .o = o, .dir = VMDIR_INIT, .q = QMP_INIT };
	w.fd = pool_alloc(&ctx->pool, (o->ncdrom + 1) * sizeof(*w.fd));
	w.path = pool_alloc(&ctx->pool, (o->ncdrom + 1) * sizeof(*w.path));
	for (size_t i = 0; i < o->ncdrom; i++)
		w.fd[i] = -1;
	rc = show_control(ctx, "set", &w.dir, &w.q, &lock);
	if (rc >= 0)
		rc = check_all(&w);
	if (rc >= 0)
		rc = apply_all(&w);
	if (rc >= 0 && ctx->g.json)
		rc = print_json(&w);
	for (size_t i = 0; i < o->ncdrom; i++)
		fd_close(&w.fd[i]);
	buf_free(&w.done);
	qmp_close(&w.q);
	fd_close(&lock);
	vmdir_close(&w.dir);
	return rc;
}
