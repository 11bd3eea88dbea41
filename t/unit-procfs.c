/* SPDX-License-Identifier: MIT */
/* What /proc says of a process is taken apart right, and nothing that is odd is taken for good. */
#include "tap.h"

#include <errno.h>
#include <vm/procfs.h>

static const char status[] =
	"Name:\tqemu-system-x86\nUmask:\t0077\nState:\tS (sleeping)\nUid:\t1879048194\t1879048194\t1879048194\t1879048194\n"
	"Gid:\t1879048194\t1879048194\t1879048194\t1879048195\nGroups:\t5 6 \nNStgid:\t20896\t1\nNSpid:\t20896\t17\t1\n"
	"SigBlk:\t0000000010006243\nCapInh:\t0000000000000000\nCapPrm:\t0000000000000020\nCapEff:\t0000000000000020\n"
	"CapBnd:\t000001fffeffffff\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t3\n";

static void test_status(void)
{
	struct proc_status s;
	char text[sizeof(status)];

	is_int(procfs_status(&s, status, sizeof(status) - 1), 0, "status is understood");
	ok(s.uid[0] == 1879048194 && s.uid[3] == 1879048194, "... uids");
	ok(s.gid[0] == 1879048194 && s.gid[3] == 1879048195, "... gids, each for itself");
	ok(s.ngroup == 2 && s.group[0] == 5 && s.group[1] == 6, "... groups");
	ok(s.cap[PROC_CAP_EFF] == 0x20 && s.cap[PROC_CAP_BND] == 0x1fffeffffff && !s.cap[PROC_CAP_AMB], "... capabilities");
	ok(s.no_new_privs == 1 && s.seccomp == 2 && s.filters == 3, "... filter");
	is_int(s.inner_pid, 1, "... the innermost pid");
	is_int(s.pid_depth, 3, "... how deep it is");
	is_int((long long)s.blocked, 0x10006243, "... blocked signals");
	/* without any of these nothing may be judged: each missing, each cut */
	for (const char *key = "Uid:\0Gid:\0Groups:\0SigBlk:\0CapInh:\0CapPrm:\0CapEff:\0CapBnd:\0CapAmb:\0"; *key; key += strlen(key) + 1) {
		memcpy(text, status, sizeof(status));
		memset(strstr(text, key), 'x', 1);
		is_int(procfs_status(&s, text, sizeof(text) - 1), -EPROTO, "without %s it is refused", key);
	}
	memcpy(text, status, sizeof(status));
	memcpy(strstr(text, "Uid:"), "Uid:\t-1\t", 8);
	is_int(procfs_status(&s, text, sizeof(text) - 1), -EPROTO, "a uid below zero is refused");
	memcpy(text, status, sizeof(status));
	strstr(text, "CapEff:\t")[8] = 'g';
	is_int(procfs_status(&s, text, sizeof(text) - 1), -EPROTO, "a capability set that is no number is refused");
	is_int(procfs_status(&s, "", 0), -EPROTO, "nothing is refused");
}

static void test_stat(void)
{
	static const char good[] = "20896 (qemu) S) R 1 2 3) S 20894 11 12 34816 -1 0";
	struct proc_stat s;

	is_int(procfs_stat(&s, good, sizeof(good) - 1), 0, "stat is understood");
	ok(s.pgrp == 11 && s.session == 12 && s.tty == 34816, "... behind the last parenthesis, for the name may hold some");
	is_int(procfs_stat(&s, "1 sh S 1 2 3", 12), -EPROTO, "without a name it is refused");
	is_int(procfs_stat(&s, "1 (sh) S 1 2", 12), -EPROTO, "cut off it is refused");
}

static void test_limit(void)
{
	static const char text[] =
		"Limit                     Soft Limit           Hard Limit           Units     \n"
		"Max open files            256                  512                  files     \n"
		"Max open files more       1                    1                    files     \n"
		"Max file size             unlimited            unlimited            bytes     \n"
		"Max processes             97x                  97                   processes \n";
	uint64_t soft, hard;

	ok(procfs_limit(text, sizeof(text) - 1, "Max open files", &soft, &hard) == 0 && soft == 256 && hard == 512, "a limit");
	ok(procfs_limit(text, sizeof(text) - 1, "Max file size", &soft, &hard) == 0 && soft == UINT64_MAX && hard == UINT64_MAX,
	   "no limit");
	is_int(procfs_limit(text, sizeof(text) - 1, "Max core file size", &soft, &hard), -ENOENT, "one that is not there");
	is_int(procfs_limit(text, sizeof(text) - 1, "Max processes", &soft, &hard), -ENOENT, "one that is no number");
}

