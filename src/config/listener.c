/* Makes the listeners and the chain of each.
 *
 * Input: the listener sections and, for the chains, the policies that were made. Output:
 * config.listeners, in the files' order. A chain is prepared only when there is no error so
 * far, because chain_prepare() requires policies without errors. */
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "config/builder.h"
#include "config/diagnostics.h"
#include "config/source.h"
#include "option/section.h"
#include "util/arena.h"

#define CHAIN_MAX 1000u /* policies in one chain */

static bool
is_systemd_listener(const struct listener_conf *l)
{
	return l->addr.len == 0;
}

static bool
is_unix_listener(const struct listener_conf *l)
{
	return !is_systemd_listener(l) && l->addr.sa.sa_family == AF_UNIX;
}

/* Options that only a unix socket has are errors elsewhere, not ignored. */
static void
check_unix_options(const struct section *s, const struct listener_conf *l)
{
	static const char *const options[] = {"mode", "owner", "group"};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (!section_has(s, options[i]) || is_unix_listener(l))
			continue;
		section_error(s, options[i], "%s: %s", options[i],
			      is_systemd_listener(l)
				      ? "with socket = \"systemd\" set it in the socket unit"
				      : "applies only to a unix socket");
	}
}

static int
read_listener_socket(const struct section *s, struct listener_conf *l)
{
	const char *reason = "";

	l->socket = section_string(s, "socket");
	if (strcmp(l->socket, "systemd") == 0)
		return 0;
	if (addr_parse(l->socket, &l->addr, &reason) < 0)
		return section_error(s, "socket", "socket: '%s': %s", l->socket, reason);
	return 0;
}

static void
read_allowed_networks(struct config_builder *b, const struct section *s,
		      struct listener_conf *l)
{
	const char *const *texts;
	size_t n = section_list(s, "allow", &texts);
	struct cidr *allow = arena_alloc(b->arena, n * sizeof(*allow));
	const char *reason = "";

	for (size_t i = 0; i < n; i++) {
		if (cidr_parse(texts[i], allow + l->n_allow, &reason) < 0)
			section_error_item(s, "allow", i, "allow: '%s': %s", texts[i], reason);
		else
			l->n_allow++;
	}
	l->allow = allow;
	if (section_has(s, "allow") && is_unix_listener(l))
		section_error(s, "allow",
			      "allow: applies only to an inet socket; for a unix socket use "
			      "mode and group");
	else if (section_has(s, "allow") && n == 0)
		section_error(s, "allow",
			      "allow: with an empty list no client can connect; remove the "
			      "option to allow all clients");
	else if (!section_has(s, "allow") && !is_systemd_listener(l) &&
		 !addr_is_loopback(&l->addr))
		section_warning(s, "socket",
				"socket: any host that reaches '%s' can connect; restrict it "
				"with allow = { ... }",
				l->socket);
}

static void
read_listener_numbers(const struct section *s, struct listener_conf *l)
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

/* Finds the policies that a chain names; a title may be in it once. */
static void
read_chain_policies(struct config_builder *b, const struct section *s, struct chain *chain)
{
	const char *const *titles;
	size_t n = section_list(s, "chain", &titles);
	const struct policy_inst **inst = arena_alloc(b->arena, (n + 1) * sizeof(*inst));
	struct policy_numbers *numbers = arena_alloc(b->arena, (n + 1) * sizeof(*numbers));

	chain->inst = inst;
	chain->numbers = numbers;
	if (n > CHAIN_MAX) {
		section_error(s, "chain", "chain: more than %u policies", CHAIN_MAX);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		struct definition *p = builder_find_policy(b, s, "chain", titles[i]);

		if (builder_find_value(s, "chain", titles[i]) < i) {
			section_error_item(s, "chain", i, "chain: policy '%s' is listed twice",
					   titles[i]);
		} else if (p != NULL && p->object != NULL) {
			numbers[chain->n] = builder_count_policy(b, p);
			inst[chain->n++] = p->object;
		}
	}
}

/* A recipient is refused at RCPT, also when a policy before in the chain could accept the whole
 * message later. */
static void
warn_refusal_before_accept(const struct section *s, const struct chain *chain)
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
make_listener_chain(struct config_builder *b, const struct section *s, struct listener_conf *l)
{
	struct chain *chain = arena_zalloc(b->arena, sizeof(*chain));

	chain->listener = l->name;
	chain->monitor = section_has(s, "mode_override");
	chain->limits = b->config->limits;
	chain->wait_time_ms = b->config->wait_time_ms;
	chain->regex = b->regex;
	chain->view = b->view;
	read_chain_policies(b, s, chain);
	l->chain = chain;
	builder_check_results(b, s, chain);
	if (b->diagnostics->n_errors > 0)
		return;
	chain_prepare(chain, b->arena);
	warn_refusal_before_accept(s, chain);
}

static bool
is_same_socket(const struct listener_conf *a, const struct listener_conf *b)
{
	return a->addr.len > 0 && a->addr.len == b->addr.len &&
	       memcmp(&a->addr.sa, &b->addr.sa, a->addr.len) == 0;
}

static void
check_duplicate_socket(const struct section *s, const struct listener_conf *l,
		       const struct listener_conf *list)
{
	for (const struct listener_conf *other = list; other < l; other++) {
		if (is_same_socket(other, l))
			section_error(s, "socket",
				      "socket: '%s' is already used by listener \"%s\"",
				      l->socket, other->name);
	}
}

static void
make_listener(struct config_builder *b, const struct section *s, struct listener_conf *list,
	      struct listener_conf *l, bool early)
{
	l->name = section_title(s);
	l->section = s;
	read_listener_numbers(s, l);
	if (!early)
		make_listener_chain(b, s, l);
	if (read_listener_socket(s, l) < 0)
		return;
	check_unix_options(s, l);
	read_allowed_networks(b, s, l);
	check_duplicate_socket(s, l, list);
}

/* Checks the chain of a listener that lacks its socket, for example. */
static void
check_incomplete_listener(struct config_builder *b, const struct section *s, bool early)
{
	struct listener_conf l = {.name = section_title(s)};

	if (!early && section_has(s, "chain"))
		make_listener_chain(b, s, &l);
}

void
builder_make_listeners(struct config_builder *b, bool early)
{
	const struct section *const *sections;
	size_t n = section_sections(b->root, "listener", &sections);
	struct listener_conf *list = arena_zalloc(b->arena, n * sizeof(*list));

	for (size_t i = 0; i < n; i++) {
		if (sections[i]->incomplete)
			check_incomplete_listener(b, sections[i], early);
		else
			make_listener(b, sections[i], list, list + b->config->n_listeners++,
				      early);
	}
	b->config->listeners = list;
	if (n == 0 && b->source->n_refused_titles == 0 && !b->source->has_unchecked_text)
		diagnostics_error(b->diagnostics, b->config->path, 0,
				  "no listener is defined: at least one is required");
}
