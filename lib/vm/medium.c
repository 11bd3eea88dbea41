/* SPDX-License-Identifier: MIT */
/* The medium of a drive: out with the old one, in with a new one, or all as it was. */
#include <vm/live.h>

#include <base/buf.h>
#include <base/err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define REOPEN_MAX 5
#define UNDO_MS 2000	/* for putting things back, whatever the deadline was */

struct change {
	struct qmp *q;
	const struct vmdir *dir;
	const char *id;
	struct drives drives;
	const struct drive *drive;	/* as it was asked last */
	char node[64];			/* the new medium's */
	deadline_t until;
};

static int ask(struct change *c)
{
	int rc = live_drives(c->q, &c->drives, c->until);

	c->drive = rc < 0 ? NULL : drives_find(&c->drives, c->id);
	if (rc >= 0 && !c->drive)
		return fail_exit(EXIT_FAILED, "%s: the drive is gone", c->id);
	return rc;
}

/* One command whose arguments are texts; key and value may be NULL. */
static int tell(struct change *c, const char *command, const char *key, const char *value, const char *more, const char *text)
{
	autobuf struct buf args = BUF_INIT;
	struct json_out o = JSON_OUT(&args);

	json_open(&o, NULL, '{');
	json_put_str(&o, key, value);
	if (more)
		json_put_str(&o, more, text);
	json_close(&o, '}');
	return qmp_execute(c->q, command, buf_str(&args), NULL, c->until);
}

/*
 * Leave only what is in the drive: nodes and descriptors of its former media, and of changes that did not come to
 * their end.  A node in use is refused by QEMU, so nothing can be lost.
 */
static void tidy(struct change *c)
{
	static const char *const suffix[] = { "", "-b" };
	bool running;

	if (c->q->fd < 0 || ask(c) < 0)
		return;
	for (size_t i = 0; i < 2; i++) {
		char node[96];

		snprintf(node, sizeof(node), "%s%s", c->id, suffix[i]);
		if (!strcmp(node, c->drive->node))
			continue;
		(void)tell(c, "blockdev-del", "node-name", node, NULL, NULL);
		snprintf(node, sizeof(node), "%s%s-file", c->id, suffix[i]);
		(void)tell(c, "blockdev-del", "node-name", node, NULL, NULL);
	}
	live_drop_fds(c->q, c->id, c->drive->fdset, c->until);
	/* QEMU closes removed descriptors only while the guest runs (monitor_fdset_cleanup) */
	running = qmp_execute(c->q, "query-status", NULL, NULL, c->until) >= 0 &&
		  json_bool(&c->q->json, json_get(&c->q->json, qmp_return(c->q), "running")) == 1;
	if (running)
		(void)passed_only(c->dir, c->id, c->drive->fdset);
}

static int add_node(struct change *c, int fd, const char *file)
{
	autobuf struct buf args = BUF_INIT;
	struct json_out o = JSON_OUT(&args);
	char text[96];
	struct stat st;
	int rc, set;

	snprintf(c->node, sizeof(c->node), "%.40s%s", c->id, strcmp(c->drive->node, c->id) ? "" : "-b");
	rc = set = live_free_set(c->q, false, c->until);
	if (rc >= 0)
		rc = passed_add(c->dir, c->id, file, false, set);
	if (rc >= 0)
		rc = live_add_fd(c->q, c->id, fd, set, c->until);
	if (rc < 0 || fstat(fd, &st) < 0)
		return rc;
	json_open(&o, NULL, '{');
	json_put_str(&o, "driver", "raw");
	json_put_str(&o, "node-name", c->node);
	json_put_bool(&o, "read-only", true);
	json_open(&o, "file", '{');
	json_put_str(&o, "driver", S_ISBLK(st.st_mode) ? "host_device" : "file");
	snprintf(text, sizeof(text), "%s-file", c->node);
	json_put_str(&o, "node-name", text);
	snprintf(text, sizeof(text), "/dev/fdset/%d", set);
	json_put_str(&o, "filename", text);
	json_put_bool(&o, "read-only", true);
	json_put_bool(&o, "auto-read-only", false);
	json_close(&o, '}');
	json_close(&o, '}');
	return qmp_execute(c->q, "blockdev-add", buf_str(&args), NULL, c->until);
}

