/* Reads `service "name" { }`: servers, and how they are asked.
 *
 * Input: the sections. Output: struct service, found by its name when policies are read, which
 * decide of what kind it is. Host names are resolved here, once: a worker resolves none. */
#include <errno.h>
#include <netdb.h>
#include <string.h>

#include "config/builder.h"
#include "option/section.h"
#include "service/service.h"
#include "util/arena.h"

#define HOST_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"
#define TRIES_MAX	100u
#define TIME_MAX_MS	(24u * 60 * 60 * 1000)

/* The order is that of service.leastconn. */
static const char *const balance_words[] = {"failover", "leastconn", NULL};
static const struct option_also balance_also[] = {
	{"failover", "master-slave first backup"},
	{"leastconn", "least_conn round-robin roundrobin random hash"},
	{.word = NULL},
};

const struct option builder_service_options[] = {
	{"server", OPTION_LIST, .required = true,
	 .help = "addresses: unix:/path, inet:port@host, inet6:port@host, inet:host:port",
	 .also = "servers socket address addr host hosts backend upstream"},
	{"balance", OPTION_WORD, "failover", .words = balance_words, .words_also = balance_also,
	 .help = "which server is asked: the first that works, or that with the fewest questions",
	 .also = "spread rotation strategy"},
	{"connect_timeout", OPTION_DURATION, "2s", .help = "time to connect to a server",
	 .also = "timeout_connect"},
	{"timeout", OPTION_DURATION, "45s",
	 .help = "time of one try, from connecting to the end of the answer",
	 .also = "read_timeout request_timeout task_timeout"},
	{"tries", OPTION_COUNT, "2",
	 .help = "connections for one question, when no whole answer comes",
	 .also = "retries retransmits attempts max_tries"},
	{"retry_delay", OPTION_DURATION, "1s",
	 .help = "pause before a try, when there is no other server",
	 .also = "retry_wait retry_interval"},
	{"max_connections", OPTION_COUNT, .unwritten = true,
	 .help = "connections to one server, of all workers; 0: no limit; "
		 "default: as the policies that use it need",
	 .also = "max_concurrent concurrency connections max_sessions"},
	{"max_failures", OPTION_COUNT, "5",
	 .help = "failures in a row after which a server is down; 0: never",
	 .also = "max_errors max_fails failures"},
	{"revive_time", OPTION_DURATION, "30s",
	 .help = "time after which a server that is down is asked whether it works again",
	 .also = "fail_timeout dead_time"},
	{"down_grace", OPTION_DURATION, "30s",
	 .help = "questions wait while all servers have been down for less than this",
	 .also = "grace grace_period"},
	{"max_answer", OPTION_SIZE, "1M", .help = "a longer answer is a bad one",
	 .also = "answer_max max_reply max_response"},
	{.name = NULL},
};

/* The host's name and the rest of "inet:783@spam.example.org" or "inet:spam.example.org:783":
 * *ret_rest is "inet:783". NULL: there is no name. */
static const char *
split_host(struct config_builder *b, const char *spec, const char **ret_rest)
{
	const char *first = strchr(spec, ':'), *at = strchr(spec, '@'),
		   *last = strrchr(spec, ':');
	const char *host = NULL;

	if (strncmp(spec, "inet:", 5) != 0 && strncmp(spec, "inet6:", 6) != 0)
		return NULL;
	if (at != NULL) {
		host = at + 1;
		*ret_rest = arena_printf(b->arena, "%.*s", (int)(at - spec), spec);
	} else if (last != first) {
		host = arena_printf(b->arena, "%.*s", (int)(last - first - 1), first + 1);
		*ret_rest = arena_printf(b->arena, "%.*s%s", (int)(first - spec), spec, last);
	}
	return host != NULL && host[strspn(host, HOST_CHARACTERS)] == '\0' ? host : NULL;
}

/* Its first address, as text. NULL: it does not resolve. */
static const char *
resolve_host(struct config_builder *b, const char *name, int family)
{
	struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	char host[NI_MAXHOST];
	const char *text = NULL;

	if (getaddrinfo(name, NULL, &hints, &found) != 0)
		return NULL;
	if (getnameinfo(found->ai_addr, found->ai_addrlen, host, sizeof(host), NULL, 0,
			NI_NUMERICHOST) == 0)
		text = arena_printf(b->arena, "%s", host);
	freeaddrinfo(found);
	return text;
}

/* 0; or a negative errno and *ret_why. */
static int
parse_server(struct config_builder *b, const char *spec, struct addr *ret, const char **ret_why)
{
	int family = strncmp(spec, "inet6:", 6) == 0 ? AF_INET6 : AF_INET;
	const char *name, *rest, *host;

	if (addr_parse(spec, ret, ret_why) == 0)
		return 0;
	name = split_host(b, spec, &rest);
	if (name == NULL)
		return -EINVAL;
	host = resolve_host(b, name, family);
	if (host != NULL)
		return addr_parse(arena_printf(b->arena, "%s@%s", rest, host), ret, ret_why);
	*ret_why = family == AF_INET6 ? "the host has no IPv6 address"
				      : "the host has no IPv4 address";
	return -EINVAL;
}

