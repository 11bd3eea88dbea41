/* SPDX-License-Identifier: MIT */
/* qcow2 headers field by field, the child that reads them, and QEMU's locks seen from outside. */
#include <image/image.h>

#include <base/err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

/* A version 3 header as qemu-img writes it, of 1 MiB in clusters of 64 KiB. */
static void make(unsigned char h[112])
{
	memset(h, 0, 112);
	memcpy(h, "QFI\xfb\0\0\0\3", 8);
	h[23] = 16;
	h[29] = 0x10;		/* size */
	h[39] = 1;		/* L1 entries */
	h[45] = 3;		/* L1 table at 0x30000 */
	h[53] = 1;		/* refcount table at 0x10000 */
	h[59] = 1;
	h[99] = 4;		/* refcount order */
	h[103] = 112;		/* header length */
}

static int parse(const unsigned char *h, size_t len, struct qcow2_header *out)
{
	err_clear();
	return qcow2_parse(h, len, out);
}

static void test_good(void)
{
	unsigned char h[112];
	struct qcow2_header q;

	make(h);
	is_int(parse(h, 112, &q), 0, "version 3 is accepted");
	is_int(q.version, 3, "its version");
	is_int((long long)q.size, 1 << 20, "its size");
	is_int(q.cluster_bits, 16, "its cluster size");
	ok(!q.backing && !q.encrypted && !q.data_file && !q.dirty && !q.corrupt, "and nothing special about it");
	is_int(parse(h, 104, &q), 0, "104 bytes are enough");
	h[7] = 2;
	is_int(parse(h, 72, &q), 0, "version 2 has 72 bytes");
	h[79] = 7;
	is_int(parse(h, 112, &q), 0, "and no feature bits");
	ok(!q.dirty && !q.corrupt && !q.data_file && !q.incompatible, "whatever stands there");
}

static void test_features(void)
{
	unsigned char h[112];
	struct qcow2_header q;

	make(h);
	h[79] = 1;
	ok(parse(h, 112, &q) == 0 && q.dirty && !q.corrupt && !q.data_file, "bit 0 is dirty");
	h[79] = 2;
	ok(parse(h, 112, &q) == 0 && !q.dirty && q.corrupt && !q.data_file, "bit 1 is corrupt");
	h[79] = 4;
	ok(parse(h, 112, &q) == 0 && !q.dirty && !q.corrupt && q.data_file, "bit 2 is an external data file");
	h[72] = 0x80;
	ok(parse(h, 112, &q) == 0 && q.incompatible == (1ull << 63 | 4), "all 64 are kept");
	make(h);
	h[35] = 1;
	ok(parse(h, 112, &q) == 0 && q.encrypted, "AES is encryption");
	h[32] = 1;
	h[35] = 0;
	ok(parse(h, 112, &q) == 0 && q.encrypted, "and so is any other method");
	make(h);
	h[15] = 104;
	h[19] = 9;
	ok(parse(h, 112, &q) == 0 && q.backing && q.backing_offset == 104 && q.backing_size == 9, "a backing file's name");
	h[19] = 0;
	ok(parse(h, 112, &q) == 0 && q.backing, "an empty one is one, too");
}

static void test_refused(void)
{
	static const struct { const char *name; int at; unsigned char value; const char *said; } rows[] = {
		{ "a wrong magic", 0, 'q', "no qcow2 header" },
		{ "the magic's last byte", 3, 0xfa, "no qcow2 header" },
		{ "version 0", 7, 0, "qcow2 version 0 is not known" },
		{ "version 4", 7, 4, "qcow2 version 4 is not known" },
		{ "version 0x03000003", 4, 3, "qcow2 version 50331651 is not known" },
		{ "clusters of 256 bytes", 23, 8, "qcow2 cluster size of 8 bits is out of range" },
		{ "clusters of 4 MiB", 23, 22, "qcow2 cluster size of 22 bits is out of range" },
		{ "clusters of 2^200 bytes", 23, 200, "qcow2 cluster size of 200 bits is out of range" },
		{ "a header of 72 bytes in version 3", 103, 72, "qcow2 header is too short" },
		{ "a backing name behind the first cluster", 13, 2, "qcow2 backing file name lies outside the header cluster" },
		{ "one that wraps around", 8, 0xff, "qcow2 backing file name lies outside the header cluster" },
	};
	unsigned char h[112];
	struct qcow2_header q;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		make(h);
		h[rows[i].at] = rows[i].value;
		is_int(parse(h, 112, &q), -EPROTO, "refused: %s", rows[i].name);
		is_str(err_text(), rows[i].said, "and it is said: %s", rows[i].name);
	}
	make(h);
	h[15] = 104;
	h[18] = 4;
	is_int(parse(h, 112, &q), -EPROTO, "refused: a backing name of 1024 bytes");
	for (size_t len = 0; len < 104; len++)
		if (parse(h, len, &q) != -EPROTO)
			ok(false, "refused: a header cut at %zu", len);
	ok(true, "refused: a header cut anywhere");
}

