/* SPDX-License-Identifier: MIT */
/* Statistics in words: one row for each number, from which JSON and Prometheus' metrics are both made. */
#include "stats_show.h"

#include "show.h"

#include <stdio.h>
#include <string.h>

/* JSON has the number as it is, and its key says the unit; a metric is always in seconds or bytes. */
enum unit { COUNT, BYTES, SECONDS, MICROS, NANOS };

/* Arrays, not pointers: each of those would cost a relocation of its own beside its bytes. */
struct row {
	char key[18];		/* of the JSON member */
	char metric[34];	/* behind "husk_vm_"; "": no metric */
	char help[56];		/* "": this is of the same metric as the row before */
	unsigned char unit;	/* enum unit */
	bool counter;
	char label[20];		/* one more, or "" */
};

static const struct row process_rows[] = {
	[PROC_PID] = { .key = "pid" },
	[PROC_USER] = { "user_us", "cpu_seconds_total", "Host CPU time by process.", MICROS, true, "mode=\"user\"" },
	[PROC_KERNEL] = { "system_us", "cpu_seconds_total", "", MICROS, true, "mode=\"system\"" },
	[PROC_THREADS] = { "threads", "threads", "Threads.", COUNT, false, "" },
	[PROC_RSS] = { "rss_bytes", "memory_resident_bytes", "Resident memory.", BYTES, false, "" },
	[PROC_ANON] = { "anonymous_bytes", "memory_anonymous_bytes", "Resident anonymous memory.", BYTES, false, "" },
	[PROC_FILE] = { "file_bytes", "memory_file_bytes", "Resident memory of files.", BYTES, false, "" },
	[PROC_SHMEM] = { "shared_bytes", "memory_shared_bytes", "Resident shared memory.", BYTES, false, "" },
	[PROC_PSS] = { "pss_bytes", "memory_proportional_bytes", "Resident memory, what is shared divided.", BYTES, false, "" },
	[PROC_PRIVATE] = { "private_bytes", "memory_private_bytes", "Resident memory of nobody else.", BYTES, false, "" },
	[PROC_SWAP] = { "swap_bytes", "memory_swap_bytes", "Swapped memory.", BYTES, false, "" },
};
static const struct row vcpu_rows[] = {
	[VCPU_RUN] = { "run_ns", "vcpu_seconds_total", "Host CPU time of a vCPU's thread.", NANOS, true, "" },
	[VCPU_THREAD] = { .key = "thread" },
};
static const struct row disk_rows[] = {
	[DISK_RD_BYTES] = { "read_bytes", "disk_read_bytes_total", "Bytes read.", BYTES, true, "" },
	[DISK_WR_BYTES] = { "write_bytes", "disk_written_bytes_total", "Bytes written.", BYTES, true, "" },
	[DISK_UNMAP_BYTES] = { "discard_bytes", "disk_discarded_bytes_total", "Bytes discarded.", BYTES, true, "" },
	[DISK_RD_OPS] = { "reads", "disk_reads_total", "Reads completed.", COUNT, true, "" },
	[DISK_WR_OPS] = { "writes", "disk_writes_total", "Writes completed.", COUNT, true, "" },
	[DISK_FLUSH_OPS] = { "flushes", "disk_flushes_total", "Flushes completed.", COUNT, true, "" },
	[DISK_UNMAP_OPS] = { "discards", "disk_discards_total", "Discards completed.", COUNT, true, "" },
	[DISK_RD_NS] = { "read_ns", "disk_read_time_seconds_total", "Time that reads took, all added.", NANOS, true, "" },
	[DISK_WR_NS] = { "write_ns", "disk_write_time_seconds_total", "Time that writes took, all added.", NANOS, true, "" },
	[DISK_FLUSH_NS] = { "flush_ns", "disk_flush_time_seconds_total", "Time that flushes took, all added.", NANOS, true, "" },
	[DISK_RD_FAILED] = { "read_errors", "disk_errors_total", "Operations that failed.", COUNT, true, "operation=\"read\"" },
	[DISK_WR_FAILED] = { "write_errors", "disk_errors_total", "", COUNT, true, "operation=\"write\"" },
	[DISK_FLUSH_FAILED] = { "flush_errors", "disk_errors_total", "", COUNT, true, "operation=\"flush\"" },
};
static const struct row nic_rows[] = {
	[NIC_RX_BYTES] = { "rx_bytes", "network_receive_bytes_total", "Bytes the guest received.", BYTES, true, "" },
	[NIC_RX_PACKETS] = { "rx_packets", "network_receive_packets_total", "Packets the guest received.", COUNT, true, "" },
	[NIC_RX_ERRORS] = { "rx_errors", "network_receive_errors_total", "Errors towards the guest.", COUNT, true, "" },
	[NIC_RX_DROPPED] = { "rx_dropped", "network_receive_drop_total", "Packets dropped towards the guest.", COUNT, true, "" },
	[NIC_TX_BYTES] = { "tx_bytes", "network_transmit_bytes_total", "Bytes the guest sent.", BYTES, true, "" },
	[NIC_TX_PACKETS] = { "tx_packets", "network_transmit_packets_total", "Packets the guest sent.", COUNT, true, "" },
	[NIC_TX_ERRORS] = { "tx_errors", "network_transmit_errors_total", "Errors from the guest.", COUNT, true, "" },
	[NIC_TX_DROPPED] = { "tx_dropped", "network_transmit_drop_total", "Packets dropped from the guest.", COUNT, true, "" },
};
static const struct row balloon_rows[] = {
	[BALLOON_ACTUAL] = { "actual_bytes", "balloon_actual_bytes", "Memory the balloon leaves to the guest.", BYTES, false, "" },
	[BALLOON_FREE] = { "free_bytes", "guest_memory_free_bytes", "Unused memory, as the guest says.", BYTES, false, "" },
	[BALLOON_TOTAL] = { "total_bytes", "guest_memory_total_bytes", "All memory, as the guest says.", BYTES, false, "" },
	[BALLOON_AVAILABLE] = { "available_bytes", "guest_memory_available_bytes", "Available memory, as the guest says.", BYTES, false, "" },
	[BALLOON_CACHES] = { "caches_bytes", "guest_memory_caches_bytes", "Memory of caches, as the guest says.", BYTES, false, "" },
	[BALLOON_SWAP_IN] = { "swap_in_bytes", "guest_swap_in_bytes_total", "Bytes swapped in, as the guest says.", BYTES, true, "" },
	[BALLOON_SWAP_OUT] = { "swap_out_bytes", "guest_swap_out_bytes_total", "Bytes swapped out, as the guest says.", BYTES, true, "" },
	[BALLOON_MAJOR] = { "major_faults", "guest_major_faults_total", "Major page faults, as the guest says.", COUNT, true, "" },
	[BALLOON_MINOR] = { "minor_faults", "guest_minor_faults_total", "Minor page faults, as the guest says.", COUNT, true, "" },
	[BALLOON_UPDATED] = { "updated_s", "guest_stats_timestamp_seconds", "When the guest said so.", SECONDS, false, "" },
	[BALLOON_INTERVAL] = { .key = "interval_s" },
};
static const struct row cgroup_rows[] = {
	[CGROUP_MEMORY] = { "memory_bytes", "cgroup_memory_bytes", "Memory charged to the cgroup.", BYTES, false, "" },
	[CGROUP_MEMORY_PEAK] = { "memory_peak_bytes", "cgroup_memory_peak_bytes", "The most that ever was.", BYTES, false, "" },
	[CGROUP_SWAP] = { "swap_bytes", "cgroup_swap_bytes", "Swap charged to the cgroup.", BYTES, false, "" },
	[CGROUP_PIDS] = { "pids", "cgroup_pids", "Tasks in the cgroup.", COUNT, false, "" },
	[CGROUP_USER] = { "user_us", "cgroup_cpu_seconds_total", "CPU time of the cgroup.", MICROS, true, "mode=\"user\"" },
	[CGROUP_SYSTEM] = { "system_us", "cgroup_cpu_seconds_total", "", MICROS, true, "mode=\"system\"" },
	[CGROUP_THROTTLED] = { "throttled_us", "cgroup_throttled_seconds_total", "Time its CPU limit held it up.", MICROS, true, "" },
	[CGROUP_THROTTLES] = { "throttled", "cgroup_throttled_periods_total", "Periods in which it did.", COUNT, true, "" },
	[CGROUP_OOM_KILLS] = { "oom_kills", "cgroup_oom_kills_total", "Processes killed for memory.", COUNT, true, "" },
};

