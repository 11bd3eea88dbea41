/* SPDX-License-Identifier: MIT */
/* husk version: which husk this is. */
#include "cmd.h"

#include <base/buf.h>
#include <base/json.h>
#include <stdio.h>

int cmd_version(struct cmd_ctx *ctx)
{
	autobuf struct buf b = BUF_INIT;
	struct json_out o = JSON_OUT(&b);

	if (!ctx->g.json) {
		puts("husk " HUSK_VERSION);
		return 0;
	}
	json_open(&o, NULL, '{');
	json_put_str(&o, "version", HUSK_VERSION);
	json_close(&o, '}');
	puts(buf_str(&b));
	return 0;
}