/* A locked tray is the guest's to open: QEMU asks it to, and the answer is an event. */
static int open_tray(struct change *c, bool force)
{
	autobuf struct buf args = BUF_INIT;
	struct json_out o = JSON_OUT(&args);
	int rc;

	if (c->drive->open)
		return 0;
	json_open(&o, NULL, '{');
	json_put_str(&o, "id", c->drive->qdev);
	json_put_bool(&o, "force", force);
	json_close(&o, '}');
	rc = qmp_execute(c->q, "blockdev-open-tray", buf_str(&args), NULL, c->until);
	while (rc >= 0) {
		rc = ask(c);
		if (rc < 0 || c->drive->open)
			break;
		/* the event, or a look now and then: an event may have come with a reply */
		rc = qmp_wait_event(c->q, deadline_min(c->until, deadline_in(200)));
		if (rc >= 0 && deadline_passed(c->until))
			return fail_exit(EXIT_DEADLINE, "%s: the guest has locked the tray and does not open it; --force does", c->id);
		if (rc == -ECONNRESET)
			fail_exit(EXIT_FAILED, "%s: QEMU has ended", c->id);
	}
	return rc;
}

static int insert(struct change *c, const char *node)
{
	return tell(c, "blockdev-insert-medium", "id", c->drive->qdev, "node-name", node);
}

/* Take the medium out, or put one in (node).  A guest may close the tray at any time: then it is opened again. */
static int exchange(struct change *c, const char *node, bool force)
{
	for (int tries = 0;; tries++) {
		int rc = node ? insert(c, node) : tell(c, "blockdev-remove-medium", "id", c->drive->qdev, NULL, NULL);

		if (rc != -EREMOTEIO || tries == REOPEN_MAX || ask(c) < 0 || c->drive->open)
			return rc;
		rc = open_tray(c, force);
		if (rc < 0)
			return rc;
	}
}

/* Take the old one out, put the new one in; undone where QEMU refuses the new one. */
static int swap(struct change *c, bool in, bool was_open, bool force)
{
	struct err_kept kept;
	char old[64];
	int rc = 0;

	memcpy(old, c->drive->node, sizeof(old));
	if (old[0])
		rc = exchange(c, NULL, force);
	if (rc < 0 || !in)
		return rc;
	rc = exchange(c, c->node, force);
	if (rc >= 0)
		return tell(c, "blockdev-close-tray", "id", c->drive->qdev, NULL, NULL);
	err_keep(&kept);
	c->until = deadline_in(UNDO_MS);
	if (old[0])
		(void)insert(c, old);
	if (!was_open)
		(void)tell(c, "blockdev-close-tray", "id", c->drive->qdev, NULL, NULL);
	err_set(kept.code, kept.text);
	return rc;
}

int live_medium(struct qmp *q, const struct vmdir *dir, const char *id, int fd, const char *file, bool force, deadline_t until)
{
	static struct change c;
	struct err_kept kept;
	bool was_open = false;
	int rc;

	c = (struct change){ .q = q, .dir = dir, .id = id, .until = until };
	tidy(&c);
	rc = ask(&c);
	if (rc >= 0) {
		was_open = c.drive->open;
		rc = fd >= 0 ? add_node(&c, fd, file) : 0;
	}
	if (rc >= 0)
		rc = open_tray(&c, force);
	if (rc >= 0)
		rc = swap(&c, fd >= 0, was_open, force);
	err_keep(&kept);
	c.until = deadline_in(UNDO_MS);
	tidy(&c);
	if (rc < 0)
		err_set(kept.code, kept.text);
	return rc;
}
