/* SPDX-License-Identifier: MIT */
/* Monitors, console and agent: chardevs over sockets that husk made. */
#include <qemu/qemu.h>

#include <base/buf.h>
#include <base/json.h>

static void add_monitor(struct plan *p, const char *role)
{
	plan_arg(p, "-mon");
	plan_argf(p, "chardev=%s,mode=control", role);
}

static void listening(struct plan *p, const char *role, const char *socket, const char *more)
{
	const struct plan_fd *f = plan_fd_add(p, PLAN_LISTEN, role, socket);

	plan_arg(p, "-chardev");
	plan_argf(p, "socket,id=%s,fd=%d,server=on,wait=off%s", role, f->num, more);
}

void qemu_plan_monitors(struct plan *p)
{
	const struct plan_fd *f;

	listening(p, "control", "control.sock", "");
	add_monitor(p, "control");
	listening(p, "monitor", "monitor.sock", "");
	add_monitor(p, "monitor");
	f = plan_fd_add(p, PLAN_MONITOR, "keeper", NULL);
	plan_arg(p, "-chardev");
	plan_argf(p, "socket,id=keeper,fd=%d", f->num);
	add_monitor(p, "keeper");
}

/* The one virtio-serial controller, before its first port. */
static void serial_bus(struct plan *p)
{
	autobuf struct buf b = BUF_INIT;
	struct json_out o = JSON_OUT(&b);

	json_open(&o, NULL, '{');
	json_put_str(&o, "driver", qemu_virtio(p, "virtio-serial"));
	json_put_str(&o, "id", "serial");
	json_close(&o, '}');
	qemu_add_device(p, buf_str(&b));
}

static void serial_port(struct plan *p, const char *driver, const char *role, const char *name)
{
	autobuf struct buf b = BUF_INIT;
	struct json_out o = JSON_OUT(&b);

	json_open(&o, NULL, '{');
	json_put_str(&o, "driver", driver);
	json_put_str(&o, "id", pool_printf(&p->pool, "%s-port", role));
	json_put_str(&o, "chardev", role);
	if (name)
		json_put_str(&o, "name", name);
	json_close(&o, '}');
	qemu_add_device(p, buf_str(&b));
}

void qemu_plan_console(struct plan *p)
{
	struct plan_fd *f;

	if (p->spec->console != CONSOLE_OFF) {
		f = plan_fd_add(p, PLAN_LOG, "console-log", "console.log");
		f->fdset = ++p->fdsets;
		plan_arg(p, "-add-fd");
		plan_argf(p, "set=%d,fd=%d,opaque=console-log", f->fdset, f->num);
		listening(p, "console", "console.sock",
			  pool_printf(&p->pool, ",logfile=/dev/fdset/%d,logappend=on", f->fdset));
	}
	if (p->spec->console == CONSOLE_SERIAL) {
		plan_arg(p, "-serial");
		plan_arg(p, "chardev:console");
	}
	if (p->spec->console == CONSOLE_VIRTIO || p->spec->agent)
		serial_bus(p);
	if (p->spec->console == CONSOLE_VIRTIO)
		serial_port(p, "virtconsole", "console", NULL);
}

void qemu_plan_agent(struct plan *p)
{
	if (!p->spec->agent)
		return;
	listening(p, "agent", "agent.sock", "");
	/* the name qemu-ga looks for (docs/interop/qemu-ga.rst) */
	serial_port(p, "virtserialport", "agent", "org.qemu.guest_agent.0");
}
