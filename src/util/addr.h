/* Socket addresses and IP networks, to and from the text forms of the configuration and of the
 * milter protocol. Nothing here resolves a name: hosts are numeric, or "localhost". */
#ifndef UTIL_ADDR_H
#define UTIL_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

/* An address to listen on or to connect to. */
struct addr {
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	};
	socklen_t len; /* of the member in use */
};

/* Reads "unix:/path", "inet:port@host" and "inet6:port@host" (as Sendmail writes them), or
 * "inet:host:port" (as Postfix does; an IPv6 host in brackets). 0 and *ret; or -EINVAL, and
 * *ret_why is the reason, a static text. */
int addr_parse(const char *spec, struct addr *ret, const char **ret_why);

/* Writes an address in Sendmail's form, for messages; cut to size bytes, NUL included. Returns
 * buf. */
const char *addr_format(const struct addr *a, char *buf, size_t size);

/* Whether only processes of this host can connect to it: a unix socket counts. */
bool addr_is_loopback(const struct addr *a);

/* Whether this process may make files in the directory of this unix socket. */
bool addr_directory_is_writable(const struct addr *a);

/* A network, or one address (a network of full length). An IPv4-mapped IPv6 address is stored
 * as the IPv4 address, so that "::ffff:192.0.2.1" lies in 192.0.2.0/24. */
struct cidr {
	int family;		/* AF_INET or AF_INET6 */
	unsigned bits;		/* length of the network part: 24 of "192.0.2.0/24" */
	unsigned char addr[16]; /* network order, 4 or 16 bytes; host bits are zero */
};

/* Reads "192.0.2.0/24", "2001:db8::/32", "192.0.2.1". 0 and *ret; or -EINVAL and *ret_why, as
 * addr_parse(). Host bits that are set ("192.0.2.1/24") are an error. */
int cidr_parse(const char *text, struct cidr *ret, const char **ret_why);

/* Reads the address of an SMTP client as an MTA sends it, which may begin with "IPv6:". -EINVAL
 * when it is not an address: Postfix sends "unknown". */
int cidr_parse_host(const char *text, struct cidr *ret);
/* -EINVAL for a family other than IPv4 and IPv6. */
int cidr_from_sockaddr(const struct sockaddr *sa, struct cidr *ret);

/* Whether host, an address or a network, lies in net. */
bool cidr_contains(const struct cidr *net, const struct cidr *host);

#endif
