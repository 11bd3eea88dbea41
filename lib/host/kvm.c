/* SPDX-License-Identifier: MIT */
/* Whether KVM really runs a CPU here: a /dev/kvm that opens proves nothing. */
#include <host/host.h>

#include <base/buf.h>
#include <base/fd.h>
#include <base/file.h>
#include <base/loop.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROBE_BUDGET_MS 500

/* What the child found, as its exit code. */
enum probe { PROBE_RUNS, PROBE_NO_VM, PROBE_NO_CPU, PROBE_NO_MEMORY, PROBE_NO_RUN, PROBE_WRONG };

static const char *const probe_text[] = {
	[PROBE_NO_VM] = "it refuses to make a virtual machine",
	[PROBE_NO_CPU] = "it refuses to make a virtual CPU",
	[PROBE_NO_MEMORY] = "it refuses memory for a virtual machine",
	[PROBE_NO_RUN] = "a virtual CPU does not run",
	[PROBE_WRONG] = "a virtual CPU ran, but not the instructions it was given",
};

#ifdef __x86_64__
/* mov al,42; out 0x10,al; hlt - in real mode at 0x1000. */
static const unsigned char probe_code[] = { 0xb0, 0x2a, 0xe6, 0x10, 0xf4 };

static enum probe run_cpu(int vm, int cpu, int size)
{
	struct kvm_run *run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, cpu, 0);
	unsigned char *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct kvm_userspace_memory_region region = { .guest_phys_addr = 0x1000, .memory_size = 4096 };
	struct kvm_regs regs = { .rip = 0x1000, .rflags = 2 };
	struct kvm_sregs sregs;

	if (run == MAP_FAILED || memory == MAP_FAILED)
		return PROBE_NO_MEMORY;
	memcpy(memory, probe_code, sizeof(probe_code));
	region.userspace_addr = (uintptr_t)memory;
	if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region) < 0)
		return PROBE_NO_MEMORY;
	if (ioctl(cpu, KVM_GET_SREGS, &sregs) < 0)
		return PROBE_NO_RUN;
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	if (ioctl(cpu, KVM_SET_SREGS, &sregs) < 0 || ioctl(cpu, KVM_SET_REGS, &regs) < 0 || ioctl(cpu, KVM_RUN, 0) < 0)
		return PROBE_NO_RUN;
	if (run->exit_reason != KVM_EXIT_IO || run->io.port != 0x10 ||
	    ((unsigned char *)run)[run->io.data_offset] != 42)
		return PROBE_WRONG;
	return PROBE_RUNS;
}
#else
/* Elsewhere what KVM makes, it runs: no KVM in software is known there. */
static enum probe run_cpu(int vm, int cpu, int size)
{
	(void)vm;
	(void)cpu;
	(void)size;
	return PROBE_RUNS;
}
#endif

static enum probe probe(int kvm)
{
	int vm = ioctl(kvm, KVM_CREATE_VM, 0), cpu, size;

	if (vm < 0)
		return PROBE_NO_VM;
	cpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (cpu < 0 || size < (int)sizeof(struct kvm_run))
		return PROBE_NO_CPU;
	return run_cpu(vm, cpu, size);
}

/* On x86 a KVM without vmx or svm is one in software (pvm): its CPUs run, but few guests do. */
static bool has_hardware(void)
{
#ifdef __x86_64__
	autobuf struct buf b = BUF_INIT;
	const char *flags;
	size_t len;

	if (file_read(AT_FDCWD, "/proc/cpuinfo", &b, 65536) < 0 && !b.len)
		return true;
	flags = strstr(buf_str(&b), "\nflags");
	if (!flags)
		return true;
	len = strcspn(++flags, "\n");
	return memmem(flags, len, " vmx", 4) || memmem(flags, len, " svm", 4);
#else
	return true;
#endif
}

void host_probe_kvm(struct host_kvm *k)
{
	autoclose int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	deadline_t until = deadline_in(PROBE_BUDGET_MS);
	int status = 0, fd[2];
	pid_t pid;

	*k = (struct host_kvm){ .hardware = has_hardware() };
	if (kvm < 0) {
		snprintf(k->why, sizeof(k->why), "/dev/kvm: %s", strerror(errno));
		return;
	}
	k->present = true;
	if (ioctl(kvm, KVM_GET_API_VERSION, 0) != KVM_API_VERSION) {
		snprintf(k->why, sizeof(k->why), "/dev/kvm opens, but does not answer as KVM");
		return;
	}
	if (fd_pipe(fd) < 0)
		return;
	pid = fork();
	if (pid == 0) {
		close(fd[0]);
		_exit(probe(kvm));
	}
	close(fd[1]);
	/* the pipe closes when the child ends: a wait with a deadline */
	if (pid > 0 && loop_readable(fd[0], until) == 0)
		kill(pid, SIGKILL);
	close(fd[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (pid < 0 || !WIFEXITED(status) || WEXITSTATUS(status) > PROBE_WRONG)
		snprintf(k->why, sizeof(k->why), "/dev/kvm opens, but a virtual CPU hangs in it");
	else if (WEXITSTATUS(status) != PROBE_RUNS)
		snprintf(k->why, sizeof(k->why), "/dev/kvm opens, but %s", probe_text[WEXITSTATUS(status)]);
	else
		k->runs = true;
	if (k->runs && !k->hardware)
		snprintf(k->why, sizeof(k->why), "/dev/kvm is KVM in software: the CPU has neither vmx nor svm");
	k->usable = k->runs && k->hardware;
}
