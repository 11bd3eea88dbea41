/* SPDX-License-Identifier: MIT */
/* Sub-options: "VALUE,key=value,..." into one struct. */
#include <opt/parts.h>

#include <base/pool.h>
#include <errno.h>
#include <string.h>

struct sub {
	const struct opt *table;
	void *elem;
	struct pool *pool;
	struct opt_place place;		/* of the element that is read */
	int seen[OPT_ROWS_MAX];		/* column of the element that gave the row; 0: none yet */
};

/* Where the element ends: at a single comma; a doubled one belongs to the value. */
static size_t element_len(struct opt_text t)
{
	size_t i = 0;

	while (i < t.len) {
		if (t.s[i] != ',')
			i++;
		else if (i + 1 < t.len && t.s[i + 1] == ',')
			i += 2;
		else
			break;
	}
	return i;
}

static struct opt_text undouble(struct pool *pool, struct opt_text t)
{
	struct opt_text out = t;
	char *s;

	if (!memchr(t.s, ',', t.len))
		return t;
	s = pool_alloc(pool, t.len);
	out.s = s;
	out.len = 0;
	for (size_t i = 0; i < t.len; i++) {
		s[out.len++] = t.s[i];
		if (t.s[i] == ',')
			i++;		/* commas come in pairs here: element_len() saw to it */
	}
	return out;
}

static int first_row(const struct opt *table)
{
	for (int i = 0; table[i].name; i++)
		if (table[i].flags & OPT_FIRST)
			return i;
	return -1;
}

static int unknown_key(const struct sub *s, struct opt_text key)
{
	return opt_place_fail(&s->place, "unknown key \"%s\"%s", OPT_QUOTED(key),
			      OPT_HINT(opt_nearest_row(s->table, key, OPT_HIDDEN)));
}

/* An element that is no key=value, where no bare value can stand. */
static int not_a_pair(const struct sub *s, struct opt_text t)
{
	int i = opt_find(s->table, t);

	if (i >= 0 && s->table[i].type == OPT_T_FLAG)
		return opt_place_fail(&s->place, "key \"%s\" needs a value (%s=on or %s=off)", s->table[i].name,
				      s->table[i].name, s->table[i].name);
	if (i >= 0)
		return opt_place_fail(&s->place, "key \"%s\" needs a value (%s=...)", s->table[i].name, s->table[i].name);
	return opt_place_fail(&s->place, "\"%s\" is not KEY=VALUE (a comma inside a value is doubled)", OPT_QUOTED(t));
}

static int read_element(struct sub *s, struct opt_text t, bool first)
{
	size_t word = opt_word_len(t);
	struct opt_text value = t;
	const struct opt *row;
	int i, rc;

	if (word && word < t.len && t.s[word] == '=') {
		i = opt_find(s->table, (struct opt_text){ t.s, word });
		if (i < 0)
			return unknown_key(s, (struct opt_text){ t.s, word });
		value = (struct opt_text){ t.s + word + 1, t.len - word - 1 };
	} else {
		i = first ? first_row(s->table) : -1;
		if (i < 0)
			return not_a_pair(s, t);
	}
	row = &s->table[i];
	if (s->seen[i] && row->type != OPT_T_STRINGS) {
		if (!s->place.at.file)
			return opt_place_fail(&s->place, "key \"%s\" given twice", row->name);
		return opt_place_fail(&s->place, "key \"%s\" given twice (first at column %d)", row->name, s->seen[i]);
	}
	s->seen[i] = s->place.at.col;
	s->place.sub = row->name;
	s->place.at.col += (int)(value.s - t.s);
	rc = opt_read_value(row, s->pool, &s->place, undouble(s->pool, value), s->elem);
	s->place.sub = NULL;
	return rc;
}

int opt_read_sub(const struct opt *table, void *elem, struct pool *pool, const struct opt_place *p, struct opt_text t,
		 bool again)
{
	struct sub s = { .table = table, .elem = elem, .pool = pool, .place = *p };
	size_t pos = 0;
	int rc;

	do {
		struct opt_text e = { t.s + pos, element_len((struct opt_text){ t.s + pos, t.len - pos }) };

		s.place.at.col = p->at.col + (int)pos;
		if (e.len == 0)
			return opt_place_fail(&s.place, "empty element (a comma inside a value is doubled)");
		rc = read_element(&s, e, pos == 0);
		if (rc < 0)
			return rc;
		pos += e.len + 1;
	} while (pos <= t.len);
	for (int i = 0; table[i].name && !again; i++)
		if ((table[i].flags & OPT_REQUIRED) && !s.seen[i])
			return opt_place_fail(p, "key \"%s\" is missing", table[i].name);
	return 0;
}

int opt_parse_sub(const struct opt *table, void *elem, struct pool *pool, const struct opt_at *at, const char *key,
		  const char *text)
{
	struct opt_place p = { .key = key, .nowhere = !at };
	struct opt_text t = { text, strlen(text) };
	const char *wrong;
	size_t off = 0;

	if (at)
		p.at = *at;
	if (p.at.col < 1)
		p.at.col = 1;
	wrong = opt_check_text(t, false, &off);
	if (wrong) {
		p.at.col += (int)off;
		return opt_place_fail(&p, "%s", wrong);
	}
	if (t.len == 0)
		return opt_place_fail(&p, "empty value");
	return opt_read_sub(table, elem, pool, &p, t, false);
}
