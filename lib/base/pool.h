/* SPDX-License-Identifier: MIT */
/* One arena per spec or plan: many small strings, freed at once. */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stddef.h>

struct pool {
	struct pool_chunk *chunks;
};

/* pool_alloc - zeroed memory aligned for any type.  Ends the process with exit code 1 when there is none:
 * a launcher that cannot get kilobytes has nothing better to do, and no VM exists yet. */
void *pool_alloc(struct pool *p, size_t size) __attribute__((malloc, returns_nonnull));
char *pool_strdup(struct pool *p, const char *s) __attribute__((returns_nonnull));
char *pool_strndup(struct pool *p, const char *s, size_t len) __attribute__((returns_nonnull));
char *pool_printf(struct pool *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), returns_nonnull));
/* pool_grow - one more element behind an array of n: returns the (moved) array; element n is zeroed. */
void *pool_grow(struct pool *p, void *array, size_t n, size_t size) __attribute__((returns_nonnull));
void pool_free(struct pool *p);

#define autopool __attribute__((cleanup(pool_free)))

#endif
