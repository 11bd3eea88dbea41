/* SPDX-License-Identifier: MIT */
/* QEMU's image locks, looked at from outside. */
#include <image/image.h>

#include <fcntl.h>
#include <unistd.h>

#define PERM_WRITE 101		/* RAW_LOCK_PERM_BASE + 1 */
#define UNSHARED_WRITE 201	/* RAW_LOCK_SHARED_BASE + 1 */

static bool locked(int fd, off_t byte)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1 };

	return fcntl(fd, F_OFD_GETLK, &l) == 0 && l.l_type != F_UNLCK;
}

bool image_in_use(int fd, bool writable)
{
	return locked(fd, PERM_WRITE) || (writable && locked(fd, UNSHARED_WRITE));
}
