/* SPDX-License-Identifier: MIT */
/* Disks and CD-ROMs: a protocol node over a passed descriptor, a format node, a device. */
#include <qemu/qemu.h>

#include <base/buf.h>
#include <base/json.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* What has been put on each bus so far, and the controllers that exist. */
struct buses {
	int ide;
	bool scsi, usb;
};

static bool is_direct(const struct disk *d)
{
	return d->cache == CACHE_NONE || d->cache == CACHE_DIRECTSYNC;
}

static bool is_block_device(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISBLK(st.st_mode);
}

static struct plan_fd *pass_image(struct plan *p, const struct disk *d, const char *id)
{
	struct plan_fd *f = plan_fd_add(p, PLAN_FILE, id, d->file);

	f->flags = (d->readonly ? O_RDONLY : O_RDWR) | (is_direct(d) ? O_DIRECT : 0);
	f->fdset = ++p->fdsets;
	f->disk = d;
	f->at = d->at;
	f->key = d->cdrom ? "cdrom" : "disk";
	plan_arg(p, "-add-fd");
	plan_argf(p, "set=%d,fd=%d,opaque=%s", f->fdset, f->num, id);
	return f;
}

static void protocol_node(struct plan *p, const struct disk *d, const char *id, int fdset)
{
	autobuf struct buf b = BUF_INIT;
	struct json_out o = JSON_OUT(&b);

	json_open(&o, NULL, '{');
	json_put_str(&o, "driver", is_block_device(d->file) ? "host_device" : "file");
	json_put_str(&o, "node-name", pool_printf(&p->pool, "%s-file", id));
	json_put_str(&o, "filename", pool_printf(&p->pool, "/dev/fdset/%d", fdset));
	json_put_str(&o, "aio", disk_aio_names[d->aio]);
	json_open(&o, "cache", '{');
	json_put_bool(&o, "direct", is_direct(d));
	json_put_bool(&o, "no-flush", d->cache == CACHE_UNSAFE);
	json_close(&o, '}');
	json_put_str(&o, "discard", d->discard ? "unmap" : "ignore");
	json_put_bool(&o, "read-only", d->readonly);
	json_put_bool(&o, "auto-read-only", false);
	json_close(&o, '}');
	qemu_add_blockdev(p, buf_str(&b));
}

static void format_node(struct plan *p, const struct disk *d, const char *id)
{
	autobuf struct buf b = BUF_INIT;
	struct json_out o = JSON_OUT(&b);

	json_open(&o, NULL, '{');
	json_put_str(&o, "driver", image_format_names[d->format]);
	json_put_str(&o, "node-name", id);
	json_put_str(&o, "file", pool_printf(&p->pool, "%s-file", id));
	json_open(&o, "cache", '{');
	json_put_bool(&o, "direct", is_direct(d));
	json_put_bool(&o, "no-flush", d->cache == CACHE_UNSAFE);
	json_close(&o, '}');
	json_put_str(&o, "discard", d->discard ? "unmap" : "ignore");
	json_put_bool(&o, "read-only", d->readonly);
	if (d->format == FORMAT_QCOW2)
		json_put_null(&o, "backing");	/* images that name one are refused: QEMU would open a path */
	json_close(&o, '}');
	qemu_add_blockdev(p, buf_str(&b));
}

static void controller(struct plan *p, const char *driver, const char *id)
{
	autobuf struct buf b = BUF_INIT;
	struct json_out o = JSON_OUT(&b);

	json_open(&o, NULL, '{');
	json_put_str(&o, "driver", driver);
	json_put_str(&o, "id", id);
	json_close(&o, '}');
	qemu_add_device(p, buf_str(&b));
}

