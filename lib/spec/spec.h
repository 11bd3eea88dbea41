/* SPDX-License-Identifier: MIT */
/* What was asked: one struct, filled from THE option table, checked across its fields. */
#ifndef SPEC_SPEC_H
#define SPEC_SPEC_H

#include <base/pool.h>
#include <opt/opt.h>

/*
 * How it works: spec_init() sets the defaults, spec_load() reads a .vm file by path or name, the command line
 * comes on top (opt_parse_args with spec->set), spec_finish() checks what one row alone cannot.  All strings
 * live in the spec's pool.  Nothing here looks at the host.
 */

enum accel { ACCEL_AUTO, ACCEL_KVM, ACCEL_TCG };
enum disk_bus { BUS_VIRTIO, BUS_SCSI, BUS_NVME, BUS_IDE, BUS_USB };
enum disk_cache { CACHE_WRITEBACK, CACHE_NONE, CACHE_WRITETHROUGH, CACHE_DIRECTSYNC, CACHE_UNSAFE };
enum disk_aio { AIO_THREADS, AIO_NATIVE, AIO_IO_URING };
enum image_format { FORMAT_UNSET, FORMAT_RAW, FORMAT_QCOW2 };
enum nic_mode { NIC_USER };
enum console_kind { CONSOLE_SERIAL, CONSOLE_VIRTIO, CONSOLE_OFF };
enum on_reboot { REBOOT_RESET, REBOOT_STOP };
enum display { DISPLAY_OFF, DISPLAY_VGA, DISPLAY_VIRTIO };
enum sandbox_mode { SANDBOX_ON, SANDBOX_OFF };
/* What can be given up of the sandbox, one by one. */
enum sandbox_part {
	PART_MNTNS, PART_PIDNS, PART_NETNS, PART_IPCNS, PART_UTSNS, PART_CGROUPNS, PART_UID, PART_SECCOMP, PART_LANDLOCK,
	PART_MDWE, PART_CGROUP, PART_COUNT
};
enum on_panic { PANIC_STOP, PANIC_PAUSE, PANIC_NONE };

extern const char *const accel_names[];
extern const char *const disk_bus_names[];
extern const char *const disk_cache_names[];
extern const char *const disk_aio_names[];
extern const char *const image_format_names[];	/* [FORMAT_UNSET] is "auto": by the file name's ending */
extern const char *const nic_mode_names[];
extern const char *const console_names[];
extern const char *const display_names[];
extern const char *const on_reboot_names[];
extern const char *const on_panic_names[];
extern const char *const sandbox_mode_names[];
extern const char *const sandbox_part_names[];	/* NULL behind the last */

struct disk {
	struct opt_at at;
	const char *file;
	int format;		/* enum image_format; set by spec_finish() */
	bool by_name;		/* the format is what the file's name says */
	bool readonly;
	int bus;		/* enum disk_bus */
	int cache;		/* enum disk_cache */
	int aio;		/* enum disk_aio */
	bool discard;
	const char *serial;
	int64_t boot;		/* bootindex, 0 first; -1: not named */
	bool cdrom;
};

/* One forwarded port: on the host's address, to the guest. */
struct forward {
	bool udp;
	const char *host;	/* address, numeric */
	int host_port, guest_port;
};

struct nic {
	struct opt_at at;
	int mode;		/* enum nic_mode */
	struct opt_strings forward_text;
	struct forward *forward;	/* set by spec_finish() */
	size_t nforward;
	struct opt_strings dns;	/* addresses, or "none" alone; empty: the host's */
	const char *mac;	/* NULL: QEMU's own default */
	const char *model;	/* device without suffix: "virtio-net", "e1000e", ... */
};

struct limit {
	struct opt_at at;
	uint64_t memory;	/* bytes; 0: none */
	int64_t cpu;		/* percent of one CPU; 0: none */
	int64_t pids;		/* tasks; 0: none */
	uint64_t io_read, io_write;	/* bytes/s of each disk's device; 0: none */
	int64_t io_read_ops, io_write_ops;	/* operations/s; 0: none */
};

struct spec {
	struct pool pool;
	struct opt_set set;	/* what was given, and where */
	const char *file;	/* the .vm file; NULL: command line only */
	const char *name;
	uint64_t memory;	/* bytes */
	int64_t cpus;
	const char *machine;	/* NULL: chosen by the plan */
	const char *cpu;	/* NULL: chosen by the plan */
	int accel;		/* enum accel */
	const char *qemu;	/* path or program name; NULL: for the host's architecture */
	const char *kernel, *initrd, *append;
	struct disk *disk;
	size_t ndisk;
	struct disk *cdrom;	/* the same struct with cdrom set */
	size_t ncdrom;
	struct nic *nic;
	size_t nnic;
	int console;		/* enum console_kind */
	bool agent, rng, balloon;
	int display;		/* enum display */
	struct opt_strings qemu_arg;
	struct limit limit;
	int64_t start_timeout;	/* ms until the CPUs must run */
	int64_t stop_timeout;	/* ms for the stop ladder on SIGTERM */
	uint64_t log_size;	/* bytes of each log before it is rotated */
	int on_reboot, on_panic;
	int sandbox;		/* enum sandbox_mode */
	unsigned without;	/* 1 << enum sandbox_part: given up by name */
	const char *seccomp;	/* policy file instead of the built-in ones; NULL */
};

/* THE option table; the .vm file's keys and the command line's options. */
extern const struct opt spec_options[];

void spec_init(struct spec *s);
void spec_free(struct spec *s);
#define autospec __attribute__((cleanup(spec_free)))

/*
 * spec_load - find and read a .vm file.
 * @what: a path (has a slash or ends in ".vm") or a NAME, looked up as NAME.vm in $HUSK_CONFDIR, or else in
 * $XDG_CONFIG_HOME/husk (~/.config/husk) without root, and /etc/husk.
 * Sets spec->name from the file's name.  0 or a recorded negative errno.
 */
int spec_load(struct spec *s, const char *what);

/* spec_finish - defaults that depend on others, and what contradicts.  0 or a recorded negative errno, EXIT_USAGE. */
int spec_finish(struct spec *s);

/* spec_parse_forward - "[tcp:|udp:][ADDRESS:]HOSTPORT:GUESTPORT"; an IPv6 address stands in brackets.
 * 0, or -EINVAL with *why set. */
int spec_parse_forward(struct pool *pool, const char *text, struct forward *f, const char **why);
/* spec_is_address - is it an IPv4 or IPv6 address in numbers, without brackets? */
bool spec_is_address(const char *text);

#endif
