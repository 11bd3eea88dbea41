/* SPDX-License-Identifier: MIT */
/* seccompc ARCH OUT.c SECCOMP-DIR: the build's compiler of policies.  Nothing of it is installed. */
#include <base/buf.h>
#include <base/err.h>
#include <base/fd.h>
#include <base/file.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sandbox/blobs.h>
#include <sandbox/filter.h>
#include <sandbox/policy.h>
#include <stdlib.h>
#include <string.h>

#define TEXTS_MAX 32

struct text {
	char name[sizeof(((struct blob_text *)0)->name)];
	struct buf data;
};

struct source {
	struct text text[TEXTS_MAX];
	size_t n;
};

/* What husk's plans choose of their own accord is compiled here; what has to be asked for, when it is: 3 KiB each. */
static const unsigned accelerators[] = { FILTER_KVM, FILTER_TCG, FILTER_TCG_RWX };
static const unsigned others[] = { FILTER_IO_URING, FILTER_SLIRP, FILTER_POSTCOPY, FILTER_9P, FILTER_UNIX, FILTER_VHOST, FILTER_NO_PIDNS,
	FILTER_IO_URING | FILTER_SLIRP | FILTER_POSTCOPY | FILTER_9P | FILTER_UNIX | FILTER_VHOST | FILTER_NO_PIDNS };
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool find_text(const void *ctx, const char *name, struct policy_text *text)
{
	const struct source *s = ctx;

	for (size_t i = 0; i < s->n; i++) {
		if (strcmp(s->text[i].name, name))
			continue;
		*text = (struct policy_text){ .data = buf_str(&s->text[i].data), .len = s->text[i].data.len };
		return true;
	}
	return false;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct text *)a)->name, ((const struct text *)b)->name);
}

static int read_text(struct source *s, int dirfd, const char *file, size_t name_len)
{
	struct text *t = &s->text[s->n];
	int rc;

	if (s->n == TEXTS_MAX || name_len >= sizeof(t->name))
		return fail(-EINVAL, "%s: too many policies, or too long a name", file);
	memcpy(t->name, file, name_len);
	s->n++;
	rc = file_read(dirfd, file, &t->data, POLICY_TEXT_MAX);
	return rc < 0 ? fail(rc, "read %s", file) : 0;
}

static int read_texts(struct source *s, const char *path)
{
	static const char ending[] = ".policy";
	DIR *d = opendir(path);
	struct dirent *e;
	int rc = 0;

	if (!d)
		return fail(-ENOENT, "open %s", path);
	while (rc >= 0 && (e = readdir(d))) {
		size_t len = strlen(e->d_name), end = sizeof(ending) - 1;

		if (e->d_name[0] != '.' && len > end && !strcmp(e->d_name + len - end, ending))
			rc = read_text(s, dirfd(d), e->d_name, len - end);
	}
	closedir(d);
	/* the order of a directory is no property of the tree: two builds give the same bytes */
	qsort(s->text, s->n, sizeof(s->text[0]), by_name);
	return rc;
}

/* One program, or only the proof that it can be made. */
static int compile(const struct source *s, uint32_t arch, const char *const *names, size_t n, struct policy_program *out)
{
	autopolicy struct policy p;
	int rc = 0;

	policy_init(&p, arch, find_text, s);
	for (size_t i = 0; i < n && rc >= 0; i++)
		rc = policy_include(&p, names[i]);
	return rc < 0 ? rc : policy_compile(&p, out);
}

static int compile_features(const struct source *s, uint32_t arch, unsigned features, struct policy_program *out)
{
	const char *names[FILTER_TEXTS_MAX];
	size_t n = filter_texts(features, names);

	return compile(s, arch, names, n, out);
}

/* Every fragment compiles for every architecture, or nothing is built. */
static int check_all(const struct source *s)
{
	static const char *const archs[] = { "x86_64", "aarch64" };
	int rc = 0;

	for (size_t a = 0; a < COUNT(archs); a++)
		for (size_t i = 0; i < COUNT(accelerators); i++)
			for (size_t k = 0; k < COUNT(others) && rc >= 0; k++) {
				struct policy_program program;

				rc = compile_features(s, policy_arch(archs[a]), accelerators[i] | others[k], &program);
				policy_program_free(&program);
			}
	return rc;
}

struct output {
	struct buf code, table;
	size_t insns;
};

static int add_program(struct output *o, uint32_t features, const struct policy_program *p)
{
	char what[200];

	if (o->insns + p->len > UINT16_MAX)
		return fail(-EFBIG, "programs");
	if (features == BLOB_KEEPER || features == BLOB_READER)
		buf_addf(&o->table, "\t{ 0x%xu, %zu, %zu },\t/* %s */\n", features, o->insns, p->len,
			 features == BLOB_KEEPER ? "keeper" : "reader");
	else
		buf_addf(&o->table, "\t{ 0x%xu, %zu, %zu },\t/* %s */\n", features, o->insns, p->len,
			 filter_describe(features, what, sizeof(what)));
	for (size_t i = 0; i < p->len; i++)
		buf_addf(&o->code, "{%u,%u,%u,%u},%s", p->insn[i].code, p->insn[i].jt, p->insn[i].jf, p->insn[i].k,
			 i % 8 == 7 || i == p->len - 1 ? "\n" : "");
	o->insns += p->len;
	return 0;
}

