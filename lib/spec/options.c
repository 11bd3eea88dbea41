/* SPDX-License-Identifier: MIT */
/* THE option table: each row is a command line option, a line of a .vm file, a line of help and of the manual. */
#include <spec/spec.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *const accel_names[] = { "auto", "kvm", "tcg", NULL };
const char *const disk_bus_names[] = { "virtio", "scsi", "nvme", "ide", "usb", NULL };
const char *const disk_cache_names[] = { "writeback", "none", "writethrough", "directsync", "unsafe", NULL };
const char *const disk_aio_names[] = { "threads", "native", "io_uring", NULL };
const char *const image_format_names[] = { "auto", "raw", "qcow2", NULL };
const char *const nic_mode_names[] = { "user", NULL };
const char *const console_names[] = { "serial", "virtio", "off", NULL };
const char *const display_names[] = { "off", "vga", "virtio", NULL };
const char *const on_reboot_names[] = { "reset", "stop", NULL };
const char *const on_panic_names[] = { "stop", "pause", "none", NULL };
const char *const sandbox_mode_names[] = { "on", "off", NULL };
const char *const sandbox_part_names[] = { "mntns", "pidns", "netns", "ipcns", "utsns", "cgroupns", "uid", "seccomp",
					   "landlock", "mdwe", "cgroup", NULL };

static void init_disk(void *elem)
{
	((struct disk *)elem)->boot = -1;
}

static void init_cdrom(void *elem)
{
	struct disk *d = elem;

	d->boot = -1;
	d->cdrom = true;
	d->readonly = true;
	d->format = FORMAT_RAW;
}

static void init_nic(void *elem)
{
	((struct nic *)elem)->model = "virtio-net";
}

/* "150%" or "150": percent of one CPU. */
static int parse_percent(struct pool *pool, const char *text, void *field, const char **why)
{
	char *end;
	long n;

	(void)pool;
	errno = 0;
	n = strtol(text, &end, 10);
	if (*end == '%')
		end++;
	if (text[0] < '0' || text[0] > '9' || *end || errno || n < 1 || n > 1000000) {
		*why = "expected a percentage of one CPU between 1% and 1000000%, such as 150%";
		return -EINVAL;
	}
	*(int64_t *)field = n;
	return 0;
}

/* "pidns,uid": parts of the sandbox by name. */
static int parse_parts(struct pool *pool, const char *text, void *field, const char **why)
{
	unsigned parts = 0;

	for (const char *word = text;;) {
		size_t len = strcspn(word, ",");
		int part = 0;

		while (sandbox_part_names[part] && (strlen(sandbox_part_names[part]) != len ||
						    strncmp(sandbox_part_names[part], word, len)))
			part++;
		if (!sandbox_part_names[part]) {
			*why = pool_printf(pool, "%.*s is no part of the sandbox; the parts are mntns pidns netns ipcns utsns cgroupns "
					   "uid seccomp landlock mdwe cgroup", (int)len, word);
			return -EINVAL;
		}
		parts |= 1u << part;
		if (!word[len]) {
			*(unsigned *)field = parts;
			return 0;
		}
		word += len + 1;
	}
}

static const struct opt disk_opts[] = {
	OPT_PATH(struct disk, file, "file", "image to open; QEMU gets a descriptor, never the path",
		 .flags = OPT_FIRST | OPT_REQUIRED),
	OPT_CHOICE(struct disk, format, "format", image_format_names,
		   "image format, never probed: a guest could rewrite its own header", .deflt = "by the name's ending",
		   .man = DOC("Without it the ending of the file's name decides: .raw and .img are raw, .qcow2 is "
			  "qcow2; any other ending is refused.")),
	OPT_FLAG(struct disk, readonly, "readonly", "refuse guest writes; such an image may be used twice"),
	OPT_CHOICE(struct disk, bus, "bus", disk_bus_names, "how the guest sees it", .deflt = "virtio"),
	OPT_CHOICE(struct disk, cache, "cache", disk_cache_names, "host page cache and flushes", .deflt = "writeback"),
	OPT_CHOICE(struct disk, aio, "aio", disk_aio_names, "how QEMU does the I/O; native wants cache=none or directsync",
		   .deflt = "threads"),
	OPT_FLAG(struct disk, discard, "discard", "pass the guest's discards on to the image"),
	OPT_STRING(struct disk, serial, "serial", "TEXT", "serial number shown to the guest"),
	OPT_INT(struct disk, boot, "boot", 0, 255, "boot order, 0 is tried first"),
	{ 0 }
};

