/* SPDX-License-Identifier: MIT */
/* Whoever follows a log gets each byte once and in order, or is told that some are lost; and lines, whole or not at all. */
#include <vm/tail.h>
#include <vm/vm.h>

#include <base/file.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tap.h"

#define RECORD 8

static struct vmdir dir = VMDIR_INIT;
static unsigned written;

static void write_records(struct rotlog *l, unsigned n)
{
	char text[RECORD + 1];

	for (unsigned i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "%07u\n", written++ % 10000000);
		rotlog_write(l, text, RECORD);
	}
}

/* One read; false: nothing there.  *next is the record that is to come. */
static bool read_records(struct tail *t, unsigned *next, unsigned *gaps, bool *good)
{
	char text[5 * RECORD];
	ssize_t n = tail_read(t, text, sizeof(text));

	if (n <= 0) {
		*good &= n == 0;
		return false;
	}
	for (ssize_t i = 0; i < n; i += RECORD) {
		unsigned got = (unsigned)strtoul(text + i, NULL, 10);

		if (t->gap && got > *next) {
			(*gaps)++;
			*next = got;
		}
		t->gap = false;
		*good &= got == *next;
		(*next)++;
	}
	return true;
}

static void fresh(struct rotlog *l, uint64_t max)
{
	(void)file_remove_tree(dir.fd);
	if (rotlog_open(l, dir.fd, "log", max) < 0)
		bail_out("no log");
	written = 0;
}

/* A file holds ten; so many are written between two looks, of which each reads everything. */
static void test_rotations(unsigned step, unsigned lost)
{
	struct tail t;
	struct rotlog l;
	unsigned next = 0, gaps = 0;
	bool good = true;

	fresh(&l, 10 * RECORD);
	write_records(&l, 5);
	is_int(tail_open(&t, &dir, "log"), 0, "%u at once: it is opened", step);
	for (unsigned i = 0; i < 20; i++) {
		while (read_records(&t, &next, &gaps, &good))
			;
		write_records(&l, step);
	}
	while (read_records(&t, &next, &gaps, &good))
		;
	ok(good && next == written, "... all come in order, to the last");
	ok(lost ? gaps > 0 : gaps == 0, "... %s", lost ? "and it is said that some are lost" : "and none is lost");
	tail_close(&t);
	rotlog_close(&l);
}

/* Looks and writes of any length in any order. */
static void test_any_order(unsigned seed)
{
	struct tail t;
	struct rotlog l;
	unsigned next = 0, gaps = 0, had;
	bool good = true, told = true;

	srand(seed);
	fresh(&l, 10 * RECORD);
	if (tail_open(&t, &dir, "log") < 0)
		bail_out("no tail");
	for (unsigned i = 0; i < 2000; i++) {
		write_records(&l, (unsigned)rand() % 24);
		had = gaps;
		for (int k = rand() % 8; k > 0 && read_records(&t, &next, &gaps, &good); k--)
			;
		/* the file that was open, and the two that there are, cannot be lost */
		told &= gaps == had || written - next <= 20;
	}
	while (read_records(&t, &next, &gaps, &good))
		;
	ok(good && next == written, "any order %u: the rest comes in order (%u gaps)", seed, gaps);
	ok(told && gaps, "... a gap leaves out no more than it must");
	tail_close(&t);
	rotlog_close(&l);
}

static void test_what_is_not_there(void)
{
	struct tail t;
	struct rotlog l;
	char text[64];

	fresh(&l, 100);
	rotlog_close(&l);
	unlinkat(dir.fd, "log", 0);
	is_int(tail_open(&t, &dir, "log"), 0, "a log that is not there");
	is_int(tail_read(&t, text, sizeof(text)), 0, "... is empty");
	(void)rotlog_open(&l, dir.fd, "log", 100);
	rotlog_write(&l, "x", 1);
	is_int(tail_read(&t, text, sizeof(text)), 1, "... and is found when it comes");
	is_int(tail_wait(&t, -1, 0), TAIL_END, "without a keeper nothing is waited for");
	rotlog_close(&l);
	unlinkat(dir.fd, "log", 0);
	(void)rotlog_open(&l, dir.fd, "log", 100);
	rotlog_write(&l, "y", 1);
	is_int(tail_read(&t, text, sizeof(text)), 0, "what the next run writes is not this one's");
	rotlog_close(&l);
	tail_close(&t);
	unlinkat(dir.fd, "log", 0);
	if (mkdirat(dir.fd, "log", 0700) < 0 || tail_open(&t, &dir, "log") < 0)
		bail_out("no directory");
	ok(tail_read(&t, text, sizeof(text)) < 0, "a directory is no log");
	tail_close(&t);
	unlinkat(dir.fd, "log", AT_REMOVEDIR);
	if (mkfifoat(dir.fd, "log", 0600) < 0 || tail_open(&t, &dir, "log") < 0)
		bail_out("no pipe");
	ok(tail_read(&t, text, sizeof(text)) < 0, "a pipe is none either");
	tail_close(&t);
}

static void test_backlog(void)
{
	struct tail t;
	struct rotlog l;
	char text[256];

	fresh(&l, 100);
	rotlog_write(&l, "before", 6);
	if (tail_open(&t, &dir, "log") < 0)
		bail_out("no tail");
	t.only_backlog = true;
	is_int(tail_read(&t, text, sizeof(text)), 6, "what was there");
	rotlog_write(&l, "later", 5);
	is_int(tail_read(&t, text, sizeof(text)), 0, "... and no more");
	t.only_backlog = false;
	is_int(tail_read(&t, text, sizeof(text)), 5, "... until that is wanted");
	tail_close(&t);
	rotlog_close(&l);
}

static void test_lines(void)
{
	static char giant[3 * TAIL_LINE_MAX];
	const char *line;
	struct tail t;
	struct rotlog l;
	size_t len;

	fresh(&l, 1 << 20);
	if (tail_open(&t, &dir, "log") < 0)
		bail_out("no tail");
	rotlog_write(&l, "one\n\ntw", 7);
	ok(tail_line(&t, &line, &len) == 1 && len == 3 && !memcmp(line, "one", 3), "a line");
	ok(tail_line(&t, &line, &len) == 1 && len == 0, "an empty one");
	is_int(tail_line(&t, &line, &len), 0, "half a line is none");
	rotlog_write(&l, "o\n", 2);
	ok(tail_line(&t, &line, &len) == 1 && len == 3 && !memcmp(line, "two", 3), "... until it has its end");
	memset(giant, 'x', sizeof(giant));
	rotlog_write(&l, giant, sizeof(giant));
	is_int(tail_line(&t, &line, &len), 0, "a giant");
	rotlog_write(&l, "x\nthree\n", 8);
	ok(tail_line(&t, &line, &len) == 1 && len == 5 && !memcmp(line, "three", 5), "... is left out");
	is_int(t.skipped, 1, "... and counted");
	tail_close(&t);
	rotlog_close(&l);
}

int main(void)
{
	char path[] = "/tmp/husk-unit.XXXXXX";

	if (!mkdtemp(path) || (dir.fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		bail_out("no directory");
	snprintf(dir.path, sizeof(dir.path), "%s", path);
	test_rotations(1, 0);
	test_rotations(10, 0);
	test_rotations(19, 0);
	test_rotations(50, 1);
	for (unsigned seed = 1; seed <= 3; seed++)
		test_any_order(seed);
	test_what_is_not_there();
	test_backlog();
	test_lines();
	(void)file_remove_tree(dir.fd);
	close(dir.fd);
	rmdir(path);
	return done_testing();
}
