/* Socket addresses as the configuration and the milter protocol write them. Layer 0. */
#ifndef UTIL_ADDR_H
#define UTIL_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

/* A place to listen on or to connect to. */
struct addr {
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	};
	socklen_t len;
};

/* "unix:/path", "inet:port@host", "inet6:port@host" (Sendmail), "inet:host:port" (Postfix).
 * The host is a numeric address or "localhost"; no name service is asked. 0, or -EINVAL with
 * *ret_why a static text that says what is wrong. */
int addr_parse(const char *spec, struct addr *ret, const char **ret_why);

/* The same in Sendmail's spelling, for messages. buf is what comes back. */
const char *addr_format(const struct addr *a, char *buf, size_t size);

bool addr_is_loopback(const struct addr *a); /* a unix socket counts */

/* A network: "192.0.2.0/24", "2001:db8::/32", an address alone. IPv4-mapped IPv6 is IPv4. */
struct cidr {
	int family; /* AF_INET or AF_INET6 */
	unsigned bits;
	unsigned char addr[16]; /* network order; host bits are zero */
};

/* 0, or -EINVAL (*ret_why as above; host bits that are set are an error too). */
int cidr_parse(const char *text, struct cidr *ret, const char **ret_why);

/* An SMTP client's address as the MTA sends it, an "IPv6:" prefix and IPv4-mapped forms
 * included, as a network of full length. -EINVAL: no address ("unknown"). */
int cidr_parse_host(const char *text, struct cidr *ret);
int cidr_from_sockaddr(const struct sockaddr *sa, struct cidr *ret);

bool cidr_contains(const struct cidr *net, const struct cidr *host);

#endif
