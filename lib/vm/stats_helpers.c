/* SPDX-License-Identifier: MIT */
/* Which processes are a VM's helpers: those in its cgroup, or those at the other end of QEMU's sockets. */
#include <vm/stats.h>

#include <base/file.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REPLY_MS 100

static int by_cgroup(const struct vm_record *r, pid_t *pid, size_t max)
{
	autoclose int dir = open(r->cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	autobuf struct buf b = BUF_INIT;
	const char *p;
	size_t n = 0;
	int rc = dir < 0 ? -errno : file_read(dir, "cgroup.procs", &b, 65536);

	if (rc < 0)
		return rc;
	for (p = buf_str(&b); *p && n < max; p += strcspn(p, "\n"), p += *p == '\n') {
		long one = strtol(p, NULL, 10);

		if (one > 0 && one != r->qemu.pid && one != r->keeper.pid)
			pid[n++] = (pid_t)one;
	}
	return (int)n;
}

/* "socket:[123]" behind a descriptor of a process; 0: none. */
static unsigned long socket_of(pid_t pid, int fd)
{
	char path[48], to[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
	n = readlink(path, to, sizeof(to) - 1);
	if (n < 0)
		return 0;
	to[n] = '\0';
	return strncmp(to, "socket:[", 8) ? 0 : strtoul(to + 8, NULL, 10);
}

/* The other end of a connected socket, which only sock_diag(7) tells; 0: it does not. */
static unsigned long peer_of(unsigned long inode)
{
	struct {
		struct nlmsghdr head;
		struct unix_diag_req diag;
	} ask = {
		.head = { .nlmsg_len = sizeof(ask), .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST },
		.diag = { .sdiag_family = AF_UNIX, .udiag_states = (uint32_t)-1, .udiag_ino = (uint32_t)inode,
			  .udiag_show = UDIAG_SHOW_PEER, .udiag_cookie = { (uint32_t)-1, (uint32_t)-1 } },
	};
	union {
		struct nlmsghdr head;
		char bytes[1024];
	} reply;
	autoclose int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	const size_t front = NLMSG_LENGTH(NLMSG_ALIGN(sizeof(struct unix_diag_msg)));
	ssize_t n;

	if (fd < 0 || send(fd, &ask, sizeof(ask), 0) < 0 || loop_readable(fd, deadline_in(REPLY_MS)) <= 0)
		return 0;
	n = recv(fd, &reply, sizeof(reply), MSG_DONTWAIT);
	if (n < (ssize_t)front || reply.head.nlmsg_type != SOCK_DIAG_BY_FAMILY || reply.head.nlmsg_len > (size_t)n)
		return 0;
	for (size_t at = front; at + sizeof(struct nlattr) <= reply.head.nlmsg_len;) {
		struct nlattr attr;
		uint32_t peer;

		memcpy(&attr, reply.bytes + at, sizeof(attr));
		if (attr.nla_len < sizeof(attr) || at + attr.nla_len > reply.head.nlmsg_len)
			return 0;
		if (attr.nla_type == UNIX_DIAG_PEER && attr.nla_len >= sizeof(attr) + sizeof(peer)) {
			memcpy(&peer, reply.bytes + at + sizeof(attr), sizeof(peer));
			return peer;
		}
		at += NLA_ALIGN(attr.nla_len);
	}
	return 0;
}

/* Every helper has its end as PLAN_HELPER_FD, and keeps it there for its life. */
static int by_socket(const struct vm_record *r, const struct json *j, pid_t *pid, size_t max)
{
	unsigned long wanted[PLAN_HELPERS_MAX];
	size_t nwanted = 0, n = 0;
	int iter = 0, item;
	struct dirent *e;
	DIR *proc;

	while (json_next(j, json_path(j, 0, "plan.fds"), &iter, NULL, &item) && nwanted < PLAN_HELPERS_MAX) {
		int64_t fd = json_int_or(j, json_get(j, item, "fd"), -1);

		if (!json_eq(j, json_get(j, item, "kind"), "helper") || fd < 0)
			continue;
		wanted[nwanted] = peer_of(socket_of(r->qemu.pid, (int)fd));
		if (wanted[nwanted])
			nwanted++;
	}
	proc = nwanted ? opendir("/proc") : NULL;
	while (proc && n < max && n < nwanted && (e = readdir(proc))) {
		pid_t one = (pid_t)strtol(e->d_name, NULL, 10);
		unsigned long inode = one > 0 ? socket_of(one, PLAN_HELPER_FD) : 0;

		for (size_t i = 0; inode && i < nwanted; i++) {
			if (inode == wanted[i]) {
				pid[n++] = one;
				break;
			}
		}
	}
	if (proc)
		closedir(proc);
	return n ? (int)n : -ENOENT;
}

int stats_helpers(const struct vm_record *r, const struct json *record, pid_t *pid, size_t max)
{
	int n = r->cgroup[0] ? by_cgroup(r, pid, max) : -ENOENT;

	if (n < 0 && json_size(record, json_path(record, 0, "plan.helpers")) == 0)
		return 0;
	return n >= 0 ? n : by_socket(r, record, pid, max);
}
