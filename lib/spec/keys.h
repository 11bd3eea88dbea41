/* SPDX-License-Identifier: MIT */
/* What is typed at a guest's keyboard: combinations of key names, or a text on a US layout. */
#ifndef SPEC_KEYS_H
#define SPEC_KEYS_H

#include <base/pool.h>
#include <stddef.h>

#define KEYS_TOGETHER_MAX 8	/* keys of one combination */

/* Keys that are pressed one after the other and let go together. */
struct keys {
	const char *name[KEYS_TOGETHER_MAX];	/* a QKeyCode of QEMU ("ctrl"), or a scan code ("0x1d") */
	size_t n;
};

/* keys_parse - "ctrl-alt-f2", "ret", "0x1d-a": 0, or recorded with EXIT_USAGE and the nearest name. */
int keys_parse(struct pool *pool, const char *word, struct keys *k);
/*
 * keys_of_text - the combinations that type a text on a US keyboard, one for each character.
 * \n is return, \t tab, \b backspace, \e escape, \\ a backslash.
 * @k: receives at most strlen(text) of them
 * Their number, or recorded with EXIT_USAGE: no key types that.
 */
int keys_of_text(const char *text, struct keys *k);

#endif