static const struct opt cdrom_opts[] = {
	OPT_PATH(struct disk, file, "file", "ISO image", .flags = OPT_FIRST | OPT_REQUIRED),
	OPT_INT(struct disk, boot, "boot", 0, 255, "boot order, 0 is tried first"),
	{ 0 }
};

static const struct opt nic_opts[] = {
	OPT_CHOICE(struct nic, mode, "mode", nic_mode_names, "what it is connected to", .flags = OPT_FIRST, .deflt = "user",
		   .man = DOC("With user the guest reaches the network as an ordinary program of the host would; nothing "
			  "reaches the guest but the forwarded ports.")),
	OPT_STRINGS(struct nic, forward_text, "forward", "[tcp:|udp:][ADDRESS:]PORT:GUESTPORT",
		    "forward a port of the host to the guest; the address is 127.0.0.1 unless named"),
	OPT_STRINGS(struct nic, dns, "dns", "ADDRESS|none", "name server that the guest is told of; the host's are the default"),
	OPT_STRING(struct nic, mac, "mac", "XX:XX:XX:XX:XX:XX", "hardware address"),
	OPT_STRING(struct nic, model, "model", "NAME", "QEMU's network device, without -pci or -device", .deflt = "virtio-net"),
	{ 0 }
};

static const struct opt limit_opts[] = {
	OPT_SIZE(struct limit, memory, "memory", 16 << 20, INT64_MAX, "memory of QEMU and its helpers, the guest's included"),
	OPT_CUSTOM(struct limit, cpu, int64_t, "cpu", "N%", parse_percent, "CPU time, in percent of one CPU"),
	OPT_INT(struct limit, pids, "pids", 1, 1000000, "threads and processes"),
	OPT_SIZE(struct limit, io_read, "io-read", 4096, INT64_MAX, "bytes read per second from each disk's device"),
	OPT_SIZE(struct limit, io_write, "io-write", 4096, INT64_MAX, "bytes written per second to each disk's device"),
	OPT_INT(struct limit, io_read_ops, "io-read-ops", 1, 1000000000, "reads per second from each disk's device"),
	OPT_INT(struct limit, io_write_ops, "io-write-ops", 1, 1000000000, "writes per second to each disk's device"),
	{ 0 }
};