static const struct {
	const char *key;	/* of the array or, where there can only be one, the object */
	const char *name;	/* of the label and of the member with the item's name; NULL: only one */
	const struct row *rows;
	int n;
} groups[STATS_GROUPS] = {
	[STATS_PROCESS] = { "processes", "process", process_rows, PROC_STATS },
	[STATS_VCPU] = { "vcpus", "vcpu", vcpu_rows, VCPU_STATS },
	[STATS_DISK] = { "disks", "disk", disk_rows, DISK_STATS },
	[STATS_NIC] = { "nics", "nic", nic_rows, NIC_STATS },
	[STATS_BALLOON] = { "balloon", NULL, balloon_rows, BALLOON_STATS },
	[STATS_CGROUP] = { "cgroup", NULL, cgroup_rows, CGROUP_STATS },
};

static bool is_up(const struct vm_status *v)
{
	return v->state == VMS_RUNNING || v->state == VMS_PAUSED;
}

/* All items of a group together; unknown where none of them is known. */
static uint64_t sum(const struct vm_stats *s, enum stat_group g, int place)
{
	uint64_t all = STAT_UNKNOWN;

	for (size_t i = 0; i < s->n[g]; i++) {
		uint64_t one = s->item[g][i].v[place];

		if (one != STAT_UNKNOWN)
			all = all == STAT_UNKNOWN ? one : all + one;
	}
	return all;
}

