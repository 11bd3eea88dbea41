/* SPDX-License-Identifier: MIT */
/* Asking a QEMU binary what it was built with. */
#include <host/features.h>

#include <base/err.h>
#include <base/fd.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <host/host.h>
#include <qmp/qmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define ANSWER_BUDGET_MS 10000
#define LAST_WORDS_MS 100
#define MONITOR_FD 3
#define MONITOR_CHARDEV "socket,id=monitor,fd=3"
#define NOBODY 65534
#define CANNOT_RUN 126		/* exit code of a child that did not get as far as the binary */

const char *const host_machine_names[HOST_MACHINES] = {
	[MACHINE_Q35] = "q35", [MACHINE_PC] = "pc", [MACHINE_MICROVM] = "microvm", [MACHINE_VIRT] = "virt",
};

const char *const host_device_names[HOST_DEVICES] = {
	[DEVICE_VIRTIO_BLK] = "virtio-blk-pci",
	[DEVICE_VIRTIO_SCSI] = "virtio-scsi-pci",
	[DEVICE_VIRTIO_NET] = "virtio-net-pci",
	[DEVICE_VIRTIO_SERIAL] = "virtio-serial-pci",
	[DEVICE_VIRTIO_RNG] = "virtio-rng-pci",
	[DEVICE_NVME] = "nvme",
	[DEVICE_XHCI] = "qemu-xhci",
	[DEVICE_USB_STORAGE] = "usb-storage",
	[DEVICE_PVPANIC] = "pvpanic",
	[DEVICE_VHOST_USER_FS] = "vhost-user-fs-pci",
};

const char *const host_netdev_names[HOST_NETDEVS] = {
	[NETDEV_USER] = "user", [NETDEV_STREAM] = "stream", [NETDEV_TAP] = "tap",
};

static void tick(bool *found, const char *const *names, size_t n, const struct json *j, int v)
{
	for (size_t i = 0; i < n; i++)
		found[i] |= json_eq(j, v, names[i]);
}

/* [{"name": "pc-q35-7.2", "alias": "q35", ...}, ...] */
void host_features_machines(struct host_features *f, const struct json *j, int v)
{
	int iter = 0, item;

	while (json_next(j, v, &iter, NULL, &item)) {
		tick(f->machine, host_machine_names, HOST_MACHINES, j, json_get(j, item, "name"));
		tick(f->machine, host_machine_names, HOST_MACHINES, j, json_get(j, item, "alias"));
	}
}

/* [{"name": "virtio-blk-pci", "parent": ...}, {"name": "tcg-accel", ...}, ...] */
void host_features_types(struct host_features *f, const struct json *j, int v)
{
	int iter = 0, item;

	while (json_next(j, v, &iter, NULL, &item)) {
		int name = json_get(j, item, "name");

		tick(f->device, host_device_names, HOST_DEVICES, j, name);
		/* machines without an ISA bus have the same as a PCI function */
		f->device[DEVICE_PVPANIC] |= json_eq(j, name, "pvpanic-pci");
		f->tcg |= json_eq(j, name, "tcg-accel");
		f->kvm |= json_eq(j, name, "kvm-accel");
	}
}

/* [{"option": "sandbox", "parameters": [...]}]; an error where QEMU was built without */
void host_features_options(struct host_features *f, const struct json *j, int v)
{
	int iter = 0, item;

	while (json_next(j, v, &iter, NULL, &item))
		if (json_eq(j, json_get(j, item, "option"), "sandbox"))
			f->sandbox = json_size(j, json_get(j, item, "parameters")) > 0;
}

/* The schema's entry of this name: commands have theirs, types have numbers (docs/devel/qapi-code-gen). */
static int schema_entry(const struct json *j, int v, int name, const char *text)
{
	char number[64];
	int iter = 0, item;

	if (!text && json_str(j, name, number, sizeof(number)) < 0)
		return -1;
	while (json_next(j, v, &iter, NULL, &item))
		if (json_eq(j, json_get(j, item, "name"), text ? text : number))
			return item;
	return -1;
}

static int schema_arguments(const struct json *j, int v, const char *command)
{
	return schema_entry(j, v, json_get(j, schema_entry(j, v, -1, command), "arg-type"), NULL);
}

void host_features_schema(struct host_features *f, const struct json *j, int v)
{
	int iter = 0, item, args = schema_arguments(j, v, "netdev_add");

	while (json_next(j, json_get(j, args, "variants"), &iter, NULL, &item))
		tick(f->netdev, host_netdev_names, HOST_NETDEVS, j, json_get(j, item, "case"));
	args = schema_arguments(j, v, "screendump");
	iter = 0;
	while (json_next(j, json_get(j, args, "members"), &iter, NULL, &item)) {
		int value, values = 0, type;

		if (!json_eq(j, json_get(j, item, "name"), "format"))
			continue;
		type = schema_entry(j, v, json_get(j, item, "type"), NULL);
		while (json_next(j, json_get(j, type, "values"), &values, NULL, &value))
			f->screendump_png |= json_eq(j, value, "png");
	}
}

