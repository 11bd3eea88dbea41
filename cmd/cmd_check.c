#include "cmds.h"
const struct opt check_opts[] = {
	OPT_FLAG(struct check_opts, boot, "boot", "boot the built-in test guest through the whole path"),
	OPT_STRING(struct check_opts, qemu, "qemu", "PROGRAM", "QEMU binary to look at"),
	{ 0 }
};
int cmd_check_host(struct cmd_ctx *ctx) { (void)ctx; return 0; }
