/* SPDX-License-Identifier: MIT */
/* The probe: runs as QEMU inside the jail, and at "cont" tries everything that a QEMU taken over might try. */
#include "jailed.h"
#include "probe-calls.h"
#include "probe-files.h"

#include <sys/sysmacros.h>
#include <sys/utsname.h>

/*
 * Told by -probe KEY=VALUE pairs (husk: --qemu-arg -probe --qemu-arg KEY=VALUE):
 *	without=PART,...	what was given up; without it everything must be refused
 *	user=1			husk was run by an ordinary user, whose uid QEMU has
 *	uring=1			a disk with aio=io_uring is there
 *	keep=1			try nothing; open, map and unblock what an audit is to find
 *	kill=NAME		try only that row, which ends us
 *	dir= file= pid= abstract= host= keyring=	the VM's directory, an image, a process, an abstract socket
 *				and the session keyring of the caller, the host's name
 * TAP goes to stdout, which husk keeps as qemu.log.  "--rows" prints the names of the rows that kill, "--keyring" the
 * number of the session keyring.
 */
const char *probe_self, *probe_dir = "/nowhere", *probe_file = "/nowhere", *probe_abstract = "nobody";
int probe_pid = 1, probe_keyring;
static const char *probe_host = "";

static const char *const part_names[] = { "mntns", "pidns", "netns", "ipcns", "utsns", "cgroupns", "uid", "seccomp",
					  "landlock", "mdwe", "cgroup" };
static unsigned without;
static bool is_user, has_uring, keeps;
static const char *only;
static unsigned tests;

/* What was found before anything was tried. */
static bool passed[4096];		/* named on the command line */
static int surplus = -1;		/* a descriptor that is not */

static unsigned in_force(void)
{
	unsigned on = ALWAYS | (~without & ((1u << PART_COUNT) - 1));

	if (is_user)
		on &= ~(unsigned)OWN;
	/* not root: an ordinary user never is; root's QEMU where it has a uid of its own */
	if (is_user || (on & OWN))
		on |= NOTROOT;
	if (!(on & MNTNS))
		on &= ~(unsigned)LANDLOCK;
	if ((on & LANDLOCK) && (on & NETNS))
		on |= LANDNET;
	return on;
}

static const char *error_name(int rc)
{
	static char text[32];

	if (rc >= 0)
		return "possible";
	switch (-rc) {
	case EPERM: return "EPERM";
	case EACCES: return "EACCES";
	case ENOSYS: return "ENOSYS";
	case ENOENT: return "ENOENT";
	case EROFS: return "EROFS";
	case ESRCH: return "ESRCH";
	case EBADF: return "EBADF";
	case EINVAL: return "EINVAL";
	case EFAULT: return "EFAULT";
	case ECONNREFUSED: return "ECONNREFUSED";
	}
	snprintf(text, sizeof(text), "errno %d", -rc);
	return text;
}

static void tell(bool good, const char *name, const char *what)
{
	dprintf(1, "%sok %u - %s: %s\n", good ? "" : "not ", ++tests, name, what);
}

static int attempt(const struct row *r)
{
	long rc;

	if (r->try)
		return r->try();
	rc = syscall(r->nr, r->arg[0], r->arg[1], r->arg[2], r->arg[3], r->arg[4], r->arg[5]);
	if (rc < 0)
		return -errno;
	if (r->nr == SYS_openat)
		close((int)rc);		/* the audit comes later, and is not to find it */
	return 0;
}

/* Without a filter nothing kills, and a child keeps what a row does from the rows behind it. */
static int attempt_apart(const struct row *r)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(-attempt(r) & 0xff);
	if (pid < 0)
		return attempt(r);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;	/* what it left to us */
	/* one that was ended for it was refused it */
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EPERM;
}

static void judge(const struct row *r)
{
	unsigned on = in_force(), layers = r->layers & on;
	bool filtered = layers & SECCOMP, got;
	int rc = (on & SECCOMP) || (r->flags & HERE) ? attempt(r) : attempt_apart(r);

	/* the kernel had come so far that it looked for the arguments */
	got = rc >= 0 || rc == -EFAULT || (r->past && rc == -r->past);
	if ((r->flags & MUST) || ((r->flags & URING) && has_uring))
		tell(got, r->name, error_name(rc));
	else if (filtered)
		/* the filter speaks first: any other errno is the kernel's, behind it */
		tell(rc == -ENOSYS || (rc == -EPERM && !(r->flags & NOSYS)), r->name, error_name(rc));
	else if (layers)
		tell(!got, r->name, error_name(rc));
	else if (!(r->flags & ANY))
		tell(got, r->name, got ? "possible, as all that kept it off was given up" : error_name(rc));
}

