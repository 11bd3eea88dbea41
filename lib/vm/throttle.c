/* SPDX-License-Identifier: MIT */
/* Limits on a drive's I/O. */
#include <vm/live.h>

#include <base/buf.h>
#include <base/err.h>
#include <string.h>

/* averages, bursts, how long a burst may last, and what counts as one operation */
const char *const throttle_keys[THROTTLE_KEYS] = {
	"bps", "bps_rd", "bps_wr", "iops", "iops_rd", "iops_wr",
	"bps_max", "bps_rd_max", "bps_wr_max", "iops_max", "iops_rd_max", "iops_wr_max",
	"bps_max_length", "bps_rd_max_length", "bps_wr_max_length", "iops_max_length", "iops_rd_max_length", "iops_wr_max_length",
	"iops_size",
};

static int check(const char *id, const int64_t m[THROTTLE_KEYS])
{
	for (int i = 0; i < THROTTLE_AVERAGES; i++) {
		const char *key = throttle_keys[i];
		int total = i / 3 * 3, burst = i + THROTTLE_AVERAGES;

		if (i != total && m[total] > 0 && m[i] > 0)
			return fail_exit(EXIT_USAGE, "%s: a limit %s of both and one of reads or writes (%s) exclude each other",
					 id, throttle_keys[total], key);
		if (m[burst] > 0 && m[i] <= 0)
			return fail_exit(EXIT_USAGE, "%s: a burst %s-max needs a limit %s", id, key, key);
		if (m[burst] > 0 && m[burst] < m[i])
			return fail_exit(EXIT_USAGE, "%s: %s-max is below %s", id, key, key);
	}
	return 0;
}

int throttle_merge(const struct drive *d, const int64_t want[THROTTLE_SETTABLE], int64_t m[THROTTLE_KEYS])
{
	memcpy(m, d->throttle, sizeof(d->throttle));
	for (int i = 0; i < THROTTLE_SETTABLE; i++) {
		if (want[i] >= 0)
			m[i] = want[i];
		/* without its limit a burst is over too */
		if (i >= THROTTLE_AVERAGES && want[i] < 0 && m[i - THROTTLE_AVERAGES] <= 0)
			m[i] = -1;
		/* and QEMU takes no length without a burst */
		if (i >= THROTTLE_AVERAGES && m[i] <= 0)
			m[i + THROTTLE_AVERAGES] = -1;
	}
	return check(d->id, m);
}

int live_throttle(struct qmp *q, const struct drive *d, const int64_t m[THROTTLE_KEYS], deadline_t until)
{
	autobuf struct buf args = BUF_INIT;
	struct json_out o = JSON_OUT(&args);

	json_open(&o, NULL, '{');
	json_put_str(&o, "id", d->qdev);
	for (int i = 0; i < THROTTLE_KEYS; i++)
		if (i < THROTTLE_AVERAGES || m[i] > 0)
			json_put_int(&o, throttle_keys[i], m[i] > 0 ? m[i] : 0);
	json_close(&o, '}');
	return qmp_execute(q, "block_set_io_throttle", buf_str(&args), NULL, until);
}