static void test_mounts(void)
{
	static const char text[] =
		"185 43 0:43 / / ro,nosuid,nodev,relatime - tmpfs none rw,size=64k\n"
		"186 185 254:1 /usr/lib/a\\040b.so /lib/a\\040b\\134c.so ro,nosuid,relatime shared:3 master:1 - ext4 /dev/vda rw\n"
		"187 185 254:0 / /writable rw,norox,noexec - a-file-system-with-a-name-longer-than-there-is-room x rw\n";
	struct proc_mount m;
	size_t at = 0;

	ok(procfs_mount(text, sizeof(text) - 1, &at, &m) == 1 && !strcmp(m.path, "/") && !strcmp(m.type, "tmpfs"), "a root");
	is_int(m.flags, MOUNT_IS_RO | MOUNT_IS_NOSUID | MOUNT_IS_NODEV, "... its flags, not its file system's");
	is_int(procfs_mount(text, sizeof(text) - 1, &at, &m), 1, "a bind");
	is_str(m.path, "/lib/a b\\c.so", "... with a blank and a backslash in its name");
	is_str(m.root, "/usr/lib/a b.so", "... of what");
	ok(m.major == 254 && m.minor == 1 && !strcmp(m.type, "ext4"), "... behind optional fields");
	is_int(m.flags, MOUNT_IS_RO | MOUNT_IS_NOSUID, "... its flags");
	is_int(procfs_mount(text, sizeof(text) - 1, &at, &m), 1, "a writable one");
	is_int(m.flags, MOUNT_IS_NOEXEC, "... norox is not ro");
	is_int((long long)strlen(m.type), sizeof(m.type) - 1, "... a long type is cut");
	is_int(procfs_mount(text, sizeof(text) - 1, &at, &m), 0, "the end");
	at = 0;
	is_int(procfs_mount("1 2 3:4 / / ro\n", 15, &at, &m), -EPROTO, "a line that is cut off");
	at = 0;
	is_int(procfs_mount("1 2 34 / / ro - a b c\n", 22, &at, &m), -EPROTO, "a device that is none");
}

static void test_sockets(void)
{
	static const char text[] =
		"Num       RefCount Protocol Flags    Type St Inode Path\n"
		"0000000000000000: 00000002 00000000 00010000 0001 01 417520 /run/husk/web/control.sock\n"
		"0000000000000000: 00000003 00000000 00000000 0001 03 417523\n"
		"0000000000000000: 00000002 00000000 00010000 0001 01 41752 @abstract\n";
	bool listening;
	char path[20];

	ok(procfs_unix_socket(text, sizeof(text) - 1, 417520, &listening, path, sizeof(path)) == 0 && listening, "a listening socket");
	is_str(path, "/run/husk/web/contr", "... its path, cut to the room there is");
	ok(procfs_unix_socket(text, sizeof(text) - 1, 417523, &listening, path, sizeof(path)) == 0 && !listening && !path[0],
	   "one of a pair");
	ok(procfs_unix_socket(text, sizeof(text) - 1, 41752, &listening, path, sizeof(path)) == 0 && !strcmp(path, "@abstract"),
	   "an abstract one");
	is_int(procfs_unix_socket(text, sizeof(text) - 1, 4175, &listening, path, sizeof(path)), -ENOENT, "none");
}

