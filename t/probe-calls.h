/* SPDX-License-Identifier: MIT */
/* The probe's rows on processes, identity, mounts, namespaces, sockets, memory and the kernel's interfaces. */
#ifndef T_PROBE_CALLS_H
#define T_PROBE_CALLS_H

#include "probe.h"

#include <linux/sched.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <netinet/in.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

/* A child that ends at once: possible. */
static int child(long pid)
{
	if (pid == 0)
		_exit(0);
	return pid < 0 ? -errno : 0;
}

static int try_fork(void) { return child(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)); }
static int try_thread_group(void) { return child(syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0)); }
static int try_clone_user(void) { return child(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0)); }
static int try_clone_net(void) { return child(syscall(SYS_clone, CLONE_NEWNET | SIGCHLD, 0, 0, 0, 0)); }
static int try_clone_ptrace(void) { return child(syscall(SYS_clone, CLONE_PTRACE | CLONE_UNTRACED | SIGCHLD, 0, 0, 0, 0)); }

static int try_clone3(void)
{
	struct clone_args a = { .exit_signal = SIGCHLD };

	return child(syscall(SYS_clone3, &a, sizeof(a)));
}

/* vfork's child shares the stack, so it must do nothing at all. */
static int try_vfork(void) { return child(syscall(SYS_clone, CLONE_VFORK | SIGCHLD, 0, 0, 0, 0)); }

static char thread_stack[16384] __attribute__((aligned(16)));
static int thread_body(void *arg)
{
	*(volatile int *)arg = 1;
	return 0;
}

/* As pthread_create() does it; and the thread must have run. */
static int try_thread(void)
{
	static volatile int ran;
	static int tid;
	int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS |
		    CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
	static char tls[4096] __attribute__((aligned(64)));

	/* the thread uses no libc, so a zeroed block whose first word points to itself will do for TLS */
	*(void **)(void *)(tls + 2048) = tls + 2048;
	if (clone(thread_body, thread_stack + sizeof(thread_stack), flags, (void *)&ran, &tid, tls + 2048, &tid) < 0)
		return -errno;
	for (int i = 0; i < 1000000 && !ran; i++)
		poll(NULL, 0, 0);
	return ran ? 0 : -ETIMEDOUT;
}

static int try_kill(void) { return syscall(SYS_kill, probe_pid, 0) < 0 ? -errno : 0; }
static int try_kill_all(void) { return syscall(SYS_kill, -1, 0) < 0 ? -errno : 0; }
static int try_tgkill(void) { return syscall(SYS_tgkill, probe_pid, probe_pid, 0) < 0 ? -errno : 0; }
static int try_pidfd(void) { return syscall(SYS_pidfd_open, probe_pid, 0) < 0 ? -errno : 0; }
static int try_ptrace(void) { return syscall(SYS_ptrace, 0x4206 /* SEIZE */, probe_pid, 0, 0) < 0 ? -errno : 0; }

static int try_vm_read(void)
{
	char here[8];
	struct { void *at; size_t len; } mine = { here, 8 }, its = { (void *)&probe_pid, 8 };

	return syscall(SYS_process_vm_readv, getpid(), &mine, 1, &its, 1, 0) < 0 ? -errno : 0;
}

static int try_fifo_class(void)
{
	struct sched_param p = { .sched_priority = 1 };

	if (syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &p) < 0)
		return -errno;
	p.sched_priority = 0;
	syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &p);
	return 0;
}

static int try_raise_limit(void)
{
	struct rlimit l = { 4096, 4096 };

	return syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &l, NULL) < 0 ? -errno : 0;
}

static int try_raise_core(void)
{
	struct rlimit l = { RLIM_INFINITY, RLIM_INFINITY };

	return syscall(SYS_prlimit64, 0, RLIMIT_CORE, &l, NULL) < 0 ? -errno : 0;
}

