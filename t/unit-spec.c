/* SPDX-License-Identifier: MIT */
/* The option table against its enums, forwards, and what the checks across fields let through. */
#include <spec/spec.h>

#include <base/err.h>
#include <errno.h>

#include "tap.h"

static void test_table(void)
{
	is_int(opt_table_check(spec_options), 0, "the table is sound");
	is_str(accel_names[ACCEL_TCG], "tcg", "accel: the words are in the order of the enum");
	is_str(disk_bus_names[BUS_USB], "usb", "bus");
	is_str(disk_cache_names[CACHE_UNSAFE], "unsafe", "cache");
	is_str(disk_aio_names[AIO_IO_URING], "io_uring", "aio");
	is_str(image_format_names[FORMAT_QCOW2], "qcow2", "format");
	is_str(nic_mode_names[NIC_USER], "user", "mode");
	is_str(console_names[CONSOLE_OFF], "off", "console");
	is_str(on_reboot_names[REBOOT_STOP], "stop", "on-reboot");
	is_str(on_panic_names[PANIC_NONE], "none", "on-panic");
	ok(!accel_names[ACCEL_TCG + 1] && !disk_bus_names[BUS_USB + 1] && !disk_cache_names[CACHE_UNSAFE + 1] &&
	   !disk_aio_names[AIO_IO_URING + 1] && !image_format_names[FORMAT_QCOW2 + 1] && !nic_mode_names[NIC_USER + 1] &&
	   !console_names[CONSOLE_OFF + 1] && !on_reboot_names[REBOOT_STOP + 1] && !on_panic_names[PANIC_NONE + 1],
	   "and there are no more of them");
	is_str(sandbox_part_names[PART_COUNT - 1], "cgroup", "parts of the sandbox");
	ok(!sandbox_part_names[PART_COUNT], "and no more of those");
}

static void test_forwards(void)
{
	static const struct { const char *text, *host; int from, to; bool udp; } rows[] = {
		{ "8080:80", "127.0.0.1", 8080, 80, false },
		{ "tcp:8080:80", "127.0.0.1", 8080, 80, false },
		{ "udp:53:5353", "127.0.0.1", 53, 5353, true },
		{ "0.0.0.0:1:65535", "0.0.0.0", 1, 65535, false },
		{ "udp:10.1.2.3:65535:1", "10.1.2.3", 65535, 1, true },
		{ "[::1]:8080:80", "::1", 8080, 80, false },
		{ "tcp:[fe80::1]:8080:80", "fe80::1", 8080, 80, false },
		{ "[::ffff:1.2.3.4]:8080:80", "::ffff:1.2.3.4", 8080, 80, false },
		{ "00080:00443", "127.0.0.1", 80, 443, false },
	};
	static const char *const refused[] = {
		"", ":", "::", ":::", "80", "tcp:80", "udp:", "80:", ":80", "80:80:", ":80:80", "8o:80", "80:8o", "-1:80", "+80:80",
		"0:80", "80:0", "65536:80", "80:65536", "000080:80", "99999999999999999999:80", " 80:80", "80:80 ", "80: 80",
		"TCP:80:80", "sctp:80:80", "tcp::80:80", "localhost:80:80", "1.2.3:80:80", "1.2.3.4.5:80:80", "1.2.3.256:80:80",
		"::1:80:80", "[::1:80:80", "::1]:80:80", "[]:80:80", "[1.2.3.4]:80:80", "[::1%lo]:80:80", "[[::1]]:80:80",
		"[::1]80:80", "127.0.0.1/80:80", "1.2.3.4,hostfwd=tcp::1:80:80",
	};
	autopool struct pool pool = { 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *why = NULL;
		struct forward f;

		ok(spec_parse_forward(&pool, rows[i].text, &f, &why) == 0 && !strcmp(f.host, rows[i].host) &&
		   f.host_port == rows[i].from && f.guest_port == rows[i].to && f.udp == rows[i].udp, "%s", rows[i].text);
	}
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		const char *why = NULL;
		struct forward f;

		ok(spec_parse_forward(&pool, refused[i], &f, &why) == -EINVAL && why && *why, "refused: \"%s\"", refused[i]);
	}
}

/* A .vm file's text, read and checked. */
static int load(struct spec *s, const char *text)
{
	int rc;

	spec_init(s);
	err_clear();
	s->file = "/etc/husk/web.vm";
	s->name = "web";
	rc = opt_parse_file(&s->set, s->file, text, strlen(text));
	return rc < 0 ? rc : spec_finish(s);
}

static void test_defaults(void)
{
	autospec struct spec s;

	is_int(load(&s, ""), 0, "an empty file is a VM");
	is_int((long long)s.memory, 512 << 20, "with 512M");
	is_int(s.cpus, 1, "and one CPU");
	ok(!s.machine && !s.cpu && !s.qemu && !s.kernel && !s.ndisk && !s.ncdrom && !s.nnic && !s.agent && !s.rng, "and nothing else");
	is_int(s.accel, ACCEL_AUTO, "accel auto");
	is_int(s.console, CONSOLE_SERIAL, "console serial");
	is_int(s.on_reboot, REBOOT_RESET, "on-reboot reset");
	is_int(s.on_panic, PANIC_STOP, "on-panic stop");
	is_int(s.start_timeout, 30000, "timeout 30s");
	is_int(s.stop_timeout, 90000, "stop-timeout 90s");
	is_int((long long)s.log_size, 1 << 20, "log-size 1M");
	is_int(s.without, 0, "and the whole sandbox");
}

static void test_disk_defaults(void)
{
	autospec struct spec s;

	is_int(load(&s, "disk a.raw\ncdrom b\nnic user\n"), 0, "a disk, a CD-ROM and a network card");
	ok(s.ndisk == 1 && !strcmp(s.disk[0].file, "/etc/husk/a.raw") && s.disk[0].format == FORMAT_RAW && !s.disk[0].readonly &&
	   s.disk[0].bus == BUS_VIRTIO && s.disk[0].cache == CACHE_WRITEBACK && s.disk[0].aio == AIO_THREADS &&
	   s.disk[0].boot == -1 && !s.disk[0].cdrom, "the disk's defaults");
	ok(s.ncdrom == 1 && s.cdrom[0].readonly && s.cdrom[0].cdrom && s.cdrom[0].boot == -1 && s.cdrom[0].format == FORMAT_RAW,
	   "the CD-ROM's");
	ok(s.nnic == 1 && s.nic[0].mode == NIC_USER && !strcmp(s.nic[0].model, "virtio-net") && !s.nic[0].mac &&
	   s.nic[0].nforward == 0, "and the card's");
}

static void test_ranks(void)
{
	autospec struct spec s;
	struct opt_set *sets[] = { &s.set };
	char *argv[] = { (char *)"x", (char *)"--limit=cpu=50", (char *)"--sandbox-without=uid", NULL };
	const char *positional[4];

	is_int(load(&s, "limit memory=1G,cpu=100%\nsandbox-without pidns,utsns\n"), 0, "limits and parts in the file");
	opt_next_rank(&s.set);
	is_int(opt_parse_args(sets, 1, 3, argv, positional, 0), 0, "and on the command line");
	ok(s.limit.memory == 1 << 30 && s.limit.cpu == 50, "limits are overridden one by one");
	is_int(s.without, 1 << PART_UID, "parts all at once");
}

int main(void)
{
	test_table();
	test_forwards();
	test_defaults();
	test_disk_defaults();
	test_ranks();
	return done_testing();
}
