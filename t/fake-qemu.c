/* SPDX-License-Identifier: MIT */
/* Stands in as QEMU's binary: takes QEMU's command line, serves QMP on the descriptors named there, and plays faults. */
#include "fake-qemu.h"

#include <base/json.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

enum {
	LOGS = 16,
	FAULTS = 8,
};

static struct fault faults[FAULTS];
static size_t nfaults;
static int logs[LOGS];
static size_t nlogs;
static const char *status = "running";
static char vm_name[64] = "fake";
static bool stopped;
static volatile sig_atomic_t told_to_end;
static sigset_t waiting_mask;
static const struct json *asked;	/* the command that is being run */

/* ---- what a sound QEMU does ---- */

/* A command that only answers. */
static const struct { const char *name, *value; } answers[] = {
	{ "query-version", "{\"qemu\": {\"micro\": 22, \"minor\": 2, \"major\": 7}, \"package\": \"(fake)\"}" },
	{ "query-chardev", "[{\"frontend-open\": true, \"filename\": \"unix\", \"label\": \"agent\"}]" },
	{ "query-cpus-fast", "[{\"thread-id\": 1, \"cpu-index\": 0, \"target\": \"x86_64\", \"qom-path\": \"/machine/cpu\"}]" },
	{ "query-block", "[]" }, { "query-named-block-nodes", "[]" }, { "query-blockstats", "[]" },
	{ "query-fdsets", "[]" }, { "query-jobs", "[]" }, { "query-pci", "[]" }, { "query-iothreads", "[]" },
	{ "query-kvm", "{\"enabled\": false, \"present\": true}" }, { "query-memory-size-summary", "{\"base-memory\": 134217728}" },
	{ "query-migrate", "{}" }, { "add-fd", "{\"fdset-id\": 90, \"fd\": 91}" }, { "remove-fd", "{}" },
	{ "getfd", "{}" }, { "closefd", "{}" }, { "set-action", "{}" }, { "inject-nmi", "{}" }, { "send-key", "{}" },
	{ "device_add", "{}" }, { "device_del", "{}" }, { "blockdev-add", "{}" }, { "blockdev-del", "{}" },
	{ "object-add", "{}" }, { "object-del", "{}" }, { "netdev_add", "{}" }, { "netdev_del", "{}" }, { "balloon", "{}" },
};

static bool do_answer(struct monitor *m, const char *name, const char *id)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		if (strcmp(answers[i].name, name) != 0)
			continue;
		reply(m, answers[i].value, id);
		return true;
	}
	return false;
}

static bool do_drive(struct monitor *m, const char *name, const char *id)
{
	char text[512], medium[128] = "";

	if (!cd.there)
		return false;
	if (strcmp(name, "query-block") == 0) {
		if (cd.node[0])
			snprintf(medium, sizeof(medium), ", \"inserted\": {\"node-name\": \"%s\", \"ro\": true}", cd.node);
		snprintf(text, sizeof(text), "[{\"device\": \"\", \"qdev\": \"cdrom0\", \"type\": \"unknown\", \"locked\": false, "
			 "\"removable\": true, \"tray_open\": %s%s}]", cd.open ? "true" : "false", medium);
		reply(m, text, id);
		return true;
	}
	if (strcmp(name, "blockdev-open-tray") == 0 || strcmp(name, "blockdev-close-tray") == 0)
		cd.open = name[9] == 'o';
	else if (strcmp(name, "blockdev-remove-medium") == 0)
		cd.node[0] = '\0';
	else if (strcmp(name, "blockdev-insert-medium") != 0 ||
		 json_str(asked, json_path(asked, 0, "arguments.node-name"), cd.node, sizeof(cd.node)) < 0)
		return false;
	reply(m, "{}", id);
	return true;
}

static const struct fault *active(const char *mode)
{
	for (size_t i = 0; i < nfaults; i++)
		if (strcmp(faults[i].mode->name, mode) == 0)
			return &faults[i];
	return NULL;
}

