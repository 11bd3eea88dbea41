/* SPDX-License-Identifier: MIT */
/* Network cards and what they are connected to. */
#include <qemu/qemu.h>

#include <base/buf.h>
#include <base/err.h>
#include <base/json.h>
#include <base/log.h>
#include <host/resolver.h>
#include <string.h>

static int netdev_user(struct plan *p, const struct nic *n, const char *id)
{
	autobuf struct buf b = BUF_INIT;

	if (n->dns.n)
		return opt_fail(&n->at, "nic", "dns=%s: QEMU's own stack asks the host's servers; passt can be told", n->dns.v[0]);
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

/*
 * passt reads resolv.conf by itself; but a server on the host's loopback is none for the guest, which must not reach
 * that, and would be left without any.
 */
static void name_servers(struct plan *p, struct plan_helper *h, const struct nic *n)
{
	struct host_resolvers r;

	for (size_t i = 0; i < n->dns.n; i++) {
		plan_helper_arg(p, h, "--dns");
		plan_helper_arg(p, h, n->dns.v[i]);
	}
	if (n->dns.n)
		return;
	host_resolvers(&r);
	for (size_t i = 0; i < r.n; i++) {
		plan_helper_arg(p, h, "--dns");
		plan_helper_arg(p, h, pool_strdup(&p->pool, r.addr[i]));
	}
	if (r.loopback && !r.n)
		warn("nic: the host's name server is on its loopback, where the guest cannot ask it; name another one with dns=");
}

/* passt: the same for the guest, but the TCP/IP stack is a program of its own, outside QEMU's jail and in its own. */
static int netdev_passt(struct plan *p, const struct nic *n, const char *id)
{
	const char *path = host_search(&p->pool, "passt");
	const struct plan_fd *f;
	struct plan_helper *h;

	if (!path)
		return fail_exit(EXIT_HOST, "nic user needs passt, which is not installed; install it, or let QEMU's own stack "
				 "use the host's network with --sandbox-without=netns");
	f = plan_fd_add(p, PLAN_HELPER, id, NULL);
	h = plan_helper_add(p, "passt", id, path);
	plan_helper_arg(p, h, "--quiet");
	plan_helper_arg(p, h, "--fd");
	plan_helper_arg(p, h, pool_printf(&p->pool, "%d", PLAN_HELPER_FD));
	/* the gateway's address would lead to the services on the host's loopback */
	plan_helper_arg(p, h, "--no-map-gw");
	name_servers(p, h, n);
	for (size_t i = 0; i < n->nforward; i++) {
		const struct forward *fw = &n->forward[i];

		plan_helper_arg(p, h, fw->udp ? "-u" : "-t");
		plan_helper_arg(p, h, pool_printf(&p->pool, "%s/%d:%d", fw->host, fw->host_port, fw->guest_port));
	}
	plan_arg(p, "-netdev");
	/* the stream backend is QEMU 7.2's; the older one frames its packets alike */
	if (host_qemu_at_least(&p->host->qemu, 7, 2))
		plan_argf(p, "stream,id=%s,server=off,addr.type=fd,addr.str=%d", id, f->num);
	else
		plan_argf(p, "socket,id=%s,fd=%d", id, f->num);
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
		int rc = plan_has(p, PART_NETNS) ? netdev_passt(p, &p->spec->nic[i], id) :
						   netdev_user(p, &p->spec->nic[i], id);

		if (rc < 0)
			return rc;
		device(p, &p->spec->nic[i], id);
	}
	return 0;
}
