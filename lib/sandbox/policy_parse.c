/* SPDX-License-Identifier: MIT */
/* The text of a policy becomes rules.  Whatever is unknown, double or contradictory does not. */
#include <sandbox/policy.h>

#include <base/err.h>
#include <errno.h>
#include <seccomp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct parser {
	struct policy *p;
	const char *file;
	unsigned line, depth;
	uint32_t arch;		/* of the lines being read: the policy's, or that of an @arch block */
	unsigned arch_line;	/* where that block began; 0: outside */
	const char *s, *end;	/* what is left of the line */
};

static int parse_text(struct policy *p, const char *file, unsigned depth, const struct policy_text *text);

__attribute__((format(printf, 2, 3)))
static int wrong(const struct parser *c, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return fail_exit(EXIT_USAGE, "%s:%u: %s", c->file, c->line, text);
}

/* ---- words ---- */
static bool is_word(char ch)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') || ch == '_';
}

static void skip_blanks(struct parser *c)
{
	while (c->s < c->end && (*c->s == ' ' || *c->s == '\t'))
		c->s++;
}

static bool at_end(struct parser *c)
{
	skip_blanks(c);
	return c->s == c->end;
}

/* The next word's length, 0 where none begins; the word stays. */
static size_t word(struct parser *c)
{
	size_t n = 0;

	skip_blanks(c);
	while (c->s + n < c->end && is_word(c->s[n]))
		n++;
	return n;
}

static bool accept(struct parser *c, const char *token)
{
	size_t n = strlen(token);

	skip_blanks(c);
	if ((size_t)(c->end - c->s) < n || memcmp(c->s, token, n))
		return false;
	/* "if" is no beginning of "iffy" */
	if (is_word(token[n - 1]) && c->s + n < c->end && is_word(c->s[n]))
		return false;
	c->s += n;
	return true;
}

static int expected(struct parser *c, const char *what)
{
	size_t n = word(c);

	if (at_end(c))
		return wrong(c, "expected %s at the end of the line", what);
	return wrong(c, "expected %s before \"%.*s\"", what, n ? (int)n : 1, c->s);
}

/* ---- values ---- */
static int parse_number(struct parser *c, const char *s, size_t n, uint64_t *value)
{
	unsigned base = n > 2 && s[0] == '0' && s[1] == 'x' ? 16 : 10;
	uint64_t v = 0;

	if (base == 10 && n > 1 && s[0] == '0')
		return wrong(c, "%.*s: a number is decimal, or hexadecimal with 0x", (int)n, s);
	for (size_t i = base == 16 ? 2 : 0; i < n; i++) {
		unsigned digit = s[i] >= '0' && s[i] <= '9' ? (unsigned)(s[i] - '0') :
				 s[i] >= 'a' && s[i] <= 'f' ? (unsigned)(s[i] - 'a' + 10) : 16;

		if (digit >= base)
			return wrong(c, "%.*s: not a number", (int)n, s);
		if (v > (UINT64_MAX - digit) / base)
			return wrong(c, "%.*s: does not fit into 64 bits", (int)n, s);
		v = v * base + digit;
	}
	*value = v;
	return 0;
}

/* A number or a constant, several with '|'. */
static int parse_value(struct parser *c, uint64_t *value)
{
	*value = 0;
	do {
		size_t n = word(c);
		uint64_t part = 0;
		int rc = 0;

		if (!n)
			return expected(c, "a number or a constant");
		if (*c->s >= '0' && *c->s <= '9')
			rc = parse_number(c, c->s, n, &part);
		else if (!policy_constant(c->s, n, c->arch, &part))
			rc = wrong(c, "unknown constant %.*s", (int)n, c->s);
		if (rc < 0)
			return rc;
		*value |= part;
		c->s += n;
	} while (accept(c, "|"));
	return 0;
}

static int parse_argument(struct parser *c, struct policy_test *t)
{
	size_t n = word(c);

	if (n < 4 || memcmp(c->s, "arg", 3))
		return expected(c, "arg0 to arg5");
	if (n != 4 || c->s[3] < '0' || c->s[3] > '5')
		return wrong(c, "%.*s: arguments are arg0 to arg5", (int)n, c->s);
	t->arg = (unsigned)(c->s[3] - '0');
	t->mask = UINT64_MAX;
	c->s += n;
	if (accept(c, ":32"))
		t->mask = UINT32_MAX;
	else if (c->s < c->end && *c->s == ':')
		return wrong(c, "only :32 may follow an argument");
	return 0;
}

