/* SPDX-License-Identifier: MIT */
/* Options: every type, every message, ranks, lists, positions. */
#include <opt/opt.h>

#include <base/buf.h>
#include <base/err.h>
#include <base/pool.h>
#include <errno.h>

#include "opt-table.h"
#include "tap.h"

static struct pool pool;
static struct all all;
static struct opt_set set;

static void fresh(void)
{
	pool_free(&pool);
	memset(&all, 0, sizeof(all));
	opt_init(&set, all_opts, &all, &pool);
	err_clear();
}

static int file(const char *text)
{
	return opt_parse_file(&set, "web.vm", text, strlen(text));
}

/* Reads a fresh set from a file that must be refused with exactly this message. */
static void refused_n(const char *text, size_t len, const char *message)
{
	int rc;

	fresh();
	rc = opt_parse_file(&set, "web.vm", text, len);
	if (!ok(rc == -EINVAL && err_code() == EXIT_USAGE && strcmp(err_text(), message) == 0, "%s", message))
		printf("# got %d \"%s\"\n", rc, err_text());
}

static void refused(const char *text, const char *message)
{
	refused_n(text, strlen(text), message);
}

static const char *positional[16];

#define ARGV(...) ((char **)(const char *[]){ "husk", __VA_ARGS__, NULL })

static int args(int stop_after, char *const *argv)
{
	struct opt_set *sets[] = { &set };
	int argc = 0;

	while (argv[argc])
		argc++;
	return opt_parse_args(sets, 1, argc, argv, positional, stop_after);
}

static void args_refused(char *const *argv, const char *message)
{
	int rc;

	fresh();
	rc = args(0, argv);
	if (!ok(rc == -EINVAL && err_code() == EXIT_USAGE && strcmp(err_text(), message) == 0, "%s", message))
		printf("# got %d \"%s\"\n", rc, err_text());
}
#define ARGS_REFUSED(message, ...) args_refused(ARGV(__VA_ARGS__), message)

static void every_type_is_read(void)
{
	static const char text[] =
		"# a comment\n"
		"title     a=b, c  # another\n"
		"image=/srv/a.raw\n"
		"\tname web-1.2_x\r\n"
		"agent\n"
		"quiet off\n"
		"cpus 255\n"
		"offset -9223372036854775808\n"
		"grace 5m\n"
		"memory 1G\n"
		"machine microvm\n"
		"env A=1\n"
		"env B=#2\n"
		"disk /srv/a,,b.raw,format=qcow2,readonly=on,index=3,tag=x,tag=y,,z\n"
		"disk file=c.raw\n"
		"limit memory=2M,cpu=150\n"
		"mac 52:54:00:12:34:56";

	fresh();
	ok(file(text) == 0, "a file with every type is accepted%s%s", *err_text() ? ": " : "", err_text());
	ok(strcmp(all.title, "a=b, c") == 0, "a string keeps = and , and ends before the comment");
	ok(strcmp(all.image, "/srv/a.raw") == 0, "key=value is read");
	ok(strcmp(all.name, "web-1.2_x") == 0, "a tab is white space and CRLF ends a line");
	ok(all.agent && !all.quiet, "a bare flag means on, off means off");
	ok(all.cpus == 255 && all.offset == INT64_MIN, "integers reach their bounds");
	ok(all.grace == 300000 && all.memory == UINT64_C(1) << 30, "times are milliseconds, sizes bytes");
	ok(all.machine == 1, "a choice is the place of its word");
	ok(all.env.n == 2 && strcmp(all.env.v[1], "B=#2") == 0, "strings add up, # inside a word is no comment");
	if (!ok(all.ndisk == 2, "lists add up"))
		return;
	ok(strcmp(all.disk[0].file, "/srv/a,b.raw") == 0, "a doubled comma is one");
	ok(all.disk[0].format == 1 && all.disk[0].readonly && all.disk[0].index == 3, "sub-options are read");
	ok(all.disk[0].tags.n == 2 && strcmp(all.disk[0].tags.v[1], "y,z") == 0, "strings add up within one element");
	ok(all.disk[0].at.line == 14 && all.disk[0].at.col == 6 && strcmp(all.disk[0].at.file, "web.vm") == 0,
	   "an element knows its file, line and column");
	ok(strcmp(all.disk[1].file, "c.raw") == 0 && all.disk[1].bus == 7 && all.disk[0].bus == 7, "init() sets defaults");
	ok(all.limit.memory == 2 << 20 && all.limit.cpu == 150, "a struct is read");
	ok(all.mac[5] == 0x56, "a custom value is read; no newline at the end is fine");
	ok(opt_given(&set, "agent") && !opt_given(&set, "detach"), "opt_given() tells what was given");
	ok(opt_where(&set, "memory")->line == 10 && !opt_where(&set, "detach"), "opt_where() tells where");
}