static uint64_t plus(uint64_t a, uint64_t b)
{
	return a == STAT_UNKNOWN ? b : b == STAT_UNKNOWN ? a : a + b;
}

/* What the table shows and rates are made of. */
enum { SHOWN_CPU, SHOWN_READ, SHOWN_WRITTEN, SHOWN_OPS, SHOWN_RX, SHOWN_TX, SHOWN };

static void collect(const struct vm_stats *s, uint64_t shown[SHOWN])
{
	shown[SHOWN_CPU] = plus(sum(s, STATS_PROCESS, PROC_USER), sum(s, STATS_PROCESS, PROC_KERNEL));
	shown[SHOWN_READ] = sum(s, STATS_DISK, DISK_RD_BYTES);
	shown[SHOWN_WRITTEN] = sum(s, STATS_DISK, DISK_WR_BYTES);
	shown[SHOWN_OPS] = plus(plus(sum(s, STATS_DISK, DISK_RD_OPS), sum(s, STATS_DISK, DISK_WR_OPS)),
				sum(s, STATS_DISK, DISK_FLUSH_OPS));
	shown[SHOWN_RX] = sum(s, STATS_NIC, NIC_RX_BYTES);
	shown[SHOWN_TX] = sum(s, STATS_NIC, NIC_TX_BYTES);
}

static uint64_t rate(uint64_t now, uint64_t before, int64_t us)
{
	if (now == STAT_UNKNOWN || before == STAT_UNKNOWN || now < before || us <= 0)
		return STAT_UNKNOWN;
	return (uint64_t)((double)(now - before) * 1e6 / (double)us + 0.5);
}

/* Per second since the sample before, where that very QEMU is in it; the CPU's in tenths of a percent of one CPU. */
static void collect_rates(const struct sample *now, size_t i, const struct sample *before, uint64_t rates[SHOWN])
{
	uint64_t old[SHOWN];

	memset(rates, 0xff, SHOWN * sizeof(*rates));
	for (size_t k = 0; k < before->n; k++) {
		if (strcmp(before->v[k].dir.name, now->v[i].dir.name) != 0 ||
		    !proc_same(&before->v[k].record.qemu, &now->v[i].record.qemu))
			continue;
		collect(&now->s[i], rates);
		collect(&before->s[k], old);
		for (int r = 0; r < SHOWN; r++)
			rates[r] = rate(rates[r], old[r], now->s[i].at_us - before->s[k].at_us);
		if (rates[SHOWN_CPU] != STAT_UNKNOWN)
			rates[SHOWN_CPU] /= 1000;
		return;
	}
}

