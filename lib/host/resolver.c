/* SPDX-License-Identifier: MIT */
/* Name servers, from resolv.conf. */
#include <host/resolver.h>

#include <arpa/inet.h>
#include <base/buf.h>
#include <base/err.h>
#include <base/file.h>
#include <fcntl.h>
#include <string.h>

#define RESOLV_CONF_MAX 65536

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void add_server(struct host_resolvers *r, const char *word, size_t len)
{
	struct in6_addr six;
	struct in_addr four;
	char text[INET6_ADDRSTRLEN];

	if (len >= sizeof(text))
		return;
	memcpy(text, word, len);
	text[len] = '\0';
	/* an address with a scope belongs to a link of the host's */
	if (inet_pton(AF_INET, text, &four) == 1) {
		if (ntohl(four.s_addr) >> 24 == 127 || !four.s_addr) {
			r->loopback = true;
			return;
		}
	} else if (inet_pton(AF_INET6, text, &six) == 1) {
		if (IN6_IS_ADDR_LOOPBACK(&six) || IN6_IS_ADDR_UNSPECIFIED(&six)) {
			r->loopback = true;
			return;
		}
	} else {
		return;
	}
	if (r->n < RESOLVERS_MAX)
		memcpy(r->addr[r->n++], text, len + 1);
}

void host_parse_resolv_conf(const char *text, size_t len, struct host_resolvers *r)
{
	static const char key[] = "nameserver";
	const char *end = text + len;

	*r = (struct host_resolvers){ 0 };
	for (const char *p = text, *next; p < end; p = next) {
		const char *nl = memchr(p, '\n', (size_t)(end - p)), *stop = nl ? nl : end, *word;

		next = nl ? nl + 1 : end;
		if ((size_t)(stop - p) <= sizeof(key) - 1 || memcmp(p, key, sizeof(key) - 1) || !is_blank(p[sizeof(key) - 1]))
			continue;
		for (p += sizeof(key) - 1; p < stop && is_blank(*p); p++)
			;
		for (word = p; p < stop && !is_blank(*p); p++)
			;
		add_server(r, word, (size_t)(p - word));
	}
}

static void read_servers(const char *path, struct host_resolvers *r)
{
	autobuf struct buf text = BUF_INIT;

	*r = (struct host_resolvers){ 0 };
	if (file_read(AT_FDCWD, path, &text, RESOLV_CONF_MAX) >= 0)
		host_parse_resolv_conf(buf_str(&text), text.len, r);
	else
		err_clear();
}

void host_resolvers(struct host_resolvers *r)
{
	read_servers("/etc/resolv.conf", r);
	if (r->n) {
		*r = (struct host_resolvers){ 0 };
		return;
	}
	if (!r->loopback)
		return;
	read_servers("/run/systemd/resolve/resolv.conf", r);
	r->loopback = true;
}