static int ask_all(struct host_features *f, struct qmp *q, deadline_t until)
{
	static const struct {
		const char *command, *args;
		void (*take)(struct host_features *f, const struct json *j, int v);
		bool may_fail;
	} questions[] = {
		{ "query-machines", NULL, host_features_machines, false },
		{ "qom-list-types", "{\"implements\": \"device\", \"abstract\": false}", host_features_types, false },
		{ "qom-list-types", "{\"implements\": \"accel\"}", host_features_types, false },
		{ "query-command-line-options", "{\"option\": \"sandbox\"}", host_features_options, true },
		{ "query-qmp-schema", NULL, host_features_schema, false },
	};
	int rc = 0;

	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]) && rc >= 0; i++) {
		rc = qmp_execute(q, questions[i].command, questions[i].args, NULL, until);
		if (rc >= 0)
			questions[i].take(f, &q->json, qmp_return(q));
		else if (rc == -EREMOTEIO && questions[i].may_fail)
			rc = 0;
	}
	return rc;
}

/* The binary that is asked, started with nothing but its end of the monitor and a pipe for its complaints. */
struct asked {
	pid_t pid;
	int monitor, output;
};

static _Noreturn void become(const char *const argv[], int monitor, int output, bool as_nobody, pid_t parent)
{
	char *envp[] = { (char *)"LC_ALL=C", NULL };
	struct rlimit no_core = { 0, 0 };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;

	/* out of the way first: one of them may stand where the other is to go */
	output = fcntl(output, F_DUPFD_CLOEXEC, MONITOR_FD + 1);
	monitor = fcntl(monitor, F_DUPFD_CLOEXEC, MONITOR_FD + 1);
	if (null < 0 || output < 0 || monitor < 0 || dup2(null, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0 ||
	    fd_cloexec_from(MONITOR_FD) < 0 || dup2(monitor, MONITOR_FD) < 0)
		_exit(CANNOT_RUN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (setsid() < 0 || chdir("/") < 0 || setrlimit(RLIMIT_CORE, &no_core) < 0)
		_exit(CANNOT_RUN);
	if (as_nobody && (setgroups(0, NULL) < 0 || setgid(NOBODY) < 0 || setuid(NOBODY) < 0))
		_exit(CANNOT_RUN);
	/* it dies with husk: set after the change of user, which clears it, and husk may be gone already */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(CANNOT_RUN);
	execve(argv[0], (char *const *)argv, envp);
	_exit(CANNOT_RUN);
}

static int start(struct asked *a, const char *path, bool as_nobody)
{
	const char *const argv[] = { path, "-machine", "none", "-nodefaults", "-no-user-config", "-S", "-display", "none",
				     "-chardev", MONITOR_CHARDEV,
				     "-mon", "chardev=monitor,mode=control", NULL };
	autoclose int theirs = -1, output = -1;
	pid_t parent = getpid();
	int pair[2], rc = fd_pair(pair);

	if (rc < 0)
		return rc;
	a->monitor = pair[0];
	theirs = pair[1];
	rc = fd_pipe(pair);
	if (rc < 0)
		return rc;
	a->output = pair[0];
	output = pair[1];
	a->pid = fork();
	if (a->pid < 0)
		return fail(-errno, "fork");
	if (a->pid == 0)
		become(argv, theirs, output, as_nobody, parent);
	return 0;
}

/* End it, and whatever it has started in its session; its wait status, -1: unknown. */
static int end(struct asked *a)
{
	int status = -1;

	fd_close(&a->monitor);
	fd_close(&a->output);
	if (a->pid <= 0)
		return -1;
	/* not reaped yet, so the number is still its own; the group exists once it has called setsid() */
	kill(a->pid, SIGKILL);
	kill(-a->pid, SIGKILL);
	while (waitpid(a->pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* What is recorded, and the last line the binary said before it went. */
static void explain(struct host_features *f, struct asked *a)
{
	char said[4096] = "";
	size_t len = 0, from;
	deadline_t until = deadline_in(LAST_WORDS_MS);

	snprintf(f->why, sizeof(f->why), "%s", err_text());
	while (a->output >= 0 && len < sizeof(said) && loop_readable(a->output, until) > 0) {
		ssize_t n = fd_read(a->output, said + len, sizeof(said) - len);

		if (n <= 0)
			break;
		len += (size_t)n;
	}
	while (len && strchr(" \r\n", said[len - 1]))
		len--;
	for (from = len; from && said[from - 1] != '\n'; from--)
		;
	if (len > from)
		snprintf(f->why + strlen(f->why), sizeof(f->why) - strlen(f->why), ": %.*s", (int)(len - from), said + from);
}

/* false: nobody may not execute this binary. */
static bool probe(struct host_features *f, const char *path, bool as_nobody, deadline_t until)
{
	struct asked a = { .pid = -1, .monitor = -1, .output = -1 };
	autoqmp struct qmp q = QMP_INIT;
	int rc = start(&a, path, as_nobody), status;

	*f = (struct host_features){ 0 };
	if (rc >= 0)
		rc = qmp_open(&q, fd_take(&a.monitor), until);
	if (rc >= 0)
		rc = ask_all(f, &q, until);
	f->asked = rc >= 0;
	if (rc < 0)
		explain(f, &a);
	status = end(&a);
	if (f->asked || status < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != CANNOT_RUN)
		return true;
	snprintf(f->why, sizeof(f->why), "%s cannot be started", path);
	return false;
}

void host_probe_features(struct host_features *f, const struct host_qemu *q, deadline_t until)
{
	int64_t begin = clock_us();

	until = deadline_min(until, deadline_in(ANSWER_BUDGET_MS));
	if (!probe(f, q->path, geteuid() == 0, until) && geteuid() == 0)
		probe(f, q->path, false, until);
	f->ms = (clock_us() - begin) / 1000;
	err_clear();
}
