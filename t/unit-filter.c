/* SPDX-License-Identifier: MIT */
/* What husk's filters say to every kind of call: on both architectures by running the programs, and once for real. */
#include <sandbox/filter.h>

#include <base/err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <poll.h>
#include <pthread.h>
#include <sandbox/blobs.h>
#include <sandbox/policy.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bpf.h"
#include "tap.h"

#define KILLED SECCOMP_RET_KILL_PROCESS
#define ALLOWED SECCOMP_RET_ALLOW
#define EPERMED (SECCOMP_RET_ERRNO | EPERM)
#define ENOSYSED (SECCOMP_RET_ERRNO | ENOSYS)

#define KVM FILTER_KVM
#define TCG FILTER_TCG
#define RWX FILTER_TCG_RWX
#define ANY_ACCEL 0u		/* each of the three */
#define URING FILTER_IO_URING
#define SLIRP FILTER_SLIRP
#define UNIX FILTER_UNIX
#define UPPER 0x100000000u	/* garbage above the low word */

static bool find(const void *ctx, const char *name, struct policy_text *text)
{
	(void)ctx;
	for (const struct blob_text *t = blob_index; t->name[0]; t++)
		if (!strcmp(t->name, name)) {
			*text = (struct policy_text){ .data = blob_texts + t->start, .len = t->len, .reviewed = true };
			return true;
		}
	return false;
}

static bool make(struct policy *p, struct policy_program *prog, uint32_t arch, unsigned features)
{
	const char *names[FILTER_TEXTS_MAX] = { features & BLOB_KEEPER ? "keeper" : "reader" };
	size_t n = features >= BLOB_KEEPER ? 1 : filter_texts(features, names);
	int rc = n ? 0 : -1;

	*prog = (struct policy_program){ 0 };
	policy_init(p, arch, find, NULL);
	for (size_t i = 0; i < n && rc >= 0; i++)
		rc = policy_include(p, names[i]);
	return rc >= 0 && policy_compile(p, prog) >= 0;
}

static uint32_t run(const struct policy_program *prog, uint32_t arch, int nr, const uint64_t args[6])
{
	struct seccomp_data d = { .nr = nr, .arch = arch };

	for (int i = 0; i < 6; i++)
		d.args[i] = args[i];
	return bpf_run(prog->insn, prog->len, &d);
}

/* ---- rows: features, a call with its arguments, and what it meets ---- */
struct row {
	unsigned features;
	const char *call;
	uint64_t args[6];
	uint32_t wanted;
};

