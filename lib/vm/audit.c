/* SPDX-License-Identifier: MIT */
/* The audit of one VM: who QEMU is, what it may do, where it is. */
#include <vm/audit.h>

#include "audit_look.h"

#include <base/err.h>
#include <base/fd.h>
#include <base/file.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef PR_GET_MDWE
#define PR_GET_MDWE 66			/* linux/prctl.h, Linux 6.3 */
#endif
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444		/* the same number everywhere */
#endif
#define PROC_FILE_MAX (8u << 20)	/* maps of a QEMU with many devices has some 100 KiB */

const char *const audit_state_names[AUDIT_STATES] = {
	[AUDIT_SAID] = "fact",
	[AUDIT_HOLDS] = "in-force",
	[AUDIT_HIDDEN] = "not-shown",
	[AUDIT_GIVEN_UP] = "given-up",
	[AUDIT_UNREADABLE] = "unreadable",
	[AUDIT_BROKEN] = "missing",
};

static void put(struct look *l, enum audit_state state, bool detail, const char *part, const char *name, const char *text)
{
	struct audit *a = l->a;

	a->fact = pool_grow(&a->pool, a->fact, a->n, sizeof(*a->fact));
	a->fact[a->n++] = (struct audit_fact){
		.state = state, .part = part, .name = name ? pool_strdup(&a->pool, name) : NULL,
		.text = pool_strdup(&a->pool, text), .detail = detail,
	};
}

void look_put(struct look *l, enum audit_state state, const char *part, const char *name, const char *fmt, ...)
{
	autobuf struct buf b = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_addv(&b, fmt, ap);
	va_end(ap);
	put(l, state, false, part, name, buf_str(&b));
}

void look_detail(struct look *l, enum audit_state state, const char *part, const char *name, const char *fmt, ...)
{
	autobuf struct buf b = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_addv(&b, fmt, ap);
	va_end(ap);
	put(l, state, true, part, name, buf_str(&b));
}

bool look_read(int proc, const char *name, struct buf *b)
{
	return proc >= 0 && file_read(proc, name, b, PROC_FILE_MAX) >= 0;
}

int look_open(struct look_dir *d, int proc, const char *name)
{
	int fd = openat(proc, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	d->dir = fd < 0 ? NULL : fdopendir(fd);
	if (fd >= 0 && !d->dir)
		close(fd);
	return d->dir ? look_next(d) : -1;
}

int look_next(struct look_dir *d)
{
	struct dirent *e;

	while ((e = readdir(d->dir)))
		if (e->d_name[0] >= '0' && e->d_name[0] <= '9')
			return (int)strtol(e->d_name, NULL, 10);
	return -1;
}

void look_close(struct look_dir *d)
{
	if (d->dir)
		closedir(d->dir);
	d->dir = NULL;
}

void audit_free(struct audit *a)
{
	pool_free(&a->pool);
}

size_t audit_failed(const struct audit *a)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++)
		n += a->fact[i].state == AUDIT_BROKEN || a->fact[i].state == AUDIT_UNREADABLE;
	return n;
}

/* ---- credentials: of every thread, for each has its own ---- */

static bool four_are(const uint32_t id[4], uint32_t wanted)
{
	return id[0] == wanted && id[1] == wanted && id[2] == wanted && id[3] == wanted;
}

