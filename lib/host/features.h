/* SPDX-License-Identifier: MIT */
/* What a QEMU binary was built with, asked of itself over QMP without making a machine. */
#ifndef HOST_FEATURES_H
#define HOST_FEATURES_H

#include <base/loop.h>
#include <stdbool.h>
#include <stdint.h>

struct host_qemu;
struct json;

enum host_machine { MACHINE_Q35, MACHINE_PC, MACHINE_MICROVM, MACHINE_VIRT, HOST_MACHINES };
enum host_device {
	DEVICE_VIRTIO_BLK, DEVICE_VIRTIO_SCSI, DEVICE_VIRTIO_NET, DEVICE_VIRTIO_SERIAL, DEVICE_VIRTIO_RNG, DEVICE_NVME,
	DEVICE_XHCI, DEVICE_USB_STORAGE, DEVICE_PVPANIC, DEVICE_VHOST_USER_FS, HOST_DEVICES
};
enum host_netdev { NETDEV_USER, NETDEV_STREAM, NETDEV_TAP, HOST_NETDEVS };
extern const char *const host_machine_names[HOST_MACHINES];
extern const char *const host_device_names[HOST_DEVICES];
extern const char *const host_netdev_names[HOST_NETDEVS];

struct host_features {
	bool asked;		/* it answered everything */
	char why[640];		/* else: why not, one line or more, as QEMU said it */
	int64_t ms;		/* from its start to its last answer */
	bool kvm, tcg;		/* accelerators that are built in */
	bool sandbox;		/* -sandbox: QEMU's own seccomp filter */
	bool screendump_png;
	bool machine[HOST_MACHINES];
	bool device[HOST_DEVICES];
	bool netdev[HOST_NETDEVS];
};

/* host_probe_features - start q->path with "-machine none", ask, end it.  Never fails: f->asked tells. */
void host_probe_features(struct host_features *f, const struct host_qemu *q, deadline_t until);

/* What stands in the replies to query-machines, qom-list-types, query-command-line-options, query-qmp-schema.  No I/O. */
void host_features_machines(struct host_features *f, const struct json *j, int v);
void host_features_types(struct host_features *f, const struct json *j, int v);
void host_features_options(struct host_features *f, const struct json *j, int v);
void host_features_schema(struct host_features *f, const struct json *j, int v);

#endif
