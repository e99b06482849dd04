/* Socket addresses and networks from text and back. Parsers fill a local struct and copy it to
 * the caller's only when all is well. */
#include "util/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util/str.h"

static const unsigned char mapped_prefix[12] = {[10] = 0xff, [11] = 0xff};

static int
fail_parse(const char *why, const char **ret_why)
{
	*ret_why = why;
	return -EINVAL;
}

static int
parse_unix(const char *path, struct addr *ret, const char **ret_why)
{
	size_t len = strlen(path);

	if (path[0] != '/')
		return fail_parse("the path of a unix socket must begin with /", ret_why);
	if (len >= sizeof(ret->un.sun_path))
		return fail_parse("the path of a unix socket may have 107 bytes", ret_why);
	*ret = (struct addr){.un.sun_family = AF_UNIX};
	memcpy(ret->un.sun_path, path, len + 1);
	ret->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
	return 0;
}

/* Splits "port@host" or "host:port"; brackets around the host are removed. */
static int
split_inet(const char *text, char host[static INET6_ADDRSTRLEN], uint16_t *ret_port,
	   const char **ret_why)
{
	const char *at = strchr(text, '@'), *colon = strrchr(text, ':');
	const char *from = at != NULL ? at + 1 : text;
	char digits[6] = "";
	uint64_t port;
	size_t len, n;

	if (at == NULL && colon == NULL)
		return fail_parse("a port and a host are required: inet:port@host", ret_why);
	len = at != NULL ? strlen(from) : (size_t)(colon - from);
	n = at != NULL ? (size_t)(at - text) : strlen(colon + 1);
	if (n < sizeof(digits))
		memcpy(digits, at != NULL ? text : colon + 1, n);
	if (str_parse_count(digits, &port) < 0 || port == 0 || port > UINT16_MAX)
		return fail_parse("the port must be a number from 1 to 65535", ret_why);
	if (len >= 2 && from[0] == '[' && from[len - 1] == ']') {
		from++;
		len -= 2;
	} else if (at == NULL && memchr(from, ':', len) != NULL) {
		return fail_parse("an IPv6 address before :port must be in brackets", ret_why);
	}
	if (len == 0)
		return fail_parse("a host is required: inet:port@host", ret_why);
	if (len >= INET6_ADDRSTRLEN)
		return fail_parse("the host must be a numeric address or localhost", ret_why);
	memcpy(host, from, len);
	host[len] = '\0';
	*ret_port = (uint16_t)port;
	return 0;
}

/* -EAFNOSUPPORT when host is not an address of this family. */
static int
set_inet(int family, const char *host, uint16_t port, struct addr *ret)
{
	struct addr a = {.sa.sa_family = (sa_family_t)family};
	bool is_v6 = family == AF_INET6;
	void *into = is_v6 ? (void *)&a.in6.sin6_addr : (void *)&a.in.sin_addr;

	if (str_case_equal(host, "localhost"))
		host = is_v6 ? "::1" : "127.0.0.1";
	if (inet_pton(family, host, into) != 1)
		return -EAFNOSUPPORT;
	if (is_v6)
		a.in6.sin6_port = htons(port);
	else
		a.in.sin_port = htons(port);
	a.len = is_v6 ? sizeof(a.in6) : sizeof(a.in);
	*ret = a;
	return 0;
}

static int
parse_inet(int family, const char *text, struct addr *ret, const char **ret_why)
{
	int other = family == AF_INET ? AF_INET6 : AF_INET;
	char host[INET6_ADDRSTRLEN];
	struct addr ignored;
	uint16_t port;
	int r;

	r = split_inet(text, host, &port, ret_why);
	if (r < 0)
		return r;
	if (set_inet(family, host, port, ret) == 0)
		return 0;
	if (set_inet(other, host, port, &ignored) < 0)
		return fail_parse("the host must be a numeric address or localhost", ret_why);
	if (other == AF_INET6)
		return fail_parse("an IPv6 address needs inet6:", ret_why);
	return fail_parse("an IPv4 address needs inet:", ret_why);
}

int
addr_parse(const char *spec, struct addr *ret, const char **ret_why)
{
	if (strncmp(spec, "unix:", 5) == 0)
		return parse_unix(spec + 5, ret, ret_why);
	if (strncmp(spec, "inet:", 5) == 0)
		return parse_inet(AF_INET, spec + 5, ret, ret_why);
	if (strncmp(spec, "inet6:", 6) == 0)
		return parse_inet(AF_INET6, spec + 6, ret, ret_why);
	return fail_parse("an address begins with unix:, inet: or inet6:", ret_why);
}

/* sun_path may lack its NUL (unix(7)), and an unnamed socket has none. */
static void
format_unix(const struct addr *a, char *buf, size_t size)
{
	size_t head = offsetof(struct sockaddr_un, sun_path);
	size_t n = a->len > head ? strnlen(a->un.sun_path, a->len - head) : 0;

	(void)snprintf(buf, size, "unix:%.*s", (int)n, a->un.sun_path);
}