static void sizes_and_times_have_units(void)
{
	static const struct {
		const char *text;
		uint64_t memory;
		int64_t grace;
	} good[] = {
		{ "memory 16777216\n", 16 << 20, 0 },
		{ "memory 16384K\n", 16 << 20, 0 },
		{ "memory 4T\n", UINT64_C(4) << 40, 0 },
		{ "memory 0016M\n", 16 << 20, 0 },
		{ "grace 250ms\n", 0, 250 },
		{ "grace 7\n", 0, 7000 },
		{ "grace 7s\n", 0, 7000 },
		{ "grace 1h\n", 0, 3600000 },
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		fresh();
		ok(file(good[i].text) == 0 && all.memory == good[i].memory && all.grace == good[i].grace, "%.*s",
		   (int)strcspn(good[i].text, "\n"), good[i].text);
	}
}

static void wrong_values_are_named(void)
{
	refused("memory 12Q\n", "web.vm:1:8: memory: \"12Q\" is not a size (a whole number with K, M, G or T behind it)");
	refused("memory 1g\n", "web.vm:1:8: memory: \"1g\" is not a size (a whole number with K, M, G or T behind it)");
	refused("memory 1.5G\n", "web.vm:1:8: memory: \"1.5G\" is not a size (a whole number with K, M, G or T behind it)");
	refused("memory 1 G\n", "web.vm:1:8: memory: \"1 G\" is not a size (a whole number with K, M, G or T behind it)");
	refused("memory 1K\n", "web.vm:1:8: memory: 1K is out of range (16M to 4T)");
	refused("memory -1G\n", "web.vm:1:8: memory: -1G is out of range (16M to 4T)");
	refused("memory 9999999T\n", "web.vm:1:8: memory: 9999999T is out of range (16M to 4T)");
	refused("memory 99999999999999999999\n", "web.vm:1:8: memory: 99999999999999999999 is out of range (16M to 4T)");
	refused("limit memory=1K\n", "web.vm:1:14: limit: memory: 1K is out of range (at least 1M)");
	refused("cpus 0\n", "web.vm:1:6: cpus: 0 is out of range (1 to 255)");
	refused("cpus two\n", "web.vm:1:6: cpus: \"two\" is not a whole number");
	refused("cpus +2\n", "web.vm:1:6: cpus: \"+2\" is not a whole number");
	refused("cpus 2x\n", "web.vm:1:6: cpus: \"2x\" is not a whole number");
	refused("cpus -\n", "web.vm:1:6: cpus: \"-\" is not a whole number");
	refused("offset 9223372036854775808\n", "web.vm:1:8: offset: 9223372036854775808 is out of range (at least -9223372036854775808)");
	refused("grace 5x\n", "web.vm:1:7: grace: \"5x\" is not a time (a whole number with ms, s, m or h behind it)");
	refused("grace 2h\n", "web.vm:1:7: grace: 2h is out of range (1ms to 1h)");
	refused("grace 0\n", "web.vm:1:7: grace: 0 is out of range (1ms to 1h)");
	refused("agent yes\n", "web.vm:1:7: agent: \"yes\" is neither on nor off");
	refused("machine q53\n", "web.vm:1:9: machine: \"q53\" is not one of q35, microvm, virt (did you mean \"q35\"?)");
	refused("machine isapc\n", "web.vm:1:9: machine: \"isapc\" is not one of q35, microvm, virt");
	refused("name a/b\n", "web.vm:1:6: name: \"a/b\" is not a name (A-Z a-z 0-9 _ . -, at most 63, a letter or digit first)");
	refused("mac 52:54\n", "web.vm:1:5: mac: \"52:54\": not a MAC address");
	refused("title=\n", "web.vm:1:7: title: empty value");
	refused("title\n", "web.vm:1: title: a value is missing");
	refused("disk\n", "web.vm:1: disk: a value is missing");
	refused("title xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\nmac "
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\xc3\xa9xxx\n",
		"web.vm:2:5: mac: \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...\": not a MAC address");
}