#define THREAD 0x3d0f00
static const struct row rows[] = {
	{ ANY_ACCEL, "clone", { THREAD }, ALLOWED },
	{ ANY_ACCEL, "clone", { THREAD | CLONE_DETACHED }, ALLOWED },
	{ ANY_ACCEL, "clone", { THREAD | UPPER }, EPERMED },
	{ ANY_ACCEL, "clone", { THREAD | CLONE_NEWUSER }, EPERMED },
	{ ANY_ACCEL, "clone", { THREAD & ~CLONE_THREAD }, EPERMED },
	{ ANY_ACCEL, "clone", { SIGCHLD }, EPERMED },
	{ ANY_ACCEL, "clone", { CLONE_NEWUSER | SIGCHLD }, EPERMED },
	{ ANY_ACCEL, "clone", { CLONE_VM | CLONE_VFORK | SIGCHLD }, EPERMED },
	{ ANY_ACCEL, "clone", { 0 }, EPERMED },
	{ ANY_ACCEL, "clone3", { 0 }, ENOSYSED },
	{ ANY_ACCEL, "fork", { 0 }, EPERMED },
	{ ANY_ACCEL, "vfork", { 0 }, EPERMED },
	{ ANY_ACCEL, "execve", { 0 }, EPERMED },
	{ ANY_ACCEL, "execveat", { 1000, 1, 2, 3, AT_EMPTY_PATH }, ALLOWED },
	{ ANY_ACCEL, "execveat", { 999, 1, 2, 3, AT_EMPTY_PATH }, EPERMED },
	{ ANY_ACCEL, "execveat", { 1001, 1, 2, 3, AT_EMPTY_PATH }, EPERMED },
	{ ANY_ACCEL, "execveat", { 1000, 1, 2, 3, 0 }, EPERMED },
	{ ANY_ACCEL, "execveat", { 1000, 1, 2, 3, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW }, EPERMED },
	{ ANY_ACCEL, "execveat", { (uint32_t)AT_FDCWD, 1, 2, 3, AT_EMPTY_PATH }, EPERMED },
	/* memory: writable or executable */
	{ ANY_ACCEL, "mmap", { 0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS }, ALLOWED },
	{ ANY_ACCEL, "mmap", { 0, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS }, ALLOWED },
	{ ANY_ACCEL, "mmap", { 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, 5 }, ALLOWED },
	{ TCG, "mmap", { 0, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, 5 }, ALLOWED },
	{ KVM, "mmap", { 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS }, EPERMED },
	{ TCG, "mmap", { 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS }, EPERMED },
	{ KVM, "mmap", { 0, 4096, PROT_WRITE | PROT_EXEC, MAP_PRIVATE, 5 }, EPERMED },
	{ TCG, "mmap", { 0, 4096, PROT_WRITE | PROT_EXEC, MAP_SHARED, 5 }, EPERMED },
	{ TCG, "mmap", { 0, 4096, UPPER | PROT_WRITE | PROT_EXEC, MAP_SHARED, 5 }, EPERMED },
	{ TCG, "mmap", { 0, 4096, PROT_WRITE | PROT_EXEC | PROT_GROWSDOWN, MAP_SHARED, 5 }, EPERMED },
	{ RWX, "mmap", { 0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS }, ALLOWED },
	{ ANY_ACCEL, "mprotect", { 0, 4096, PROT_READ | PROT_WRITE }, ALLOWED },
	{ ANY_ACCEL, "mprotect", { 0, 4096, PROT_NONE }, ALLOWED },
	{ KVM, "mprotect", { 0, 4096, PROT_READ | PROT_EXEC }, EPERMED },
	{ KVM, "mprotect", { 0, 4096, UPPER | PROT_EXEC }, EPERMED },
	{ TCG, "mprotect", { 0, 4096, PROT_READ | PROT_EXEC }, ALLOWED },
	{ TCG, "mprotect", { 0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC }, EPERMED },
	{ RWX, "mprotect", { 0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC }, ALLOWED },
	{ ANY_ACCEL, "pkey_mprotect", { 0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC }, EPERMED },
	{ ANY_ACCEL, "shmat", { 0 }, EPERMED },
	{ ANY_ACCEL, "remap_file_pages", { 0 }, EPERMED },
	{ ANY_ACCEL, "madvise", { 0, 4096, MADV_DONTNEED }, ALLOWED },
	{ ANY_ACCEL, "madvise", { 0, 4096, UPPER | MADV_DONTNEED }, ALLOWED },
	{ ANY_ACCEL, "madvise", { 0, 4096, 100 }, EPERMED },
	{ ANY_ACCEL, "madvise", { 0, 4096, 18 }, EPERMED },
	/* ioctl: the low word decides */
	{ ANY_ACCEL, "ioctl", { 3, 0x5412 }, EPERMED },
	{ ANY_ACCEL, "ioctl", { 3, UPPER | 0x5412 }, EPERMED },
	{ ANY_ACCEL, "ioctl", { 3, 0x541c }, EPERMED },
	{ ANY_ACCEL, "ioctl", { 3, UPPER | 0x541c }, EPERMED },
	{ ANY_ACCEL, "ioctl", { 3, 0x5402 }, EPERMED },
	{ ANY_ACCEL, "ioctl", { 3, 0x2285 }, EPERMED },
	{ ANY_ACCEL, "ioctl", { 3, 0x400454ca }, EPERMED },
	{ ANY_ACCEL, "ioctl", { 3, 0x800454d2 }, ALLOWED },
	{ ANY_ACCEL, "ioctl", { 3, 0xffffffff800454d2 }, ALLOWED },
	{ ANY_ACCEL, "ioctl", { 3, 0x80081272 }, ALLOWED },
	{ ANY_ACCEL, "ioctl", { 3, 0x127d }, EPERMED },
	{ KVM, "ioctl", { 3, 0xae80 }, ALLOWED },
	{ KVM, "ioctl", { 3, 0x4020ae46 }, ALLOWED },
	{ KVM, "ioctl", { 3, 0xffffffffc008ae67 }, ALLOWED },
	{ KVM, "ioctl", { 3, 0xaf01 }, EPERMED },
	{ TCG, "ioctl", { 3, 0xae80 }, EPERMED },
	{ RWX, "ioctl", { 3, 0xae01 }, EPERMED },
	{ KVM | FILTER_VHOST, "ioctl", { 3, 0xaf01 }, ALLOWED },
	{ KVM, "ioctl", { 3, 0xc018aa3f }, EPERMED },
	{ KVM | FILTER_POSTCOPY, "ioctl", { 3, 0xc018aa3f }, ALLOWED },
	{ TCG, "userfaultfd", { 0 }, EPERMED },
	{ TCG | FILTER_POSTCOPY, "userfaultfd", { 0 }, ALLOWED },
	/* sockets */
	{ ANY_ACCEL, "socket", { AF_UNIX, SOCK_STREAM }, EPERMED },
	{ ANY_ACCEL, "socket", { AF_INET, SOCK_STREAM }, EPERMED },
	{ ANY_ACCEL, "socket", { 16, SOCK_RAW }, EPERMED },
	{ ANY_ACCEL, "bind", { 3 }, EPERMED },
	{ ANY_ACCEL, "connect", { 3 }, EPERMED },
	{ TCG | SLIRP, "socket", { AF_INET, SOCK_DGRAM }, ALLOWED },
	{ TCG | SLIRP, "socket", { AF_INET6, SOCK_STREAM }, ALLOWED },
	{ TCG | SLIRP, "socket", { UPPER | AF_INET, SOCK_STREAM }, ALLOWED },
	{ TCG | SLIRP, "socket", { AF_UNIX, SOCK_STREAM }, EPERMED },
	{ TCG | SLIRP, "socket", { 17, SOCK_RAW }, EPERMED },
	{ TCG | SLIRP, "connect", { 3 }, ALLOWED },
	{ KVM | UNIX, "socket", { AF_UNIX, SOCK_STREAM }, ALLOWED },
	{ KVM | UNIX, "socket", { AF_INET, SOCK_STREAM }, EPERMED },
	{ KVM | UNIX, "socket", { 40, SOCK_STREAM }, EPERMED },
	{ KVM | UNIX, "bind", { 3 }, ALLOWED },
	{ KVM | UNIX | SLIRP, "bind", { 3 }, ALLOWED },
	{ ANY_ACCEL, "socketpair", { AF_UNIX, SOCK_STREAM }, ALLOWED },
	{ ANY_ACCEL, "socketpair", { AF_INET, SOCK_STREAM }, EPERMED },
	{ ANY_ACCEL, "getsockopt", { 3, SOL_SOCKET, SO_TYPE }, ALLOWED },
	{ ANY_ACCEL, "getsockopt", { 3, SOL_SOCKET, SO_ERROR }, ALLOWED },
	{ ANY_ACCEL, "getsockopt", { 3, SOL_SOCKET, SO_PEERCRED }, EPERMED },
	{ ANY_ACCEL, "getsockopt", { 3, SOL_SOCKET, 77 }, EPERMED },	/* SO_PEERPIDFD */
	{ ANY_ACCEL, "setsockopt", { 3, SOL_SOCKET, SO_SNDBUF }, ALLOWED },
	{ ANY_ACCEL, "setsockopt", { 3, SOL_SOCKET, SO_ATTACH_FILTER }, EPERMED },
	{ ANY_ACCEL, "setsockopt", { 3, SOL_SOCKET, 50 }, EPERMED },
	{ ANY_ACCEL, "setsockopt", { 3, 6, 1 }, ALLOWED },
	{ ANY_ACCEL, "setsockopt", { 3, 6, 31 }, EPERMED },
	{ ANY_ACCEL, "setsockopt", { 3, 0, 2 }, EPERMED },
	{ TCG | SLIRP, "setsockopt", { 3, 0, 2 }, ALLOWED },
	/* files */
	{ ANY_ACCEL, "openat", { (uint32_t)AT_FDCWD, 1, O_RDONLY | O_CLOEXEC }, ALLOWED },
	{ ANY_ACCEL, "openat", { (uint32_t)AT_FDCWD, 1, O_RDWR | O_CLOEXEC }, ALLOWED },
	{ ANY_ACCEL, "openat", { (uint32_t)AT_FDCWD, 1, O_WRONLY | O_CREAT, 0600 }, EPERMED },
	{ ANY_ACCEL, "openat", { (uint32_t)AT_FDCWD, 1, 020000000 | O_RDWR, 0600 }, EPERMED },
	{ TCG | FILTER_9P, "openat", { (uint32_t)AT_FDCWD, 1, O_WRONLY | O_CREAT, 0600 }, ALLOWED },
	{ ANY_ACCEL, "open", { 1, O_RDONLY }, ALLOWED },
	{ ANY_ACCEL, "open", { 1, O_WRONLY | O_CREAT, 0600 }, EPERMED },
	{ ANY_ACCEL, "openat2", { 0 }, ENOSYSED },
	{ ANY_ACCEL, "unlinkat", { 0 }, EPERMED },
	{ ANY_ACCEL, "unlink", { 0 }, EPERMED },
	{ ANY_ACCEL, "renameat", { 0 }, EPERMED },
	{ ANY_ACCEL, "mknodat", { 0 }, EPERMED },
	{ TCG | FILTER_9P, "mknodat", { 0 }, ALLOWED },
	{ ANY_ACCEL, "fchmod", { 0 }, EPERMED },
	{ ANY_ACCEL, "getdents64", { 0 }, EPERMED },
	{ ANY_ACCEL, "dup3", { 3, 1000 }, EPERMED },
	{ ANY_ACCEL, "dup2", { 3, 1000 }, EPERMED },
	{ ANY_ACCEL, "fcntl", { 3, F_OFD_SETLK }, ALLOWED },
	{ ANY_ACCEL, "fcntl", { 3, UPPER | F_OFD_SETLK }, ALLOWED },
	{ ANY_ACCEL, "fcntl", { 3, F_DUPFD_CLOEXEC, 1000 }, ALLOWED },
	{ ANY_ACCEL, "fcntl", { 3, 8 }, EPERMED },
	{ ANY_ACCEL, "fcntl", { 3, 1024 }, EPERMED },
	{ ANY_ACCEL, "close_range", { 3 }, ENOSYSED },
	/* rings */
	{ ANY_ACCEL, "io_uring_setup", { 128 }, EPERMED },
	{ ANY_ACCEL, "io_uring_enter", { 3 }, EPERMED },
	{ TCG | URING, "io_uring_setup", { 128 }, ALLOWED },
	{ KVM | URING, "io_uring_enter", { 3 }, ALLOWED },
	{ RWX | URING, "io_uring_register", { 3 }, ALLOWED },
	{ ANY_ACCEL, "io_submit", { 1 }, ALLOWED },
	/* itself and others */
	{ ANY_ACCEL, "prlimit64", { 0, 7, 0, 1 }, ALLOWED },
	{ ANY_ACCEL, "prlimit64", { 0, 7, 1, 0 }, EPERMED },
	{ ANY_ACCEL, "prlimit64", { 0, 7, UPPER, 0 }, EPERMED },
	{ ANY_ACCEL, "prlimit64", { 5, 7, 0, 1 }, EPERMED },
	{ ANY_ACCEL, "setrlimit", { 7 }, EPERMED },
	{ ANY_ACCEL, "prctl", { PR_SET_NAME }, ALLOWED },
	{ ANY_ACCEL, "prctl", { PR_SET_SECCOMP }, EPERMED },
	{ ANY_ACCEL, "prctl", { PR_SET_DUMPABLE, 1 }, EPERMED },
	{ ANY_ACCEL, "arch_prctl", { 0x1002 }, ALLOWED },
	{ ANY_ACCEL, "arch_prctl", { 0x1001 }, EPERMED },
	{ KVM, "arch_prctl", { 0x1025, 18 }, ALLOWED },
	{ TCG, "arch_prctl", { 0x1025, 18 }, EPERMED },
	{ ANY_ACCEL, "tgkill", { 1, 5, SIGUSR1 }, ALLOWED },
	{ ANY_ACCEL, "tgkill", { 2, 5, SIGUSR1 }, EPERMED },
	{ ANY_ACCEL, "tgkill", { 0xffffffff, 5, SIGKILL }, EPERMED },
	{ ANY_ACCEL, "tkill", { 5, SIGUSR1 }, ALLOWED },
	{ KVM | FILTER_NO_PIDNS, "tgkill", { 200, 200, SIGUSR1 }, ALLOWED },
	{ KVM | FILTER_NO_PIDNS, "tgkill", { 1, 5, SIGKILL }, EPERMED },
	{ KVM | FILTER_NO_PIDNS, "tkill", { 5, SIGKILL }, EPERMED },
	{ ANY_ACCEL, "kill", { 1, SIGTERM }, EPERMED },
	{ ANY_ACCEL, "pidfd_send_signal", { 3, SIGTERM }, EPERMED },
	{ ANY_ACCEL, "seccomp", { 1 }, EPERMED },
	{ ANY_ACCEL, "landlock_create_ruleset", { 0 }, EPERMED },
	{ ANY_ACCEL, "process_vm_readv", { 0 }, KILLED },
	/* the keeper */
	{ BLOB_KEEPER, "socket", { AF_UNIX, SOCK_STREAM }, ALLOWED },
	{ BLOB_KEEPER, "socket", { AF_INET, SOCK_STREAM }, EPERMED },
	{ BLOB_KEEPER, "clone", { CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID | SIGCHLD }, ALLOWED },
	{ BLOB_KEEPER, "clone", { SIGCHLD }, ALLOWED },
	{ BLOB_KEEPER, "clone", { SIGCHLD | CLONE_NEWUSER }, EPERMED },
	{ BLOB_KEEPER, "clone", { THREAD }, EPERMED },
	{ BLOB_KEEPER, "pidfd_send_signal", { 3, SIGKILL }, ALLOWED },
	{ BLOB_KEEPER, "pidfd_send_signal", { 3, SIGTERM }, EPERMED },
	{ BLOB_KEEPER, "kill", { 7, SIGKILL }, ALLOWED },
	{ BLOB_KEEPER, "kill", { 7, SIGTERM }, EPERMED },
	{ BLOB_KEEPER, "mmap", { 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, 3 }, EPERMED },
	{ BLOB_KEEPER, "mmap", { 0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS }, ALLOWED },
	{ BLOB_KEEPER, "mprotect", { 0, 4096, PROT_EXEC }, EPERMED },
	{ BLOB_KEEPER, "execve", { 0 }, KILLED },
	{ BLOB_KEEPER, "execveat", { 1000, 0, 0, 0, AT_EMPTY_PATH }, KILLED },
	{ BLOB_KEEPER, "io_uring_setup", { 0 }, EPERMED },
	{ BLOB_KEEPER, "ioctl", { 0, 0x5412 }, EPERMED },
	{ BLOB_KEEPER, "ioctl", { 0, UPPER | 0x5402 }, ALLOWED },
	/* the reader */
	{ BLOB_READER, "read", { 0 }, ALLOWED },
	{ BLOB_READER, "pread64", { 0 }, ALLOWED },
	{ BLOB_READER, "write", { 0 }, ALLOWED },
	{ BLOB_READER, "exit_group", { 0 }, ALLOWED },
	{ BLOB_READER, "openat", { 0 }, KILLED },
	{ BLOB_READER, "mmap", { 0 }, KILLED },
	{ BLOB_READER, "close", { 0 }, KILLED },
	{ BLOB_READER, "clone3", { 0 }, KILLED },
};