static void add_column(struct buf *b, uint64_t n, int width)
{
	autobuf struct buf text = BUF_INIT;

	if (n != STAT_UNKNOWN)
		show_amount(&text, n);
	buf_addf(b, " %*s", width, text.len ? buf_str(&text) : "-");
}

static void add_cpu(struct buf *b, uint64_t n, bool is_rate)
{
	autobuf struct buf text = BUF_INIT;

	if (n == STAT_UNKNOWN)
		buf_addc(&text, '-');
	else if (is_rate)
		buf_addf(&text, "%llu.%llu%%", (unsigned long long)n / 10, (unsigned long long)n % 10);
	else if (n < 100000000)
		buf_addf(&text, "%llu.%llus", (unsigned long long)n / 1000000, (unsigned long long)n / 100000 % 10);
	else
		show_span(&text, (int64_t)n);
	buf_addf(b, " %7s", buf_str(&text));
}

void stats_table(struct buf *b, const struct sample *now, const struct sample *before)
{
	static const char *const heads[] = { "RSS", "READ", "WRITE", "IO", "NET-IN", "NET-OUT" };

	buf_addf(b, "%-16s %-12s %7s", "NAME", "STATE", "CPU");
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		buf_addf(b, " %7s%s", heads[i], before && i ? "/s" : "");
	buf_addc(b, '\n');
	for (size_t i = 0; i < now->n; i++) {
		uint64_t shown[SHOWN];

		if (before)
			collect_rates(now, i, before, shown);
		else
			collect(&now->s[i], shown);
		buf_addf(b, "%-16s %-12s", now->v[i].dir.name, vm_state_names[now->v[i].state]);
		add_cpu(b, shown[SHOWN_CPU], before != NULL);
		add_column(b, sum(&now->s[i], STATS_PROCESS, PROC_RSS), 7);
		for (int k = SHOWN_READ; k < SHOWN; k++)
			add_column(b, shown[k], before ? 9 : 7);
		buf_addc(b, '\n');
	}
}

static void put_number(struct json_out *o, const char *key, uint64_t n)
{
	if (n == STAT_UNKNOWN)
		json_put_null(o, key);
	else
		json_put_uint(o, key, n);
}

static void group_json(struct json_out *o, const struct vm_stats *s, int g)
{
	const char *single = groups[g].name ? NULL : groups[g].key;

	if (!single)
		json_open(o, groups[g].key, '[');
	else if (!s->n[g])
		json_put_null(o, single);
	for (size_t i = 0; i < s->n[g]; i++) {
		json_open(o, single, '{');
		if (!single)
			json_put_str(o, "name", s->item[g][i].name);
		for (int k = 0; k < groups[g].n; k++)
			put_number(o, groups[g].rows[k].key, s->item[g][i].v[k]);
		json_close(o, '}');
	}
	if (!single)
		json_close(o, ']');
}

static void rates_json(struct json_out *o, const uint64_t rates[SHOWN])
{
	static const char *const keys[SHOWN] = { "cpu_permille", "read_bytes", "write_bytes", "disk_operations", "rx_bytes", "tx_bytes" };

	json_open(o, "rates", '{');
	for (int i = 0; i < SHOWN; i++)
		put_number(o, keys[i], rates[i]);
	json_close(o, '}');
}

void stats_json(struct buf *b, const struct sample *now, const struct sample *before)
{
	struct json_out o = JSON_OUT(b);

	json_open(&o, NULL, '{');
	json_put_int(&o, "time_us", now->wall_us);
	json_open(&o, "vms", '[');
	for (size_t i = 0; i < now->n; i++) {
		uint64_t rates[SHOWN];

		json_open(&o, NULL, '{');
		json_put_str(&o, "name", now->v[i].dir.name);
		json_put_bool(&o, "up", is_up(&now->v[i]));
		show_status_json(&o, "status", &now->v[i]);
		json_put_bool(&o, "helpers_known", now->s[i].helpers_known);
		for (int g = 0; g < STATS_GROUPS; g++)
			group_json(&o, &now->s[i], g);
		if (before) {
			collect_rates(now, i, before, rates);
			rates_json(&o, rates);
		}
		json_close(&o, '}');
	}
	json_close(&o, ']');
	json_close(&o, '}');
	buf_addc(b, '\n');
}