static void wrong_keys_are_named(void)
{
	refused("cpus 1\nmemroy 1G\n", "web.vm:2: memroy: unknown option (did you mean \"memory\"?)");
	refused("bogus 1\n", "web.vm:1: bogus: unknown option");
	refused("  --memory 1G\n", "web.vm:1:3: options stand without dashes in a file: write \"memory\"");
	refused("Memory 1G\n", "web.vm:1:1: \"Memory\" is not the name of an option");
	refused("memory: 1G\n", "web.vm:1:1: \"memory:\" is not the name of an option");
	refused("memory = 1G\n", "web.vm:1:8: memory: no blanks around \"=\": write \"memory VALUE\" or \"memory=VALUE\"");
	refused("memory= 1G\n", "web.vm:1:8: memory: no blank behind \"=\": write \"memory VALUE\" or \"memory=VALUE\"");
	refused("detach\n", "web.vm:1: detach: belongs on the command line, not in a file");
	refused("detahc\n", "web.vm:1: detahc: unknown option");
	refused("cpus 1\n\ncpus 1\n", "web.vm:3:6: cpus: given twice (first at line 1)");
	refused("limit memory=2M\nlimit cpu=5\n", "web.vm:2:7: limit: given twice (first at line 1)");
	refused("\n\n\ndisk /a.raw,fromat=raw\n", "web.vm:4:13: disk: unknown key \"fromat\" (did you mean \"format\"?)");
	refused("disk /a.raw,size=1\n", "web.vm:1:13: disk: unknown key \"size\"");
	refused("disk a=b.raw\n", "web.vm:1:6: disk: unknown key \"a\"");
	refused("disk /a.raw,format=rwa\n", "web.vm:1:20: disk: format: \"rwa\" is not one of raw, qcow2 (did you mean \"raw\"?)");
	refused("disk /a.raw,format=\n", "web.vm:1:20: disk: format: empty value");
	refused("disk /a.raw,format\n", "web.vm:1:13: disk: key \"format\" needs a value (format=...)");
	refused("disk /a.raw,readonly\n", "web.vm:1:13: disk: key \"readonly\" needs a value (readonly=on or readonly=off)");
	refused("disk /a.raw,nonsense\n", "web.vm:1:13: disk: \"nonsense\" is not KEY=VALUE (a comma inside a value is doubled)");
	refused("limit 5\n", "web.vm:1:7: limit: \"5\" is not KEY=VALUE (a comma inside a value is doubled)");
	refused("disk /a.raw,\n", "web.vm:1:13: disk: empty element (a comma inside a value is doubled)");
	refused("disk ,format=raw\n", "web.vm:1:6: disk: empty element (a comma inside a value is doubled)");
	refused("disk a,,,\n", "web.vm:1:10: disk: empty element (a comma inside a value is doubled)");
	refused("disk a,index=1,index=2\n", "web.vm:1:16: disk: key \"index\" given twice (first at column 8)");
	refused("disk a,file=b\n", "web.vm:1:8: disk: key \"file\" given twice (first at column 6)");
	refused("disk format=raw\n", "web.vm:1:6: disk: key \"file\" is missing");
	refused("limit cpu=5\n", "web.vm:1:7: limit: key \"memory\" is missing");
}

static void wrong_bytes_are_named(void)
{
	static char big[(1 << 20) + 1];
	static char line[(64 << 10) + 8];

	refused("title a\x1b[31m\n", "web.vm:1:8: control character");
	refused("title a\tb\n", "web.vm:1:8: title: tab inside the value");
	refused("# \xff\n", "web.vm:1:3: not valid UTF-8");
	refused("title \xc0\xaf\n", "web.vm:1:7: not valid UTF-8");
	refused("title \xed\xa0\x80\n", "web.vm:1:7: not valid UTF-8");
	refused("title \xf4\x90\x80\x80\n", "web.vm:1:7: not valid UTF-8");
	refused("title \xe2\x82", "web.vm:1:7: not valid UTF-8");
	refused("title \xc2\x9b""31m\n", "web.vm:1:7: control character");
	refused("cpus 1\r\r\n", "web.vm:1:7: control character");
	refused_n("cpus 1\0\n", 8, "web.vm:1:7: NUL byte");
	memset(big, '\n', sizeof(big));
	refused_n(big, sizeof(big), "web.vm: larger than 1 MiB");
	fresh();
	ok(opt_parse_file(&set, "web.vm", big, sizeof(big) - 1) == 0, "1 MiB is read");
	memset(line, '#', sizeof(line));
	refused_n(line, (64 << 10) + 1, "web.vm:1: line longer than 64 KiB");
	fresh();
	ok(opt_parse_file(&set, "web.vm", line, 64 << 10) == 0, "a line of 64 KiB is read");
	fresh();
	ok(file("title gr\xc3\xbc\xc3\x9f dich\n") == 0 && strcmp(all.title, "gr\xc3\xbc\xc3\x9f dich") == 0, "UTF-8 is text");
}