/* Its own limit, as it is. */
static int try_set_limit(void)
{
	struct rlimit l = { 64, 512 };

	return syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &l, NULL) < 0 ? -errno : 0;
}

static int try_capset(void)
{
	struct { uint32_t version; int pid; } head = { 0x20080522, 0 };
	struct { uint32_t eff, prm, inh; } data[2] = { { 1u << 21, 1u << 21, 0 }, { 0, 0, 0 } };	/* CAP_SYS_ADMIN */

	return syscall(SYS_capset, &head, data) < 0 ? -errno : 0;
}

/* ADJ_TICK to a value that is refused to root, too. */
static int try_adjtimex(void)
{
	static struct { unsigned modes; char rest[300]; } t = { .modes = 0x4000 };

	return syscall(SYS_adjtimex, &t) < 0 ? -errno : 0;
}

/* Is the session keyring the caller's? */
static int try_keyring(void)
{
	long id = syscall(SYS_keyctl, 0 /* GET_KEYRING_ID */, -3, 0);

	return id < 0 ? -errno : probe_keyring && id == probe_keyring ? 0 : -ESRCH;
}

/* ---- sockets ---- */

static int try_inet_pair(void)
{
	int fd[2];

	return socketpair(AF_INET, SOCK_STREAM, 0, fd) < 0 ? -errno : 0;
}

static int try_tcp_bind(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(40123) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ? -errno : 0;
}

static int try_interface(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	for (int i = 1; i < 256; i++) {
		struct ifreq r = { .ifr_ifindex = i };

		if (ioctl(fd, SIOCGIFNAME, &r) == 0 && ioctl(fd, SIOCGIFFLAGS, &r) == 0 && (r.ifr_flags & IFF_UP))
			return 0;
	}
	return -ENODEV;
}

static int option_each(int option, void *value, socklen_t size, int *got)
{
	int rc = -ENOTSOCK;

	for (int fd = 0; fd < 64; fd++) {
		socklen_t len = size;

		if (fcntl(fd, F_GETFD) < 0)
			continue;
		if (getsockopt(fd, SOL_SOCKET, option, value, &len) == 0) {
			*got = fd;
			return 0;
		}
		if (errno != ENOTSOCK)
			rc = -errno;
	}
	return rc;
}

static int try_peer_pidfd(void)
{
	int pidfd = -1, fd, rc = option_each(SO_PEERPIDFD, &pidfd, sizeof(pidfd), &fd);

	return rc == 0 && pidfd < 0 ? -ESRCH : rc;
}

static int try_peer_pid(void)
{
	struct ucred c = { 0 };
	int fd, rc = option_each(SO_PEERCRED, &c, sizeof(c), &fd);

	return rc < 0 ? rc : c.pid > 0 ? 0 : -ESRCH;
}

/* ---- memory ---- */

static int try_map_wx(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? -errno : 0;
}

static int protect(long nr, int prot)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED || syscall(nr, p, 4096, prot, -1) < 0 ? -errno : 0;
}

static int try_protect_wx(void) { return protect(SYS_mprotect, PROT_READ | PROT_WRITE | PROT_EXEC); }
static int try_protect_x(void) { return protect(SYS_mprotect, PROT_READ | PROT_EXEC); }
static int try_pkey_wx(void) { return protect(SYS_pkey_mprotect, PROT_READ | PROT_WRITE | PROT_EXEC); }