/* Driver and bus of the device; NULL driver: this machine has no such bus. */
static const char *driver_of(struct plan *p, const struct disk *d, struct buses *buses, const char **bus, int *unit)
{
	switch ((enum disk_bus)d->bus) {
	case BUS_VIRTIO:
		return qemu_virtio(p, "virtio-blk");
	case BUS_SCSI:
		if (!buses->scsi)
			controller(p, qemu_virtio(p, "virtio-scsi"), "scsi");
		buses->scsi = true;
		*bus = "scsi.0";
		return d->cdrom ? "scsi-cd" : "scsi-hd";
	case BUS_NVME:
		return qemu_is_microvm(p) ? NULL : "nvme";
	case BUS_IDE:
		/* q35: six AHCI ports; i440fx: two buses of two */
		if (!qemu_is_pc(p) || buses->ide >= (qemu_is_q35(p) ? 6 : 4))
			return NULL;
		*bus = pool_printf(&p->pool, "ide.%d", qemu_is_q35(p) ? buses->ide : buses->ide / 2);
		if (!qemu_is_q35(p))
			*unit = buses->ide % 2;
		buses->ide++;
		return d->cdrom ? "ide-cd" : "ide-hd";
	case BUS_USB:
		if (qemu_is_microvm(p))
			return NULL;
		if (!buses->usb)
			controller(p, "qemu-xhci", "usb");
		buses->usb = true;
		*bus = "usb.0";
		return "usb-storage";
	}
	return NULL;
}

static int device(struct plan *p, const struct disk *d, const char *id, struct buses *buses, int64_t boot)
{
	const char *bus = NULL, *driver, *serial = d->serial;
	autobuf struct buf b = BUF_INIT;
	struct json_out o = JSON_OUT(&b);
	int unit = -1;

	driver = driver_of(p, d, buses, &bus, &unit);
	if (!driver)
		return opt_fail(&d->at, d->cdrom ? "cdrom" : "disk", "machine %s has no %sbus %s for it", p->machine,
				d->bus == BUS_IDE && qemu_is_pc(p) ? "free place on " : "", disk_bus_names[d->bus]);
	if (d->bus == BUS_NVME && !serial)
		serial = id;		/* the device does not start without one */
	json_open(&o, NULL, '{');
	json_put_str(&o, "driver", driver);
	json_put_str(&o, "id", id);
	json_put_str(&o, "drive", id);
	if (bus)
		json_put_str(&o, "bus", bus);
	if (unit >= 0)
		json_put_int(&o, "unit", unit);
	if (serial)
		json_put_str(&o, "serial", serial);
	if (boot >= 0)
		json_put_int(&o, "bootindex", boot);
	if (!d->cdrom)
		json_put_str(&o, "write-cache",
			     d->cache == CACHE_WRITETHROUGH || d->cache == CACHE_DIRECTSYNC ? "off" : "on");
	json_close(&o, '}');
	qemu_add_device(p, buf_str(&b));
	return 0;
}

static int add(struct plan *p, struct disk *d, const char *id, struct buses *buses, int64_t boot)
{
	const struct plan_fd *f = pass_image(p, d, id);

	if (d->cdrom)
		d->bus = qemu_is_pc(p) ? BUS_IDE : BUS_SCSI;
	protocol_node(p, d, id, f->fdset);
	format_node(p, d, id);
	return device(p, d, id, buses, boot);
}

int qemu_plan_disks(struct plan *p)
{
	const struct spec *s = p->spec;
	struct buses buses = { 0 };
	bool named = false;
	int rc = 0;

	for (size_t i = 0; i < s->ndisk + s->ncdrom; i++)
		named |= (i < s->ndisk ? s->disk[i] : s->cdrom[i - s->ndisk]).boot >= 0;
	for (size_t i = 0; i < s->ndisk + s->ncdrom && rc >= 0; i++) {
		bool cdrom = i >= s->ndisk;
		/* a copy: the spec stays as it was asked */
		struct disk *d = pool_alloc(&p->pool, sizeof(*d));

		*d = cdrom ? s->cdrom[i - s->ndisk] : s->disk[i];
		/* -boot strict=on boots only what has an index: in the order written, unless an order is named or a kernel is */
		rc = add(p, d, pool_printf(&p->pool, cdrom ? "cdrom%zu" : "disk%zu", cdrom ? i - s->ndisk : i), &buses,
			 named || s->kernel ? d->boot : (int64_t)i);
	}
	return rc;
}
