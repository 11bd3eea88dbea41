/* SPDX-License-Identifier: MIT */
/* The post-mortem: one line of verdict from the record, the journal and the kernel. */
#include <vm/vm.h>

#include <base/err.h>
#include <base/file.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define EVENTS_TAIL 65536

/* What disk this node is, from the plan in state.json: "disk0 (/srv/web.raw)". */
static void describe_node(const struct vm_status *v, const char *node, struct buf *out)
{
	autobuf struct buf text = BUF_INIT;
	autojson struct json j = JSON_INIT;
	struct vm_record r;
	int iter = 0, fd;
	char path[4096];

	buf_add_safe(out, node, strlen(node));
	if (record_load(&v->dir, &r, &text) < 0 || json_parse(&j, buf_str(&text), text.len) < 0)
		return;
	while (json_next(&j, json_path(&j, 0, "plan.fds"), &iter, NULL, &fd)) {
		if (!json_eq(&j, json_get(&j, fd, "role"), node) ||
		    json_str(&j, json_get(&j, fd, "path"), path, sizeof(path)) < 0)
			continue;
		buf_adds(out, " (");
		buf_add_safe(out, path, strlen(path));
		buf_adds(out, ")");
	}
}

/* The last I/O error in the journal, if there was one. */
static bool last_io_error(const struct vm_status *v, struct buf *out)
{
	autobuf struct buf events = BUF_INIT;
	const char *found = NULL, *at;
	autojson struct json j = JSON_INIT;
	char node[64];

	if (file_read_tail(v->dir.fd, "events.jsonl", &events, EVENTS_TAIL) < 0)
		return false;
	for (at = buf_str(&events); (at = strstr(at, "\"BLOCK_IO_ERROR\"")); at++)
		found = at;
	if (!found)
		return false;
	while (found > events.data && found[-1] != '\n')
		found--;
	if (json_parse(&j, found, strcspn(found, "\n")) < 0)
		return false;
	if (json_str(&j, json_path(&j, 0, "data.node-name"), node, sizeof(node)) < 0)
		snprintf(node, sizeof(node), "a disk");
	/* the event names the node next to the file; the disk's own name is shorter */
	if (strlen(node) > 5 && !strcmp(node + strlen(node) - 5, "-file"))
		node[strlen(node) - 5] = '\0';
	buf_addf(out, "%s error on ", json_eq(&j, json_path(&j, 0, "data.operation"), "read") ? "read" : "write");
	describe_node(v, node, out);
	if (json_bool(&j, json_path(&j, 0, "data.nospace")) == 1)
		buf_adds(out, ": no space left on the host's file system");
	return true;
}

static void explain_ending(struct vm_status *v, struct buf *out)
{
	int nr = v->ending.syscall;
	bool oom = false;
	char name[64];

	if (v->ending.reason == ENDED_SECCOMP && nr < 0) {
		/* the keeper may not have been allowed to read the kernel's log; whoever asks now may be */
		autoclose int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

		kmsg_find(fd, v->record.qemu.pid, &nr, &oom);
		if (nr >= 0) {
			buf_addf(out, "the seccomp filter killed QEMU: it called %s", syscall_name(nr, name, sizeof(name)));
			return;
		}
	}
	buf_adds(out, v->detail);
}

void vm_why(struct vm_status *v, struct buf *out)
{
	buf_addf(out, "%s: ", v->dir.name);
	switch (v->state) {
	case VMS_PAUSED:
		buf_adds(out, "paused");
		if (!strcmp(v->runstate, "io-error")) {
			buf_adds(out, " by QEMU: ");
			if (!last_io_error(v, out))
				buf_adds(out, "an I/O error");
			buf_adds(out, "; when that is mended, resume it");
		} else if (!strcmp(v->runstate, "guest-panicked"))
			buf_adds(out, " because the guest panicked");
		else if (v->detail[0])
			buf_addf(out, " (%s)", v->detail);
		break;
	case VMS_STOPPED:
		explain_ending(v, out);
		break;
	default:
		buf_adds(out, vm_state_names[v->state]);
		if (v->detail[0])
			buf_addf(out, ": %s", v->detail);
	}
}