static int parse_test(struct parser *c, struct policy_test *t)
{
	uint64_t width;
	int rc = parse_argument(c, t);

	if (rc < 0)
		return rc;
	width = t->mask;
	if (accept(c, "&")) {
		rc = parse_value(c, &t->mask);
		if (rc < 0)
			return rc;
		if (t->mask == 0 || t->mask > width)
			return wrong(c, t->mask ? "the mask does not fit into 32 bits" : "a mask of 0 lets everything through");
	}
	if (accept(c, "!=")) {
		if (t->mask != UINT64_MAX)
			return wrong(c, "!= compares the whole argument: neither :32 nor a mask goes with it");
		t->differs = true;
	} else if (!accept(c, "==")) {
		return expected(c, t->mask == width ? "&, == or !=" : "==");
	}
	rc = parse_value(c, &t->value);
	if (rc < 0)
		return rc;
	if (t->value & ~t->mask)
		return wrong(c, "arg%u can never be 0x%llx there: the mask is 0x%llx", t->arg, (unsigned long long)t->value,
			     (unsigned long long)t->mask);
	return 0;
}

/* ---- actions ---- */
/* Leaves *given where no action stands. */
static int parse_action(struct parser *c, struct policy_action *a, bool *given)
{
	size_t n;

	*given = true;
	*a = (struct policy_action){ .act = POLICY_ALLOW };
	if (accept(c, "allow"))
		return 0;
	if (accept(c, "kill")) {
		a->act = POLICY_KILL;
		return 0;
	}
	if (accept(c, "log")) {
		a->act = POLICY_LOG;
		return 0;
	}
	*given = false;
	if (!accept(c, "errno"))
		return 0;
	n = word(c);
	if (!n)
		return expected(c, "the name of an error");
	a->act = POLICY_ERRNO;
	a->err = policy_errno(c->s, n);
	if (!a->err)
		return wrong(c, "unknown error %.*s", (int)n, c->s);
	c->s += n;
	*given = true;
	return 0;
}

bool policy_same_action(struct policy_action a, struct policy_action b)
{
	return a.act == b.act && (a.act != POLICY_ERRNO || a.err == b.err);
}

/* ---- rules against each other; a call with a != among its tests has one rule only ---- */
static bool implies(const struct policy_test *a, const struct policy_test *b)
{
	return (b->mask & ~a->mask) == 0 && (a->value & b->mask) == b->value;
}

static bool excludes(const struct policy_test *a, const struct policy_test *b)
{
	return (a->value & b->mask) != (b->value & a->mask);
}

static const struct policy_test *test_of(const struct policy_rule *r, unsigned arg)
{
	for (size_t i = 0; i < r->ntest; i++)
		if (r->test[i].arg == arg)
			return &r->test[i];
	return NULL;
}

bool policy_covers(const struct policy_rule *a, const struct policy_rule *b)
{
	if (a->nr != b->nr)
		return false;
	for (size_t i = 0; i < a->ntest; i++) {
		const struct policy_test *t = test_of(b, a->test[i].arg);

		if (!t || !implies(t, &a->test[i]))
			return false;
	}
	return true;
}

static bool meets(const struct policy_rule *a, const struct policy_rule *b)
{
	for (size_t i = 0; i < a->ntest; i++) {
		const struct policy_test *t = test_of(b, a->test[i].arg);

		if (t && excludes(&a->test[i], t))
			return false;
	}
	return true;
}

static bool has_difference(const struct policy_rule *r)
{
	for (size_t i = 0; i < r->ntest; i++)
		if (r->test[i].differs)
			return true;
	return false;
}

/* Two fragments may say the same, or one may widen the other; a text that says one thing twice is mistaken. */
static int check_rule(const struct parser *c, const struct policy_rule *r)
{
	for (size_t i = 0; i < c->p->nrule; i++) {
		const struct policy_rule *o = &c->p->rule[i];
		bool less, more;

		if (o->nr != r->nr)
			continue;
		/* libseccomp 2.5.4 makes a wrong program of several, one that lets too much through (t/unit-policy.c) */
		if (has_difference(o) || has_difference(r))
			return wrong(c, "%s: a line with != must be the only one of its call; see %s:%u", r->name, o->file, o->line);
		if (!policy_same_action(o->action, r->action)) {
			if (meets(o, r))
				return wrong(c, "%s: contradicts %s:%u", r->name, o->file, o->line);
			continue;
		}
		if (strcmp(o->file, r->file))
			continue;
		less = policy_covers(o, r);
		more = policy_covers(r, o);
		if (less || more)
			return wrong(c, "%s: %s %s:%u", r->name, less && more ? "the same stands at" :
				     less ? "adds nothing to" : "covers what stands at", o->file, o->line);
	}
	return 0;
}