static void later_ranks_override(void)
{
	static const char text[] = "memory 1G\ncpus 2\nenv A=1\ndisk a.raw\nlimit memory=2M,cpu=50\n";

	fresh();
	ok(file(text) == 0, "the file is read");
	opt_next_rank(&set);
	ok(args(0, ARGV("--memory", "2G", "--env=B=2", "--disk", "b.raw,format=qcow2", "--limit=cpu=75")) == 0,
	   "the command line is read over it%s", err_text());
	ok(all.memory == UINT64_C(2) << 30 && all.cpus == 2, "a scalar is overridden, others stay");
	ok(all.env.n == 2 && all.ndisk == 2 && strcmp(all.disk[1].file, "b.raw") == 0, "lists add up");
	ok(all.limit.memory == 2 << 20 && all.limit.cpu == 75, "a struct is overridden key by key");
	ok(!opt_where(&set, "memory")->file && opt_where(&set, "memory")->line == 1 && opt_where(&set, "cpus")->line == 2,
	   "the last place counts");
	ok(!all.disk[1].at.file && all.disk[1].at.line == 4, "an element knows its argument");
}

static void relative_paths_follow_the_file(void)
{
	static const char text[] = "image img/a.raw\ndisk ../b.raw\ndisk /c.raw\n";

	fresh();
	opt_parse_file(&set, "/etc/husk/web.vm", text, strlen(text));
	ok(strcmp(all.image, "/etc/husk/img/a.raw") == 0, "relative to the directory of the file");
	ok(strcmp(all.disk[0].file, "/etc/husk/../b.raw") == 0, "in sub-options too");
	ok(strcmp(all.disk[1].file, "/c.raw") == 0, "an absolute path stays");
	fresh();
	opt_parse_file(&set, "vms/web.vm", text, strlen(text));
	ok(strcmp(all.image, "vms/img/a.raw") == 0, "a relative directory does too");
	fresh();
	opt_parse_file(&set, "/web.vm", text, strlen(text));
	ok(strcmp(all.image, "/img/a.raw") == 0, "the root is a directory");
	fresh();
	opt_parse_file(&set, "web.vm", text, strlen(text));
	ok(strcmp(all.image, "img/a.raw") == 0, "a file in the current directory adds nothing");
	fresh();
	args(0, ARGV("--image", "img/a.raw"));
	ok(strcmp(all.image, "img/a.raw") == 0, "on the command line a path stays as it is");
}

