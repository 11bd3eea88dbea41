/* SPDX-License-Identifier: MIT */
/* The smallest guest (bootsector.S), assembled by the build and carried inside husk. */
#ifndef QEMU_BOOTSECTOR_H
#define QEMU_BOOTSECTOR_H

#include <stddef.h>

/* The bytes of a bootable raw disk: 512, or 0 where the build had no assembler for x86. */
extern const unsigned char bootsector[];
extern const size_t bootsector_size;

#endif
