/* SPDX-License-Identifier: MIT */
/* Stands in for libFuzzer: runs a fuzz target over the files named, so that each corpus is tested by any compiler. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes go into a block of exactly their size, so that a sanitizer sees one byte too many. */
static int replay(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = NULL;
	long size;
	int err = -1;

	if (!f)
		goto undo;
	if (fseek(f, 0, SEEK_END) || (size = ftell(f)) < 0 || fseek(f, 0, SEEK_SET))
		goto undo;
	data = malloc(size ? (size_t)size : 1);
	if (!data || fread(data, 1, (size_t)size, f) != (size_t)size)
		goto undo;
	LLVMFuzzerTestOneInput(data, (size_t)size);
	err = 0;
undo:
	if (err)
		perror(path);
	free(data);
	if (f)
		fclose(f);
	return err;
}

int main(int argc, char **argv)
{
	int failed = 0;

	for (int i = 1; i < argc; i++)
		failed |= replay(argv[i]);
	return failed ? 1 : 0;
}