static void look_ids(struct look *l, const struct proc_status *s)
{
	autobuf struct buf b = BUF_INIT;
	bool alone = s->uid[0] >= UID_BASE && s->uid[0] < UID_BASE + UID_SLOTS && four_are(s->gid, s->uid[0]);
	bool as_recorded = four_are(s->uid, l->r->uid) && s->gid[1] == s->gid[0] && s->gid[2] == s->gid[0];

	buf_addf(&b, "uid %u, gid %u, ", (unsigned)s->uid[0], (unsigned)s->gid[0]);
	if (s->ngroup)
		buf_addf(&b, "%zu groups", s->ngroup);
	else
		buf_adds(&b, "no groups");
	if (l->own_uid) {
		look_put(l, alone && as_recorded && !s->ngroup ? AUDIT_HOLDS : AUDIT_BROKEN, "uid", NULL, "%s%s", buf_str(&b),
			 alone ? ": nobody else's" : "");
	} else {
		/* an ordinary user keeps his groups: a user namespace may not call setgroups(2) */
		look_put(l, !as_recorded || (!l->r->uid && look_has(l, PART_UID)) ? AUDIT_BROKEN :
			 look_has(l, PART_UID) ? AUDIT_SAID : AUDIT_GIVEN_UP, "uid", NULL, "%s: %s", buf_str(&b),
			 l->r->uid ? "the user's who started it" : "root");
	}
}

/* sandbox=off as root is the one case in which QEMU may keep root's capabilities. */
static bool may_have_capabilities(const struct look *l)
{
	return l->r->uid == 0 && l->without == (1u << PART_COUNT) - 1;
}

static void look_capabilities(struct look *l, const struct proc_status *s)
{
	static const char *const names[PROC_CAPS] = { "inheritable", "permitted", "effective", "bounding", "ambient" };
	/* where nothing could empty it, no_new_privs keeps it from being of use */
	bool bounded = !l->r->uid || l->own_uid || json_size(l->j, json_get(l->j, l->plan, "namespaces")) > 0;
	autobuf struct buf b = BUF_INIT;
	bool holds = true;

	for (int i = 0; i < PROC_CAPS; i++) {
		if (!s->cap[i])
			continue;
		buf_addf(&b, "%s%s %llx", b.len ? ", " : "", names[i], (unsigned long long)s->cap[i]);
		if (i != PROC_CAP_BND || bounded)
			holds = false;
	}
	look_put(l, holds ? AUDIT_HOLDS : may_have_capabilities(l) ? AUDIT_GIVEN_UP : AUDIT_BROKEN, "capabilities", NULL, "%s",
		 b.len ? buf_str(&b) : "none in any of the five sets");
}

static void look_filter(struct look *l, const struct proc_status *s)
{
	static const char *const modes[] = { "no filter", "strict mode", "filter" };
	autobuf struct buf b = BUF_INIT;
	char policies[128];

	if (s->seccomp < 0 || s->seccomp > 2)
		buf_adds(&b, "not told by this kernel");
	else if (s->filters > 0)
		buf_addf(&b, "%d filter%s", s->filters, s->filters == 1 ? "" : "s");
	else
		buf_adds(&b, modes[s->seccomp]);
	if (s->seccomp == 2 && json_str(l->j, json_get(l->j, l->plan, "filter"), policies, sizeof(policies)) >= 0)
		buf_addf(&b, ": %s", policies);
	look_put(l, look_judge(l, PART_SECCOMP, s->seccomp == 2), "seccomp", NULL, "%s", buf_str(&b));
	look_put(l, s->no_new_privs == 1 ? AUDIT_HOLDS : AUDIT_BROKEN, "no_new_privs", NULL, "%s",
		 s->no_new_privs == 1 ? "set" : "not set");
}

static bool same_credentials(const struct proc_status *a, const struct proc_status *b)
{
	return !memcmp(a->uid, b->uid, sizeof(a->uid)) && !memcmp(a->gid, b->gid, sizeof(a->gid)) &&
	       a->ngroup == b->ngroup && !memcmp(a->cap, b->cap, sizeof(a->cap)) && a->no_new_privs == b->no_new_privs &&
	       a->seccomp == b->seccomp && a->filters == b->filters;
}