static int add_features(struct output *o, const struct source *s, uint32_t arch, unsigned features)
{
	struct policy_program program = { 0 };
	int rc = compile_features(s, arch, features, &program);

	if (rc >= 0)
		rc = add_program(o, features, &program);
	policy_program_free(&program);
	return rc;
}

static int add_single(struct output *o, const struct source *s, uint32_t arch, uint32_t which, const char *name)
{
	struct policy_program program = { 0 };
	int rc = compile(s, arch, &name, 1, &program);

	if (rc >= 0)
		rc = add_program(o, which, &program);
	policy_program_free(&program);
	return rc;
}

/* A text without comments.  The lines stay, so that a message still names the one that stands in seccomp/. */
static void strip(struct buf *out, const struct buf *text)
{
	const char *end = buf_str(text) + text->len, *eol;

	for (const char *line = buf_str(text); line < end; line = eol + 1) {
		const char *stop;

		eol = memchr(line, '\n', (size_t)(end - line));
		if (!eol)
			eol = end;
		stop = memchr(line, '#', (size_t)(eol - line));
		if (!stop)
			stop = eol;
		while (stop > line && (stop[-1] == ' ' || stop[-1] == '\t'))
			stop--;
		buf_add(out, line, (size_t)(stop - line));
		buf_addc(out, '\n');
	}
}

static int add_texts(struct buf *b, const struct source *s)
{
	autobuf struct buf all = BUF_INIT;

	buf_adds(b, "const struct blob_text blob_index[] = {\n");
	for (size_t i = 0; i < s->n; i++) {
		size_t start = all.len;

		strip(&all, &s->text[i].data);
		buf_addf(b, "\t{ \"%s\", %zu, %zu },\n", s->text[i].name, start, all.len - start);
	}
	buf_adds(b, "\t{ \"\", 0, 0 }\n};\nconst char blob_texts[] = {\n");
	for (size_t i = 0; i < all.len; i++)
		buf_addf(b, "%d,%s", all.data[i], i % 32 == 31 ? "\n" : "");
	buf_adds(b, "0\n};\n");
	if (all.failed)
		return fail(-ENOMEM, "write policies");
	return all.len > UINT16_MAX ? fail(-EFBIG, "policies") : 0;
}

static int generate(struct buf *b, const struct source *s, uint32_t arch)
{
	struct output o = { 0 };
	int rc = check_all(s);

	for (size_t i = 0; i < COUNT(accelerators) && rc >= 0; i++)
		rc = add_features(&o, s, arch, accelerators[i]);
	if (rc >= 0)
		rc = add_single(&o, s, arch, BLOB_KEEPER, "keeper");
	if (rc >= 0)
		rc = add_single(&o, s, arch, BLOB_READER, "reader");
	buf_addf(b, "/* Made by cmd/seccompc.c for %s: %zu bytes of programs. */\n#include <sandbox/blobs.h>\n\n",
		 policy_arch_name(arch), o.insns * sizeof(struct sock_filter));
	buf_addf(b, "const struct blob blobs[] = {\n%s\t{ 0, 0, 0 }\n};\n", buf_str(&o.table));
	buf_addf(b, "const struct sock_filter blob_code[] = {\n%s};\n", buf_str(&o.code));
	if (rc >= 0)
		rc = add_texts(b, s);
	if (rc >= 0 && (b->failed || o.code.failed || o.table.failed))
		rc = fail(-ENOMEM, "write programs");
	buf_free(&o.code);
	buf_free(&o.table);
	return rc;
}

static int write_file(const char *path, const struct buf *b)
{
	autoclose int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (fd < 0)
		return fail(-errno, "open %s", path);
	return fd_write_all(fd, b->data, b->len) < 0 ? fail(-errno, "write %s", path) : 0;
}

int main(int argc, char **argv)
{
	static struct source s;
	autobuf struct buf b = BUF_INIT;
	uint32_t arch = argc == 4 ? policy_arch(argv[1]) : 0;
	int rc;

	if (!arch) {
		fprintf(stderr, "usage: seccompc x86_64|aarch64 OUT.c SECCOMP-DIR\n");
		return EXIT_USAGE;
	}
	rc = read_texts(&s, argv[3]);
	if (rc >= 0)
		rc = generate(&b, &s, arch);
	if (rc >= 0)
		rc = write_file(argv[2], &b);
	for (size_t i = 0; i < s.n; i++)
		buf_free(&s.text[i].data);
	if (rc < 0)
		fprintf(stderr, "seccompc: %s\n", err_text());
	return rc < 0 ? EXIT_FAILED : EXIT_OK;
}