static void do_run(bool run)
{
	if (stopped != run)
		return;
	stopped = !run;
	status = run ? "running" : "paused";
	event(run ? "RESUME" : "STOP", NULL);
}

static void do_powerdown(struct monitor *m, const char *id)
{
	event("POWERDOWN", NULL);
	reply(m, "{}", id);
	if (!stopped && !active("ignore-powerdown"))
		end("guest-shutdown", true);
}

static void do_status(struct monitor *m, const char *id)
{
	char value[128];

	snprintf(value, sizeof(value), "{\"status\": \"%s\", \"singlestep\": false, \"running\": %s}", status,
		 stopped ? "false" : "true");
	reply(m, value, id);
}

static void do_command(struct monitor *m, const char *name, const char *id)
{
	char text[256];

	if (strcmp(name, "qmp_capabilities") == 0) {
		m->negotiated = true;
		reply(m, "{}", id);
	} else if (!m->negotiated) {
		refuse(m, "CommandNotFound", "Expecting capabilities negotiation with 'qmp_capabilities'", id);
	} else if (strcmp(name, "query-status") == 0) {
		do_status(m, id);
	} else if (strcmp(name, "query-name") == 0) {
		snprintf(text, sizeof(text), "{\"name\": \"%s\"}", vm_name);
		reply(m, text, id);
	} else if (strcmp(name, "cont") == 0 || strcmp(name, "stop") == 0) {
		do_run(name[0] == 'c');
		reply(m, "{}", id);
	} else if (strcmp(name, "system_powerdown") == 0) {
		do_powerdown(m, id);
	} else if (strcmp(name, "system_reset") == 0) {
		event("RESET", "{\"guest\": false, \"reason\": \"host-qmp-system-reset\"}");
		reply(m, "{}", id);
	} else if (strcmp(name, "quit") == 0) {
		reply(m, "{}", id);
		if (!active("ignore-quit"))
			end("host-qmp-quit", false);
	} else if (!do_drive(m, name, id) && !do_answer(m, name, id)) {
		snprintf(text, sizeof(text), "The command %.100s has not been found", name);
		refuse(m, "CommandNotFound", text, id);
	}
}

/* ---- the command line ---- */

__attribute__((noreturn)) static void usage(const char *what, const char *arg)
{
	dprintf(2, "%s: %s: %s\n", program, what, arg);
	_exit(1);
}

/* MODE[=VALUE][@WHERE] */
static void add_fault(const char *text)
{
	struct fault *f = &faults[nfaults];
	const char *eq = strchr(text, '='), *at = strchr(text, '@');
	size_t len = strcspn(text, "=@");

	if (nfaults == FAULTS)
		usage("too many faults", text);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strlen(modes[i].name) == len && strncmp(modes[i].name, text, len) == 0)
			f->mode = &modes[i];
	if (!f->mode)
		usage("no such mode", text);
	if (at)
		snprintf(f->where, sizeof(f->where), "%s", at + 1);
	if (eq && (!at || eq < at))
		snprintf(f->value, sizeof(f->value), "%.*s", (int)strcspn(eq + 1, "@"), eq + 1);
	nfaults++;
}

/* The value of key in "a,key=value,b"; the first element may be meant too (bare). */
static bool element(const char *arg, const char *key, char *out, size_t size)
{
	size_t klen = strlen(key);

	for (const char *p = arg; *p; p += strcspn(p, ","), p += *p == ',') {
		size_t len = strcspn(p, ",");

		if (len > klen && strncmp(p, key, klen) == 0 && p[klen] == '=') {
			snprintf(out, size, "%.*s", (int)(len - klen - 1), p + klen + 1);
			return true;
		}
	}
	return false;
}

