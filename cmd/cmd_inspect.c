/* SPDX-License-Identifier: MIT */
/* husk inspect: everything known about a VM, as JSON. */
#include "cmds.h"
#include "show.h"

#include <base/file.h>
#include <string.h>

int cmd_inspect(struct cmd_ctx *ctx)
{
	autobuf struct buf b = BUF_INIT, record = BUF_INIT;
	struct json_out o = JSON_OUT(&b);
	struct vm_record r;
	struct vm_status v;
	int rc = show_query(ctx, &v);

	if (rc < 0) {
		vmdir_close(&v.dir);
		return rc;
	}
	json_open(&o, NULL, '{');
	show_status_json(&o, "status", &v);
	json_put_str(&o, "dir", v.dir.path);
	/* it has just been parsed as strict JSON, so it goes in as it is */
	if (v.has_record && record_load(&v.dir, &r, &record) >= 0) {
		while (record.len && record.data[record.len - 1] == '\n')
			record.data[--record.len] = '\0';
		json_put_raw(&o, "record", buf_str(&record), record.len);
	}
	json_close(&o, '}');
	show_out(&b);
	vmdir_close(&v.dir);
	return 0;
}