/* ---- the child ---- */

static int open_file(const char *name, const void *data, size_t len)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		bail_out("%s: %s", name, strerror(errno));
	return fd;
}

static int confine_nothing(void)
{
	return 0;
}

static int confine_fails(void)
{
	return -EPERM;
}

static int confine_kills(void)
{
	raise(SIGKILL);
	return 0;
}

static void test_reader(const char *name)
{
	unsigned char h[4096] = { 0 };
	struct qcow2_header q;
	int fd, direct;

	make(h);
	fd = open_file(name, h, sizeof(h));
	lseek(fd, 100, SEEK_SET);
	is_int(qcow2_read(fd, confine_nothing, &q), 0, "a header is read through a child");
	is_int((long long)q.size, 1 << 20, "and comes back");
	is_int(lseek(fd, 0, SEEK_CUR), 100, "the descriptor stands where it stood");
	direct = open(name, O_RDONLY | O_DIRECT | O_CLOEXEC);
	if (direct < 0)
		skip(1, "no O_DIRECT here");
	else
		is_int(qcow2_read(direct, confine_nothing, &q), 0, "with O_DIRECT too");
	close(direct);
	is_int(qcow2_read(fd, confine_fails, &q), -EPROTO, "nothing is read where the child cannot be confined");
	is_int(qcow2_read(fd, confine_kills, &q), -EPROTO, "a child that dies is a bad header");
	is_str(err_text(), "its header ended the reader", "and that is said");
	close(fd);
	fd = open_file(name, "no header", 9);
	is_int(qcow2_read(fd, confine_nothing, &q), -EPROTO, "what is no header is refused through it as well");
	is_str(err_text(), "no qcow2 header", "with the parser's words");
	close(fd);
	fd = open(name, O_WRONLY | O_CLOEXEC);
	is_int(qcow2_read(fd, confine_nothing, &q), -EBADF, "a descriptor that cannot be read is an error of its own");
	close(fd);
	is_int(waitpid(-1, NULL, WNOHANG), -1, "no child is left");
}

/* ---- locks ---- */

static void lock(int fd, short type, off_t byte)
{
	struct flock l = { .l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1 };

	if (fcntl(fd, F_OFD_SETLK, &l) < 0)
		bail_out("F_OFD_SETLK: %s", strerror(errno));
}

static void test_locks(const char *name)
{
	int mine = open_file(name, "x", 1), other = open(name, O_RDWR | O_CLOEXEC);

	ok(!image_in_use(mine, true) && !image_in_use(mine, false), "an image without locks is free");
	for (off_t byte = 100; byte <= 205; byte++) {
		/* consistent read, resize, graph changes: none of our business */
		if (byte == 101 || byte == 201)
			continue;
		lock(other, F_RDLCK, byte);
	}
	ok(!image_in_use(mine, true), "other permissions do not matter");
	lock(other, F_RDLCK, 201);
	ok(image_in_use(mine, true), "who shares no writing keeps a writer out");
	ok(!image_in_use(mine, false), "but no reader");
	lock(other, F_RDLCK, 101);
	ok(image_in_use(mine, true), "who writes keeps a writer out");
	ok(image_in_use(mine, false), "and a reader");
	ok(!image_in_use(other, true), "but not himself");
	lock(other, F_UNLCK, 101);
	lock(other, F_UNLCK, 201);
	ok(!image_in_use(mine, true), "and when he has gone it is free");
	close(mine);
	close(other);
}

int main(void)
{
	char name[] = "/tmp/husk-image.XXXXXX";
	int fd = mkstemp(name);

	if (fd < 0)
		bail_out("%s: %s", name, strerror(errno));
	close(fd);
	test_good();
	test_features();
	test_refused();
	test_reader(name);
	test_locks(name);
	unlink(name);
	return done_testing();
}