/* Calls that meet one answer whatever their arguments are. */
static const char *const always[] = { "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "preadv2",
	"pwritev2", "close", "lseek", "futex", "munmap", "brk", "poll", "ppoll", "exit", "exit_group", "rt_sigaction",
	"rt_sigprocmask", "rt_sigreturn", "getrandom", "gettid", "set_robust_list", "set_tid_address", "rseq", "membarrier",
	"sched_getaffinity", "getcpu", "clock_nanosleep", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2",
	"eventfd2", "signalfd4", "listen", "accept4", "getsockname", "getpeername", "recvmsg", "sendmsg", "sendto",
	"recvfrom", "shutdown", "fallocate", "fdatasync", "ftruncate", "memfd_create", "newfstatat", "fstat", "statx", "io_setup",
	"io_submit", "mbind", "uname", "sysinfo", "restart_syscall" };
static const char *const never[] = { "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "bpf", "perf_event_open",
	"kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "reboot", "swapon", "swapoff", "syslog",
	"acct", "settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "quotactl", "quotactl_fd", "mount",
	"umount2", "pivot_root", "chroot", "open_tree", "move_mount", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr",
	"setns", "unshare", "open_by_handle_at", "name_to_handle_at", "fanotify_init", "fanotify_mark", "vhangup", "sethostname",
	"setdomainname", "keyctl", "add_key", "request_key", "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid",
	"setfsuid", "setfsgid", "setgroups", "capset", "personality", "move_pages", "migrate_pages", "lookup_dcookie", "iopl",
	"ioperm", "modify_ldt", "uselib", "sysfs", "ustat" };

