/* SPDX-License-Identifier: MIT */
/* Functions that hide an error or an overflow do not compile.  Forced into every file with -include. */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* with FORTIFY some C libraries make macros of these, which cannot be poisoned */
#undef sprintf
#undef vsprintf
#undef strcpy
#undef strcat
#undef strncpy
#undef strncat

#pragma GCC poison strcpy strcat sprintf vsprintf strncpy strncat atoi atol atoll atof strtok gets
#pragma GCC poison system popen tmpnam mktemp

#endif