static void command_line_is_read(void)
{
	fresh();
	ok(args(0, ARGV("-dq", "web", "-n5", "--agent=off", "-", "--title", "-x", "--", "--memory")) == 3, "options and arguments mix");
	ok(all.detach && all.quiet && all.cpus == 5 && !all.agent, "letters combine, a value may follow its letter");
	ok(strcmp(all.title, "-x") == 0, "a value may begin with one dash");
	ok(strcmp(positional[0], "web") == 0 && strcmp(positional[1], "-") == 0 && strcmp(positional[2], "--memory") == 0,
	   "- is an argument and -- ends the options");
	fresh();
	ok(args(0, ARGV("-n", "7", "--agent", "off")) == 1 && all.cpus == 7 && all.agent && strcmp(positional[0], "off") == 0,
	   "a flag does not eat the next argument");
	fresh();
	ok(args(2, ARGV("-q", "web", "exec", "ls", "-d", "--", "x")) == 6 && !all.detach, "options end after two arguments");
	fresh();
	ok(args(2, ARGV("web", "exec", "--", "ls", "--", "-d")) == 5 && strcmp(positional[3], "--") == 0,
	   "one -- behind them is dropped, a later one stays");
	fresh();
	ok(args(0, ARGV("--title=--x=y")) == 0 && strcmp(all.title, "--x=y") == 0, "only the first = separates");

	ARGS_REFUSED("--memroy: unknown option (did you mean --memory?)", "--memroy", "1G");
	ARGS_REFUSED("--mem: unknown option", "--mem=1G");
	ARGS_REFUSED("--no-agent: unknown option", "--no-agent");
	ARGS_REFUSED("--: unknown option", "--=");
	ARGS_REFUSED("--\\x1b[31m: unknown option", "--\x1b[31m");
	ARGS_REFUSED("-x: unknown option -x", "-x");
	ARGS_REFUSED("-qx: unknown option -x", "-qx");
	ARGS_REFUSED("-\xc3\xa9: unknown option -\\xc3", "-\xc3\xa9");
	ARGS_REFUSED("--memory: a value is missing", "--memory");
	ARGS_REFUSED("--cpus: a value is missing", "-qn");
	ARGS_REFUSED("--title: a value is missing (one that begins with -- is written --title=VALUE)", "--title", "--agent");
	ARGS_REFUSED("--memory: empty value", "--memory=");
	ARGS_REFUSED("--title: empty value", "--title", "");
	ARGS_REFUSED("--title: control character", "--title", "a\nb");
	ARGS_REFUSED("--title: not valid UTF-8", "--title=\xff");
	ARGS_REFUSED("--detach: \"yes\" is neither on nor off", "--detach=yes");
	ARGS_REFUSED("--cpus: 256 is out of range (1 to 255)", "-n", "256");
	ARGS_REFUSED("--cpus: given twice (first as argument 2)", "-q", "-n1", "--cpus", "1");
	ARGS_REFUSED("--quiet: given twice (first as argument 1)", "-qq");
	ARGS_REFUSED("--disk: key \"index\" given twice", "--disk", "a,index=1,index=1");
	ARGS_REFUSED("--disk: unknown key \"fromat\" (did you mean \"format\"?)", "--disk", "a,fromat=raw");
}

static void several_sets_share_a_command_line(void)
{
	static const struct opt other_opts[] = {
		OPT_INT(struct limit, cpu, "cpus", 1, 9, "hidden by the first set"),
		OPT_SIZE(struct limit, memory, "room", 0, INT64_MAX, "its own"),
		{ 0 } };
	struct limit other = { 0 };
	struct opt_set second;
	struct opt_set *sets[] = { &set, &second };

	fresh();
	opt_init(&second, other_opts, &other, &pool);
	ok(opt_parse_args(sets, 2, 5, ARGV("--cpus", "200", "--room", "1K"), positional, 0) == 0 && all.cpus == 200 &&
	   other.cpu == 0 && other.memory == 1024, "the first set that knows the name wins");
	ok(opt_parse_args(sets, 2, 2, ARGV("--roon"), positional, 0) == -EINVAL &&
	   strcmp(err_text(), "--roon: unknown option (did you mean --room?)") == 0, "the nearest name is sought in all sets");
}

static void one_value_is_read_alone(void)
{
	struct opt_at at = { .line = 3, .col = 1 };
	struct disk d = { 0 };

	fresh();
	ok(opt_parse_sub(disk_opts, &d, &pool, NULL, "disk", "/a.raw,index=4") == 0 && d.index == 4, "opt_parse_sub() reads a value");
	memset(&d, 0, sizeof(d));
	ok(opt_parse_sub(disk_opts, &d, &pool, NULL, "disk", "/a.raw,inedx=4") == -EINVAL &&
	   strcmp(err_text(), "disk: unknown key \"inedx\" (did you mean \"index\"?)") == 0, "its messages begin with the key");
	ok(opt_parse_sub(disk_opts, &d, &pool, &at, "disk", "") == -EINVAL &&
	   strcmp(err_text(), "--disk: empty value") == 0, "with a place they name it");
	ok(opt_parse_sub(disk_opts, &d, &pool, NULL, "disk", "a\nb") == -EINVAL &&
	   strcmp(err_text(), "disk: control character") == 0, "it refuses control characters");
	ok(opt_fail(&(struct opt_at){ "a.vm", 2, 5 }, "nic", "no %s", "bridge") == -EINVAL && err_code() == EXIT_USAGE &&
	   strcmp(err_text(), "a.vm:2:5: nic: no bridge") == 0, "opt_fail() writes the same form");
	ok(opt_fail(&(struct opt_at){ NULL, 2, 5 }, "nic", "no bridge") == -EINVAL &&
	   strcmp(err_text(), "--nic: no bridge") == 0, "opt_fail() knows the command line");
}