const char *
addr_format(const struct addr *a, char *buf, size_t size)
{
	char host[INET6_ADDRSTRLEN] = "?";

	if (a->sa.sa_family == AF_UNIX) {
		format_unix(a, buf, size);
	} else if (a->sa.sa_family == AF_INET) {
		(void)inet_ntop(AF_INET, &a->in.sin_addr, host, sizeof(host));
		(void)snprintf(buf, size, "inet:%u@%s", ntohs(a->in.sin_port), host);
	} else if (a->sa.sa_family == AF_INET6) {
		(void)inet_ntop(AF_INET6, &a->in6.sin6_addr, host, sizeof(host));
		(void)snprintf(buf, size, "inet6:%u@%s", ntohs(a->in6.sin6_port), host);
	} else {
		(void)snprintf(buf, size, "family %u", a->sa.sa_family);
	}
	return buf;
}

bool
addr_directory_is_writable(const struct addr *a)
{
	const char *path = a->un.sun_path, *slash = strrchr(path, '/');
	char dir[sizeof(a->un.sun_path) + 1] = "."; /* of a name without a slash */

	if (slash != NULL) {
		size_t len = slash == path ? 1 : (size_t)(slash - path);

		memcpy(dir, path, len);
		dir[len] = '\0';
	}
	return access(dir, W_OK | X_OK) == 0;
}

bool
addr_is_loopback(const struct addr *a)
{
	struct cidr host;

	if (a->sa.sa_family == AF_UNIX)
		return true;
	if (cidr_from_sockaddr(&a->sa, &host) < 0)
		return false;
	if (host.family == AF_INET)
		return host.addr[0] == 127;
	return IN6_IS_ADDR_LOOPBACK(&a->in6.sin6_addr);
}

static unsigned
family_bits(int family)
{
	return family == AF_INET ? 32 : 128;
}

/* ::ffff:192.0.2.1 becomes 192.0.2.1. */
static void
unmap_ipv4(struct cidr *c)
{
	if (c->family != AF_INET6 || c->bits < 96 ||
	    memcmp(c->addr, mapped_prefix, sizeof(mapped_prefix)) != 0)
		return;
	c->family = AF_INET;
	c->bits -= 96;
	memmove(c->addr, c->addr + 12, 4);
	memset(c->addr + 4, 0, 12);
}

static int
parse_address(const char *text, struct cidr *ret)
{
	struct cidr c = {.family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET};

	if (inet_pton(c.family, text, c.addr) != 1)
		return -EINVAL;
	c.bits = family_bits(c.family);
	*ret = c;
	return 0;
}

/* The mask of the byte in which the network part ends. */
static unsigned char
last_mask(unsigned bits)
{
	return (unsigned char)(0xff00u >> (bits % 8));
}

static bool
has_host_bits(const struct cidr *c)
{
	if (c->bits == family_bits(c->family))
		return false;
	if ((c->addr[c->bits / 8] & ~last_mask(c->bits) & 0xff) != 0)
		return true;
	for (unsigned i = c->bits / 8 + 1; i < sizeof(c->addr); i++) {
		if (c->addr[i] != 0)
			return true;
	}
	return false;
}

int
cidr_parse(const char *text, struct cidr *ret, const char **ret_why)
{
	const char *slash = strchr(text, '/');
	size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
	char host[INET6_ADDRSTRLEN];
	struct cidr c;
	uint64_t bits;

	if (len >= sizeof(host))
		return fail_parse("not an IP address", ret_why);
	memcpy(host, text, len);
	host[len] = '\0';
	if (parse_address(host, &c) < 0)
		return fail_parse("not an IP address", ret_why);
	if (slash != NULL) {
		if (str_parse_count(slash + 1, &bits) < 0 || bits > c.bits)
			return fail_parse("a number of network bits must follow the /",
					  ret_why);
		c.bits = (unsigned)bits;
	}
	if (has_host_bits(&c))
		return fail_parse("bits behind the network part must be zero", ret_why);
	unmap_ipv4(&c);
	*ret = c;
	return 0;
}

int
cidr_parse_host(const char *text, struct cidr *ret)
{
	struct cidr c;
	int r;

	if (str_case_starts(text, "IPv6:"))
		text += 5;
	r = parse_address(text, &c);
	if (r < 0)
		return r;
	unmap_ipv4(&c);
	*ret = c;
	return 0;
}

int
cidr_from_sockaddr(const struct sockaddr *sa, struct cidr *ret)
{
	struct cidr c = {.family = sa->sa_family};
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (c.family == AF_INET) {
		memcpy(&in, sa, sizeof(in));
		memcpy(c.addr, &in.sin_addr, 4);
	} else if (c.family == AF_INET6) {
		memcpy(&in6, sa, sizeof(in6));
		memcpy(c.addr, &in6.sin6_addr, 16);
	} else {
		return -EINVAL;
	}
	c.bits = family_bits(c.family);
	unmap_ipv4(&c);
	*ret = c;
	return 0;
}

bool
cidr_contains(const struct cidr *net, const struct cidr *host)
{
	unsigned whole = net->bits / 8;

	if (net->family != host->family || net->bits > host->bits)
		return false;
	if (memcmp(net->addr, host->addr, whole) != 0)
		return false;
	return net->bits % 8 == 0 ||
	       ((net->addr[whole] ^ host->addr[whole]) & last_mask(net->bits)) == 0;
}