static void add_chardev(const char *arg)
{
	struct monitor *m = &monitors[nmonitors];
	char fd[16], server[8] = "off";

	if (strncmp(arg, "socket,", 7) != 0 || !element(arg, "fd", fd, sizeof(fd)))
		return;
	if (nmonitors == MONITORS || !element(arg, "id", m->id, sizeof(m->id)))
		usage("-chardev", arg);
	element(arg, "server", server, sizeof(server));
	m->fd = (int)strtol(fd, NULL, 10);
	m->client = -1;
	m->listening = strcmp(server, "on") == 0;
	if (fcntl(m->fd, F_GETFD) < 0)
		usage("-chardev: bad file descriptor", arg);
	nmonitors++;
}

static void add_monitor(const char *arg)
{
	char id[64], mode[16] = "";

	if (!element(arg, "chardev", id, sizeof(id)))
		usage("-mon", arg);
	element(arg, "mode", mode, sizeof(mode));
	for (size_t i = 0; i < nmonitors; i++)
		if (strcmp(monitors[i].id, id) == 0)
			monitors[i].is_monitor = strcmp(mode, "control") == 0;
}

/* Only what looks like a log is written to: a disk's descriptor comes the same way. */
static void add_fd(const char *arg)
{
	char number[16];
	struct stat st;
	int fd;

	if (!element(arg, "fd", number, sizeof(number)))
		usage("-add-fd", arg);
	fd = (int)strtol(number, NULL, 10);
	if (fstat(fd, &st) < 0)
		usage("-add-fd: bad file descriptor", arg);
	if (S_ISFIFO(st.st_mode) && (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY && nlogs < LOGS)
		logs[nlogs++] = fd;
}

static void set_name(const char *arg)
{
	const char *fake;

	if (!element(arg, "guest", vm_name, sizeof(vm_name)))
		snprintf(vm_name, sizeof(vm_name), "%.*s", (int)strcspn(arg, ","), arg);
	fake = strstr(vm_name, ".fake-");
	if (fake)
		add_fault(fake + strlen(".fake-"));
}

static void tell_and_exit(const char *text)
{
	printf("%s\n", text);
	fflush(stdout);
	_exit(0);
}

/* Questions about the binary, which QEMU answers instead of starting. */
static void answer_questions(const char *option, const char *value)
{
	if (strcmp(option, "version") == 0)
		tell_and_exit("QEMU emulator version 7.2.22 (fake)\nCopyright (c) 2003-2022 nobody");
	if (strcmp(value, "help") != 0 && strcmp(value, "?") != 0)
		return;
	if (strcmp(option, "machine") == 0 || strcmp(option, "M") == 0)
		tell_and_exit("Supported machines are:\nmicrovm              microvm (i386)\n"
			      "pc                   Standard PC (i440FX + PIIX, 1996) (alias of pc-i440fx-7.2)\n"
			      "pc-i440fx-7.2        Standard PC (i440FX + PIIX, 1996) (default)\n"
			      "q35                  Standard PC (Q35 + ICH9, 2009) (alias of pc-q35-7.2)\n"
			      "pc-q35-7.2           Standard PC (Q35 + ICH9, 2009)\nnone                 empty machine");
	if (strcmp(option, "accel") == 0)
		tell_and_exit("Accelerators supported in QEMU binary:\ntcg\nkvm");
	tell_and_exit("");
}

static void read_args(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *option = argv[i] + strspn(argv[i], "-");
		const char *value = i + 1 < argc ? argv[i + 1] : "";

		if (argv[i][0] != '-')
			continue;
		answer_questions(option, value);
		if (strcmp(option, "chardev") == 0)
			add_chardev(value);
		else if (strcmp(option, "mon") == 0)
			add_monitor(value);
		else if (strcmp(option, "add-fd") == 0)
			add_fd(value);
		else if (strcmp(option, "name") == 0)
			set_name(value);
		else if (strcmp(option, "fake") == 0)
			add_fault(value);
		else if (strcmp(option, "S") == 0)
			stopped = true;
		else if (strcmp(option, "accel") == 0 || strcmp(option, "machine") == 0)
			uses_kvm |= strncmp(value, "kvm", 3) == 0 || strstr(value, "accel=kvm") || strstr(value, "\"kvm\"");
		else if (strcmp(option, "enable-kvm") == 0)
			uses_kvm = true;
	}
}