static const uint32_t archs[] = { AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64 };
static const unsigned accels[] = { KVM, TCG, RWX };
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void check_row(uint32_t arch, unsigned features, const struct row *r)
{
	struct policy p;
	struct policy_program prog;
	char what[100];
	int nr = seccomp_syscall_resolve_name_arch(arch, r->call);

	if (nr < 0)
		return;		/* the other architecture's */
	if (!make(&p, &prog, arch, features)) {
		ok(false, "a filter is made: %s", err_text());
	} else {
		uint32_t got = run(&prog, arch, nr, r->args);
		const char *whose = features & BLOB_KEEPER ? "keeper" : features & BLOB_READER ? "reader" :
				    filter_describe(features, what, sizeof(what));

		if (!ok(got == r->wanted, "%s, %s: %s(%llx, %llx, %llx, %llx, %llx)", policy_arch_name(arch), whose, r->call,
			(long long)r->args[0], (long long)r->args[1], (long long)r->args[2], (long long)r->args[3],
			(long long)r->args[4]))
			diag("got %x, wanted %x", got, r->wanted);
	}
	policy_program_free(&prog);
	policy_free(&p);
}

static void test_rows(void)
{
	for (size_t a = 0; a < COUNT(archs); a++)
		for (size_t i = 0; i < COUNT(rows); i++) {
			if (rows[i].features != ANY_ACCEL)
				check_row(archs[a], rows[i].features, &rows[i]);
			for (size_t k = 0; k < COUNT(accels) && rows[i].features == ANY_ACCEL; k++)
				check_row(archs[a], accels[k], &rows[i]);
		}
}

