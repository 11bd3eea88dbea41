/* SPDX-License-Identifier: MIT */
/* A KVM that says yes to lib/host/kvm.c: preloaded, it answers its ioctls on whatever /dev/kvm is. */
#include <linux/kvm.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __GLIBC__
#define REQUEST unsigned long
#else
#define REQUEST int
#endif

int ioctl(int fd, REQUEST request, ...);

/* HUSK_SHIM_KVM names the request that fails, or hangs, or whose result is wrong. */
static int is(const char *what)
{
	const char *mode = getenv("HUSK_SHIM_KVM");

	return mode && !strcmp(mode, what);
}

static int run(int cpu)
{
	struct kvm_run *r = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, cpu, 0);

	if (r == MAP_FAILED || is("no-run"))
		return -1;
	if (is("hangs"))
		for (;;)
			pause();
	r->exit_reason = KVM_EXIT_IO;
	r->io.port = 0x10;
	r->io.data_offset = 2048;
	((unsigned char *)r)[2048] = is("wrong") ? 41 : 42;
	return 0;
}

int ioctl(int fd, REQUEST request, ...)
{
	va_list ap;
	void *arg;
	int made;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	switch ((unsigned int)request) {
	case KVM_GET_API_VERSION:
		return KVM_API_VERSION;
	case KVM_CREATE_VM:
		return is("no-vm") ? -1 : memfd_create("vm", MFD_CLOEXEC);
	case KVM_CREATE_VCPU:
		made = is("no-cpu") ? -1 : memfd_create("cpu", MFD_CLOEXEC);
		return made < 0 || ftruncate(made, 4096) < 0 ? -1 : made;
	case KVM_GET_VCPU_MMAP_SIZE:
		return 4096;
	case KVM_SET_USER_MEMORY_REGION:
	case KVM_GET_SREGS:
	case KVM_SET_SREGS:
	case KVM_SET_REGS:
		return 0;
	case KVM_RUN:
		return run(fd);
	default:
		return (int)syscall(SYS_ioctl, fd, (unsigned long)(unsigned int)request, arg);
	}
}
