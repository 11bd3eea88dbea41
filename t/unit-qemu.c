/* SPDX-License-Identifier: MIT */
/* Device objects flattened for an old QEMU, texts in its comma-separated arguments, machines and their buses. */
#include <qemu/qemu.h>

#include <base/buf.h>
#include <base/err.h>
#include <base/json.h>

#include "tap.h"

static void test_flatten(void)
{
	static const struct { const char *json, *flat; } rows[] = {
		{ "{\"driver\":\"a\"}", "a" },
		{ "{\"driver\":\"a\",\"id\":\"b\"}", "a,id=b" },
		{ "{\"id\":\"b\",\"driver\":\"a\"}", "id=b,a" },
		{ "{\"driver\":\"a\",\"x\":true,\"y\":false}", "a,x=on,y=off" },
		{ "{\"driver\":\"a\",\"n\":-7,\"m\":18446744073709551615}", "a,n=-7,m=18446744073709551615" },
		{ "{\"driver\":\"a\",\"s\":\"1,2,,3\"}", "a,s=1,,2,,,,3" },
		{ "{\"driver\":\"a,b\"}", "a,,b" },
		{ "{\"driver\":\"a\",\"s\":\"\"}", "a,s=" },
		{ "{\"driver\":\"a\",\"s\":\"\\\"\\\\\\u00e4\"}", "a,s=\"\\\xc3\xa4" },
		{ "{\"driver\":\"a\",\"c\":{\"direct\":true,\"d\":{\"e\":\"f\"}},\"z\":0}", "a,c.direct=on,c.d.e=f,z=0" },
		{ "{\"driver\":\"a\",\"c\":{\"driver\":\"b\"}}", "a,c.driver=b" },
		{ "{}", "" },
	};
	autopool struct pool pool = { 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_str(qemu_flatten(&pool, rows[i].json), rows[i].flat, "%s", rows[i].json);
	ok(!qemu_flatten(&pool, "[1]"), "a list is no device");
	ok(!qemu_flatten(&pool, "{\"driver\":"), "and broken JSON none");
}

static void test_long(void)
{
	autobuf struct buf json = BUF_INIT, flat = BUF_INIT;
	autopool struct pool pool = { 0 };

	buf_adds(&json, "{\"driver\":\"a\",\"s\":\"");
	buf_adds(&flat, "a,s=");
	for (int i = 0; i < 10000; i++) {
		buf_addc(&json, 'x');
		buf_addc(&flat, 'x');
	}
	buf_adds(&json, "\"}");
	is_str(qemu_flatten(&pool, buf_str(&json)), buf_str(&flat), "a text of 10000 bytes stays whole");
}

static void test_text(void)
{
	autopool struct pool pool = { 0 };

	is_str(qemu_text(&pool, "plain"), "plain", "a text without commas stays");
	is_str(qemu_text(&pool, ",a,,b,"), ",,a,,,,b,,", "every comma is doubled");
	is_str(qemu_text(&pool, ""), "", "an empty one stays empty");
}

static void test_machines(void)
{
	static const struct { const char *name; bool pc, q35, microvm; const char *virtio; } rows[] = {
		{ "q35", true, true, false, "virtio-blk-pci" },
		{ "pc-q35-7.2", true, true, false, "virtio-blk-pci" },
		{ "q35,smm=off", true, true, false, "virtio-blk-pci" },
		{ "pc", true, false, false, "virtio-blk-pci" },
		{ "pc-i440fx-6.0", true, false, false, "virtio-blk-pci" },
		{ "pc-i440fx-6.0,hpet=off", true, false, false, "virtio-blk-pci" },
		{ "microvm", false, false, true, "virtio-blk-device" },
		{ "microvm,pic=off", false, false, true, "virtio-blk-device" },
		{ "microvmx", false, false, false, "virtio-blk-pci" },
		{ "virt", false, false, false, "virtio-blk-pci" },
		{ "isapc", false, false, false, "virtio-blk-pci" },
		{ "pcx", false, false, false, "virtio-blk-pci" },
		{ "", false, false, false, "virtio-blk-pci" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct plan p = { .machine = rows[i].name };

		ok(qemu_is_pc(&p) == rows[i].pc && qemu_is_q35(&p) == rows[i].q35 && qemu_is_microvm(&p) == rows[i].microvm,
		   "machine \"%s\" is known for what it is", rows[i].name);
		is_str(qemu_virtio(&p, "virtio-blk"), rows[i].virtio, "and its virtio bus");
		plan_free(&p);
	}
}

/* The same object as an argument of a QEMU of some version. */
static void test_versions(void)
{
	static const char device[] = "{\"driver\":\"nvme\",\"id\":\"d\"}";
	static const struct { int major, minor; const char *arg; } rows[] = {
		{ 6, 0, "nvme,id=d" }, { 6, 1, "nvme,id=d" }, { 6, 2, device }, { 7, 0, device }, { 10, 0, device },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct host host = { .qemu = { .major = rows[i].major, .minor = rows[i].minor } };
		struct plan p = { .host = &host };

		qemu_add_device(&p, device);
		is_str(p.argv.n == 2 ? p.argv.v[1] : NULL, rows[i].arg, "QEMU %d.%d", rows[i].major, rows[i].minor);
		qemu_add_blockdev(&p, device);
		is_str(p.argv.n == 4 ? p.argv.v[3] : NULL, device, "and -blockdev takes JSON in any");
		plan_free(&p);
	}
}

int main(void)
{
	test_flatten();
	test_long();
	test_text();
	test_machines();
	test_versions();
	return done_testing();
}
