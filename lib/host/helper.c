/* SPDX-License-Identifier: MIT */
/* Finding the programs that a VM may want beside QEMU. */
#include <host/kernel.h>

#include <base/buf.h>
#include <base/err.h>
#include <host/ask.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const host_helper_names[HOST_HELPERS] = {
	[HELPER_PASST] = "passt", [HELPER_VIRTIOFSD] = "virtiofsd", [HELPER_SWTPM] = "swtpm", [HELPER_QEMU_IMG] = "qemu-img",
};

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

void host_find_helper(struct host_program *p, enum host_helper helper)
{
	/* virtiofsd is for programs, not for people: /usr/libexec, and /usr/lib/qemu on Debian and Arch */
	static const char *const dirs[] = { "/usr/bin", "/usr/local/bin", "/usr/libexec", "/usr/lib/qemu", "/usr/lib", NULL };
	const char *const argv[] = { p->path, "--version", NULL };
	autobuf struct buf text = BUF_INIT;

	p->version[0] = '\0';
	for (int i = 0; dirs[i]; i++) {
		snprintf(p->path, sizeof(p->path), "%s/%s", dirs[i], host_helper_names[helper]);
		if (!is_program(p->path))
			continue;
		if (host_ask(argv, &text) < 0)
			err_clear();
		snprintf(p->version, sizeof(p->version), "%.*s", (int)strcspn(buf_str(&text), "\r\n"), buf_str(&text));
		return;
	}
	p->path[0] = '\0';
}