/* ---- lines ---- */
static int parse_conditions(struct parser *c, struct policy_rule *r)
{
	do {
		struct policy_test t = { 0 };
		int rc = parse_test(c, &t);

		if (rc < 0)
			return rc;
		if (test_of(r, t.arg))
			return wrong(c, "arg%u is tested twice; two lines are alternatives", t.arg);
		r->test[r->ntest++] = t;
	} while (accept(c, "and"));
	return 0;
}

static int resolve(struct parser *c, struct policy_rule *r)
{
	r->nr = seccomp_syscall_resolve_name_arch(c->arch, r->name);
	if (r->nr == __NR_SCMP_ERROR)
		return wrong(c, "unknown system call %s", r->name);
	/* libseccomp gives a number below zero to what only other architectures have */
	if (r->nr < 0)
		return wrong(c, "%s has no system call %s; put the line between @arch and @end", policy_arch_name(c->arch),
			     r->name);
	return 0;
}

static int parse_rule(struct parser *c)
{
	struct policy *p = c->p;
	struct policy_rule r = { .file = c->file, .line = c->line };
	size_t n = word(c);
	bool given;
	int rc;

	if (!n)
		return expected(c, "a system call or a directive");
	if (n > 64)
		return wrong(c, "unknown system call %.64s...", c->s);
	r.name = pool_strndup(&p->pool, c->s, n);
	c->s += n;
	rc = resolve(c, &r);
	if (rc >= 0)
		rc = parse_action(c, &r.action, &given);
	if (rc >= 0 && accept(c, "if"))
		rc = parse_conditions(c, &r);
	if (rc >= 0 && !at_end(c))
		rc = expected(c, r.ntest ? "and, | or a comment" : given ? "if or a comment" : "an action, if or a comment");
	if (rc < 0)
		return rc;
	/* read to the end all the same, so that a mistake for one machine is found on any other */
	if (c->arch != p->arch)
		return 0;
	rc = check_rule(c, &r);
	if (rc < 0)
		return rc;
	if (p->nrule == POLICY_RULES_MAX)
		return wrong(c, "more than %d rules", POLICY_RULES_MAX);
	p->rule = pool_grow(&p->pool, p->rule, p->nrule, sizeof(*p->rule));
	p->rule[p->nrule++] = r;
	return 0;
}

static int parse_setting(struct parser *c, enum policy_setting which, const char *name)
{
	struct policy_set *s = &c->p->set[which];
	struct policy_action a;
	bool given;
	int rc = parse_action(c, &a, &given);

	if (rc < 0)
		return rc;
	if (!given)
		return expected(c, "allow, kill, log or errno");
	if (!at_end(c))
		return expected(c, "a comment");
	if (which == POLICY_BADARCH && a.act != POLICY_KILL && a.act != POLICY_ERRNO)
		return wrong(c, "@badarch can only kill or answer an errno: no rule would judge those calls");
	if (c->arch != c->p->arch)
		return 0;
	if (s->file && s->depth == c->depth)
		return wrong(c, "%s: is set already, at %s:%u", name, s->file, s->line);
	if (!s->file || s->depth > c->depth)
		*s = (struct policy_set){ .action = a, .file = c->file, .line = c->line, .depth = c->depth };
	return 0;
}

static int include(struct parser *c, const char *name)
{
	struct policy *p = c->p;
	struct policy_text text = { 0 };

	for (size_t i = 0; i < p->nincluded; i++)
		if (!strcmp(p->included[i].name, name))
			return wrong(c, "%s is included already, at %s:%u", name, p->included[i].file, p->included[i].line);
	if (c->depth >= POLICY_DEPTH_MAX)
		return wrong(c, "includes go deeper than %d", POLICY_DEPTH_MAX);
	if (!p->find || !p->find(p->ctx, name, &text))
		return wrong(c, "no policy is called %s", name);
	p->included = pool_grow(&p->pool, p->included, p->nincluded, sizeof(*p->included));
	p->included[p->nincluded++] = (struct policy_rule){ .name = name, .file = c->file, .line = c->line };
	return parse_text(p, pool_printf(&p->pool, "%s.policy", name), c->depth + 1, &text);
}

