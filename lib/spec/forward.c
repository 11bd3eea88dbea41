/* SPDX-License-Identifier: MIT */
/* A forwarded port, from its text. */
#include <spec/spec.h>

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

/* A port number in s[0..len): 1..65535, or -1. */
static int port(const char *s, size_t len)
{
	int n = 0;

	if (len == 0 || len > 5)
		return -1;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		n = n * 10 + (s[i] - '0');
	}
	return n >= 1 && n <= 65535 ? n : -1;
}

bool spec_is_address(const char *text)
{
	unsigned char binary[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, text, binary) == 1 || inet_pton(AF_INET6, text, binary) == 1;
}

int spec_parse_forward(struct pool *pool, const char *text, struct forward *f, const char **why)
{
	const char *guest = strrchr(text, ':'), *host = text, *end;

	*f = (struct forward){ .host = "127.0.0.1" };
	if (!strncmp(text, "tcp:", 4) || !strncmp(text, "udp:", 4)) {
		f->udp = text[0] == 'u';
		host += 4;
	}
	if (!guest || guest < host) {
		*why = "expected [tcp:|udp:][ADDRESS:]PORT:GUESTPORT";
		return -EINVAL;
	}
	f->guest_port = port(guest + 1, strlen(guest + 1));
	/* [ADDRESS:]PORT is host..guest */
	for (end = guest; end > host && end[-1] != ':'; end--)
		;
	f->host_port = port(end, (size_t)(guest - end));
	if (f->host_port < 0 || f->guest_port < 0) {
		*why = "a port is a number from 1 to 65535";
		return -EINVAL;
	}
	if (end > host) {
		size_t len = (size_t)(end - 1 - host);
		bool brackets = len >= 2 && host[0] == '[' && host[len - 1] == ']';

		f->host = brackets ? pool_strndup(pool, host + 1, len - 2) : pool_strndup(pool, host, len);
		/* without brackets "::1:80" could be an address alone */
		if (!spec_is_address(f->host) || brackets != !!strchr(f->host, ':')) {
			*why = "the address must be numeric, such as 0.0.0.0 or [::1]";
			return -EINVAL;
		}
	}
	return 0;
}
