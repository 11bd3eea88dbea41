/* SPDX-License-Identifier: MIT */
/* QEMU's command line from a spec: one file per device, each device one JSON object. */
#ifndef QEMU_QEMU_H
#define QEMU_QEMU_H

#include <plan/plan.h>

struct json_out;

/*
 * How it works: qemu_plan() calls one function per part, in the order QEMU wants them.  A device is built as one
 * JSON object, given to -device or -blockdev here and to device_add or blockdev-add when it is hot-plugged;
 * QEMU before 6.2 (-device) gets the same object flattened to key=value.
 */

/* qemu_plan - fill argv and the descriptors of a plan whose machine, cpu and accel are decided. 0 or recorded. */
int qemu_plan(struct plan *p);

/* lib/qemu/object.c */
/* qemu_add_device, qemu_add_blockdev - one JSON object as an argument. */
void qemu_add_device(struct plan *p, const char *json);
void qemu_add_blockdev(struct plan *p, const char *json);
/* qemu_flatten - '{"driver":"a","k":1}' to "a,k=1" with commas doubled; nested objects as "k.sub=". NULL: no object. */
char *qemu_flatten(struct pool *pool, const char *json);
/* qemu_text - a value inside a comma-separated argument: commas doubled. */
const char *qemu_text(struct pool *pool, const char *value);

/* one part each, in the order of the command line */
void qemu_plan_machine(struct plan *p);		/* machine.c */
void qemu_plan_monitors(struct plan *p);	/* chardev.c */
void qemu_plan_console(struct plan *p);
void qemu_plan_agent(struct plan *p);
void qemu_plan_boot(struct plan *p);		/* machine.c */
int qemu_plan_disks(struct plan *p);		/* disk.c */
int qemu_plan_nics(struct plan *p);		/* nic.c */
void qemu_plan_misc(struct plan *p);		/* misc.c: rng, pvpanic */

/* qemu_virtio - a virtio device's name for the machine's bus: "virtio-blk" to "virtio-blk-pci" or "-device". */
const char *qemu_virtio(struct plan *p, const char *base);
bool qemu_is_x86(const struct plan *p);
bool qemu_is_microvm(const struct plan *p);
bool qemu_is_pc(const struct plan *p);		/* q35 or i440fx, any version */
bool qemu_is_q35(const struct plan *p);

#endif
