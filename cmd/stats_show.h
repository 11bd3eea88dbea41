/* SPDX-License-Identifier: MIT */
/* How statistics look: a table, JSON, Prometheus' text format. */
#ifndef CMD_STATS_SHOW_H
#define CMD_STATS_SHOW_H

#include <base/buf.h>
#include <vm/stats.h>

/* One look at all VMs. */
struct sample {
	struct pool pool;
	struct vm_status *v;
	struct vm_stats *s;
	size_t n;
	int64_t wall_us;
};

/* stats_table - a line each; before: the sample to take rates from, its v and s may be NULL (n = 0); NULL: totals. */
void stats_table(struct buf *b, const struct sample *now, const struct sample *before);
/* stats_json - one object; before as above, NULL: without rates. */
void stats_json(struct buf *b, const struct sample *now, const struct sample *before);
/* stats_prometheus - version 0.0.4 of the text exposition format. */
void stats_prometheus(struct buf *b, const struct sample *now);

#endif
