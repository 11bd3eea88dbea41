/* SPDX-License-Identifier: MIT */
/* The console's bytes: made harmless, compared, searched. */
#include <vm/console.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ESC 0x1b

/* Length of the string sequence (OSC, DCS, ...) whose body starts here, its end included; CAN and SUB cut one short. */
static size_t string_length(const unsigned char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] == 0x07 || s[i] == 0x18 || s[i] == 0x1a)
			return i + 1;
		if (s[i] == ESC)
			return i + 1 < len && s[i + 1] == '\\' ? i + 2 : i;	/* any other begins a new sequence */
	}
	return len;
}

/* Length of one sequence from its ESC on; *keep: it only moves, deletes or colours (ECMA-48, 8.3). */
static size_t sequence(const unsigned char *s, size_t len, bool *keep)
{
	size_t i = 2;

	*keep = false;
	/* left out: T, which may be mouse tracking; b, which repeats a character as often as it likes; r, margins */
	if (len < 2)
		return len;
	if (s[1] == '[') {
		while (i < len && ((s[i] >= '0' && s[i] <= '9') || s[i] == ';' || s[i] == ':'))
			i++;
		*keep = i < len && i <= 64 && strchr("@ABCDEFGHJKLMPSXZ`adefm", s[i]) && s[i];
		while (i < len && s[i] >= 0x20 && s[i] <= 0x3f)		/* private parameters, intermediate bytes */
			i++;
		/* a control byte inside ends it here: terminals obey it in the middle of the sequence */
		return i < len && s[i] >= 0x40 && s[i] <= 0x7e ? i + 1 : i;
	}
	if (strchr("]PX^_", s[1]) && s[1])
		return 2 + string_length(s + 2, len - 2);
	for (i = 1; i < len && s[i] >= 0x20 && s[i] <= 0x2f; i++)
		;
	return i < len && s[i] >= 0x30 && s[i] <= 0x7e ? i + 1 : i;
}

/* Length of one printable character in UTF-8, or 0.  U+0080..U+009F are controls: U+009B is a CSI. */
static size_t character(const unsigned char *s, size_t len)
{
	size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xc2 && s[0] <= 0xdf ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 : s[0] >= 0xf0 && s[0] <= 0xf4 ? 4 : 0;

	if (n == 1)
		return (s[0] >= 0x20 && s[0] != 0x7f) || strchr("\b\t\n\r", s[0]) ? s[0] != 0 : 0;
	if (!n || n > len || (s[0] == 0xc2 && s[1] < 0xa0) || (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90))
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

void console_calm(struct buf *out, const char *data, size_t len)
{
	const unsigned char *s = (const unsigned char *)data;

	for (size_t i = 0; i < len;) {
		bool keep = true;
		size_t n = s[i] == ESC ? sequence(s + i, len - i, &keep) : character(s + i, len - i);

		if (n && keep)
			buf_add(out, s + i, n);
		i += n ? n : 1;
	}
}

bool console_align(const char *log, size_t nlog, const char *sock, size_t nsock, bool final, size_t *before)
{
	const char *found = nsock >= CONSOLE_PREFIX ? memmem(log, nlog, sock, CONSOLE_PREFIX) : NULL;
	size_t n = nlog < nsock ? nlog : nsock;

	*before = 0;
	if (nlog == nsock && !memcmp(log, sock, n))
		return true;
	if (found)
		*before = (size_t)(found - log);
	if (found || !final)
		return found;
	/* the log is behind, or that was all: its end is the socket's beginning, as far as it can be */
	while (n && memcmp(log + nlog - n, sock, n) != 0)
		n--;
	*before = nlog - n;
	return true;
}

size_t console_find(struct buf *keep, const char *text, size_t text_len, const char *data, size_t len)
{
	size_t before = keep->len;
	const char *found;

	if (buf_add(keep, data, len) < 0) {
		buf_clear(keep);
		return 0;
	}
	found = memmem(keep->data, keep->len, text, text_len);
	/* what is kept is too short to hold the text, so its end is in data */
	if (found)
		return (size_t)(found - keep->data) + text_len - before;
	if (keep->len >= text_len)
		buf_drop(keep, keep->len - (text_len - 1));
	return 0;
}

int console_key(const char *text)
{
	if (!strcmp(text, "none"))
		return 0;
	if (text[0] != '^' || !text[1] || text[2])
		return -1;
	if (text[1] >= 'a' && text[1] <= 'z')
		return text[1] - 'a' + 1;
	return text[1] >= 'A' && text[1] <= '_' ? text[1] - '@' : -1;
}

int console_holder(const char *text, size_t len, struct proc_id *id, char *what, size_t size)
{
	char copy[256], word[32];
	unsigned long long start;
	int pid;

	if (len >= sizeof(copy) || memchr(text, '\0', len))
		return -EPROTO;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (sscanf(copy, "pid %9d (%31[^)\n]) since %*19[^Z\n]Z\nstart %19llu", &pid, word, &start) != 3 || pid <= 0)
		return -EPROTO;
	*id = (struct proc_id){ .pid = pid, .start = start };
	snprintf(what, size, "%s", word);
	return 0;
}
