/* SPDX-License-Identifier: MIT */
/* Network cards and what they are connected to. */
#include <qemu/qemu.h>

#include <base/buf.h>
#include <base/json.h>
#include <string.h>

static int netdev_user(struct plan *p, const struct nic *n, const char *id)
{
	autobuf struct buf b = BUF_INIT;

	buf_addf(&b, "user,id=%s", id);
	for (size_t i = 0; i < n->nforward; i++) {
		const struct forward *f = &n->forward[i];

		if (strchr(f->host, ':'))
			return opt_fail(&n->at, "nic", "forward=%s: IPv6 addresses cannot be forwarded here",
					n->forward_text.v[i]);
		buf_addf(&b, ",hostfwd=%s:%s:%d-:%d", f->udp ? "udp" : "tcp", f->host, f->host_port, f->guest_port);
	}
	plan_arg(p, "-netdev");
	plan_arg(p, buf_str(&b));
	return 0;
}

static void device(struct plan *p, const struct nic *n, const char *id)
{
	autobuf struct buf b = BUF_INIT;
	struct json_out o = JSON_OUT(&b);
	bool virtio = !strncmp(n->model, "virtio-", 7);

	json_open(&o, NULL, '{');
	json_put_str(&o, "driver", virtio ? qemu_virtio(p, n->model) : n->model);
	json_put_str(&o, "id", pool_printf(&p->pool, "nic-%s", id));
	json_put_str(&o, "netdev", id);
	if (n->mac)
		json_put_str(&o, "mac", n->mac);
	/* no boot ROM: one file less to load, and QEMU could not open it in its jail */
	if (!qemu_is_microvm(p))
		json_put_str(&o, "romfile", "");
	json_close(&o, '}');
	qemu_add_device(p, buf_str(&b));
}

int qemu_plan_nics(struct plan *p)
{
	for (size_t i = 0; i < p->spec->nnic; i++) {
		const char *id = pool_printf(&p->pool, "net%zu", i);
		int rc = netdev_user(p, &p->spec->nic[i], id);

		if (rc < 0)
			return rc;
		device(p, &p->spec->nic[i], id);
	}
	return 0;
}
