/* SPDX-License-Identifier: MIT */
/* Changing a VM that runs: drives, media, limits, network links, the balloon. */
#ifndef VM_LIVE_H
#define VM_LIVE_H

#include <base/buf.h>
#include <base/json.h>
#include <qmp/qmp.h>
#include <state/state.h>

/*
 * How it works: all of it goes over control.sock, under its lock (vm_control()), and lasts until the VM ends: the plan
 * in state.json stays what the VM was started with.  What is in force is asked of QEMU each time, never remembered;
 * the one thing recorded is which files QEMU was given (passed.json), for the audit of its descriptors.
 * A descriptor goes into a set whose "opaque" text is its user's name ("cdrom0", "screenshot").  A command that was
 * killed half-way leaves such sets and nodes behind; the next one of that name removes them first.
 */

/*
 * live_free_set - a number for a set that there is not yet, or recorded.
 * @empty: one without descriptors will do: QEMU 7.2 keeps the set of a PNG for ever, for it closes the file behind its
 * own back (ui/console.c: fclose() of what qemu_close() should)
 */
int live_free_set(struct qmp *q, bool empty, deadline_t until);
/* live_add_fd - pass a descriptor as the set of this number.  0 or recorded. */
int live_add_fd(struct qmp *q, const char *opaque, int fd, int set, deadline_t until);
/* live_drop_fds - remove all sets of that name but one (-1: all).  What QEMU refuses is left as it is. */
void live_drop_fds(struct qmp *q, const char *opaque, int64_t keep, deadline_t until);

/* The limits of a drive in QEMU's words (qapi: BlockIOThrottle); the first THROTTLE_SETTABLE can be set. */
enum { THROTTLE_AVERAGES = 6, THROTTLE_SETTABLE = 12, THROTTLE_KEYS = 19 };
extern const char *const throttle_keys[THROTTLE_KEYS];
#define THROTTLE_MAX 1000000000000000	/* include/qemu/throttle.h, THROTTLE_VALUE_MAX */

/* One drive as query-block tells it. */
struct drive {
	char id[64];		/* "disk0" */
	char qdev[256];		/* what block_set_io_throttle and blockdev-* know it by */
	char node[64];		/* of the medium; "": there is none */
	int64_t fdset;		/* of its file; -1: none */
	bool removable, has_tray, open, locked;
	int64_t throttle[THROTTLE_KEYS];	/* -1: not told */
};
#define DRIVES_MAX 256
struct drives {
	size_t n;
	struct drive v[DRIVES_MAX];
};
/* drives_parse - the drives that have a name, of a value that query-block returned.  Takes whatever it may be.  No I/O. */
void drives_parse(struct drives *d, const struct json *j, int v);
int live_drives(struct qmp *q, struct drives *d, deadline_t until);
const struct drive *drives_find(const struct drives *d, const char *id);

/*
 * throttle_merge - what is in force with the changes of want over it (-1: as it is), checked by QEMU's rules, so that
 * it is known before anything is changed.  0, or recorded with EXIT_USAGE.  No I/O.
 */
int throttle_merge(const struct drive *d, const int64_t want[THROTTLE_SETTABLE], int64_t merged[THROTTLE_KEYS]);
int live_throttle(struct qmp *q, const struct drive *d, const int64_t merged[THROTTLE_KEYS], deadline_t until);

/*
 * live_medium - change the medium of a drive, or take it out.
 * @fd: the new image, opened read-only and checked (still the caller's); -1: none
 * @file: its absolute path
 * @force: open a tray that the guest has locked
 * Waits for the guest to open a locked tray.  After a failure the old medium is in its place again.  0 or recorded.
 */
int live_medium(struct qmp *q, const struct vmdir *dir, const char *id, int fd, const char *file, bool force, deadline_t until);

/* live_balloon - *actual receives the guest's memory in bytes.  0 or recorded: there is no balloon. */
int live_balloon(struct qmp *q, uint64_t *actual, deadline_t until);
int live_balloon_set(struct qmp *q, uint64_t bytes, deadline_t until);

/*
 * live_find_device - is there a device of the VM's own that is called prefix and name ("nic-" and "net0")?
 * @list: receives the names of all that begin with prefix, without it, separated by ", "
 * 1, 0 or recorded.
 */
int live_find_device(struct qmp *q, const char *prefix, const char *name, struct buf *list, deadline_t until);

#endif