static void judge_all(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!(rows[i].flags & KILLS) || !(in_force() & SECCOMP))
			judge(&rows[i]);
}

/* ---- what is to be seen, not tried ---- */

static void look_descriptors(void)
{
	char text[64] = "none";
	struct stat st;
	char byte;

	if (surplus >= 0)
		snprintf(text, sizeof(text), "%d was open at the start", surplus);
	tell(surplus < 0, "descriptors that were not named", text);
	tell(fstat(0, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3) && read(0, &byte, 1) == 0, "stdin", "/dev/null");
	tell(fstat(1, &st) == 0 && S_ISFIFO(st.st_mode) && fstat(2, &st) == 0 && S_ISFIFO(st.st_mode), "stdout and stderr", "a pipe");
}

/* A listening socket tells its address: it must not be a path of the host. */
static void look_addresses(void)
{
	char text[200] = "no path of the host's";
	bool good = true;

	for (size_t i = 0; i < nmons; i++) {
		struct sockaddr_un a = { 0 };
		socklen_t len = sizeof(a);

		if (getsockname(mons[i].fd, (struct sockaddr *)&a, &len) == 0 && a.sun_path[0] == '/') {
			good = false;
			snprintf(text, sizeof(text), "%.100s", a.sun_path);
		}
	}
	tell(good, "what getsockname tells", text);
}

static void look_environment(char **env)
{
	const char *more = NULL;

	for (char **e = env; *e; e++)
		if (strncmp(*e, "PATH=", 5) && strncmp(*e, "LC_ALL=", 7))
			more = *e;
	tell(!more, "environment", more ? more : "PATH and LC_ALL");
}

static void look_around(void)
{
	unsigned on = in_force();
	struct utsname u;
	char cwd[100] = "", text[200];

	/* only KVM needs it: refused elsewhere, and then it tells nothing */
	if (uname(&u) == 0)
		tell(!strcmp(u.nodename, (on & UTSNS) ? "vm" : probe_host), "host name", u.nodename);
	snprintf(text, sizeof(text), "pid %ld, parent %ld", syscall(SYS_getpid), syscall(SYS_getppid));
	tell((on & PIDNS) ? syscall(SYS_getpid) == 1 && syscall(SYS_getppid) == 0 : syscall(SYS_getpid) > 1, "process number", text);
	tell(syscall(SYS_getcwd, cwd, sizeof(cwd)) < 0 || !strcmp(cwd, "/"), "working directory", cwd);
	tell(syscall(SYS_geteuid) < 0 || ((on & NOTROOT) ? syscall(SYS_geteuid) != 0 : true), "user", "not root");
}

static bool limit_is(int resource, rlim_t most)
{
	struct rlimit l;

	return syscall(SYS_prlimit64, 0, resource, NULL, &l) == 0 && l.rlim_cur <= most && l.rlim_max <= most;
}

/* What the filter hides from us when it is there; then only the audit from outside can tell. */
static void look_inside(void)
{
	int bits = prctl(PR_GET_SECUREBITS, 0, 0, 0, 0), wanted = 0x2f | 0xc0;	/* linux/securebits.h */

	tell(limit_is(RLIMIT_NOFILE, 1000), "the limit on descriptors", "below 1000");
	tell(limit_is(RLIMIT_CORE, 1), "the limit on core dumps", "1 byte");
	if (!is_user && (in_force() & OWN))
		tell(limit_is(RLIMIT_NPROC, 4096), "the limit on threads", "a small number");
	if (!(in_force() & SECCOMP) && (!is_user || (in_force() & (MNTNS | PIDNS))))
		tell((bits & wanted) == wanted, "securebits", "locked, without root's privileges");
}