/* A label's value: nothing that drives a terminal, and backslash, quote and newline behind a backslash. */
static void add_label(struct buf *b, const char *name, const char *value)
{
	autobuf struct buf safe = BUF_INIT;

	buf_add_safe(&safe, value, strlen(value));
	buf_addf(b, "%s=\"", name);
	for (const char *c = buf_str(&safe); *c; c++) {
		if (*c == '\\' || *c == '"')
			buf_addc(b, '\\');
		buf_addc(b, *c);
	}
	buf_addc(b, '"');
}

static void add_head(struct buf *b, const char *metric, const char *help, bool counter)
{
	buf_addf(b, "# HELP husk_vm_%s %s\n# TYPE husk_vm_%s %s\n", metric, help, metric, counter ? "counter" : "gauge");
}

static void add_value(struct buf *b, uint64_t n, enum unit unit)
{
	unsigned long long u = n;

	if (unit == MICROS)
		buf_addf(b, " %llu.%06llu\n", u / 1000000, u % 1000000);
	else if (unit == NANOS)
		buf_addf(b, " %llu.%09llu\n", u / 1000000000, u % 1000000000);
	else
		buf_addf(b, " %llu\n", u);
}

static void add_metric(struct buf *b, const struct sample *now, int g, int k, bool *headed)
{
	const struct row *row = &groups[g].rows[k], *first = row;

	if (row->help[0])
		*headed = false;
	while (!first->help[0])
		first--;
	for (size_t i = 0; i < now->n; i++) {
		const struct vm_stats *s = &now->s[i];

		for (size_t at = 0; at < s->n[g]; at++) {
			const struct stat_item *item = &s->item[g][at];

			if (item->v[k] == STAT_UNKNOWN)
				continue;
			if (!*headed)
				add_head(b, row->metric, first->help, row->counter);
			*headed = true;
			buf_addf(b, "husk_vm_%s{", row->metric);
			add_label(b, "vm", now->v[i].dir.name);
			if (groups[g].name) {
				buf_addc(b, ',');
				add_label(b, groups[g].name, item->name);
			}
			buf_addf(b, "%s%s}", row->label[0] ? "," : "", row->label);
			add_value(b, item->v[k], row->unit);
		}
	}
}

/* What every VM has, whether it runs or not. */
static void add_states(struct buf *b, const struct sample *now)
{
	add_head(b, "up", "Whether the VM runs and its QEMU answers.", false);
	for (size_t i = 0; i < now->n; i++)
		buf_addf(b, "husk_vm_up{vm=\"%s\"} %d\n", now->v[i].dir.name, is_up(&now->v[i]));
	add_head(b, "state", "1 for the state the VM is in.", false);
	for (size_t i = 0; i < now->n; i++)
		for (int state = 0; state < VMS_COUNT; state++)
			buf_addf(b, "husk_vm_state{vm=\"%s\",state=\"%s\"} %d\n", now->v[i].dir.name, vm_state_names[state],
				 (int)now->v[i].state == state);
	add_head(b, "start_time_seconds", "When the VM was started last.", false);
	for (size_t i = 0; i < now->n; i++)
		if (now->v[i].has_record) {
			buf_addf(b, "husk_vm_start_time_seconds{vm=\"%s\"}", now->v[i].dir.name);
			add_value(b, (uint64_t)now->v[i].record.started_us, MICROS);
		}
	add_head(b, "memory_bytes", "Memory the VM was started with.", false);
	for (size_t i = 0; i < now->n; i++)
		if (now->v[i].has_record)
			buf_addf(b, "husk_vm_memory_bytes{vm=\"%s\"} %llu\n", now->v[i].dir.name,
				 (unsigned long long)now->v[i].record.memory);
}

void stats_prometheus(struct buf *b, const struct sample *now)
{
	bool headed = false;

	add_states(b, now);
	for (int g = 0; g < STATS_GROUPS; g++)
		for (int k = 0; k < groups[g].n; k++)
			if (groups[g].rows[k].metric[0])
				add_metric(b, now, g, k, &headed);
}
