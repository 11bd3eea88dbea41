/* SPDX-License-Identifier: MIT */
/* The small devices: random numbers, balloon, display, and the one a guest reports its panic through. */
#include <qemu/qemu.h>

#include <base/buf.h>
#include <base/json.h>
#include <string.h>

static void simple_device(struct plan *p, const char *driver, const char *id, const char *key, const char *value)
{
	autobuf struct buf b = BUF_INIT;
	struct json_out o = JSON_OUT(&b);

	json_open(&o, NULL, '{');
	json_put_str(&o, "driver", driver);
	json_put_str(&o, "id", id);
	if (key)
		json_put_str(&o, key, value);
	json_close(&o, '}');
	qemu_add_device(p, buf_str(&b));
}

static void balloon(struct plan *p)
{
	autobuf struct buf b = BUF_INIT;
	struct json_out o = JSON_OUT(&b);

	json_open(&o, NULL, '{');
	json_put_str(&o, "driver", qemu_virtio(p, "virtio-balloon"));
	json_put_str(&o, "id", "balloon");
	json_put_bool(&o, "deflate-on-oom", true);
	json_put_bool(&o, "free-page-reporting", true);
	json_close(&o, '}');
	qemu_add_device(p, buf_str(&b));
}

void qemu_plan_misc(struct plan *p)
{
	if (p->spec->rng) {
		/* getrandom(2) inside QEMU: no descriptor, no file */
		plan_arg(p, "-object");
		plan_arg(p, "rng-builtin,id=rng");
		simple_device(p, qemu_virtio(p, "virtio-rng"), "rng0", "rng", "rng");
	}
	if (p->spec->balloon)
		balloon(p);
	if (p->spec->display != DISPLAY_OFF)
		simple_device(p, p->spec->display == DISPLAY_VGA ? "VGA" : qemu_virtio(p, "virtio-gpu"), "display", NULL, NULL);
	if (p->spec->on_panic == PANIC_NONE)
		return;
	if (qemu_is_pc(p))
		simple_device(p, "pvpanic", "pvpanic", NULL, NULL);
	else if (!strncmp(p->machine, "virt", 4))
		simple_device(p, "pvpanic-pci", "pvpanic", NULL, NULL);
}
