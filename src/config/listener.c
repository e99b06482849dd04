/* Listeners, and the chain of each. */
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "config/build.h"
#include "config/diagnostics.h"
#include "config/source.h"
#include "option/section.h"
#include "util/arena.h"

#define CHAIN_MAX 1000u /* policies in one chain */

static bool
is_from_systemd(const struct listener_conf *l)
{
	return l->addr.len == 0;
}

static bool
is_unix(const struct listener_conf *l)
{
	return !is_from_systemd(l) && l->addr.sa.sa_family == AF_UNIX;
}

/* Options that say nothing of such a socket are not ignored. */
static void
check_unix_only(const struct section *s, const struct listener_conf *l)
{
	static const char *const options[] = {"mode", "owner", "group"};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (!section_has(s, options[i]) || is_unix(l))
			continue;
		section_error(s, options[i], "%s: %s", options[i],
			      is_from_systemd(l) ? "is said in the socket unit, not here"
						 : "is of a unix socket only");
	}
}

static int
read_socket(const struct section *s, struct listener_conf *l)
{
	const char *why = "";

	l->socket = section_string(s, "socket");
	if (strcmp(l->socket, "systemd") == 0)
		return 0;
	if (addr_parse(l->socket, &l->addr, &why) < 0)
		return section_error(s, "socket", "socket: '%s': %s", l->socket, why);
	return 0;
}

static void
read_allow(struct build *b, const struct section *s, struct listener_conf *l)
{
	const char *const *texts;
	size_t n = section_list(s, "allow", &texts);
	struct cidr *allow = arena_alloc(b->arena, n * sizeof(*allow));
	const char *why = "";

	for (size_t i = 0; i < n; i++) {
		if (cidr_parse(texts[i], allow + l->n_allow, &why) < 0)
			section_error_item(s, "allow", i, "allow: '%s': %s", texts[i], why);
		else
			l->n_allow++;
	}
	l->allow = allow;
	if (section_has(s, "allow") && is_unix(l))
		section_error(s, "allow",
			      "allow: is of an inet socket; a unix socket has mode and group");
	else if (section_has(s, "allow") && n == 0)
		section_error(s, "allow",
			      "allow: nobody could connect; leave it out to allow all");
	else if (!section_has(s, "allow") && !is_from_systemd(l) && !addr_is_loopback(&l->addr))
		section_warning(s, "socket",
				"socket: whoever reaches '%s' may use it; say who may with "
				"allow = { ... }",
				l->socket);
}

static void
read_numbers(const struct section *s, struct listener_conf *l)
{
	uint64_t backlog = section_number(s, "backlog");

	if (backlog == 0 || backlog > INT_MAX)
		section_error(s, "backlog", "backlog: must be between 1 and %d", INT_MAX);
	else
		l->backlog = (int)backlog;
	l->max_sessions = section_number(s, "max_sessions");
	l->mode = (mode_t)section_number(s, "mode");
	l->owner = section_string(s, "owner");
	l->group = section_string(s, "group");
}

/* The policies that a chain names, each once. */
static void
read_chain(struct build *b, const struct section *s, struct chain *chain)
{
	const char *const *titles;
	size_t n = section_list(s, "chain", &titles);
	const struct policy_inst **inst = arena_alloc(b->arena, (n + 1) * sizeof(*inst));

	chain->inst = inst;
	if (n > CHAIN_MAX) {
		section_error(s, "chain", "chain: more than %u policies", CHAIN_MAX);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		struct named *p = build_find_policy(b, s, "chain", titles[i]);

		if (build_item(s, "chain", titles[i]) < i)
			section_error_item(s, "chain", i, "chain: '%s' stands in it twice",
					   titles[i]);
		else if (p != NULL && p->made != NULL)
			inst[chain->n++] = p->made;
	}
}

/* Recipients are refused at once, whatever a policy before may still say of the message. */
static void
warn_late_accept(const struct section *s, const struct chain *chain)
{
	for (size_t i = 0; i < chain->n; i++) {
		const struct policy_inst *p = chain->inst[i];
		int before = -1;

		if ((p->need.answers & STAGE_BIT(STAGE_ENVRCPT)) != 0)
			before = chain_find_late_accept(chain, i);
		if (before < 0)
			continue;
		section_warning(s, "chain",
				"chain: %s \"%s\" may refuse a recipient before %s \"%s\" can "
				"accept the message",
				p->ops->name, p->title, chain->inst[before]->ops->name,
				chain->inst[before]->title);
	}
}

static void
make_chain(struct build *b, const struct section *s, struct listener_conf *l)
{
	struct chain *chain = arena_zalloc(b->arena, sizeof(*chain));

	chain->listener = l->name;
	chain->monitor = section_has(s, "mode_override");
	chain->limits = b->config->limits;
	chain->regex = b->regex;
	chain->view = b->view;
	read_chain(b, s, chain);
	l->chain = chain;
	if (b->diagnostics->n_errors > 0)
		return;
	chain_prepare(chain, b->arena);
	warn_late_accept(s, chain);
}

static bool
is_same_socket(const struct listener_conf *a, const struct listener_conf *b)
{
	return a->addr.len > 0 && a->addr.len == b->addr.len &&
	       memcmp(&a->addr.sa, &b->addr.sa, a->addr.len) == 0;
}

static void
check_other_sockets(const struct section *s, const struct listener_conf *l,
		    const struct listener_conf *list)
{
	for (const struct listener_conf *other = list; other < l; other++) {
		if (is_same_socket(other, l))
			section_error(s, "socket",
				      "socket: '%s' is the socket of listener \"%s\" too",
				      l->socket, other->name);
	}
}

static void
make_listener(struct build *b, const struct section *s, struct listener_conf *list,
	      struct listener_conf *l, bool early)
{
	l->name = section_title(s);
	read_numbers(s, l);
	if (!early)
		make_chain(b, s, l);
	if (read_socket(s, l) < 0)
		return;
	check_unix_only(s, l);
	read_allow(b, s, l);
	check_other_sockets(s, l, list);
}

/* One that lacks its socket, say: its chain may be wrong too. */
static void
check_incomplete(struct build *b, const struct section *s, bool early)
{
	struct listener_conf l = {.name = section_title(s)};

	if (!early && section_has(s, "chain"))
		make_chain(b, s, &l);
}

void
build_listeners(struct build *b, bool early)
{
	const struct section *const *sections;
	size_t n = section_sections(b->root, "listener", &sections);
	struct listener_conf *list = arena_zalloc(b->arena, n * sizeof(*list));

	for (size_t i = 0; i < n; i++) {
		if (sections[i]->incomplete)
			check_incomplete(b, sections[i], early);
		else
			make_listener(b, sections[i], list, list + b->config->n_listeners++,
				      early);
	}
	b->config->listeners = list;
	if (n == 0 && b->source->n_lost == 0 && !b->source->incomplete)
		diagnostics_error(b->diagnostics, b->config->path, 0,
				  "there is no listener: at least one is needed");
}
