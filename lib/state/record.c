/* SPDX-License-Identifier: MIT */
/* state.json: which processes a VM is, and what it was started with. */
#include <state/state.h>

#include <base/buf.h>
#include <base/err.h>
#include <base/file.h>
#include <base/json.h>
#include <errno.h>
#include <string.h>

#define STATE_MAX (1u << 20)

static const char *const phase_names[] = { [VM_STARTING] = "starting", [VM_RUNNING] = "running" };

static void put_proc(struct json_out *o, const char *key, const struct proc_id *id)
{
	json_open(o, key, '{');
	json_put_int(o, "pid", id->pid);
	json_put_uint(o, "start", id->start);
	json_close(o, '}');
}

static bool get_proc(const struct json *j, const char *key, struct proc_id *id)
{
	int v = json_get(j, 0, key);
	int64_t pid;

	if (!json_int(j, json_get(j, v, "pid"), &pid) || pid < 0 || pid > INT32_MAX ||
	    !json_uint(j, json_get(j, v, "start"), &id->start))
		return false;
	id->pid = (pid_t)pid;
	return true;
}

int record_save(const struct vmdir *d, const struct vm_record *r, const char *plan)
{
	autobuf struct buf b = BUF_INIT;
	struct json_out o = JSON_OUT(&b);
	int rc;

	json_open(&o, NULL, '{');
	json_put_int(&o, "schema", STATE_SCHEMA);
	json_put_str(&o, "name", r->name);
	json_put_str(&o, "phase", phase_names[r->phase]);
	json_put_str(&o, "boot_id", r->boot_id);
	put_proc(&o, "keeper", &r->keeper);
	put_proc(&o, "qemu", &r->qemu);
	json_put_int(&o, "started_us", r->started_us);
	json_put_uint(&o, "uid", r->uid);
	json_put_bool(&o, "agent", r->agent);
	json_put_bool(&o, "console", r->console);
	json_put_bool(&o, "console_lossy", r->console_lossy);
	json_put_str(&o, "accel", r->accel);
	json_put_str(&o, "machine", r->machine);
	json_put_str(&o, "qemu_path", r->qemu_path);
	json_put_str(&o, "qemu_version", r->qemu_version);
	json_put_str(&o, "file", r->file);
	json_put_str(&o, "cgroup", r->cgroup);
	json_put_uint(&o, "memory", r->memory);
	json_put_int(&o, "cpus", r->cpus);
	json_put_int(&o, "stop_timeout_ms", r->stop_timeout);
	json_open(&o, "sockets", '{');
	json_put_str(&o, "control", "control.sock");
	json_put_str(&o, "monitor", "monitor.sock");
	if (r->agent)
		json_put_str(&o, "agent", "agent.sock");
	if (r->console)
		json_put_str(&o, "console", "console.sock");
	json_close(&o, '}');
	if (plan)
		json_put_raw(&o, "plan", plan, strlen(plan));
	json_close(&o, '}');
	buf_addc(&b, '\n');
	rc = b.failed ? -ENOMEM : file_write(d->fd, "state.json", b.data, b.len);
	return rc < 0 ? fail(rc, "write %s/state.json", d->path) : 0;
}

static void get_str(const struct json *j, const char *key, char *out, size_t size)
{
	if (json_str(j, json_get(j, 0, key), out, size) < 0)
		out[0] = '\0';
}

/* What must be there and sane for anything else to be believed. */
static bool take_record(const struct json *j, struct vm_record *r)
{
	int phase = json_get(j, 0, "phase");
	uint64_t uid;

	*r = (struct vm_record){ 0 };
	if (json_int_or(j, json_get(j, 0, "schema"), 0) != STATE_SCHEMA)
		return false;
	for (r->phase = VM_STARTING; !json_eq(j, phase, phase_names[r->phase]); r->phase++)
		if (r->phase == VM_RUNNING)
			return false;
	if (!get_proc(j, "keeper", &r->keeper) || !get_proc(j, "qemu", &r->qemu) ||
	    !json_uint(j, json_get(j, 0, "uid"), &uid) || uid > UINT32_MAX)
		return false;
	r->uid = (uid_t)uid;
	get_str(j, "name", r->name, sizeof(r->name));
	get_str(j, "boot_id", r->boot_id, sizeof(r->boot_id));
	get_str(j, "accel", r->accel, sizeof(r->accel));
	get_str(j, "machine", r->machine, sizeof(r->machine));
	get_str(j, "qemu_path", r->qemu_path, sizeof(r->qemu_path));
	get_str(j, "qemu_version", r->qemu_version, sizeof(r->qemu_version));
	get_str(j, "file", r->file, sizeof(r->file));
	get_str(j, "cgroup", r->cgroup, sizeof(r->cgroup));
	r->started_us = json_int_or(j, json_get(j, 0, "started_us"), 0);
	r->agent = json_bool(j, json_get(j, 0, "agent")) == 1;
	r->console = json_bool(j, json_get(j, 0, "console")) == 1;
	r->console_lossy = json_bool(j, json_get(j, 0, "console_lossy")) == 1;
	json_uint(j, json_get(j, 0, "memory"), &r->memory);
	r->cpus = json_int_or(j, json_get(j, 0, "cpus"), 0);
	r->stop_timeout = json_int_or(j, json_get(j, 0, "stop_timeout_ms"), 90000);
	return true;
}

int record_parse(struct vm_record *r, const char *text, size_t len)
{
	autojson struct json j = JSON_INIT;
	int rc = json_parse(&j, text, len);

	if (rc < 0)
		return rc;
	return take_record(&j, r) ? 0 : fail(-EPROTO, "not a record of schema %d", STATE_SCHEMA);
}

int record_load(const struct vmdir *d, struct vm_record *r, struct buf *json)
{
	autobuf struct buf own = BUF_INIT;
	struct buf *b = json ? json : &own;
	int rc = file_read(d->fd, "state.json", b, STATE_MAX);

	if (rc == -ENOENT)
		return rc;
	if (rc < 0)
		return fail(rc, "read %s/state.json", d->path);
	rc = record_parse(r, buf_str(b), b->len);
	return rc < 0 ? err_prefix(rc, "%s/state.json", d->path) : 0;
}

bool record_same_boot(const struct vm_record *r)
{
	return !strcmp(r->boot_id, proc_boot_id());
}

bool record_qemu_alive(const struct vm_record *r)
{
	return record_same_boot(r) && proc_alive(&r->qemu);
}

bool record_keeper_alive(const struct vm_record *r)
{
	return record_same_boot(r) && proc_alive(&r->keeper);
}