/* ---- serving ---- */

static bool strikes(const struct fault *f, const struct monitor *m, const char *command)
{
	const char *where = f->where[0] ? f->where : f->mode->at;

	if (where)
		return strcmp(where, m->id) == 0 || (command && strcmp(where, command) == 0);
	return !command || strcmp(command, "qmp_capabilities") != 0;
}

static void greet(struct monitor *m)
{
	for (size_t i = 0; i < nfaults; i++)
		if (faults[i].mode->greet && strikes(&faults[i], m, NULL) && faults[i].mode->greet(&faults[i], m))
			return;
	do_greeting(m);
}

static void finish_command(struct monitor *m, const char *name, const char *id)
{
	do_command(m, name, id);
	for (size_t i = 0; i < nfaults; i++)
		if (faults[i].mode->after && strikes(&faults[i], m, name))
			faults[i].mode->after(&faults[i]);
}

static void run_command(struct monitor *m, const char *name, const char *id)
{
	for (size_t i = 0; i < nfaults; i++)
		if (faults[i].mode->command && strikes(&faults[i], m, name) && faults[i].mode->command(&faults[i], m, name, id))
			return;
	finish_command(m, name, id);
}

static void take_line(struct monitor *m, const char *line, size_t len)
{
	static jsmntok_t tokens[4096];
	struct json j = JSON_FIXED(tokens);
	char name[128], id[64];
	const char *raw;
	size_t raw_len;

	if (json_parse(&j, line, len) < 0) {
		refuse(m, "GenericError", "JSON parse error", NULL);
		return;
	}
	asked = &j;
	raw = json_raw(&j, json_get(&j, 0, "id"), &raw_len);
	if (raw)
		snprintf(id, sizeof(id), "%.*s", (int)raw_len, raw);
	if (json_str(&j, json_get(&j, 0, "execute"), name, sizeof(name)) < 0)
		refuse(m, "GenericError", "QMP input lacks member 'execute'", raw ? id : NULL);
	else
		run_command(m, name, raw ? id : NULL);
}

/* As recv(2); a descriptor that comes with it is kept until the next one. */
static ssize_t receive(struct monitor *m)
{
	struct iovec iov = { .iov_base = m->in + m->len, .iov_len = sizeof(m->in) - m->len };
	char space[CMSG_SPACE(sizeof(int))];
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof(space) };
	ssize_t n = recvmsg(m->client, &msg, MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;

	if (c && c->cmsg_type == SCM_RIGHTS) {
		if (passed >= 0)
			close(passed);
		memcpy(&passed, CMSG_DATA(c), sizeof(passed));
	}
	return n;
}

static void read_commands(struct monitor *m)
{
	ssize_t n = receive(m);
	char *line = m->in, *nl;

	if (n < 0 && errno == EINTR)
		return;
	if (n <= 0) {
		hang_up(m);
		return;
	}
	m->len += (size_t)n;
	while (m->client >= 0 && (nl = memchr(line, '\n', m->len - (size_t)(line - m->in))) != NULL) {
		if (!m->mute)
			take_line(m, line, (size_t)(nl - line));
		line = nl + 1;
	}
	if (m->client < 0)
		return;
	m->len -= (size_t)(line - m->in);
	memmove(m->in, line, m->len);
	if (m->len == sizeof(m->in))
		hang_up(m);
}

/* The endless ones write as much as is taken and come again. */
static void write_more(struct monitor *m)
{
	static const char flood[] = "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"RTC_CHANGE\", "
				    "\"data\": {\"offset\": 0}}\r\n";
	static char block[1 << 16];

	if (m->flood) {
		send_n(m, flood, sizeof(flood) - 1);
		return;
	}
	memset(block, 'x', sizeof(block));
	ssize_t n = send(m->client, block, m->huge < sizeof(block) ? m->huge : sizeof(block), MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n > 0)
		m->huge -= (size_t)n;
	else if (n < 0 && errno != EAGAIN && errno != EINTR)
		hang_up(m);
}

