/* SPDX-License-Identifier: MIT */
/* The words of a policy: constants of the kernel's ABI by number, so that no libc's headers decide what a filter says. */
#include <sandbox/policy.h>

#include <errno.h>
#include <linux/audit.h>
#include <string.h>

struct constant {
	const char *name;
	uint64_t value;
	uint64_t aarch64;	/* where it differs; 0: the same */
};

/* linux/include/uapi and arch/(x86|arm64)/include/uapi; t/unit-policy.c compares them with this machine's headers. */
static const struct constant constants[] = {
	/* bits/socket.h, linux/socket.h, linux/in.h, linux/tcp.h */
	{ "AF_UNIX", 1, 0 }, { "AF_INET", 2, 0 }, { "AF_INET6", 10, 0 }, { "AF_NETLINK", 16, 0 }, { "AF_PACKET", 17, 0 },
	{ "AF_VSOCK", 40, 0 },
	{ "SOCK_STREAM", 1, 0 }, { "SOCK_DGRAM", 2, 0 }, { "SOCK_RAW", 3, 0 }, { "SOCK_SEQPACKET", 5, 0 },
	{ "SOCK_TYPE_MASK", 0xf, 0 }, { "SOCK_NONBLOCK", 0x800, 0 }, { "SOCK_CLOEXEC", 0x80000, 0 },
	{ "SOL_IP", 0, 0 }, { "SOL_SOCKET", 1, 0 }, { "SOL_TCP", 6, 0 }, { "SOL_UDP", 17, 0 }, { "SOL_IPV6", 41, 0 },
	{ "IPPROTO_IP", 0, 0 }, { "IPPROTO_ICMP", 1, 0 }, { "IPPROTO_TCP", 6, 0 }, { "IPPROTO_UDP", 17, 0 },
	{ "IPPROTO_ICMPV6", 58, 0 },
	{ "SO_REUSEADDR", 2, 0 }, { "SO_TYPE", 3, 0 }, { "SO_ERROR", 4, 0 }, { "SO_BROADCAST", 6, 0 },
	{ "SO_SNDBUF", 7, 0 }, { "SO_RCVBUF", 8, 0 }, { "SO_KEEPALIVE", 9, 0 }, { "SO_OOBINLINE", 10, 0 },
	{ "SO_LINGER", 13, 0 }, { "SO_PASSCRED", 16, 0 }, { "SO_PEERCRED", 17, 0 }, { "SO_RCVTIMEO", 20, 0 },
	{ "SO_SNDTIMEO", 21, 0 }, { "SO_ATTACH_FILTER", 26, 0 }, { "SO_ATTACH_BPF", 50, 0 }, { "SO_ZEROCOPY", 60, 0 },
	{ "TCP_NODELAY", 1, 0 }, { "IP_TOS", 1, 0 }, { "IP_TTL", 2, 0 }, { "IP_RECVERR", 11, 0 },
	{ "IPV6_UNICAST_HOPS", 16, 0 }, { "IPV6_RECVERR", 25, 0 }, { "IPV6_V6ONLY", 26, 0 },
	/* asm-generic/mman-common.h, arch/arm64/include/uapi/asm/mman.h */
	{ "PROT_NONE", 0, 0 }, { "PROT_READ", 1, 0 }, { "PROT_WRITE", 2, 0 }, { "PROT_EXEC", 4, 0 },
	{ "PROT_SEM", 8, 0 }, { "PROT_GROWSDOWN", 0x01000000, 0 }, { "PROT_GROWSUP", 0x02000000, 0 },
	{ "MAP_SHARED", 1, 0 }, { "MAP_PRIVATE", 2, 0 }, { "MAP_TYPE", 0xf, 0 }, { "MAP_FIXED", 0x10, 0 },
	{ "MAP_ANONYMOUS", 0x20, 0 }, { "MAP_GROWSDOWN", 0x100, 0 }, { "MAP_LOCKED", 0x2000, 0 },
	{ "MAP_NORESERVE", 0x4000, 0 }, { "MAP_POPULATE", 0x8000, 0 }, { "MAP_STACK", 0x20000, 0 },
	{ "MAP_HUGETLB", 0x40000, 0 }, { "MAP_SYNC", 0x80000, 0 },
	{ "MADV_NORMAL", 0, 0 }, { "MADV_RANDOM", 1, 0 }, { "MADV_SEQUENTIAL", 2, 0 }, { "MADV_WILLNEED", 3, 0 },
	{ "MADV_DONTNEED", 4, 0 }, { "MADV_FREE", 8, 0 }, { "MADV_REMOVE", 9, 0 }, { "MADV_DONTFORK", 10, 0 },
	{ "MADV_DOFORK", 11, 0 }, { "MADV_MERGEABLE", 12, 0 }, { "MADV_UNMERGEABLE", 13, 0 },
	{ "MADV_HUGEPAGE", 14, 0 }, { "MADV_NOHUGEPAGE", 15, 0 }, { "MADV_DONTDUMP", 16, 0 }, { "MADV_DODUMP", 17, 0 },
	{ "MADV_WIPEONFORK", 18, 0 }, { "MADV_KEEPONFORK", 19, 0 }, { "MADV_COLD", 20, 0 }, { "MADV_PAGEOUT", 21, 0 },
	{ "MADV_POPULATE_READ", 22, 0 }, { "MADV_POPULATE_WRITE", 23, 0 }, { "MADV_DONTNEED_LOCKED", 24, 0 },
	{ "MADV_COLLAPSE", 25, 0 }, { "MADV_HWPOISON", 100, 0 }, { "MADV_SOFT_OFFLINE", 101, 0 },
	{ "MADV_GUARD_INSTALL", 102, 0 }, { "MADV_GUARD_REMOVE", 103, 0 },
	/* asm-generic/fcntl.h, linux/fcntl.h, arch/arm64/include/uapi/asm/fcntl.h */
	{ "F_DUPFD", 0, 0 }, { "F_GETFD", 1, 0 }, { "F_SETFD", 2, 0 }, { "F_GETFL", 3, 0 }, { "F_SETFL", 4, 0 },
	{ "F_GETLK", 5, 0 }, { "F_SETLK", 6, 0 }, { "F_SETLKW", 7, 0 }, { "F_SETOWN", 8, 0 }, { "F_GETOWN", 9, 0 },
	{ "F_OFD_GETLK", 36, 0 }, { "F_OFD_SETLK", 37, 0 }, { "F_OFD_SETLKW", 38, 0 }, { "F_SETLEASE", 1024, 0 },
	{ "F_GETLEASE", 1025, 0 }, { "F_NOTIFY", 1026, 0 }, { "F_DUPFD_CLOEXEC", 1030, 0 },
	{ "F_SETPIPE_SZ", 1031, 0 }, { "F_GETPIPE_SZ", 1032, 0 }, { "F_ADD_SEALS", 1033, 0 }, { "F_GET_SEALS", 1034, 0 },
	{ "O_RDONLY", 0, 0 }, { "O_WRONLY", 1, 0 }, { "O_RDWR", 2, 0 }, { "O_ACCMODE", 3, 0 }, { "O_CREAT", 0100, 0 },
	{ "O_EXCL", 0200, 0 }, { "O_NOCTTY", 0400, 0 }, { "O_TRUNC", 01000, 0 }, { "O_APPEND", 02000, 0 },
	{ "O_NONBLOCK", 04000, 0 }, { "O_DSYNC", 010000, 0 }, { "O_DIRECT", 040000, 0200000 },
	{ "O_DIRECTORY", 0200000, 040000 }, { "O_NOFOLLOW", 0400000, 0100000 }, { "O_CLOEXEC", 02000000, 0 },
	{ "O_PATH", 010000000, 0 }, { "O_TMPFILE", 020200000, 020040000 }, { "__O_TMPFILE", 020000000, 0 },
	{ "AT_FDCWD", 0xffffff9c, 0 }, { "AT_SYMLINK_NOFOLLOW", 0x100, 0 }, { "AT_EMPTY_PATH", 0x1000, 0 },
	/* linux/sched.h, asm-generic/signal.h */
	{ "CLONE_VM", 0x100, 0 }, { "CLONE_FS", 0x200, 0 }, { "CLONE_FILES", 0x400, 0 }, { "CLONE_SIGHAND", 0x800, 0 },
	{ "CLONE_PIDFD", 0x1000, 0 }, { "CLONE_PTRACE", 0x2000, 0 }, { "CLONE_VFORK", 0x4000, 0 },
	{ "CLONE_PARENT", 0x8000, 0 }, { "CLONE_THREAD", 0x10000, 0 }, { "CLONE_NEWNS", 0x20000, 0 },
	{ "CLONE_SYSVSEM", 0x40000, 0 }, { "CLONE_SETTLS", 0x80000, 0 }, { "CLONE_PARENT_SETTID", 0x100000, 0 },
	{ "CLONE_CHILD_CLEARTID", 0x200000, 0 }, { "CLONE_DETACHED", 0x400000, 0 },
	{ "CLONE_CHILD_SETTID", 0x1000000, 0 }, { "CLONE_NEWCGROUP", 0x2000000, 0 }, { "CLONE_NEWUTS", 0x4000000, 0 },
	{ "CLONE_NEWIPC", 0x8000000, 0 }, { "CLONE_NEWUSER", 0x10000000, 0 }, { "CLONE_NEWPID", 0x20000000, 0 },
	{ "CLONE_NEWNET", 0x40000000, 0 },
	{ "SIGHUP", 1, 0 }, { "SIGINT", 2, 0 }, { "SIGABRT", 6, 0 }, { "SIGKILL", 9, 0 }, { "SIGUSR1", 10, 0 },
	{ "SIGUSR2", 12, 0 }, { "SIGPIPE", 13, 0 }, { "SIGTERM", 15, 0 }, { "SIGCHLD", 17, 0 },
	/* linux/prctl.h, arch/x86/include/uapi/asm/prctl.h */
	{ "PR_SET_PDEATHSIG", 1, 0 }, { "PR_GET_DUMPABLE", 3, 0 }, { "PR_SET_DUMPABLE", 4, 0 }, { "PR_SET_NAME", 15, 0 },
	{ "PR_GET_NAME", 16, 0 }, { "PR_SET_SECCOMP", 22, 0 }, { "PR_CAPBSET_READ", 23, 0 },
	{ "PR_SET_TIMERSLACK", 29, 0 }, { "PR_GET_TIMERSLACK", 30, 0 }, { "PR_MCE_KILL", 33, 0 },
	{ "PR_SET_NO_NEW_PRIVS", 38, 0 }, { "PR_SET_THP_DISABLE", 41, 0 }, { "PR_SET_VMA", 0x53564d41, 0 },
	{ "ARCH_SET_GS", 0x1001, 0 }, { "ARCH_SET_FS", 0x1002, 0 }, { "ARCH_GET_FS", 0x1003, 0 },
	{ "ARCH_GET_XCOMP_SUPP", 0x1021, 0 }, { "ARCH_GET_XCOMP_PERM", 0x1022, 0 }, { "ARCH_REQ_XCOMP_PERM", 0x1023, 0 },
	{ "ARCH_GET_XCOMP_GUEST_PERM", 0x1024, 0 }, { "ARCH_REQ_XCOMP_GUEST_PERM", 0x1025, 0 },
	/* linux/fs.h, xfs/xfs_fs.h, asm-generic/ioctls.h */
	{ "BLKROGET", 0x125e, 0 }, { "BLKGETSIZE", 0x1260, 0 }, { "BLKFLSBUF", 0x1261, 0 }, { "BLKSSZGET", 0x1268, 0 },
	{ "BLKBSZGET", 0x80081270, 0 }, { "BLKGETSIZE64", 0x80081272, 0 }, { "BLKDISCARD", 0x1277, 0 },
	{ "BLKIOMIN", 0x1278, 0 }, { "BLKIOOPT", 0x1279, 0 }, { "BLKALIGNOFF", 0x127a, 0 }, { "BLKPBSZGET", 0x127b, 0 },
	{ "BLKDISCARDZEROES", 0x127c, 0 }, { "BLKSECDISCARD", 0x127d, 0 }, { "BLKROTATIONAL", 0x127e, 0 },
	{ "BLKZEROOUT", 0x127f, 0 }, { "FIGETBSZ", 2, 0 }, { "FS_IOC_FIEMAP", 0xc020660b, 0 },
	{ "FS_IOC_GETFLAGS", 0x80086601, 0 }, { "FS_IOC_SETFLAGS", 0x40086602, 0 },
	{ "FS_IOC_GETVERSION", 0x80087601, 0 }, { "XFS_IOC_DIOINFO", 0x800c581e, 0 },
	{ "TCGETS", 0x5401, 0 }, { "TCSETS", 0x5402, 0 }, { "TCSETSW", 0x5403, 0 }, { "TCSETSF", 0x5404, 0 },
	{ "TIOCSTI", 0x5412, 0 }, { "TIOCGWINSZ", 0x5413, 0 }, { "TIOCLINUX", 0x541c, 0 }, { "FIONREAD", 0x541b, 0 },
	{ "FIONBIO", 0x5421, 0 }, { "TIOCGPTN", 0x80045430, 0 }, { "TCGETS2", 0x802c542a, 0 }, { "TCSETS2", 0x402c542b, 0 },
	{ "TCSETSW2", 0x402c542c, 0 }, { "TCSETSF2", 0x402c542d, 0 },
	/* linux/if_tun.h; the type byte of linux/kvm.h, linux/vhost.h, linux/userfaultfd.h */
	{ "TUNSETIFF", 0x400454ca, 0 }, { "TUNGETFEATURES", 0x800454cf, 0 }, { "TUNSETOFFLOAD", 0x400454d0, 0 },
	{ "TUNGETIFF", 0x800454d2, 0 }, { "TUNGETSNDBUF", 0x800454d3, 0 }, { "TUNSETSNDBUF", 0x400454d4, 0 },
	{ "TUNGETVNETHDRSZ", 0x800454d7, 0 }, { "TUNSETVNETHDRSZ", 0x400454d8, 0 }, { "TUNSETQUEUE", 0x400454d9, 0 },
	{ "TUNSETVNETLE", 0x400454dc, 0 }, { "TUNGETVNETLE", 0x800454dd, 0 }, { "TUNSETVNETBE", 0x400454de, 0 },
	{ "TUNGETVNETBE", 0x800454df, 0 }, { "TUNSETCARRIER", 0x400454e2, 0 },
	{ "IOCTL_TYPE_MASK", 0xff00, 0 }, { "KVM_TYPE", 0xae00, 0 }, { "VHOST_TYPE", 0xaf00, 0 }, { "UFFD_TYPE", 0xaa00, 0 },
};

