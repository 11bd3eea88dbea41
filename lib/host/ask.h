/* SPDX-License-Identifier: MIT */
/* Asking a program of the host a question: run it with nothing, read what it prints. */
#ifndef HOST_ASK_H
#define HOST_ASK_H

struct buf;

/*
 * host_ask - run argv[0] with an empty environment, stdin and stderr on /dev/null, at most 10 s and 64 KiB.
 * Root runs it as nobody, and as itself only where nobody may not execute or read the file.
 * @argv: NULL-terminated, argv[0] is a path
 * 0 with the output added to out, or recorded with EXIT_HOST.
 */
int host_ask(const char *const *argv, struct buf *out);

/* HUSK_MULTIARCH - Debian's name of the library directory for this build's architecture. */
#if defined(__x86_64__)
#define HUSK_MULTIARCH "x86_64-linux-gnu"
#elif defined(__aarch64__)
#define HUSK_MULTIARCH "aarch64-linux-gnu"
#else
#define HUSK_MULTIARCH "no-multiarch"
#endif

#endif
