/* SPDX-License-Identifier: MIT */
/* Commands that a sandboxed QEMU must not get: they would start programs, or open what only names can reach. */
#include <qmp/args.h>

#include <string.h>
#include <strings.h>

static bool has_prefix(const struct json *j, int v, const char *prefix)
{
	size_t len, n = strlen(prefix);
	const char *raw = json_raw(j, v, &len);

	/* escapes cannot hide it: a value that begins with one is refused by the caller */
	return raw && len > n && raw[0] == '"' && !strncasecmp(raw + 1, prefix, n);
}

static const char *migration_refusal(const struct json *j, int args)
{
	static const char why[] = "it would make QEMU start a program, which the sandbox forbids; QEMU 7.2 would die of it";
	int uri = json_get(j, args, "uri"), channels = json_get(j, args, "channels");
	size_t len;
	const char *raw = json_raw(j, uri, &len);

	if (has_prefix(j, uri, "exec:") || (raw && len > 1 && raw[1] == '\\'))
		return why;
	raw = json_raw(j, channels, &len);
	if (raw && (memmem(raw, len, "\"exec\"", 6) || memchr(raw, '\\', len)))
		return why;
	return NULL;
}

static const char *netdev_refusal(const struct json *j, int args)
{
	static const char *const keys[] = { "script", "downscript", "helper", "guestfwd", "smb" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		int v = json_get(j, args, keys[i]);

		if (v >= 0 && !json_eq(j, v, "no"))
			return "it would make QEMU start a program, which the sandbox forbids; give it a descriptor";
	}
	if (json_eq(j, json_get(j, args, "type"), "bridge"))
		return "it would make QEMU start its bridge helper, which the sandbox forbids";
	return NULL;
}

const char *hmp_refusal(const char *line)
{
	/* exec: in any spelling of migrate and migrate_incoming; helpers of netdev_add */
	static const char *const words[] = { "exec:", "script=", "helper=", "guestfwd", "netdev_add bridge" };

	line += strspn(line, " \t");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasestr(line, words[i]))
			return "it would make QEMU start a program, which the sandbox forbids; QEMU 7.2 would die of it";
	return NULL;
}

const char *qmp_refusal(const char *command, const struct json *j, int args)
{
	char line[4096];

	if (!strcmp(command, "migrate") || !strcmp(command, "migrate-incoming") || !strcmp(command, "migrate-recover"))
		return migration_refusal(j, args);
	if (!strcmp(command, "netdev_add"))
		return netdev_refusal(j, args);
	if (!strcmp(command, "human-monitor-command")) {
		if (json_str(j, json_get(j, args, "command-line"), line, sizeof(line)) < 0)
			return "its command-line is missing or too long";
		return hmp_refusal(line);
	}
	return NULL;
}