static void test_small_ones(void)
{
	static const char maps[] = "00400000-00401000 r-xp 00000000 fe:00 1 /usr/bin/x\n7f00-7f01 rwxp 0 0:0 0\n7f02-7f03 rw-p 0 0:0 0 [heap]\n";
	static const char dev[] = "Inter-|   Receive |  Transmit\n face |bytes |bytes\n    lo:       0       0\nhusk-0:1 2\n";
	unsigned all, both;
	uint32_t in, out;
	char name[5];
	size_t at = 0;

	is_int(procfs_fd_flags("pos:\t0\nflags:\t02100002\nmnt_id:\t9\n", 34), 02100002, "flags of a descriptor");
	is_int(procfs_fd_flags("pos:\t0\nflags:\t8\n", 16), -1, "... that are not octal");
	is_int(procfs_fd_flags("", 0), -1, "... that are not there");
	procfs_maps(maps, sizeof(maps) - 1, &all, &both);
	ok(all == 3 && both == 1, "mappings");
	ok(procfs_interface(dev, sizeof(dev) - 1, &at, name, sizeof(name)) && !strcmp(name, "lo"), "an interface");
	ok(procfs_interface(dev, sizeof(dev) - 1, &at, name, sizeof(name)) && !strcmp(name, "husk"), "... a long one is cut");
	ok(!procfs_interface(dev, sizeof(dev) - 1, &at, name, sizeof(name)), "... and no more");
	ok(procfs_id_map("      1000      65534          1\n", 33, &in, &out) == 0 && in == 1000 && out == 65534, "a map of one id");
	is_int(procfs_id_map("0 0 4294967295\n", 15, &in, &out), -EPROTO, "... of all");
	is_int(procfs_id_map("0 0 1\n1 1 1\n", 12, &in, &out), -EPROTO, "... of two");
	is_int(procfs_id_map("", 0, &in, &out), -EPROTO, "... of none");
}

static void test_numbers(void)
{
	static const char stat[] = "7 (a) b) S 1 7 7 0 -1 4194560 100 0 3 0 512 33 0 0 20 0 6 0 911 1 2 3";
	static const char rollup[] = "55000-7ff00 ---p 00000000 00:00 0 [rollup]\nRss:   43944 kB\nPss:  30818 kB\nPrivate_Dirty: x kB\n"
				     "Swap: 18446744073709551615 kB\n";
	static const char cpu[] = "usage_usec 900\nuser_usec 18446744073709551616\nsystem_usec\n";
	static const char net[] = "Inter-|   Receive  |  Transmit\n face |bytes    packets errs drop\n"
				  " tap10: 9 9 9 9 0 0 0 0 9 9 9 9 0 0 0 0\n  tap1: 1 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0\n  bad: 1 2 3\n";
	uint64_t a, b, c, count[NETDEV_COUNTS];

	is_int(procfs_times(stat, sizeof(stat) - 1, &a, &b, &c), 0, "times are understood");
	ok(a == 512 && b == 33 && c == 6, "... user, system and threads");
	is_int(procfs_times(stat, 40, &a, &b, &c), -EPROTO, "... cut off they are refused");
	ok(procfs_kib(rollup, sizeof(rollup) - 1, "Pss:", &a) == 0 && a == 30818 << 10, "kilobytes come as bytes");
	is_int(procfs_kib(rollup, sizeof(rollup) - 1, "Private_Dirty:", &a), -ENOENT, "... not what is no number");
	is_int(procfs_kib(rollup, sizeof(rollup) - 1, "Swap:", &a), -ENOENT, "... nor what overflows");
	is_int(procfs_kib(rollup, sizeof(rollup) - 1, "Ps:", &a), -ENOENT, "... nor another key");
	ok(procfs_keyed(cpu, sizeof(cpu) - 1, "usage_usec", &a) == 0 && a == 900, "a keyed file");
	is_int(procfs_keyed(cpu, sizeof(cpu) - 1, "user_usec", &a), -ENOENT, "... a number beyond 64 bits is none");
	is_int(procfs_keyed(cpu, sizeof(cpu) - 1, "system_usec", &a), -ENOENT, "... nor is nothing");
	ok(procfs_first("12 34 5\n", 8, &a) == 0 && a == 12, "the first number");
	ok(procfs_first("max\n", 4, &a) < 0 && procfs_first("", 0, &a) < 0, "... where there is one");
	ok(procfs_counters(net, sizeof(net) - 1, "tap1", count) == 0 && count[NETDEV_RX_BYTES] == 1 && count[NETDEV_RX_DROPPED] == 4 &&
	   count[NETDEV_TX_BYTES] == 5 && count[NETDEV_TX_DROPPED] == 8, "an interface's counters");
	is_int(procfs_counters(net, sizeof(net) - 1, "bad", count), -ENOENT, "... not of half a line");
	is_int(procfs_counters(net, sizeof(net) - 1, "tap", count), -ENOENT, "... nor of another interface");
}

int main(void)
{
	test_numbers();
	test_status();
	test_stat();
	test_limit();
	test_mounts();
	test_sockets();
	test_small_ones();
	return done_testing();
}
