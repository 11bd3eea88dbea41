/* SPDX-License-Identifier: MIT */
/* Fuzz: any bytes as a resolv.conf. */
#include <host/resolver.h>

#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size ? size : 1);
	struct host_resolvers r;
	struct in6_addr six;

	if (!text)
		abort();
	memcpy(text, data, size);
	host_parse_resolv_conf(text, size, &r);
	/* what is handed on as an argument is an address, and not of the loopback */
	for (size_t i = 0; i < r.n; i++)
		if (i >= RESOLVERS_MAX || (inet_pton(AF_INET, r.addr[i], &six) != 1 && inet_pton(AF_INET6, r.addr[i], &six) != 1) ||
		    !strncmp(r.addr[i], "127.", 4) || !strcmp(r.addr[i], "::1"))
			abort();
	free(text);
	return 0;
}