static void run_all(char **env)
{
	look_descriptors();
	look_addresses();
	look_environment(env);
	look_around();
	look_inside();
	judge_all(file_rows, sizeof(file_rows) / sizeof(file_rows[0]));
	judge_all(call_rows, sizeof(call_rows) / sizeof(call_rows[0]));
	dprintf(1, "1..%u\n", tests);
}

static void run_one(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(rows[i].name, only))
			continue;
		dprintf(1, "# trying %s\n", only);
		dprintf(1, "# survived %s: %s\n", only, error_name(attempt(&rows[i])));
	}
}

static void list(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (rows[i].flags & KILLS)
			puts(rows[i].name);
}

/* ---- the command line ---- */

static void give_up(const char *text)
{
	for (const char *p = text; *p; p += strcspn(p, ","), p += *p == ',')
		for (unsigned i = 0; i < sizeof(part_names) / sizeof(part_names[0]); i++)
			if (strlen(part_names[i]) == strcspn(p, ",") && !strncmp(part_names[i], p, strlen(part_names[i])))
				without |= 1u << i;
}

static void probe_option(const char *text)
{
	const char *value = strchr(text, '=');

	if (!value++)
		return;
	if (!strncmp(text, "without=", 8))
		give_up(value);
	else if (!strncmp(text, "user=", 5))
		is_user = *value == '1';
	else if (!strncmp(text, "uring=", 6))
		has_uring = *value == '1';
	else if (!strncmp(text, "keep=", 5))
		keeps = *value == '1';
	else if (!strncmp(text, "kill=", 5))
		only = value;
	else if (!strncmp(text, "dir=", 4))
		probe_dir = value;
	else if (!strncmp(text, "file=", 5))
		probe_file = value;
	else if (!strncmp(text, "pid=", 4))
		probe_pid = (int)strtol(value, NULL, 10);
	else if (!strncmp(text, "abstract=", 9))
		probe_abstract = value;
	else if (!strncmp(text, "keyring=", 8))
		probe_keyring = (int)strtol(value, NULL, 10);
	else if (!strncmp(text, "host=", 5))
		probe_host = value;
}

static bool jailed_option(const char *option, const char *value)
{
	if (strcmp(option, "probe"))
		return false;
	probe_option(value);
	return true;
}

static char **environment;

static bool jailed_command(struct mon *m, const char *name, const char *id)
{
	if (strcmp(name, "cont"))
		return false;
	jailed_reply(m, "{}", id);
	if (keeps) {
		/* for an audit to find; without a filter all of it works */
		(void)!socket(AF_INET, SOCK_STREAM, 0);
		(void)!syscall(SYS_inotify_init1, 0);
		(void)!mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		sigprocmask(SIG_SETMASK, &(sigset_t){ 0 }, NULL);
		dprintf(1, "kept\n");
	} else if (only) {
		run_one(file_rows, sizeof(file_rows) / sizeof(file_rows[0]));
		run_one(call_rows, sizeof(call_rows) / sizeof(call_rows[0]));
	} else {
		run_all(environment);
	}
	return true;
}

static void jailed_greeted(struct mon *m)
{
	(void)m;
}

/* Before anything else: what is open. */
static void note_descriptors(int argc, char **argv)
{
	char fd[16];

	passed[0] = passed[1] = passed[2] = true;
	for (int i = 1; i < argc; i++)
		if (jailed_element(argv[i], "fd", fd, sizeof(fd)))
			passed[strtoul(fd, NULL, 10) % 4096] = true;
	for (int i = 0; i < 4096; i++)
		if (fcntl(i, F_GETFD) >= 0 && !passed[i])
			surplus = i;
}

int main(int argc, char **argv, char **env)
{
	if (argc > 1 && !strcmp(argv[1], "--possible"))
		return 99;
	if (argc > 1 && !strcmp(argv[1], "--rows")) {
		list(file_rows, sizeof(file_rows) / sizeof(file_rows[0]));
		list(call_rows, sizeof(call_rows) / sizeof(call_rows[0]));
		return 0;
	}
	if (argc > 1 && !strcmp(argv[1], "--keyring")) {
		printf("%ld\n", syscall(SYS_keyctl, 0 /* GET_KEYRING_ID */, -3, 0));
		return 0;
	}
	probe_self = argv[0];
	environment = env;
	note_descriptors(argc, argv);
	return jailed_main(argc, argv);
}