/* The first thread was judged; the others must be like it, and none may take the signals that end QEMU. */
static void look_threads(struct look *l, const struct proc_status *first)
{
	static const uint64_t ends = 1ull << (SIGTERM - 1) | 1ull << (SIGINT - 1) | 1ull << (SIGHUP - 1);
	bool alike = true, blocked = true;
	struct look_dir d;
	unsigned n = 0;
	char name[64];

	for (int tid = look_open(&d, l->proc, "task"); tid >= 0; tid = look_next(&d)) {
		autobuf struct buf b = BUF_INIT;
		struct proc_status s;

		snprintf(name, sizeof(name), "task/%d/status", tid);
		if (!look_read(l->proc, name, &b))
			continue;	/* it has just ended */
		n++;
		if (procfs_status(&s, buf_str(&b), b.len) < 0) {
			alike = false;
			continue;
		}
		alike &= same_credentials(first, &s);
		blocked &= (s.blocked & ends) == ends;
	}
	look_close(&d);
	look_put(l, !n ? AUDIT_UNREADABLE : alike ? AUDIT_HOLDS : AUDIT_BROKEN, "threads", NULL, "%u, %s", n,
		 alike ? "all with these credentials" : "not all with these credentials");
	look_put(l, !n ? AUDIT_UNREADABLE : blocked ? AUDIT_HOLDS : AUDIT_BROKEN, "signals", NULL, "%s",
		 blocked ? "TERM, INT and HUP are blocked" : "not all of TERM, INT and HUP are blocked");
}

static void look_credentials(struct look *l, const struct proc_status *s)
{
	look_ids(l, s);
	look_capabilities(l, s);
	look_filter(l, s);
	look_threads(l, s);
}

/* ---- memory and limits ---- */

static void look_memory(struct look *l)
{
	bool wx = json_bool(l->j, json_get(l->j, l->plan, "write_execute")) == 1;
	bool promised = !wx && (look_has(l, PART_MDWE) || look_has(l, PART_SECCOMP));
	autobuf struct buf b = BUF_INIT;
	unsigned all, both;

	if (!look_read(l->proc, "maps", &b)) {
		look_put(l, promised ? AUDIT_UNREADABLE : AUDIT_SAID, "memory", NULL, "its mappings cannot be read");
		return;
	}
	procfs_maps(buf_str(&b), b.len, &all, &both);
	look_put(l, !promised ? AUDIT_SAID : both ? AUDIT_BROKEN : AUDIT_HOLDS, "memory", NULL,
		 "%u of %u mappings are both writable and executable%s", both, all, wx ? ", as the plan needs" : "");
}

/* What is asked for where the kernel has it, and then shown to nobody. */
static void look_hidden(struct look *l)
{
	bool landlock = syscall(SYS_landlock_create_ruleset, NULL, 0, 1u) > 0 || errno != ENOSYS;	/* 1: its version */
	bool mdwe = prctl(PR_GET_MDWE, 0, 0, 0, 0) >= 0 || errno != EINVAL;
	bool wx = json_bool(l->j, json_get(l->j, l->plan, "write_execute")) == 1;

	if (!look_has(l, PART_LANDLOCK) || !l->jailed)
		look_put(l, AUDIT_GIVEN_UP, "landlock", NULL, "no Landlock domain");
	else if (!landlock)
		look_put(l, AUDIT_SAID, "landlock", NULL, "this kernel has none");
	else
		look_put(l, AUDIT_HIDDEN, "landlock", NULL, "asked for; no kernel shows it of another process");
	if (!look_has(l, PART_MDWE) || wx)
		look_put(l, look_has(l, PART_MDWE) ? AUDIT_SAID : AUDIT_GIVEN_UP, "mdwe", NULL, "memory may be writable and executable");
	else if (!mdwe)
		look_put(l, AUDIT_SAID, "mdwe", NULL, "this kernel has none");
	else
		look_put(l, AUDIT_HIDDEN, "mdwe", NULL, "asked for; no kernel shows it of another process");
}

static const char *limit_text(struct look *l, uint64_t value)
{
	return value == UINT64_MAX ? "unlimited" : pool_printf(&l->a->pool, "%llu", (unsigned long long)value);
}

