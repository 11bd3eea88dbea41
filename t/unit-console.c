/* SPDX-License-Identifier: MIT */
/* Old output of a guest cannot make a terminal answer; a socket's bytes are found in a log; keys and locks are read. */
#include "tap.h"

#include <errno.h>
#include <vm/console.h>

static void calm(const char *in, size_t len, const char *wanted, const char *name)
{
	autobuf struct buf out = BUF_INIT;

	console_calm(&out, in, len);
	is_str(buf_str(&out), wanted, "%s", name);
}
#define CALM(in, wanted, name) calm(in, sizeof(in) - 1, wanted, name)

static void test_calm(void)
{
	CALM("login: \033[1;32mroot\033[0m\r\n\tok\b", "login: \033[1;32mroot\033[0m\r\n\tok\b", "text and colours stay");
	CALM("\033[H\033[2J\033[3;4Hx\033[K", "\033[H\033[2J\033[3;4Hx\033[K", "moves and deletions stay");
	CALM("gr\303\274n \342\202\254 \360\237\220\247", "gr\303\274n \342\202\254 \360\237\220\247", "UTF-8 stays");
	CALM("a\033[6nb", "ab", "where is the cursor?");
	CALM("a\033[5nb\033[?6nc", "abc", "how are you?");
	CALM("a\033[cb\033[0c\033[>c\033[=cc", "abc", "who are you?");
	CALM("a\033Zb", "ab", "... the old way");
	CALM("a\005b", "ab", "... and the oldest");
	CALM("a\033[18tb\033[21tc", "abc", "size and title");
	CALM("a\033[xb\033[>qc\033[?$pd\033[?25$pe\033[1;1;1;1;1;1*yf", "abcdef", "parameters, version, modes, checksum");
	CALM("a\033]10;?\007b\033]11;?\033\\c\033]52;c;?\007d", "abcd", "colours and the clipboard");
	CALM("a\033P$qm\033\\b\033P+q544e\033\\c\033_Gi=1\033\\d\033^x\033\\e\033Xx\033\\f", "abcdef", "strings of all kinds");
	CALM("a\033]0;title never ended", "a", "a string without an end");
	CALM("a\033P$q\033[6nb", "ab", "a string that a new sequence cuts short");
	CALM("a\033[?1000h\033[?1049h\033[?2004h\033[4hb\033[2;5rc", "abc", "modes and margins");
	CALM("a\033[1;1;1;1;1Tb", "ab", "mouse tracking");
	CALM("a\033[99999999bb", "ab", "repetition");
	CALM("a\033(0b\033)B\016c\017\033#8d\033 Ge\033cf", "abcdef", "character sets, alignment, 8-bit controls, reset");
	CALM("a\2336nb", "a6nb", "a CSI of one byte");
	CALM("a\302\2336nb", "a6nb", "... and as UTF-8");
	CALM("a\033[\0306nb", "a6nb", "a control byte inside a sequence");
	CALM("a\033\033[6nb", "ab", "an escape that escapes");
	CALM("a\033[6", "a", "cut off");
	CALM("a\033[", "a", "... earlier");
	CALM("a\033", "a", "... at once");
	CALM("a\0b\177c\007d", "abcd", "NUL, DEL, bell");
	CALM("", "", "nothing");
}

static void align(const char *log, const char *sock, bool final, int wanted)
{
	size_t before = 0;
	bool found = console_align(log, strlen(log), sock, strlen(sock), final, &before);

	is_int(found ? (int)before : -1, wanted, "log \"%s\", socket \"%s\"%s", log, sock, final ? ", final" : "");
}

static void test_align(void)
{
	char log[1000], sock[CONSOLE_PREFIX + 100];
	size_t before = 0;
	unsigned seed = 1;

	align("", "", false, 0);
	align("l", "l", false, 0);
	align("prompt", "l", false, -1);
	align("", "abc", false, -1);
	align("", "abc", true, 0);
	align("x", "abc", true, 1);
	align("xyab", "abc", true, 2);
	align("xyabc", "abc", true, 2);
	align("aaab", "aab", true, 1);
	for (size_t i = 0; i < sizeof(log); i++)
		log[i] = (char)((seed = seed * 1103515245 + 12345) >> 16);
	memcpy(sock, log + 300, sizeof(sock));
	ok(console_align(log, sizeof(log), sock, sizeof(sock), false, &before), "a long beginning is found before all is there");
	is_int((long long)before, 300, "... at its place");
	memset(sock + CONSOLE_PREFIX, 'x', 100);
	ok(console_align(log, sizeof(log), sock, sizeof(sock), false, &before) && before == 300, "... whatever follows it");
	sock[0] ^= 1;
	ok(!console_align(log, sizeof(log), sock, sizeof(sock), false, &before), "what is not there is not found");
}

static void test_find(void)
{
	autobuf struct buf keep = BUF_INIT;

	is_int((long long)console_find(&keep, "login:", 6, "debian lo", 9), 0, "half a word");
	is_int((long long)console_find(&keep, "login:", 6, "gin: x", 6), 4, "... and the other");
	buf_clear(&keep);
	is_int((long long)console_find(&keep, "aab", 3, "aa", 2), 0, "a beginning that repeats");
	is_int((long long)console_find(&keep, "aab", 3, "a", 1), 0, "... and again");
	is_int((long long)console_find(&keep, "aab", 3, "b", 1), 1, "... is found");
	buf_clear(&keep);
	is_int((long long)console_find(&keep, "x", 1, "a\0x", 3), 3, "behind a NUL");
}

static void test_key(void)
{
	static const char *const bad[] = { "", "^", "^@", "^`", "^?", "A", "^AB", "None", "^\303\244" };

	is_int(console_key("^]"), 0x1d, "^]");
	is_int(console_key("^A"), 1, "^A");
	is_int(console_key("^a"), 1, "^a");
	is_int(console_key("^_"), 0x1f, "^_");
	is_int(console_key("none"), 0, "none");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is_int(console_key(bad[i]), -1, "\"%s\" is no key", bad[i]);
}

static void test_holder(void)
{
	static const char good[] = "pid 4711 (console) since 2026-11-23T05:13:40Z\nstart 1349080\n";
	struct proc_id id;
	char what[32], cut[128];
	int rc = 0;

	is_int(console_holder(good, sizeof(good) - 1, &id, what, sizeof(what)), 0, "a holder");
	ok(id.pid == 4711 && id.start == 1349080 && !strcmp(what, "console"), "... with pid, start and what it does");
	for (size_t n = 0; n + 9 < sizeof(good); n++) {
		memcpy(cut, good, n);
		if (console_holder(cut, n, &id, what, sizeof(what)) != -EPROTO)
			rc = (int)n;
	}
	is_int(rc, 0, "cut off before its start it is none");
	is_int(console_holder("pid -1 (x) since 2026-11-23T05:13:40Z\nstart 1\n", 46, &id, what, sizeof(what)), -EPROTO, "nor with a negative pid");
}

int main(void)
{
	test_calm();
	test_align();
	test_find();
	test_key();
	test_holder();
	return done_testing();
}