static int try_lock(void)
{
	void *p = mmap(NULL, 256 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED || mlock(p, 256 << 20) < 0 ? -errno : 0;
}

static int try_memory(void)
{
	void *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED || munmap(p, 1 << 20) < 0 ? -errno : 0;
}

static int try_memfd(void)
{
	int fd = memfd_create("probe", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	return fd < 0 || ftruncate(fd, 4096) < 0 || close(fd) < 0 ? -errno : 0;
}

static int try_uring(void)
{
	char params[120] = "";
	int fd = (int)syscall(SYS_io_uring_setup, 4, params);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* ---- another instruction set's system calls: getpid() in each ---- */

#ifdef __x86_64__
static int try_int80(void)
{
	long rc;

	__asm__ volatile("int $0x80" : "=a"(rc) : "a"(20L) : "memory", "r8", "r9", "r10", "r11");
	return rc < 0 ? (int)rc : 0;
}

static int try_x32(void) { return syscall(0x40000000l | SYS_getpid) < 0 ? -errno : 0; }
#endif

#define SOCKET(title, family) { "socket " title, SECCOMP, ANY, .nr = SYS_socket, .arg = { family, SOCK_DGRAM, 0 } }
#define UNSHARE(title, flag) { "unshare " title, SECCOMP | ALWAYS, KILLS, .nr = SYS_unshare, .arg = { flag } }
#define MODULE(title, number, ...) { title, SECCOMP | ALWAYS, KILLS, .nr = number, .arg = { __VA_ARGS__ } }
#define PLAIN(title, number, ...) { title, SECCOMP, ANY, .nr = number, .arg = { __VA_ARGS__ } }
#define DEADLY(title, number, ...) { title, SECCOMP, KILLS | ANY, .nr = number, .arg = { __VA_ARGS__ } }
#define CAPABLE(title, number, ...) { title, SECCOMP | ALWAYS, 0, .nr = number, .arg = { __VA_ARGS__ } }

static const struct row call_rows[] = {
	{ "a thread", 0, MUST, .try = try_thread },
	/* kill(-1) says that it worked even where each single signal was refused */
	{ "signal everybody", PIDNS | SECCOMP, HERE, .try = try_kill_all },
	{ "fork", SECCOMP, 0, .try = try_fork },
	{ "vfork", SECCOMP, 0, .try = try_vfork },
	{ "clone as a sibling", SECCOMP, ANY, .try = try_thread_group },	/* EINVAL for a namespace's pid 1 */
	{ "clone with a user namespace", SECCOMP, ANY, .try = try_clone_user },
	{ "clone with a network namespace", SECCOMP | ALWAYS, 0, .try = try_clone_net },
	{ "clone untraced", SECCOMP, 0, .try = try_clone_ptrace },
	{ "clone3", SECCOMP, NOSYS, .try = try_clone3 },
	{ "signal a process of the host", PIDNS | OWN | LANDLOCK | SECCOMP, 0, .try = try_kill },
	{ "signal a thread of the host", PIDNS | OWN | LANDLOCK | SECCOMP, 0, .try = try_tgkill },
	{ "pidfd_open a process of the host", PIDNS | SECCOMP, 0, .try = try_pidfd },
	{ "pidfd_getfd", SECCOMP, KILLS, EBADF, .nr = SYS_pidfd_getfd, .arg = { -1, 0, 0 } },
	{ "ptrace", PIDNS | OWN | SECCOMP | ALWAYS, KILLS, .try = try_ptrace },
	{ "process_vm_readv", SECCOMP, KILLS, .try = try_vm_read },
	{ "process_vm_writev", SECCOMP, KILLS, EINVAL, .nr = SYS_process_vm_writev, .arg = { 1, 0, 0, 0, 0, 1 } },
	PLAIN("process_madvise", SYS_process_madvise, -1, 0, 0, 0, 0),
	PLAIN("kcmp", SYS_kcmp, 1, 1, 0, 0, 0),
	CAPABLE("a real-time class by setpriority", SYS_setpriority, 0, 0, -20),
	{ "a real-time class", SECCOMP | ALWAYS, 0, .try = try_fifo_class },
	CAPABLE("a real-time I/O class", SYS_ioprio_set, 1, 0, 1 << 13),
	{ "raise the limit on descriptors", ALWAYS, 0, .try = try_raise_limit },
	{ "raise the limit on core dumps", ALWAYS, 0, .try = try_raise_core },
	{ "set a limit at all", SECCOMP, 0, .try = try_set_limit },
	{ "setuid 0", SECCOMP | NOTROOT, KILLS, .nr = SYS_setuid, .arg = { 0 } },
	{ "setgid 0", SECCOMP | NOTROOT, KILLS, .nr = SYS_setgid, .arg = { 0 } },
	{ "setresuid", SECCOMP | ALWAYS, KILLS, .nr = SYS_setresuid, .arg = { 12345, 12345, 12345 } },
	{ "setresgid", SECCOMP | ALWAYS, KILLS, .nr = SYS_setresgid, .arg = { 12345, 12345, 12345 } },
	{ "setgroups", SECCOMP | ALWAYS, KILLS, .nr = SYS_setgroups, .arg = { 0, 0 } },
	DEADLY("setreuid", SYS_setreuid, -1, -1), DEADLY("setregid", SYS_setregid, -1, -1),
	DEADLY("setfsuid", SYS_setfsuid, -1), DEADLY("setfsgid", SYS_setfsgid, -1),
	{ "capset", SECCOMP | ALWAYS, KILLS, .try = try_capset },
	{ "an ambient capability", ALWAYS, 0, .nr = SYS_prctl, .arg = { PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 21, 0, 0 } },
	{ "securebits", SECCOMP | ALWAYS, 0, .nr = SYS_prctl, .arg = { PR_SET_SECUREBITS, 0 } },
	{ "no_new_privs off", ALWAYS, 0, .nr = SYS_prctl, .arg = { PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0 } },
	{ "dumpable", SECCOMP, 0, .nr = SYS_prctl, .arg = { PR_SET_DUMPABLE, 1, 0, 0, 0 } },
	{ "PR_SET_MM", SECCOMP | ALWAYS, 0, .nr = SYS_prctl, .arg = { PR_SET_MM, PR_SET_MM_BRK, 4096, 0, 0 } },
	{ "PR_SET_PTRACER", SECCOMP, ANY, .nr = SYS_prctl, .arg = { 0x59616d61, -1, 0, 0, 0 } },
	{ "memory writable and executable allowed again", MDWE | SECCOMP, 0, .nr = SYS_prctl, .arg = { 65, 0, 0, 0, 0 } },
	{ "another seccomp filter", SECCOMP, 0, EFAULT, .nr = SYS_seccomp, .arg = { 1, 0, 0 } },
	PLAIN("setsid", SYS_setsid, 0),
	SOCKET("unix", AF_UNIX), SOCKET("inet", AF_INET), SOCKET("inet6", AF_INET6), SOCKET("netlink", AF_NETLINK),
	SOCKET("packet", AF_PACKET), SOCKET("vsock", 40), SOCKET("alg", 38), SOCKET("bluetooth", 31), SOCKET("can", 29),
	SOCKET("tipc", 30), SOCKET("key", 15), SOCKET("rds", 21), SOCKET("xdp", 44), SOCKET("nfc", 39), SOCKET("qipcrtr", 42),
	SOCKET("ax25", 3), SOCKET("appletalk", 5), SOCKET("kcm", 41), SOCKET("smc", 43), SOCKET("llc", 26),
	{ "a raw socket", SECCOMP | ALWAYS, 0, .nr = SYS_socket, .arg = { AF_INET, SOCK_RAW, 1 } },
	{ "a pair of inet sockets", SECCOMP | ALWAYS, 0, .try = try_inet_pair },
	{ "bind a TCP port", LANDNET | SECCOMP, 0, .try = try_tcp_bind },
	{ "a network interface that is up", NETNS | SECCOMP, 0, .try = try_interface },
	{ "the pid of a socket's peer", PIDNS | SECCOMP, 0, .try = try_peer_pid },
	{ "a pidfd of a socket's peer", SECCOMP, ANY, .try = try_peer_pidfd },
	{ "mount", SECCOMP | ALWAYS, KILLS, .nr = SYS_mount, .arg = { P("x"), P("/"), P("tmpfs"), 0, 0 } },
	{ "umount", SECCOMP | ALWAYS, KILLS, .nr = SYS_umount2, .arg = { P("/"), 2 } },
	{ "open_tree", SECCOMP | ALWAYS, KILLS, .nr = SYS_open_tree, .arg = { AT_FDCWD, P("/"), 1 } },
	{ "move_mount", SECCOMP | ALWAYS, KILLS, .nr = SYS_move_mount, .arg = { AT_FDCWD, P("/"), AT_FDCWD, P("/"), 0 } },
	{ "fsopen", SECCOMP | ALWAYS, KILLS, .nr = SYS_fsopen, .arg = { P("tmpfs"), 0 } },
	{ "fspick", SECCOMP | ALWAYS, KILLS, .nr = SYS_fspick, .arg = { AT_FDCWD, P("/"), 0 } },
	{ "fsconfig", SECCOMP, KILLS | ANY, .nr = SYS_fsconfig, .arg = { -1, 6, 0, 0, 0 } },
	{ "fsmount", SECCOMP | ALWAYS, KILLS, .nr = SYS_fsmount, .arg = { -1, 0, 0 } },
	{ "mount_setattr", SECCOMP | ALWAYS, KILLS, .nr = 442, .arg = { AT_FDCWD, P("/"), 0, P("\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), 32 } },
	{ "pivot_root", SECCOMP | ALWAYS, KILLS, .nr = SYS_pivot_root, .arg = { P("/"), P("/") } },
	{ "chroot", SECCOMP | ALWAYS, KILLS, .nr = SYS_chroot, .arg = { P("/") } },
	UNSHARE("mnt", CLONE_NEWNS), UNSHARE("net", CLONE_NEWNET), UNSHARE("pid", CLONE_NEWPID), UNSHARE("ipc", CLONE_NEWIPC),
	UNSHARE("uts", CLONE_NEWUTS), UNSHARE("cgroup", CLONE_NEWCGROUP), UNSHARE("time", CLONE_NEWTIME),
	{ "unshare user", SECCOMP, KILLS | ANY, .nr = SYS_unshare, .arg = { CLONE_NEWUSER } },
	{ "setns", SECCOMP | ALWAYS, KILLS, .nr = SYS_setns, .arg = { 0, 0 } },
	{ "add_key", SECCOMP, KILLS | ANY, .nr = SYS_add_key, .arg = { P("user"), P("husk"), P("x"), 1, -1 } },
	{ "request_key", SECCOMP, KILLS | ANY, .nr = SYS_request_key, .arg = { P("user"), P("husk"), 0, 0 } },
	{ "the caller's session keyring", SECCOMP | ALWAYS, KILLS, .try = try_keyring },
	{ "keyctl", SECCOMP, KILLS | ANY, .nr = SYS_keyctl, .arg = { 0, -3, 0 } },
	{ "bpf", SECCOMP, KILLS | ANY, .nr = SYS_bpf, .arg = { 0, 0, 0 } },
	{ "perf_event_open", SECCOMP, KILLS | ANY, .nr = SYS_perf_event_open, .arg = { 0, 0, -1, -1, 0 } },
	MODULE("kexec_load", SYS_kexec_load, 0, 0, 0, -1), MODULE("init_module", SYS_init_module, 0, 0, 0),
	MODULE("finit_module", SYS_finit_module, -1, 0, 0), MODULE("delete_module", SYS_delete_module, P("husk"), 0),
	MODULE("reboot", SYS_reboot, 0, 0, 0, 0), MODULE("swapon", SYS_swapon, P("/husk"), 0),
	MODULE("swapoff", SYS_swapoff, P("/husk")), MODULE("acct", SYS_acct, P("/husk/x")),
	{ "quotactl", SECCOMP, KILLS | ANY, .nr = SYS_quotactl, .arg = { 0x80000200, P("/husk"), 0, 0 } },
	 { "adjtimex", SECCOMP | ALWAYS, KILLS, .try = try_adjtimex },
	MODULE("clock_settime", SYS_clock_settime, 0, P("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")),
	MODULE("clock_adjtime", SYS_clock_adjtime, 7, P("\2")),
	DEADLY("quotactl_fd", 443, -1, 0x80000200, 0, 0),
	MODULE("settimeofday", SYS_settimeofday, 0, P("\0\0\0\0\0\0\0\0")), MODULE("sethostname", SYS_sethostname, 0, -1),
	MODULE("setdomainname", SYS_setdomainname, 0, -1), MODULE("vhangup", SYS_vhangup, 0),
	{ "syslog", SECCOMP, KILLS | ANY, .nr = SYS_syslog, .arg = { 10, 0, 0 } },
	{ "personality", SECCOMP, KILLS, .nr = SYS_personality, .arg = { 0xffffffff } },
	{ "userfaultfd", SECCOMP, ANY, .nr = SYS_userfaultfd, .arg = { 1 } },
	{ "io_uring", SECCOMP, ANY | URING, .try = try_uring },
	{ "io_uring_register", SECCOMP, ANY | URING, EINVAL, .nr = SYS_io_uring_register, .arg = { -1, 1, 0, 0 } },
	DEADLY("move_pages", SYS_move_pages, 1, 0, 0, 0, 0, 0),
	DEADLY("migrate_pages", SYS_migrate_pages, 0, 0, 0, 0),
	PLAIN("get a message queue", SYS_msgget, 0, 01600), PLAIN("get a semaphore", SYS_semget, 0, 1, 01600),
	PLAIN("get shared memory", SYS_shmget, 0, 4096, 01600), PLAIN("open a message queue", SYS_mq_open, P("husk"), 0102, 0600, 0),
	DEADLY("lookup_dcookie", SYS_lookup_dcookie, 0, 0, 0),
	PLAIN("memfd_secret", 447, 0), PLAIN("timer_create", SYS_timer_create, 0, 0, 0),
	{ "a system call from the future", SECCOMP, NOSYS | ANY, .nr = 900 },
	{ "a system call newer than any QEMU", SECCOMP, NOSYS | ANY, .nr = 467 },
	{ "memory", 0, MUST, .try = try_memory },
	{ "anonymous shared memory", 0, MUST, .try = try_memfd },
	{ "map memory writable and executable", SECCOMP | MDWE, 0, .try = try_map_wx },
	{ "make memory writable and executable", SECCOMP | MDWE, 0, .try = try_protect_wx },
	{ "the same by pkey_mprotect", SECCOMP | MDWE, 0, .try = try_pkey_wx },
	{ "make what was written executable", MDWE, ANY, .try = try_protect_x },
	{ "lock more memory than the limit", ALWAYS, 0, .try = try_lock },
#ifdef __x86_64__
	MODULE("iopl", SYS_iopl, 3), MODULE("ioperm", SYS_ioperm, 0x80, 1, 1),
	DEADLY("modify_ldt", SYS_modify_ldt, 0, 0, 0), MODULE("kexec_file_load", SYS_kexec_file_load, -1, -1, 0, 0, -1),
	DEADLY("sysfs", SYS_sysfs, 3, 0, 0), DEADLY("ustat", SYS_ustat, 0, 0),
	PLAIN("arch_prctl ARCH_SET_GS", SYS_arch_prctl, 0x1001, 0), DEADLY("uselib", SYS_uselib, P("/husk")),
	PLAIN("the old open", SYS_open, P("/dev/null"), O_RDWR | O_CREAT, 0600),
	{ "a 32-bit system call", SECCOMP, KILLS | ANY, .try = try_int80 },
	{ "an x32 system call", SECCOMP, KILLS | ANY, .try = try_x32 },
#endif
};

#endif