static void check_list(const struct policy_program *prog, uint32_t arch, const char *const *names, size_t n, uint32_t wanted,
		       const char *what)
{
	static const uint64_t args[2][6] = { { 0 }, { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX } };
	size_t bad = 0;

	for (size_t i = 0; i < n; i++) {
		int nr = seccomp_syscall_resolve_name_arch(arch, names[i]);

		for (int k = 0; k < 2 && nr >= 0; k++)
			if (run(prog, arch, nr, args[k]) != wanted && !bad++)
				diag("%s meets %x", names[i], run(prog, arch, nr, args[k]));
	}
	is_int((long long)bad, 0, "%s", what);
}

static void check_edges(const struct policy_program *prog, uint32_t arch)
{
	static const uint64_t none[6];
	uint32_t other = arch == AUDIT_ARCH_X86_64 ? AUDIT_ARCH_I386 : AUDIT_ARCH_ARM;

	is_int(run(prog, arch, 1000, none), ENOSYSED, "number 1000 does not exist");
	is_int(run(prog, arch, POLICY_NEWER_FROM, none), ENOSYSED, "nor does the first that is newer");
	is_int(run(prog, arch, POLICY_NEWER_FROM - 1, none), EPERMED, "the one before is refused");
	is_int(run(prog, other, 3, none), KILLED, "32-bit calls are deadly");
	is_int(run(prog, other, 1000, none), KILLED, "whatever their number");
	if (arch != AUDIT_ARCH_X86_64)
		return;
	is_int(run(prog, arch, 0x40000000, none), KILLED, "x32 calls are deadly: read");
	is_int(run(prog, arch, 0x40000000 | 520, none), KILLED, "x32's own execve");
	is_int(run(prog, arch, 0x40000000 | 1000, none), KILLED, "whatever their number");
}