static void serve(struct monitor *m, short revents)
{
	if (m->client < 0) {
		m->client = accept4(m->fd, NULL, NULL, SOCK_CLOEXEC);
		if (m->client >= 0 && m->is_monitor)
			greet(m);
		return;
	}
	if (revents & (POLLIN | POLLHUP | POLLERR)) {
		if (m->deaf && !(revents & (POLLHUP | POLLERR)))
			return;
		read_commands(m);
	}
	if (m->client >= 0 && revents & POLLOUT)
		write_more(m);
}

static void write_spam(int fd)
{
	static const char spam[] = "spam spam spam spam \x1b[31mspam\x1b[0m spam spam spam\r\n";

	if (write(fd, spam, sizeof(spam) - 1) < 0 && errno == EPIPE)
		spam_logs = spam_stderr = false;
}

/* What a monitor waits for; a client that has gone is told by POLLHUP whatever is asked. */
static struct pollfd wanted(const struct monitor *m)
{
	struct pollfd p = { .fd = m->client >= 0 ? m->client : m->listening ? m->fd : -1, .events = POLLIN };

	if (m->deaf)
		p.events = 0;
	if (m->flood || m->huge)
		p.events |= POLLOUT;
	return p;
}

/* Run what is due; the time until the next: milliseconds, -1: never. */
static int64_t held_timeout(void)
{
	int64_t now = now_ms(), least = -1;

	for (size_t i = 0; i < nmonitors; i++) {
		struct monitor *m = &monitors[i];

		if (m->held_until && m->held_until <= now) {
			m->held_until = 0;
			finish_command(m, m->held_name, m->held_id);
		} else if (m->held_until && (least < 0 || m->held_until - now < least)) {
			least = m->held_until - now;
		}
	}
	return least;
}

static void serve_all(void)
{
	struct pollfd p[MONITORS + LOGS + 1];
	struct timespec wait;
	size_t n = 0, first;
	int64_t ms;

	for (; n < nmonitors; n++)
		p[n] = wanted(&monitors[n]);
	first = n;
	for (size_t i = 0; spam_logs && i < nlogs; i++)
		p[n++] = (struct pollfd){ .fd = logs[i], .events = POLLOUT };
	if (spam_stderr)
		p[n++] = (struct pollfd){ .fd = 2, .events = POLLOUT };
	ms = held_timeout();
	wait = (struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
	if (ppoll(p, n, ms < 0 ? NULL : &wait, &waiting_mask) <= 0)
		return;
	for (size_t i = 0; i < first; i++)
		if (p[i].revents)
			serve(&monitors[i], p[i].revents);
	for (size_t i = first; i < n; i++)
		if (p[i].revents & POLLOUT)
			write_spam(p[i].fd);
}

static void on_term(int sig)
{
	(void)sig;
	told_to_end = 1;
}

int main(int argc, char **argv)
{
	struct sigaction act = { .sa_handler = on_term };
	sigset_t blocked;

	if (argv[0])
		program = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	sigprocmask(SIG_BLOCK, &blocked, &waiting_mask);	/* they arrive in ppoll() only, unless whoever started us blocks them */
	signal(SIGPIPE, SIG_IGN);
	read_args(argc, argv);
	if (stopped)
		status = "prelaunch";
	for (size_t i = 0; i < nfaults; i++)
		if (faults[i].mode->start)
			faults[i].mode->start(&faults[i]);
	for (size_t i = 0; i < nmonitors; i++) {
		struct monitor *m = &monitors[i];

		if (m->listening)
			continue;
		m->client = m->fd;
		if (m->is_monitor)
			greet(m);
	}
	while (!told_to_end)
		serve_all();
	end("host-signal", false);
}
