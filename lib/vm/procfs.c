/* SPDX-License-Identifier: MIT */
/* The text files under /proc/PID. */
#include <vm/procfs.h>

#include <errno.h>
#include <string.h>

/* A place in a text that is not followed by a NUL; every reader stops at the end of the line. */
struct cursor {
	const char *p, *end;
};

/* The line at *at, without its line end; *at moves behind it.  false at the end of the text. */
static bool next_line(const char *text, size_t len, size_t *at, struct cursor *line)
{
	const char *from = text + *at, *nl;

	if (*at >= len)
		return false;
	nl = memchr(from, '\n', len - *at);
	*line = (struct cursor){ from, nl ? nl : text + len };
	*at = nl ? (size_t)(nl - text) + 1 : len;
	return true;
}

static void skip_blanks(struct cursor *c)
{
	while (c->p < c->end && (*c->p == ' ' || *c->p == '\t'))
		c->p++;
}

/* The next word; false where there is none. */
static bool word(struct cursor *c, struct cursor *w)
{
	skip_blanks(c);
	w->p = c->p;
	while (c->p < c->end && *c->p != ' ' && *c->p != '\t')
		c->p++;
	w->end = c->p;
	return w->end > w->p;
}

static bool is_word(const struct cursor *w, const char *text)
{
	size_t len = strlen(text);

	return (size_t)(w->end - w->p) == len && !memcmp(w->p, text, len);
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 32;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

/* All of w as a number. */
static bool number_of(const struct cursor *w, unsigned base, uint64_t *out)
{
	uint64_t n = 0;

	if (w->p == w->end)
		return false;
	for (const char *p = w->p; p < w->end; p++) {
		unsigned d = (unsigned)digit(*p);

		if (d >= base || n > (UINT64_MAX - d) / base)
			return false;
		n = n * base + d;
	}
	*out = n;
	return true;
}

static bool number(struct cursor *c, unsigned base, uint64_t *out)
{
	struct cursor w;

	return word(c, &w) && number_of(&w, base, out);
}

static bool number_int(struct cursor *c, int *out)
{
	struct cursor w;
	uint64_t n;
	bool minus;

	if (!word(c, &w))
		return false;
	minus = *w.p == '-';
	w.p += minus;
	if (!number_of(&w, 10, &n) || n > INT_MAX)
		return false;
	*out = minus ? -(int)n : (int)n;
	return true;
}

static bool four_ids(struct cursor *c, uint32_t id[4])
{
	for (int i = 0; i < 4; i++) {
		uint64_t n;

		if (!number(c, 10, &n) || n > UINT32_MAX)
			return false;
		id[i] = (uint32_t)n;
	}
	return true;
}

static bool groups(struct cursor *c, struct proc_status *s)
{
	uint64_t n;

	for (skip_blanks(c); c->p < c->end; skip_blanks(c)) {
		if (!number(c, 10, &n) || n > UINT32_MAX)
			return false;
		if (s->ngroup < PROC_GROUPS_MAX)
			s->group[s->ngroup] = (uint32_t)n;
		s->ngroup++;
	}
	return true;
}

static bool inner_pid(struct cursor *c, struct proc_status *s)
{
	for (skip_blanks(c); c->p < c->end; skip_blanks(c)) {
		if (!number_int(c, &s->inner_pid))
			return false;
		s->pid_depth++;
	}
	return s->pid_depth > 0;
}

static bool status_line(struct proc_status *s, const struct cursor *key, struct cursor *c, unsigned *seen)
{
	static const char *const caps[PROC_CAPS] = { "CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:" };

	for (int i = 0; i < PROC_CAPS; i++) {
		if (is_word(key, caps[i])) {
			*seen |= 1u << i;
			return number(c, 16, &s->cap[i]);
		}
	}
	if (is_word(key, "Uid:")) {
		*seen |= 1u << 5;
		return four_ids(c, s->uid);
	}
	if (is_word(key, "Gid:")) {
		*seen |= 1u << 6;
		return four_ids(c, s->gid);
	}
	if (is_word(key, "Groups:")) {
		*seen |= 1u << 7;
		return groups(c, s);
	}
	if (is_word(key, "SigBlk:")) {
		*seen |= 1u << 8;
		return number(c, 16, &s->blocked);
	}
	if (is_word(key, "NoNewPrivs:"))
		return number_int(c, &s->no_new_privs);
	if (is_word(key, "Seccomp:"))
		return number_int(c, &s->seccomp);
	if (is_word(key, "Seccomp_filters:"))
		return number_int(c, &s->filters);
	return !is_word(key, "NSpid:") || inner_pid(c, s);
}

#define STATUS_ALL 0x1ffu	/* every line that no kernel since 4.3 leaves out */

int procfs_status(struct proc_status *s, const char *text, size_t len)
{
	struct cursor line, key;
	unsigned seen = 0;
	size_t at = 0;

	*s = (struct proc_status){ .no_new_privs = -1, .seccomp = -1, .filters = -1, .inner_pid = -1 };
	while (next_line(text, len, &at, &line))
		if (word(&line, &key) && !status_line(s, &key, &line, &seen))
			return -EPROTO;
	return seen == STATUS_ALL ? 0 : -EPROTO;
}

int procfs_stat(struct proc_stat *s, const char *text, size_t len)
{
	struct cursor c = { text, text + len }, state;
	int parent;

	/* "PID (COMM) S PPID PGRP SESSION TTY ...": the name may hold anything, so from its last parenthesis */
	for (const char *p = text; p < text + len; p++)
		if (*p == ')')
			c.p = p + 1;
	if (c.p == text || !word(&c, &state) || !number_int(&c, &parent) || !number_int(&c, &s->pgrp) ||
	    !number_int(&c, &s->session) || !number_int(&c, &s->tty))
		return -EPROTO;
	return 0;
}

int procfs_times(const char *text, size_t len, uint64_t *user, uint64_t *kernel, uint64_t *threads)
{
	struct cursor c = { text, text + len }, w;
	bool good;

	for (const char *p = text; p < text + len; p++)
		if (*p == ')')
			c.p = p + 1;
	if (c.p == text)
		return -EPROTO;
	for (int field = 3; field < 14; field++)
		if (!word(&c, &w))
			return -EPROTO;
	good = number(&c, 10, user) && number(&c, 10, kernel) && word(&c, &w) && word(&c, &w) && word(&c, &w) && word(&c, &w) &&
	       number(&c, 10, threads);
	return good ? 0 : -EPROTO;
}

int procfs_keyed(const char *text, size_t len, const char *key, uint64_t *n)
{
	struct cursor line, w;
	size_t at = 0;

	while (next_line(text, len, &at, &line))
		if (word(&line, &w) && is_word(&w, key))
			return number(&line, 10, n) ? 0 : -ENOENT;
	return -ENOENT;
}

int procfs_kib(const char *text, size_t len, const char *key, uint64_t *bytes)
{
	uint64_t n;

	if (procfs_keyed(text, len, key, &n) < 0 || n > UINT64_MAX >> 10)
		return -ENOENT;
	*bytes = n << 10;
	return 0;
}

int procfs_first(const char *text, size_t len, uint64_t *n)
{
	struct cursor line;
	size_t at = 0;

	return next_line(text, len, &at, &line) && number(&line, 10, n) ? 0 : -EPROTO;
}

static bool limit_value(struct cursor *c, uint64_t *out)
{
	struct cursor w;

	if (!word(c, &w))
		return false;
	if (is_word(&w, "unlimited")) {
		*out = UINT64_MAX;
		return true;
	}
	return number_of(&w, 10, out);
}

int procfs_limit(const char *text, size_t len, const char *row, uint64_t *soft, uint64_t *hard)
{
	size_t at = 0, n = strlen(row);
	struct cursor c;

	while (next_line(text, len, &at, &c)) {
		if ((size_t)(c.end - c.p) <= n || memcmp(c.p, row, n) || c.p[n] != ' ')
			continue;
		c.p += n;
		return limit_value(&c, soft) && limit_value(&c, hard) ? 0 : -ENOENT;
	}
	return -ENOENT;
}

/* A path of mountinfo: blank, tab, newline and backslash stand as \OOO. */
static bool mount_path(struct cursor *c, char *out, size_t size)
{
	struct cursor w;
	size_t n = 0;

	if (!word(c, &w))
		return false;
	while (w.p < w.end) {
		char byte = *w.p++;

		if (byte == '\\' && w.end - w.p >= 3 && digit(w.p[0]) < 4 && digit(w.p[1]) < 8 && digit(w.p[2]) < 8) {
			byte = (char)(digit(w.p[0]) << 6 | digit(w.p[1]) << 3 | digit(w.p[2]));
			w.p += 3;
		}
		if (n + 1 >= size)
			return false;
		out[n++] = byte;
	}
	out[n] = '\0';
	return true;
}

static unsigned mount_flags(const struct cursor *options)
{
	static const struct { const char *name; unsigned flag; } names[] = {
		{ "ro", MOUNT_IS_RO }, { "nosuid", MOUNT_IS_NOSUID }, { "nodev", MOUNT_IS_NODEV }, { "noexec", MOUNT_IS_NOEXEC },
	};
	unsigned flags = 0;

	for (const char *p = options->p; p < options->end;) {
		const char *comma = memchr(p, ',', (size_t)(options->end - p));
		struct cursor one = { p, comma ? comma : options->end };

		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (is_word(&one, names[i].name))
				flags |= names[i].flag;
		p = comma ? comma + 1 : options->end;
	}
	return flags;
}

static bool device(struct cursor *c, struct proc_mount *m)
{
	struct cursor w, minor;
	uint64_t a, b;
	const char *colon;

	if (!word(c, &w))
		return false;
	colon = memchr(w.p, ':', (size_t)(w.end - w.p));
	if (!colon)
		return false;
	minor = (struct cursor){ colon + 1, w.end };
	w.end = colon;
	if (!number_of(&w, 10, &a) || !number_of(&minor, 10, &b) || a > UINT32_MAX || b > UINT32_MAX)
		return false;
	m->major = (unsigned)a;
	m->minor = (unsigned)b;
	return true;
}

int procfs_mount(const char *text, size_t len, size_t *at, struct proc_mount *m)
{
	struct cursor c, w, options;
	uint64_t id;
	size_t n;

	if (!next_line(text, len, at, &c))
		return 0;
	/* 36 35 98:0 /root /mount/point rw,noatime optional:fields - type source super,options */
	if (!number(&c, 10, &id) || !number(&c, 10, &id) || !device(&c, m) || !mount_path(&c, m->root, sizeof(m->root)) ||
	    !mount_path(&c, m->path, sizeof(m->path)) || !word(&c, &options))
		return -EPROTO;
	m->flags = mount_flags(&options);
	do {
		if (!word(&c, &w))
			return -EPROTO;
	} while (!is_word(&w, "-"));
	if (!word(&c, &w))
		return -EPROTO;
	n = (size_t)(w.end - w.p);
	if (n >= sizeof(m->type))
		n = sizeof(m->type) - 1;
	memcpy(m->type, w.p, n);
	m->type[n] = '\0';
	return 1;
}

int procfs_fd_flags(const char *text, size_t len)
{
	struct cursor line, key;
	size_t at = 0;
	uint64_t n;

	while (next_line(text, len, &at, &line))
		if (word(&line, &key) && is_word(&key, "flags:"))
			return number(&line, 8, &n) && n <= INT_MAX ? (int)n : -1;
	return -1;
}

int procfs_unix_socket(const char *text, size_t len, uint64_t inode, bool *listening, char *path, size_t size)
{
	size_t at = 0, n;
	struct cursor c, w;
	uint64_t flags, number_here;

	/* Num: RefCount Protocol Flags Type St Inode Path; 0x10000 is __SO_ACCEPTCON */
	while (next_line(text, len, &at, &c)) {
		bool good = word(&c, &w) && word(&c, &w) && word(&c, &w) && number(&c, 16, &flags) && word(&c, &w) &&
			    word(&c, &w) && number(&c, 10, &number_here);

		if (!good || number_here != inode)
			continue;
		*listening = flags & 0x10000;
		if (c.p < c.end)
			c.p++;
		n = (size_t)(c.end - c.p);
		if (n >= size)
			n = size - 1;
		memcpy(path, c.p, n);
		path[n] = '\0';
		return 0;
	}
	return -ENOENT;
}

void procfs_maps(const char *text, size_t len, unsigned *all, unsigned *write_exec)
{
	struct cursor line, w;
	size_t at = 0;

	*all = *write_exec = 0;
	while (next_line(text, len, &at, &line)) {
		if (!word(&line, &w) || !word(&line, &w) || w.end - w.p < 4)
			continue;
		(*all)++;
		*write_exec += w.p[1] == 'w' && w.p[2] == 'x';
	}
}

bool procfs_interface(const char *text, size_t len, size_t *at, char *name, size_t size)
{
	struct cursor line;

	while (next_line(text, len, at, &line)) {
		const char *colon = memchr(line.p, ':', (size_t)(line.end - line.p));
		size_t n;

		skip_blanks(&line);
		if (!colon || colon <= line.p)
			continue;		/* the two lines of headings have none */
		n = (size_t)(colon - line.p);
		if (n >= size)
			n = size - 1;
		memcpy(name, line.p, n);
		name[n] = '\0';
		return true;
	}
	return false;
}

int procfs_counters(const char *text, size_t len, const char *name, uint64_t count[NETDEV_COUNTS])
{
	/* of its 16 columns: bytes packets errs drop of either direction */
	static const signed char place[] = { 0, 1, 2, 3, -1, -1, -1, -1, 4, 5, 6, 7 };
	struct cursor line;
	size_t at = 0;
	uint64_t n;

	while (next_line(text, len, &at, &line)) {
		const char *colon = memchr(line.p, ':', (size_t)(line.end - line.p));
		struct cursor w;

		skip_blanks(&line);
		if (!colon || colon <= line.p)
			continue;
		w = (struct cursor){ line.p, colon };
		if (!is_word(&w, name))
			continue;
		line.p = colon + 1;
		for (size_t i = 0; i < sizeof(place); i++) {
			if (!number(&line, 10, &n))
				return -ENOENT;
			if (place[i] >= 0)
				count[place[i]] = n;
		}
		return 0;
	}
	return -ENOENT;
}

int procfs_id_map(const char *text, size_t len, uint32_t *inside, uint32_t *outside)
{
	struct cursor c, more;
	size_t at = 0;
	uint64_t in, out, count;

	if (!next_line(text, len, &at, &c) || !number(&c, 10, &in) || !number(&c, 10, &out) || !number(&c, 10, &count) ||
	    count != 1 || in > UINT32_MAX || out > UINT32_MAX || next_line(text, len, &at, &more))
		return -EPROTO;
	*inside = (uint32_t)in;
	*outside = (uint32_t)out;
	return 0;
}
