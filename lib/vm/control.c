/* SPDX-License-Identifier: MIT */
/* husk's own connection to QEMU, for later commands: one at a time, short, under a deadline. */
#include <vm/vm.h>

#include <base/err.h>
#include <errno.h>

int vm_control(const struct vmdir *d, const char *doing, struct qmp *q, int *lock, deadline_t until)
{
	int fd;

	*lock = control_lock(d, "lock", doing, until);
	if (*lock < 0)
		return *lock;
	fd = fd_connect(d->path, "control.sock");
	if (fd == -ECONNREFUSED || fd == -ENOENT)
		fail_exit(EXIT_NOT_RUNNING, "QEMU is gone");
	else if (fd == -EAGAIN)
		fail_exit(EXIT_DEADLINE, "unresponsive: too many clients wait for its monitor");
	if (fd >= 0)
		fd = qmp_open(q, fd, until);
	if (fd < 0) {
		fd_close(lock);
		return err_prefix(fd, "%s", d->name);
	}
	return 0;
}

int vm_port_is_open(struct qmp *q, const char *chardev, deadline_t until)
{
	int rc = qmp_execute(q, "query-chardev", NULL, NULL, until), iter = 0, item;

	while (rc >= 0 && json_next(&q->json, qmp_return(q), &iter, NULL, &item))
		if (json_eq(&q->json, json_get(&q->json, item, "label"), chardev))
			return json_bool(&q->json, json_get(&q->json, item, "frontend-open")) == 1;
	return rc;
}
