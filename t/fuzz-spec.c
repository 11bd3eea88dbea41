/* SPDX-License-Identifier: MIT */
/* Fuzz: a .vm file is refused with a message, or becomes a plan whose every argument QEMU can read; so does a forward. */
#include <qemu/qemu.h>

#include <base/buf.h>
#include <base/err.h>
#include <base/json.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool cond)
{
	if (!cond)
		abort();
}

static void must_say(int rc)
{
	must(rc < 0 && err_text()[0]);
	for (const char *p = err_text(); *p; p++)
		must((unsigned char)*p >= 0x20 && *p != 0x7f);
}

static void try_forward(struct pool *pool, const char *text)
{
	const char *why = NULL;
	struct forward f;
	int rc = spec_parse_forward(pool, text, &f, &why);

	if (rc < 0) {
		must(rc == -EINVAL && why && *why);
		return;
	}
	must(f.host_port >= 1 && f.host_port <= 65535 && f.guest_port >= 1 && f.guest_port <= 65535);
	must(f.host && *f.host && !f.host[strspn(f.host, "0123456789abcdefABCDEF.:")]);
}

static void must_be_valid(const struct spec *s)
{
	must(opt_valid_name(s->name) && s->memory >= 1 << 20 && s->cpus >= 1);
	for (size_t i = 0; i < s->ndisk; i++) {
		const struct disk *d = &s->disk[i];

		must(d->file[0] == '/' && (d->format == FORMAT_RAW || d->format == FORMAT_QCOW2) && d->boot >= -1 && d->boot <= 255);
		must(d->aio != AIO_NATIVE || d->cache == CACHE_NONE || d->cache == CACHE_DIRECTSYNC);
		must(!d->serial || strlen(d->serial) <= 20);
		must(!d->cdrom);
	}
	for (size_t i = 0; i < s->ncdrom; i++)
		must(s->cdrom[i].cdrom && s->cdrom[i].readonly && s->cdrom[i].format == FORMAT_RAW);
	for (size_t i = 0; i < s->nnic; i++)
		must(s->nic[i].nforward == s->nic[i].forward_text.n && (!s->nic[i].mac || strlen(s->nic[i].mac) == 17));
	must(!s->kernel || s->kernel[0] == '/');
	must(s->kernel || (!s->initrd && !s->append));
}

static void must_be_json(const char *text)
{
	autojson struct json j = JSON_INIT;

	must(json_parse(&j, text, strlen(text)) >= 0 && json_is_object(&j, 0));
}

/* Objects are JSON and so is the whole plan; QEMU's line-ending arguments are no business of ours. */
static void must_be_readable(const struct plan *p)
{
	autobuf struct buf b = BUF_INIT, text = BUF_INIT;
	struct json_out o = JSON_OUT(&b);

	for (size_t i = 0; i + 1 < p->argv.n - p->spec->qemu_arg.n; i++)
		if ((!strcmp(p->argv.v[i], "-blockdev") || !strcmp(p->argv.v[i], "-device")) && p->argv.v[i + 1][0] == '{')
			must_be_json(p->argv.v[i + 1]);
	plan_json(&o, NULL, p);
	must_be_json(buf_str(&b));
	plan_print(&text, p);
	for (size_t i = 0; i < text.len; i++)
		must(text.data[i] == '\n' || (unsigned char)text.data[i] >= 0x20);
}

static void try_plan(const struct spec *s, int minor)
{
	struct host host = { .arch = "x86_64", .qemu = { .path = "/usr/bin/qemu-system-x86_64", .arch = "x86_64",
							  .major = 6, .minor = minor, .version = "6.x" } };
	struct plan p = { .spec = s, .host = &host, .name = s->name, .dir = "/run/husk/x", .accel = "tcg", .cpu = s->cpu };

	p.machine = s->machine ? s->machine : "q35";
	/* without a network namespace it looks for no passt, so that every host plans the same */
	p.without = s->without | 1u << PART_NETNS;
	p.jailed = plan_has(&p, PART_MNTNS);
	if (qemu_plan(&p) < 0)
		must(err_code() == EXIT_USAGE && err_text()[0]);
	else
		must_be_readable(&p);
	plan_free(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct spec s;
	char *text;
	int rc;

	if (size < 1)
		return 0;
	spec_init(&s);
	err_clear();
	if (data[0] == 'f') {
		text = pool_strndup(&s.pool, (const char *)data + 1, size - 1);
		try_forward(&s.pool, text);
	} else {
		s.file = "/etc/husk/web.vm";
		s.name = "web";
		rc = opt_parse_file(&s.set, s.file, (const char *)data + 1, size - 1);
		if (rc >= 0)
			rc = spec_finish(&s);
		if (rc < 0) {
			must_say(rc);
		} else {
			must_be_valid(&s);
			try_plan(&s, data[0] & 1 ? 2 : 0);
		}
	}
	spec_free(&s);
	return 0;
}