static void look_limits(struct look *l)
{
	static const struct { const char *name, *row; } rows[] = {
		{ "nofile", "Max open files" }, { "core", "Max core file size" }, { "nproc", "Max processes" },
		{ "memlock", "Max locked memory" }, { "fsize", "Max file size" },
	};
	int limits = json_get(l->j, l->plan, "rlimits");
	autobuf struct buf b = BUF_INIT;
	bool readable = look_read(l->proc, "limits", &b);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int v = json_get(l->j, limits, rows[i].name);
		uint64_t soft, hard, most = UINT64_MAX;

		if (v < 0)
			continue;
		if (!readable || procfs_limit(buf_str(&b), b.len, rows[i].row, &soft, &hard) < 0) {
			look_put(l, AUDIT_UNREADABLE, "limit", rows[i].name, "cannot be read");
			continue;
		}
		if (!json_uint(l->j, v, &most) && !json_eq(l->j, v, "unlimited"))
			most = 0;
		look_put(l, soft <= most && hard <= most ? AUDIT_HOLDS : AUDIT_BROKEN, "limit", rows[i].name, "%s, at most %s",
			 limit_text(l, soft), limit_text(l, hard));
	}
}

/* ---- what it was started with ---- */

static void look_environment(struct look *l)
{
	autobuf struct buf b = BUF_INIT;
	bool more = false;

	if (!look_read(l->proc, "environ", &b)) {
		look_put(l, AUDIT_UNREADABLE, "environment", NULL, "cannot be read");
		return;
	}
	for (const char *p = buf_str(&b), *end = p + b.len; p < end; p += strlen(p) + 1)
		more |= strncmp(p, "PATH=", 5) && strncmp(p, "LC_ALL=", 7);
	look_put(l, more ? AUDIT_BROKEN : AUDIT_HOLDS, "environment", NULL, "%zu bytes%s", b.len,
		 more ? ", with more than PATH and LC_ALL" : ", PATH and LC_ALL");
}

static void look_session(struct look *l)
{
	autobuf struct buf b = BUF_INIT;
	struct proc_stat s;
	bool own;

	if (!look_read(l->proc, "stat", &b) || procfs_stat(&s, buf_str(&b), b.len) < 0) {
		look_put(l, AUDIT_UNREADABLE, "session", NULL, "cannot be read");
		return;
	}
	own = s.session == l->r->qemu.pid && s.pgrp == l->r->qemu.pid;
	look_put(l, own && !s.tty ? AUDIT_HOLDS : AUDIT_BROKEN, "session", NULL, "%s, %s",
		 own ? "its own" : "shared with other processes", s.tty ? "with a terminal" : "no terminal");
}

/* Seen from its root; "/" also where it shares the host's. */
static void look_directory(struct look *l)
{
	char cwd[PATH_MAX];
	ssize_t n = readlinkat(l->proc, "cwd", cwd, sizeof(cwd) - 1);

	if (n < 0) {
		look_put(l, AUDIT_UNREADABLE, "directory", NULL, "its working directory cannot be read");
		return;
	}
	cwd[n] = '\0';
	look_put(l, !strcmp(cwd, "/") ? AUDIT_HOLDS : AUDIT_BROKEN, "directory", NULL, "%s", !strcmp(cwd, "/") ? "/" : "another than /");
}

static void look_scores(struct look *l)
{
	autobuf struct buf b = BUF_INIT;
	struct stat st;

	if (look_read(l->proc, "oom_score_adj", &b))
		look_put(l, AUDIT_SAID, "oom_score_adj", NULL, "%.*s", (int)strcspn(buf_str(&b), "\n"), buf_str(&b));
	/* the kernel gives /proc/PID of what may not be dumped to root (proc(5)) */
	if (fstat(l->proc, &st) == 0)
		look_put(l, AUDIT_SAID, "dumpable", NULL, "%s",
			 !l->r->uid ? "not told for root" : st.st_uid == l->r->uid ? "yes" : "no");
}

/* ---- the keeper: nothing is promised once it is gone ---- */