static int parse_include(struct parser *c)
{
	const char *name;
	size_t n = 0;

	skip_blanks(c);
	while (c->s + n < c->end && (is_word(c->s[n]) || c->s[n] == '-'))
		n++;
	if (!n)
		return expected(c, "the name of a policy");
	name = pool_strndup(&c->p->pool, c->s, n);
	c->s += n;
	if (!at_end(c))
		return expected(c, "a comment");
	/* outside of @arch only: what is included looks at the policy's own architecture */
	return c->arch_line ? wrong(c, "@include may not stand between @arch and @end") : include(c, name);
}

static int parse_arch(struct parser *c)
{
	size_t n = word(c);
	char name[16];

	if (c->arch_line)
		return wrong(c, "@arch inside of the @arch at line %u", c->arch_line);
	if (!n)
		return expected(c, "an architecture");
	snprintf(name, sizeof(name), "%.*s", n < sizeof(name) ? (int)n : 0, c->s);
	c->arch = policy_arch(name);
	if (!c->arch)
		return wrong(c, "unknown architecture %.*s; there are x86_64 and aarch64", n < 40 ? (int)n : 40, c->s);
	c->arch_line = c->line;
	c->s += n;
	return at_end(c) ? 0 : expected(c, "a comment");
}

static int parse_end(struct parser *c)
{
	if (!c->arch_line)
		return wrong(c, "@end without @arch");
	c->arch = c->p->arch;
	c->arch_line = 0;
	return at_end(c) ? 0 : expected(c, "a comment");
}

static int parse_line(struct parser *c, bool reason)
{
	if (accept(c, "@include"))
		return parse_include(c);
	if (accept(c, "@arch"))
		return parse_arch(c);
	if (accept(c, "@end"))
		return parse_end(c);
	if (!reason)
		return wrong(c, "no reason: every line ends with # and why");
	if (accept(c, "@default"))
		return parse_setting(c, POLICY_DEFAULT, "@default");
	if (accept(c, "@newer"))
		return parse_setting(c, POLICY_NEWER, "@newer");
	if (accept(c, "@badarch"))
		return parse_setting(c, POLICY_BADARCH, "@badarch");
	if (accept(c, "@")) {
		size_t n = word(c);

		return wrong(c, "unknown directive @%.*s", n < 64 ? (int)n : 64, c->s);
	}
	return parse_rule(c);
}

/* One line without its newline: cut at the comment, and is there a reason in it? */
static int read_line(struct parser *c, const char *line, size_t len, bool reason)
{
	const char *comment;

	if (len > POLICY_LINE_MAX)
		return wrong(c, "longer than %d bytes", POLICY_LINE_MAX);
	for (size_t i = 0; i < len; i++)
		if ((line[i] < ' ' && line[i] != '\t') || line[i] == 0x7f)
			return wrong(c, "byte 0x%02x is no text", (unsigned char)line[i]);
	comment = len ? memchr(line, '#', len) : NULL;
	c->s = line;
	c->end = comment ? comment : line + len;
	for (const char *s = c->end; s < line + len; s++)
		reason |= is_word(*s);
	return at_end(c) ? 0 : parse_line(c, reason);
}

static int parse_text(struct policy *p, const char *file, unsigned depth, const struct policy_text *text)
{
	struct parser c = { .p = p, .file = file, .depth = depth, .arch = p->arch };
	const char *end = text->data + text->len;
	int rc = 0;

	if (text->len > POLICY_TEXT_MAX)
		return fail_exit(EXIT_USAGE, "%s: longer than %u bytes", file, POLICY_TEXT_MAX);
	for (const char *s = text->data; s < end && rc >= 0;) {
		const char *eol = memchr(s, '\n', (size_t)(end - s));

		c.line++;
		rc = read_line(&c, s, (size_t)((eol ? eol : end) - s), text->reviewed);
		s = eol ? eol + 1 : end;
	}
	if (rc >= 0 && c.arch_line)
		rc = fail_exit(EXIT_USAGE, "%s:%u: @arch without @end", file, c.arch_line);
	return rc;
}

int policy_parse(struct policy *p, const char *file, const char *text, size_t len)
{
	return parse_text(p, pool_strdup(&p->pool, file), 0, &(struct policy_text){ .data = text, .len = len });
}

int policy_include(struct policy *p, const char *name)
{
	struct parser c = { .p = p, .file = "husk", .arch = p->arch };

	return include(&c, pool_strdup(&p->pool, name));
}