bool policy_constant(const char *name, size_t len, uint32_t arch, uint64_t *value)
{
	for (size_t i = 0; i < sizeof(constants) / sizeof(constants[0]); i++) {
		const struct constant *c = &constants[i];

		if (strlen(c->name) != len || memcmp(c->name, name, len))
			continue;
		*value = arch == AUDIT_ARCH_AARCH64 && c->aarch64 ? c->aarch64 : c->value;
		return true;
	}
	return false;
}

static const struct {
	const char *name;
	int err;
} errnos[] = {
	{ "EPERM", EPERM }, { "ENOENT", ENOENT }, { "EIO", EIO }, { "EBADF", EBADF }, { "EAGAIN", EAGAIN },
	{ "ENOMEM", ENOMEM }, { "EACCES", EACCES }, { "EINVAL", EINVAL }, { "ENOTTY", ENOTTY }, { "EROFS", EROFS },
	{ "ENOSYS", ENOSYS }, { "EOPNOTSUPP", EOPNOTSUPP }, { "EAFNOSUPPORT", EAFNOSUPPORT },
};

int policy_errno(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(errnos) / sizeof(errnos[0]); i++)
		if (strlen(errnos[i].name) == len && !memcmp(errnos[i].name, name, len))
			return errnos[i].err;
	return 0;
}

uint32_t policy_arch(const char *name)
{
	if (!name) {
#if defined(__x86_64__) && defined(__LP64__)
		return AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
		return AUDIT_ARCH_AARCH64;
#else
		return 0;
#endif
	}
	if (!strcmp(name, "x86_64"))
		return AUDIT_ARCH_X86_64;
	return strcmp(name, "aarch64") ? 0 : AUDIT_ARCH_AARCH64;
}

const char *policy_arch_name(uint32_t arch)
{
	return arch == AUDIT_ARCH_X86_64 ? "x86_64" : arch == AUDIT_ARCH_AARCH64 ? "aarch64" : "this architecture";
}
