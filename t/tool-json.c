/* SPDX-License-Identifier: MIT */
/* What a shell test asks of JSON: tool-json [-l] FILE|- [PATH] prints the value at PATH ("a.b.0.c"). */
#include <base/buf.h>
#include <base/err.h>
#include <base/fd.h>
#include <base/file.h>
#include <base/json.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INPUT_MAX (16u << 20)

/* find - follow PATH; a part that is a number picks an array's item. */
static int find(const struct json *j, const char *path)
{
	int v = 0;

	while (*path && v >= 0) {
		char part[128];
		size_t len = strcspn(path, ".");

		if (len >= sizeof(part))
			return -1;
		memcpy(part, path, len);
		part[len] = '\0';
		v = json_is_array(j, v) ? json_item(j, v, (int)strtol(part, NULL, 10)) : json_get(j, v, part);
		path += len + (path[len] == '.');
	}
	return v;
}

/* print - a string decoded, everything else as it stands. */
static void print(const struct json *j, int v)
{
	size_t len;
	const char *raw;
	char *text = json_is_string(j, v) ? json_dup(j, v, &len) : NULL;

	if (text) {
		fwrite(text, 1, len, stdout);
		free(text);
	} else {
		raw = json_raw(j, v, &len);
		fwrite(raw, 1, len, stdout);
	}
	putchar('\n');
}

static int read_input(const char *name, struct buf *b)
{
	char chunk[4096];
	ssize_t n;

	if (strcmp(name, "-"))
		return file_read(AT_FDCWD, name, b, INPUT_MAX);
	while ((n = fd_read(STDIN_FILENO, chunk, sizeof(chunk))) > 0)
		if (b->len > INPUT_MAX || buf_add(b, chunk, (size_t)n) < 0)
			return -1;
	return (int)n;
}

/* each_line - the value at path of every line of a file of JSON lines; a line without it prints nothing. */
static int each_line(struct buf *b, const char *path)
{
	char *line = b->data, *end;
	bool any = false;

	for (; line && *line; line = end + (*end == '\n')) {
		autojson struct json j = JSON_INIT;
		int v;

		end = line + strcspn(line, "\n");
		if (json_parse(&j, line, (size_t)(end - line)) < 0) {
			fprintf(stderr, "tool-json: %s\n", err_text());
			return 2;
		}
		v = find(&j, path);
		if (v >= 0)
			print(&j, v);
		any |= v >= 0;
	}
	return any ? 0 : 1;
}

/* Ends with 0 found, 1 not there, 2 no JSON. */
int main(int argc, char **argv)
{
	bool lines = argc > 1 && !strcmp(argv[1], "-l");
	const char **arg = (const char **)argv + 1 + lines;
	int n = argc - 1 - lines, v;
	autojson struct json j = JSON_INIT;
	autobuf struct buf b = BUF_INIT;

	if (n < 1 || n > 2) {
		fprintf(stderr, "usage: tool-json [-l] FILE|- [PATH]\n");
		return 2;
	}
	if (read_input(arg[0], &b) < 0) {
		perror(arg[0]);
		return 2;
	}
	if (lines)
		return each_line(&b, n == 2 ? arg[1] : "");
	if (json_parse(&j, buf_str(&b), b.len) < 0) {
		fprintf(stderr, "tool-json: %s\n", err_text());
		return 2;
	}
	v = find(&j, n == 2 ? arg[1] : "");
	if (v < 0)
		return 1;
	print(&j, v);
	return 0;
}