static void look_keeper(struct look *l)
{
	const uint64_t kill_cap = 1ull << 5;	/* CAP_KILL, linux/capability.h */
	autobuf struct buf b = BUF_INIT;
	uint64_t allowed = l->own_uid ? kill_cap : 0, had = 0;
	struct proc_status s;

	if (l->keeper < 0) {
		look_put(l, AUDIT_SAID, "keeper", NULL, "gone: the VM is unsupervised");
		return;
	}
	if (!look_read(l->keeper, "status", &b) || procfs_status(&s, buf_str(&b), b.len) < 0) {
		look_put(l, AUDIT_UNREADABLE, "keeper", NULL, "cannot be read");
		return;
	}
	for (int i = 0; i < PROC_CAPS; i++)
		if (i != PROC_CAP_BND || s.uid[1] == 0)
			had |= s.cap[i];
	look_put(l, had & ~allowed ? AUDIT_BROKEN : AUDIT_HOLDS, "keeper", "capabilities", "%s",
		 !had ? "none" : had == kill_cap ? "CAP_KILL" : pool_printf(&l->a->pool, "%llx", (unsigned long long)had));
	look_put(l, s.no_new_privs == 1 ? AUDIT_HOLDS : AUDIT_BROKEN, "keeper", "no_new_privs", "%s",
		 s.no_new_privs == 1 ? "set" : "not set");
	look_put(l, s.seccomp == 2 ? AUDIT_HOLDS : AUDIT_BROKEN, "keeper", "seccomp", "%s", s.seccomp == 2 ? "filter" : "no filter");
}

/* ---- the whole ---- */

static unsigned parts_of(const struct json *j, int list)
{
	int iter = 0, item;
	unsigned parts = 0;

	while (json_next(j, list, &iter, NULL, &item))
		for (unsigned i = 0; sandbox_part_names[i]; i++)
			if (json_eq(j, item, sandbox_part_names[i]))
				parts |= 1u << i;
	return parts;
}

static void look_all(struct look *l)
{
	autobuf struct buf b = BUF_INIT;
	struct proc_status s;

	if (!look_read(l->proc, "status", &b) || procfs_status(&s, buf_str(&b), b.len) < 0)
		look_put(l, AUDIT_UNREADABLE, "credentials", NULL, "cannot be read");
	else
		look_credentials(l, &s);
	look_namespaces(l);
	look_root(l);
	look_descriptors(l);
	look_memory(l);
	look_hidden(l);
	look_limits(l);
	look_cgroup(l);
	look_session(l);
	look_environment(l);
	look_directory(l);
	look_scores(l);
	look_keeper(l);
}

int audit_vm(struct audit *a, const struct vmdir *d, const struct vm_record *r, const char *record, size_t len)
{
	autojson struct json j = JSON_INIT, passed = JSON_INIT;
	autobuf struct buf text = BUF_INIT;
	autoclose int proc = -1, keeper = -1;
	struct look l = { .a = a, .r = r, .j = &j, .passed = &passed };
	int rc = json_parse(&j, record, len);

	if (rc >= 0)
		rc = passed_load(d, &text, &passed);
	if (rc < 0 && rc != -ENOENT)
		return rc;
	l.plan = json_get(&j, 0, "plan");
	if (l.plan < 0)
		return fail_exit(EXIT_FAILED, "%s: its record has no plan", r->name);
	proc = proc_open_dir(&r->qemu);
	if (proc < 0)
		return fail_exit(EXIT_NOT_RUNNING, "%s: QEMU is gone", r->name);
	keeper = proc_open_dir(&r->keeper);
	l.proc = proc;
	l.keeper = keeper;
	l.without = parts_of(&j, json_get(&j, l.plan, "without"));
	l.jailed = json_bool(&j, json_get(&j, l.plan, "jailed")) == 1;
	l.own_uid = json_bool(&j, json_get(&j, l.plan, "own_uid")) == 1;
	look_all(&l);
	/* what was read last must still have been of this process */
	return proc_alive(&r->qemu) ? 0 : fail_exit(EXIT_NOT_RUNNING, "%s: QEMU has just ended", r->name);
}