static const char *nth_format(const void *ctx, size_t n)
{
	(void)ctx;
	return formats[n];
}

static void names_are_checked(void)
{
	char name[65];

	memset(name, 'a', 64);
	name[64] = '\0';
	ok(!opt_valid_name(name) && opt_valid_name(name + 1), "63 bytes are a name, 64 are not");
	ok(!opt_valid_name("") && !opt_valid_name(".") && !opt_valid_name("-a") && !opt_valid_name("_a"), "a letter or digit first");
	ok(opt_valid_name("7a.b_c-d") && !opt_valid_name("a/b") && !opt_valid_name("a\xc3\xa9"), "nothing but A-Z a-z 0-9 _ . -");
	ok(strcmp(opt_nearest("qocw2", nth_format, NULL), "qcow2") == 0, "swapped letters count once");
	ok(!opt_nearest("vdi", nth_format, NULL) && !opt_nearest("", nth_format, NULL), "nothing is near what is far");
	ok(strcmp(opt_nearest("ra", nth_format, NULL), "raw") == 0, "a third of it may be wrong");
}

static void bad_tables_are_refused(void)
{
	static const struct opt bad[][3] = {
		{ OPT_FLAG(struct all, agent, "a", "one"), OPT_FLAG(struct all, quiet, "a", "two") },
		{ OPT_FLAG(struct all, agent, "a", "one", .letter = 'x'), OPT_FLAG(struct all, quiet, "b", "two", .letter = 'x') },
		{ OPT_FLAG(struct all, agent, "a", "Ends in a stop.") },
		{ OPT_FLAG(struct all, agent, "a", NULL) },
		{ OPT_FLAG(struct all, agent, "A", "one") },
		{ OPT_INT(struct all, cpus, "a", 5, 4, "one") },
		{ OPT_LIST(struct all, disk, ndisk, "a", struct disk, NULL, "one") },
		{ OPT_FLAG(struct all, agent, "a", "one", .flags = OPT_FIRST) },
	};
	static const char *const why[] = {
		"option table: a: two rows of that name", "option table: b: two rows of that letter",
		"option table: a: help ends in a full stop", "option table: a: no help",
		"option table: A: the name is not [a-z][a-z0-9-]*", "option table: a: empty range",
		"option table: a: no sub-options", "option table: a: only sub-options are first or required",
	};

	ok(opt_table_check(all_opts) == 0, "the table of this test is a good one");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(opt_table_check(bad[i]) == -EINVAL && strcmp(err_text(), why[i]) == 0, "%s", why[i]);
}

static void help_lists_every_row(void)
{
	autobuf struct buf b = BUF_INIT;
	size_t longest = 0;

	opt_help(&b, all_opts);
	for (const struct opt *o = all_opts; o->name; o++) {
		char want[32];

		snprintf(want, sizeof(want), "--%s", o->name);
		ok(strstr(buf_str(&b), want), "help shows %s", want);
	}
	for (const char *s = buf_str(&b); *s; s += strcspn(s, "\n") + 1)
		if (strcspn(s, "\n") > longest)
			longest = strcspn(s, "\n");
	ok(longest < 80, "help fits 80 columns");
	ok(strstr(buf_str(&b), "  -n, --cpus N            virtual CPUs (1 to 255, default 1)\n"), "range and default are shown");
	ok(strstr(buf_str(&b), "      --memory SIZE       guest memory (16M to 4T, default 512M)\n"), "sizes are shown with their unit");
	ok(strstr(buf_str(&b), "          format=raw|qcow2"), "sub-options are indented under theirs");
	if (getenv("SHOW"))
		fputs(buf_str(&b), stderr);
}

int main(void)
{
	every_type_is_read();
	sizes_and_times_have_units();
	wrong_values_are_named();
	wrong_keys_are_named();
	wrong_bytes_are_named();
	later_ranks_override();
	relative_paths_follow_the_file();
	command_line_is_read();
	several_sets_share_a_command_line();
	one_value_is_read_alone();
	names_are_checked();
	bad_tables_are_refused();
	help_lists_every_row();
	pool_free(&pool);
	return done_testing();
}