static void
read_server(struct config_builder *b, const struct section *s, size_t i, const char *spec,
	    struct service_server *ret)
{
	const char *why = "";

	ret->text = spec;
	ret->number = (uint32_t)b->config->n_servers++;
	if (parse_server(b, spec, &ret->addr, &why) < 0)
		section_error_item(s, "server", i, "server: '%s': %s", spec, why);
}

static void
check_server_twice(const struct section *s, const struct service_server *list, size_t i)
{
	const struct addr *a = &list[i].addr;

	for (size_t k = 0; k < i; k++)
		if (a->len > 0 && list[k].addr.len == a->len &&
		    memcmp(&list[k].addr.sa, &a->sa, a->len) == 0)
			section_error_item(s, "server", i, "server: '%s' is listed twice",
					   list[i].text);
}

static void
read_servers(struct config_builder *b, const struct section *s, struct service *ret)
{
	const char *const *specs;
	size_t n = section_list(s, "server", &specs);
	struct service_server *list;

	if (n == 0 || n > SERVICE_MAX_SERVERS) {
		section_error(s, "server", "server: between 1 and %u servers are required",
			      SERVICE_MAX_SERVERS);
		return;
	}
	if (b->config->n_servers + n > SERVICE_SERVERS_MAX) {
		section_error(s, "server", "server: all services together have more than %u",
			      SERVICE_SERVERS_MAX);
		return;
	}
	list = arena_zalloc(b->arena, n * sizeof(*list));
	for (size_t i = 0; i < n; i++) {
		read_server(b, s, i, specs[i], &list[i]);
		check_server_twice(s, list, i);
	}
	ret->servers = list;
	ret->n = n;
}

/* Bounded, since times are added up. */
static uint64_t
read_service_time(const struct section *s, const char *option, bool may_be_0)
{
	uint64_t ms = may_be_0 ? section_number(s, option) : builder_read_timeout(s, option);

	if (ms > TIME_MAX_MS)
		section_error(s, option, "%s: must be at most 24h", option);
	return ms;
}

static void
read_service(struct config_builder *b, const struct section *s, struct service *ret)
{
	ret->name = section_title(s);
	read_servers(b, s, ret);
	ret->leastconn = section_word(s, "balance") == 1;
	ret->tries = (unsigned)builder_read_number(s, "tries", 1, TRIES_MAX);
	ret->max_connections =
		(unsigned)builder_read_number(s, "max_connections", 0, UINT32_MAX);
	ret->max_failures = (unsigned)builder_read_number(s, "max_failures", 0, UINT32_MAX);
	ret->max_answer = builder_read_number(s, "max_answer", 1, UINT32_MAX);
	ret->connect_timeout_ms = read_service_time(s, "connect_timeout", false);
	ret->timeout_ms = read_service_time(s, "timeout", false);
	ret->retry_delay_ms = read_service_time(s, "retry_delay", false);
	ret->revive_ms = read_service_time(s, "revive_time", false);
	ret->down_grace_ms = read_service_time(s, "down_grace", true);
	if (ret->connect_timeout_ms > ret->timeout_ms)
		section_warning(
			s, "connect_timeout",
			"connect_timeout: is longer than timeout, which ends a try before");
}

void
builder_read_services(struct config_builder *b)
{
	struct definitions *known = &b->services;
	struct service **list = arena_alloc(b->arena, (known->n + 1) * sizeof(*list));

	for (size_t i = 0; i < known->n; i++) {
		struct definition *d = &known->list[i];
		struct service *s;

		if (d->section->incomplete)
			continue;
		s = arena_zalloc(b->arena, sizeof(*s));
		read_service(b, d->section, s);
		if (s->n == 0)
			continue;
		s->number = (uint32_t)b->config->n_services;
		list[b->config->n_services++] = s;
		d->object = s;
	}
	b->services_read = list;
	b->config->services = (const struct service *const *)list;
}

/* The kind is that of the first policy that uses it. */
const struct service *
builder_use_service(struct config_builder *b, const struct section *s, const char *option,
		    const char *name, const struct service_kind *kind)
{
	struct definition *d = builder_find_service(b, s, option, name);
	struct service *found;

	if (d == NULL || d->object == NULL)
		return NULL;
	found = b->services_read[((const struct service *)d->object)->number];
	if (found->kind != NULL && found->kind != kind) {
		section_error(s, option,
			      "%s: the service \"%s\" is used by %s policies; its servers "
			      "cannot be asked by a %s policy",
			      option, name, found->kind->name, kind->name);
		return NULL;
	}
	found->kind = kind;
	if (!section_has(d->section, "max_connections"))
		found->max_connections = kind->max_connections;
	return found;
}