static void test_lists(void)
{
	for (size_t a = 0; a < COUNT(archs); a++)
		for (unsigned i = 0; i < 4; i++) {
			struct policy p;
			struct policy_program prog;
			unsigned features = i < 3 ? accels[i] : BLOB_KEEPER;

			if (ok(make(&p, &prog, archs[a], features), "a filter is made for %s", policy_arch_name(archs[a]))) {
				if (i < 3)
					check_list(&prog, archs[a], always, COUNT(always), ALLOWED, "what QEMU needs is allowed");
				check_list(&prog, archs[a], never, COUNT(never), KILLED, "the nevers are deadly");
				check_edges(&prog, archs[a]);
			}
			policy_program_free(&prog);
			policy_free(&p);
		}
}

/* What the build made is what the texts say now. */
static void test_blobs(void)
{
	size_t n = 0;

	for (const struct blob *b = blobs; b->features; b++, n++) {
		struct policy p;
		struct policy_program prog;
		struct filter f = { 0 };
		bool made = make(&p, &prog, policy_arch(NULL), b->features);

		ok(made && prog.len == b->len && !memcmp(prog.insn, blob_code + b->start, prog.len * sizeof(*prog.insn)),
		   "the built-in program 0x%x is its text's", b->features);
		if (b->features < BLOB_KEEPER)
			ok(filter_prepare(&f, b->features, NULL) == 0 && f.insn == blob_code + b->start && !f.own,
			   "and used as it is");
		filter_free(&f);
		policy_program_free(&prog);
		policy_free(&p);
	}
	is_int((long long)n, 5, "there are as many as are meant to be");
}

/* ---- for real ---- */
/* In a child under a filter: 0 and the call's errno as exit code, or -signal. */
static int in_child(const struct filter *f, int (*confine)(void), int (*what)(void))
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		struct rlimit none = { 0 };

		setrlimit(RLIMIT_CORE, &none);
		signal(SIGSEGV, SIG_DFL);	/* a sanitizer has its own */
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		syscall(SYS_exit_group, (f ? filter_load(f) : confine()) < 0 ? 255 : what());
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		bail_out("fork");
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

