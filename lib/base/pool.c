/* SPDX-License-Identifier: MIT */
/* The arena: chunks in a list, allocations cut from the newest. */
#include <base/pool.h>

#include <base/err.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct pool_chunk {
	struct pool_chunk *next;
	size_t used, size;
	max_align_t data[];
};

#define POOL_CHUNK 4000		/* with its header under one page */

static struct pool_chunk *new_chunk(size_t size)
{
	struct pool_chunk *c = size < SIZE_MAX / 2 ? calloc(1, sizeof(*c) + size) : NULL;

	if (!c) {
		static const char text[] = "husk: out of memory\n";

		(void)!write(2, text, sizeof(text) - 1);
		_exit(EXIT_FAILED);
	}
	c->size = size;
	return c;
}

void *pool_alloc(struct pool *p, size_t size)
{
	size_t need = (size + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
	struct pool_chunk *c = p->chunks;

	if (!c || c->size - c->used < need) {
		c = new_chunk(need > POOL_CHUNK ? need : POOL_CHUNK);
		c->next = p->chunks;
		p->chunks = c;
	}
	c->used += need;
	return (char *)c->data + c->used - need;
}

char *pool_strndup(struct pool *p, const char *s, size_t len)
{
	char *copy = pool_alloc(p, len + 1);

	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *pool_strdup(struct pool *p, const char *s)
{
	return pool_strndup(p, s, strlen(s));
}

char *pool_printf(struct pool *p, const char *fmt, ...)
{
	va_list ap;
	char *text;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	text = pool_alloc(p, (size_t)(n < 0 ? 0 : n) + 1);
	va_start(ap, fmt);
	vsnprintf(text, (size_t)(n < 0 ? 0 : n) + 1, fmt, ap);
	va_end(ap);
	return text;
}

void *pool_grow(struct pool *p, void *array, size_t n, size_t size)
{
	char *bigger;

	/* room is made for 4, 8, 16, ... elements, so that most calls only hand out the next one */
	if (n >= 4 && (n & (n - 1)) != 0)
		return array;
	if (n > 0 && n < 4)
		return array;
	bigger = pool_alloc(p, (n ? 2 * n : 4) * size);
	if (n)
		memcpy(bigger, array, n * size);
	return bigger;
}

void pool_free(struct pool *p)
{
	while (p->chunks) {
		struct pool_chunk *c = p->chunks;

		p->chunks = c->next;
		free(c);
	}
}