const struct opt spec_options[] = {
	OPT_NAME(struct spec, name, "name", "name of the VM", .deflt = "the .vm file's name"),
	OPT_SIZE(struct spec, memory, "memory", 1 << 20, (int64_t)64 << 40, "the guest's memory", .deflt = "512M", .letter = 'm'),
	OPT_INT(struct spec, cpus, "cpus", 1, 1024, "virtual CPUs", .deflt = "1"),
	OPT_STRING(struct spec, machine, "machine", "TYPE", "QEMU's machine type",
		   .deflt = "q35 on x86, virt elsewhere",
		   .man = DOC("A plain type or a versioned one such as pc-q35-7.2, with QEMU's own properties behind commas.")),
	OPT_STRING(struct spec, cpu, "cpu", "MODEL", "QEMU's CPU model", .deflt = "host with KVM, max with TCG"),
	OPT_CHOICE(struct spec, accel, "accel", accel_names, "who runs the guest's code", .deflt = "auto",
		   .man = DOC("auto takes KVM where it really runs a CPU and falls back to TCG, QEMU's translator, with one line "
			  "of notice. kvm is an error (exit code 8) where KVM cannot be used.")),
	OPT_STRING(struct spec, qemu, "qemu", "PROGRAM", "QEMU binary, a path or a name", .deflt = "qemu-system-ARCH of the host"),
	OPT_PATH(struct spec, kernel, "kernel", "kernel to boot directly"),
	OPT_PATH(struct spec, initrd, "initrd", "initial RAM disk for kernel"),
	OPT_STRING(struct spec, append, "append", "TEXT", "command line for kernel"),
	OPT_LIST(struct spec, disk, ndisk, "disk", struct disk, disk_opts, "a disk", .init = init_disk),
	OPT_LIST(struct spec, cdrom, ncdrom, "cdrom", struct disk, cdrom_opts, "a CD-ROM", .init = init_cdrom),
	OPT_LIST(struct spec, nic, nnic, "nic", struct nic, nic_opts, "a network card", .init = init_nic),
	OPT_CHOICE(struct spec, console, "console", console_names, "the console kept in console.log", .deflt = "serial",
		   .man = DOC("serial is the machine's first serial port (ttyS0 on x86), virtio is hvc0.")),
	OPT_FLAG(struct spec, agent, "agent", "a port for the QEMU guest agent", .deflt = "off"),
	OPT_FLAG(struct spec, rng, "rng", "a virtio random number generator", .deflt = "off"),
	OPT_FLAG(struct spec, balloon, "balloon", "a balloon, for husk balloon to take memory from the guest", .deflt = "off"),
	OPT_CHOICE(struct spec, display, "display", display_names, "a display, for husk screenshot", .deflt = "off"),
	OPT_CHOICE(struct spec, on_reboot, "on-reboot", on_reboot_names, "what a reboot of the guest does", .deflt = "reset"),
	OPT_CHOICE(struct spec, on_panic, "on-panic", on_panic_names, "what a panic that the guest reports does", .deflt = "stop",
		   .man = DOC("The guest gets a pvpanic device to report through. With none it gets no such device.")),
	OPT_STRUCT(struct spec, limit, "limit", struct limit, limit_opts, "limits for QEMU and its helpers together"),
	OPT_TIME(struct spec, start_timeout, "timeout", 100, 86400000, "how long run may take until the guest's CPUs run", .deflt = "30s"),
	OPT_TIME(struct spec, stop_timeout, "stop-timeout", 0, 86400000, "how long SIGTERM to husk run may take to stop the guest",
		 .deflt = "90s"),
	OPT_SIZE(struct spec, log_size, "log-size", 4096, 1 << 30, "size at which a log is rotated; one old one is kept", .deflt = "1M"),
	OPT_CHOICE(struct spec, sandbox, "sandbox", sandbox_mode_names, "the sandbox around QEMU as a whole", .deflt = "on",
		   .man = DOC("off leaves QEMU with its descriptors and limits, but with your rights otherwise; each start says so.")),
	OPT_CUSTOM(struct spec, without, unsigned, "sandbox-without", "PART,...", parse_parts,
		   "give up these parts of the sandbox, and only these",
		   .man = DOC("What a host cannot give is refused with exit code 7 unless it is named here. The parts are the "
			  "namespaces mntns, pidns, netns, ipcns, utsns and cgroupns, uid (a user id of its own), seccomp, landlock, "
			  "mdwe (no memory both writable and executable) and cgroup (limits).")),
	OPT_PATH(struct spec, seccomp, "seccomp", "a seccomp policy instead of the built-in one"),
	OPT_STRINGS(struct spec, qemu_arg, "qemu-arg", "ARG", "one more argument for QEMU",
		    .man = DOC("An escape hatch: husk does not look into it, and files it names are not reachable for QEMU.")),
	{ 0 }
};
