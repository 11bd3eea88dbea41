/* SPDX-License-Identifier: MIT */
/* Key names and the US layout. */
#include <spec/keys.h>

#include <base/err.h>
#include <opt/opt.h>
#include <string.h>

/* QEMU's QKeyCode (qapi/ui.json of 10.0); 7.2 does not know f13 to f24, and says so. */
static const char *const names[] = {
	"shift", "shift_r", "alt", "alt_r", "ctrl", "ctrl_r", "menu", "esc", "1", "2", "3", "4", "5", "6", "7", "8", "9", "0",
	"minus", "equal", "backspace", "tab", "q", "w", "e", "r", "t", "y", "u", "i", "o", "p", "bracket_left",
	"bracket_right", "ret", "a", "s", "d", "f", "g", "h", "j", "k", "l", "semicolon", "apostrophe", "grave_accent",
	"backslash", "z", "x", "c", "v", "b", "n", "m", "comma", "dot", "slash", "asterisk", "spc", "caps_lock", "f1", "f2",
	"f3", "f4", "f5", "f6", "f7", "f8", "f9", "f10", "f11", "f12", "f13", "f14", "f15", "f16", "f17", "f18", "f19",
	"f20", "f21", "f22", "f23", "f24", "num_lock", "scroll_lock", "kp_divide", "kp_multiply", "kp_subtract", "kp_add",
	"kp_enter", "kp_decimal", "kp_0", "kp_1", "kp_2", "kp_3", "kp_4", "kp_5", "kp_6", "kp_7", "kp_8", "kp_9", "kp_comma",
	"kp_equals", "sysrq", "print", "less", "home", "pgup", "pgdn", "end", "left", "up", "down", "right", "insert",
	"delete", "stop", "again", "props", "undo", "front", "copy", "open", "paste", "find", "cut", "lf", "help", "meta_l",
	"meta_r", "compose", "pause", "ro", "hiragana", "henkan", "yen", "muhenkan", "katakanahiragana", "power", "sleep",
	"wake", "audionext", "audioprev", "audiostop", "audioplay", "audiomute", "volumeup", "volumedown", "mediaselect",
	"mail", "calculator", "computer", "ac_home", "ac_back", "ac_forward", "ac_refresh", "ac_bookmarks", "lang1", "lang2",
	NULL
};

static const char *nth_name(const void *ctx, size_t n)
{
	(void)ctx;
	return names[n];
}

static const char *known(const char *word)
{
	for (size_t i = 0; names[i]; i++)
		if (!strcmp(names[i], word))
			return names[i];
	return NULL;
}

/* "0x1d": a number that QEMU passes on; two hexadecimal digits reach every PS/2 set 1 code, e0 included as the top bit. */
static bool is_scan_code(const char *word)
{
	size_t len = strlen(word);

	return len >= 3 && len <= 4 && !strncmp(word, "0x", 2) && len == 2 + strspn(word + 2, "0123456789abcdefABCDEF");
}

static int add_key(struct keys *k, const char *word, const char *key)
{
	const char *name = is_scan_code(key) ? key : known(key), *near;

	if (!*key)
		return fail_exit(EXIT_USAGE, "\"%.64s\": expected key names with - between them, such as ctrl-alt-f2", word);
	if (!name) {
		near = opt_nearest(key, nth_name, NULL);
		return fail_exit(EXIT_USAGE, "\"%.64s\" is no key%s%s%s", key, near ? " (did you mean \"" : "", near ? near : "",
				 near ? "\"?)" : "; the names are QEMU's, such as ret, esc, f2, kp_enter");
	}
	for (size_t i = 0; i < k->n; i++)
		if (!strcmp(k->name[i], name))
			return fail_exit(EXIT_USAGE, "\"%.64s\": %s comes twice", word, name);
	if (k->n == KEYS_TOGETHER_MAX)
		return fail_exit(EXIT_USAGE, "\"%.64s\": more than %d keys at once", word, KEYS_TOGETHER_MAX);
	k->name[k->n++] = name;
	return 0;
}

int keys_parse(struct pool *pool, const char *word, struct keys *k)
{
	char *key = pool_strdup(pool, word);

	*k = (struct keys){ .n = 0 };
	for (char *dash; key; key = dash) {
		int rc;

		dash = strchr(key, '-');
		if (dash)
			*dash++ = '\0';
		rc = add_key(k, word, key);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* What shift makes of a key, and the key. */
static const struct {
	char plain, shifted;
	const char *name;
} us_layout[] = {
	{ '1', '!', "1" }, { '2', '@', "2" }, { '3', '#', "3" }, { '4', '$', "4" }, { '5', '%', "5" }, { '6', '^', "6" },
	{ '7', '&', "7" }, { '8', '*', "8" }, { '9', '(', "9" }, { '0', ')', "0" }, { '-', '_', "minus" },
	{ '=', '+', "equal" }, { '[', '{', "bracket_left" }, { ']', '}', "bracket_right" }, { ';', ':', "semicolon" },
	{ '\'', '"', "apostrophe" }, { '`', '~', "grave_accent" }, { '\\', '|', "backslash" }, { ',', '<', "comma" },
	{ '.', '>', "dot" }, { '/', '?', "slash" }, { ' ', 0, "spc" }, { '\n', 0, "ret" }, { '\t', 0, "tab" },
	{ '\b', 0, "backspace" }, { '\033', 0, "esc" },
};

static const char *key_of(char c, bool *shift)
{
	char letter[2] = { (char)(c | 0x20), '\0' };

	*shift = false;
	if (letter[0] >= 'a' && letter[0] <= 'z' && (c & 0x40)) {
		*shift = !(c & 0x20);
		return known(letter);
	}
	for (size_t i = 0; i < sizeof(us_layout) / sizeof(us_layout[0]); i++) {
		*shift = us_layout[i].shifted == c;
		if (us_layout[i].plain == c || *shift)
			return us_layout[i].name;
	}
	return NULL;
}

/* One character, escapes taken; NULL: a wrong escape. */
static const char *next_char(const char *p, char *c)
{
	static const char letters[] = "ntbe\\", bytes[] = "\n\t\b\033\\";
	const char *at;

	*c = *p;
	if (*p != '\\')
		return p + 1;
	at = p[1] ? strchr(letters, p[1]) : NULL;
	if (at)
		*c = bytes[at - letters];
	return at ? p + 2 : NULL;
}

int keys_of_text(const char *text, struct keys *k)
{
	int n = 0;
	char c;

	for (const char *p = text; *p; n++) {
		const char *from = p, *name = NULL;
		bool shift = false;

		p = next_char(p, &c);
		if (p && c)
			name = key_of(c, &shift);
		if (!name)
			return fail_exit(EXIT_USAGE, "--text: no key of a US keyboard types what stands at byte %zu%s",
					 (size_t)(from - text) + 1, p ? "" : " (after a backslash: n t b e or another one)");
		k[n] = (struct keys){ .n = 0 };
		if (shift)
			k[n].name[k[n].n++] = "shift";
		k[n].name[k[n].n++] = name;
	}
	return n;
}