#define CALL(name, ...) static int name(void) { return syscall(__VA_ARGS__) < 0 ? errno : 0; }
CALL(do_getpid, SYS_getpid)
CALL(do_socket, SYS_socket, AF_UNIX, SOCK_STREAM, 0)
CALL(do_inet, SYS_socket, AF_INET, SOCK_STREAM, 0)
CALL(do_ptrace, SYS_ptrace, 0, 0, 0, 0)
CALL(do_unshare, SYS_unshare, CLONE_NEWUSER)
CALL(do_fork, SYS_clone, SIGCHLD, 0, 0, 0, 0)
CALL(do_new, SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0)
CALL(do_clone3, SYS_clone3, NULL, 0)
CALL(do_number_1000, 1000)
CALL(do_tiocsti, SYS_ioctl, 0, 0x100005412, "x")
CALL(do_execve, SYS_execve, "/bin/true", NULL, NULL)
CALL(do_uring, SYS_io_uring_setup, 1, NULL)
CALL(do_rwx, SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
CALL(do_open, SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY)
CALL(do_creat, SYS_openat, AT_FDCWD, "/dev/null", O_WRONLY | O_CREAT, 0600)
CALL(do_write, SYS_write, -1, NULL, 0)

static int do_read(void)
{
	return syscall(SYS_read, -1, NULL, 0) < 0 && errno == EBADF && syscall(SYS_pread64, -1, NULL, 0, 0) < 0 ? errno : 0;
}

#ifdef __x86_64__
CALL(do_x32, 0x40000000 | SYS_getpid)

static int do_int80(void)
{
	long rc;

	/* number 20: getpid of i386 */
	__asm__ volatile("int $0x80" : "=a"(rc) : "a"(20L) : "memory", "r8", "r9", "r10", "r11");
	return rc == -ENOSYS ? ENOSYS : 0;
}
#endif

#ifdef __x86_64__
static int no_filter(void)
{
	return 0;
}

static int filter_tcg(void)
{
	struct filter f;

	return filter_prepare(&f, TCG, NULL) < 0 ? -1 : filter_load(&f);
}
#endif

static void *thread(void *arg)
{
	*(int *)arg = 7;
	return NULL;
}

static int do_thread(void)
{
	pthread_t t;
	int mark = 0;

	return pthread_create(&t, NULL, thread, &mark) == 0 && pthread_join(t, NULL) == 0 && mark == 7 ? 0 : 1;
}

static int exec_fd(int as, int flags)
{
	char *argv[] = { (char *)"true", NULL };
	int fd = open("/bin/true", O_PATH | O_CLOEXEC);

	if (fd < 0 || fcntl(fd, F_DUPFD_CLOEXEC, as) != as)
		return 254;
	syscall(SYS_execveat, as, "", argv, environ, flags);
	return errno;
}

static int do_exec_1000(void) { return exec_fd(1000, AT_EMPTY_PATH); }
static int do_exec_999(void) { return exec_fd(999, AT_EMPTY_PATH); }
static int do_exec_flags(void) { return exec_fd(1000, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW); }

/* As lib/vm/keeper.c and its ladder do: a child, a socket, a pidfd, a rotated log. */
static int do_keep(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = "/nonexistent/socket" };
	int status, fd, pidfd;
	pid_t pid;
	char *mem = malloc(1 << 20);

	pid = fork();
	if (pid == 0)
		for (;;)
			poll(NULL, 0, -1);
	if (pid < 0 || !mem)
		return 1;
	memset(mem, 1, 1 << 20);
	free(mem);
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0 || syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) < 0 || waitpid(pid, &status, 0) != pid)
		return 2;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0 || errno != ENOENT)
		return 3;
	fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_SH | LOCK_NB) < 0)
		return 4;
	if (renameat(AT_FDCWD, "/nonexistent/a", AT_FDCWD, "/nonexistent/b") == 0 || errno != ENOENT ||
	    unlinkat(AT_FDCWD, "/nonexistent/a", 0) == 0 || errno != ENOENT ||
	    faccessat(AT_FDCWD, "/nonexistent/a", F_OK, 0) == 0 || errno != ENOENT)
		return 5;
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? 0 : 6;
}

