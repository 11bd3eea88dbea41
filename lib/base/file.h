/* SPDX-License-Identifier: MIT */
/* Whole files: read with a bound, written by rename, directories made and emptied. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>
#include <sys/types.h>

struct buf;

/* file_read - append a whole file to b, at most max bytes (else -EFBIG).  dirfd may be AT_FDCWD. Not recorded: 0 or negative errno. */
int file_read(int dirfd, const char *name, struct buf *b, size_t max);
/* file_read_tail - append at most the last max bytes. Not recorded. */
int file_read_tail(int dirfd, const char *name, struct buf *b, size_t max);
/* file_write - replace dirfd/name by rename of a temporary file, mode 0600; 0 or negative errno, not recorded. */
int file_write(int dirfd, const char *name, const void *data, size_t len);
/* file_mkdirs - every missing directory of an absolute path, the last with this mode; recorded. */
int file_mkdirs(const char *path, mode_t mode);
/* file_remove_tree - remove everything in a directory (never following a link), not the directory itself; recorded. */
int file_remove_tree(int dirfd);

#endif
