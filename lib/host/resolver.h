/* SPDX-License-Identifier: MIT */
/* The name servers that a guest's network is told of. */
#ifndef HOST_RESOLVER_H
#define HOST_RESOLVER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#define RESOLVERS_MAX 3			/* resolv.conf(5): MAXNS */

struct host_resolvers {
	size_t n;
	char addr[RESOLVERS_MAX][INET6_ADDRSTRLEN];
	bool loopback;			/* there were others, on the host's loopback: no guest reaches those */
};

/* host_parse_resolv_conf - the name servers in the text of a resolv.conf(5).  No I/O (fuzzed). */
void host_parse_resolv_conf(const char *text, size_t len, struct host_resolvers *r);
/*
 * host_resolvers - where the host asks only a server on its loopback, as with systemd-resolved: those behind it, by
 * systemd-resolved(8) in /run/systemd/resolve/resolv.conf; n is 0 where that does not tell.
 * Where the host's own servers can be reached from anywhere, n is 0 and loopback false: there is nothing to be told.
 */
void host_resolvers(struct host_resolvers *r);

#endif