static const struct {
	unsigned features;
	const char *what;
	int (*call)(void);
	int wanted;
} calls[] = {
	{ TCG, "getpid works", do_getpid, 0 },
	{ TCG, "a thread starts and ends", do_thread, 0 },
	{ KVM, "a thread starts and ends", do_thread, 0 },
	{ TCG, "a file is opened", do_open, 0 },
	{ TCG, "none is made", do_creat, EPERM },
	{ TCG, "no socket", do_socket, EPERM },
	{ TCG, "ptrace is deadly", do_ptrace, -SIGSYS },
	{ TCG, "unshare is deadly", do_unshare, -SIGSYS },
	{ TCG, "no fork", do_fork, EPERM },
	{ TCG, "no namespace", do_new, EPERM },
	{ TCG, "clone3 is not there", do_clone3, ENOSYS },
	{ TCG, "nor is number 1000", do_number_1000, ENOSYS },
	{ TCG, "TIOCSTI with garbage above is refused", do_tiocsti, EPERM },
	{ TCG, "no exec", do_execve, EPERM },
	{ TCG, "but that of descriptor 1000", do_exec_1000, 0 },
	{ TCG, "not that of 999", do_exec_999, EPERM },
	{ TCG, "nor with other flags", do_exec_flags, EPERM },
	{ TCG, "no ring", do_uring, EPERM },
	{ TCG | URING, "compiled at run time: a ring where it was asked for", do_uring, EFAULT },
	{ TCG, "no memory that is writable and executable", do_rwx, EPERM },
	{ KVM, "no memory that is writable and executable", do_rwx, EPERM },
	{ RWX, "but where that was asked for", do_rwx, 0 },
	{ TCG | SLIRP, "a socket for slirp", do_inet, 0 },
	{ TCG | SLIRP, "of its families only", do_socket, EPERM },
	{ TCG | UNIX, "compiled at run time: a socket", do_socket, 0 },
	{ TCG | UNIX | FILTER_9P | FILTER_POSTCOPY | FILTER_VHOST | FILTER_NO_PIDNS | SLIRP | URING, "everything: a file", do_creat, 0 },
#ifdef __x86_64__
	{ TCG, "x32 is deadly", do_x32, -SIGSYS },
#endif
};

static void test_real(void)
{
	struct rlimit l = { 2000, 2000 };

	/* exec of descriptor 1000 wants it to exist; a hard limit below that is the machine's */
	if (setrlimit(RLIMIT_NOFILE, &l) < 0)
		diag("RLIMIT_NOFILE stays as it is");
	for (size_t i = 0; i < COUNT(calls); i++) {
		struct filter f;
		char what[128];

		if (filter_prepare(&f, calls[i].features, NULL) < 0)
			ok(false, "%s", err_text());
		else
			is_int(in_child(&f, NULL, calls[i].call), calls[i].wanted, "%s: %s",
			       filter_describe(calls[i].features, what, sizeof(what)), calls[i].what);
		filter_free(&f);
	}
#ifdef __x86_64__
	if (in_child(NULL, no_filter, do_int80) == -SIGSEGV)
		skip(1, "this kernel has no int 0x80");
	else
		is_int(in_child(NULL, filter_tcg, do_int80), -SIGSYS, "int 0x80 is deadly");
#endif
	is_int(in_child(NULL, filter_keeper, do_keep), 0, "the keeper can do what a keeper does");
	is_int(in_child(NULL, filter_keeper, do_execve), -SIGSYS, "the keeper starts nothing");
	is_int(in_child(NULL, filter_keeper, do_inet), EPERM, "the keeper speaks to no network");
	is_int(in_child(NULL, filter_reader, do_read), EBADF, "the reader reads");
	is_int(in_child(NULL, filter_reader, do_write), EBADF, "the reader writes");
	is_int(in_child(NULL, filter_reader, do_open), -SIGSYS, "the reader opens nothing");
	is_int(in_child(NULL, filter_reader, do_clone3), -SIGSYS, "the reader makes nobody");
}

static void test_combinations(void)
{
	static const unsigned wrong[] = { 0, URING, KVM | TCG, KVM | 1 << 20, TCG | RWX };
	char what[64], small[12];

	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct filter f;

		is_int(filter_prepare(&f, wrong[i], NULL), -EINVAL, "no filter for 0x%x", wrong[i]);
		filter_free(&f);
	}
	is_str(filter_describe(TCG | URING, what, sizeof(what)), "qemu + tcg + io_uring", "a combination has a name");
	is_str(filter_describe(TCG | URING, small, sizeof(small)), "qemu + tcg ", "cut where there is no room");
}

int main(void)
{
	if (!policy_arch(NULL))
		skip_all("no filters for this architecture");
	test_combinations();
	test_rows();
	test_lists();
	test_blobs();
	test_real();
	return done_testing();
}
