/* SPDX-License-Identifier: MIT */
/* Which interpreter a program asks for: the only thing husk reads in an ELF file itself. */
#include <host/host.h>

#include <base/err.h>
#include <elf.h>
#include <errno.h>
#include <string.h>

/* One program header's type, file offset and size, for both classes; false when it lies outside. */
static bool read_header(const unsigned char *p, size_t len, bool wide, uint64_t at, uint32_t *type, uint64_t *offset,
			uint64_t *size)
{
	if (wide) {
		Elf64_Phdr h;

		if (at > len || len - at < sizeof(h))
			return false;
		memcpy(&h, p + at, sizeof(h));
		*type = h.p_type;
		*offset = h.p_offset;
		*size = h.p_filesz;
	} else {
		Elf32_Phdr h;

		if (at > len || len - at < sizeof(h))
			return false;
		memcpy(&h, p + at, sizeof(h));
		*type = h.p_type;
		*offset = h.p_offset;
		*size = h.p_filesz;
	}
	return true;
}

int host_elf_interp(const void *data, size_t len, char *interp, size_t size)
{
	const unsigned char *p = data;
	uint64_t start, step, count;
	bool wide;

	interp[0] = '\0';
	if (len < sizeof(Elf64_Ehdr) || memcmp(p, ELFMAG, SELFMAG))
		return -EPROTO;
	wide = p[EI_CLASS] == ELFCLASS64;
	if (wide) {
		Elf64_Ehdr h;

		memcpy(&h, p, sizeof(h));
		start = h.e_phoff;
		step = h.e_phentsize;
		count = h.e_phnum;
	} else {
		Elf32_Ehdr h;

		memcpy(&h, p, sizeof(h));
		start = h.e_phoff;
		step = h.e_phentsize;
		count = h.e_phnum;
	}
	if (start > len || step > 1024)
		return -EPROTO;
	for (uint64_t i = 0; i < count; i++) {
		uint64_t offset, n;
		uint32_t type;

		if (!read_header(p, len, wide, start + i * step, &type, &offset, &n))
			return -EPROTO;
		if (type != PT_INTERP)
			continue;
		if (n < 2 || n > size || offset > len || len - offset < n || p[offset + n - 1] || p[offset] != '/')
			return -EPROTO;
		memcpy(interp, p + offset, n);
		return 1;
	}
	return 0;
}
