/* SPDX-License-Identifier: MIT */
/* Tells clang's analyzer, which reads one file at a time, that a failure is a negative number. */
#ifndef T_LINT_H
#define T_LINT_H

#include <base/err.h>

#define fail(...) ((fail)(__VA_ARGS__), -1)
#define fail_as(...) ((fail_as)(__VA_ARGS__), -1)
#define fail_exit(...) ((fail_exit)(__VA_ARGS__), -1)
#define err_set(...) ((err_set)(__VA_ARGS__), -1)

#endif
