/* The form is that of this program and machine: the structures as they are in memory, whose
 * pointers are not used, each followed by what they point to, in the order of the code below.
 * A string is its length (uint32_t, UINT32_MAX for NULL), its bytes, and a NUL. */
#include "config/settings.h"

#include <errno.h>
#include <string.h>

#include "service/service.h"
#include "stats/counters.h"
#include "util/arena.h"

#define LISTENERS_MAX 65536u
#define NETWORKS_MAX  (1u << 20)

/* Writing. */

static void
pack_text(struct buf *b, const char *s)
{
	uint32_t len = s != NULL ? (uint32_t)strlen(s) : UINT32_MAX;

	buf_append(b, &len, sizeof(len));
	if (s != NULL)
		buf_append(b, s, len + 1);
}

static void
pack_listener(struct buf *b, const struct listener_conf *l)
{
	buf_append(b, l, sizeof(*l));
	pack_text(b, l->name);
	pack_text(b, l->socket);
	pack_text(b, l->owner);
	pack_text(b, l->group);
	buf_append(b, l->allow, l->n_allow * sizeof(*l->allow));
}

static size_t
min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void
pack_counted(struct buf *b, const struct config *cfg)
{
	size_t n = min_size(cfg->n_chain_policies, COUNTED_POLICIES_MAX);

	for (size_t i = 0; i < n; i++) {
		const struct counted_policy *p = &cfg->counted_policies[i];

		buf_append(b, p, sizeof(*p));
		pack_text(b, p->title);
		pack_text(b, p->kind);
		pack_text(b, p->results);
	}
	n = min_size(cfg->n_chain_rules, COUNTED_RULES_MAX);
	for (size_t i = 0; i < n; i++) {
		buf_append(b, &cfg->counted_rules[i], sizeof(cfg->counted_rules[i]));
		pack_text(b, cfg->counted_rules[i].title);
	}
}

/* What the master tells of them: names and addresses. */
static void
pack_service(struct buf *b, const struct service *s)
{
	buf_append(b, &s->n, sizeof(s->n));
	pack_text(b, s->name);
	pack_text(b, s->kind != NULL ? s->kind->name : NULL);
	for (size_t i = 0; i < s->n; i++) {
		buf_append(b, &s->servers[i].number, sizeof(s->servers[i].number));
		pack_text(b, s->servers[i].text);
	}
}

void
settings_pack(const struct config *cfg, struct buf *b)
{
	buf_append(b, cfg, sizeof(*cfg));
	pack_text(b, cfg->path);
	pack_text(b, cfg->user);
	pack_text(b, cfg->group);
	pack_text(b, cfg->spool_dir);
	pack_text(b, cfg->control);
	pack_text(b, cfg->metrics);
	for (size_t i = 0; i < cfg->n_listeners; i++)
		pack_listener(b, &cfg->listeners[i]);
	for (size_t i = 0; i < cfg->n_services; i++)
		pack_service(b, cfg->services[i]);
	pack_counted(b, cfg);
}

/* Reading. */

struct settings_reader {
	const unsigned char *at;
	size_t left;
	struct arena *arena;
	bool failed; /* what is read then is empty */
};

static const void *
take_bytes(struct settings_reader *r, size_t n)
{
	const void *p = r->at;

	if (r->failed || n > r->left) {
		r->failed = true;
		return NULL;
	}
	r->at += n;
	r->left -= n;
	return p;
}

static void
take_struct(struct settings_reader *r, void *ret, size_t size)
{
	const void *p = take_bytes(r, size);

	if (p != NULL)
		memcpy(ret, p, size);
}

static const char *
take_string_or_null(struct settings_reader *r)
{
	uint32_t len = UINT32_MAX;
	const char *p;

	take_struct(r, &len, sizeof(len));
	if (len == UINT32_MAX)
		return NULL;
	p = take_bytes(r, (size_t)len + 1);
	if (p != NULL && strnlen(p, (size_t)len + 1) != len)
		r->failed = true;
	return r->failed ? NULL : arena_strdup(r->arena, p);
}

static const char *
take_string(struct settings_reader *r)
{
	const char *s = take_string_or_null(r);

	r->failed |= s == NULL;
	return s != NULL ? s : "";
}

static struct addr
checked_address(struct settings_reader *r, struct addr a)
{
	if (a.len > sizeof(a.un))
		r->failed = true;
	if (a.len > 0 && a.sa.sa_family == AF_UNIX &&
	    strnlen(a.un.sun_path, sizeof(a.un.sun_path)) == sizeof(a.un.sun_path))
		r->failed = true;
	return r->failed ? (struct addr){0} : a;
}

static const struct cidr *
take_networks(struct settings_reader *r, size_t n)
{
	struct cidr *list;

	if (n > NETWORKS_MAX || n * sizeof(*list) > r->left) {
		r->failed = true;
		return NULL;
	}
	list = arena_alloc(r->arena, n * sizeof(*list) + 1);
	take_struct(r, list, n * sizeof(*list));
	for (size_t i = 0; i < n && !r->failed; i++)
		if (list[i].bits > (list[i].family == AF_INET ? 32u : 128u))
			r->failed = true;
	return list;
}

static struct listener_conf
take_listener(struct settings_reader *r)
{
	struct listener_conf raw = {0}, l;

	take_struct(r, &raw, sizeof(raw));
	l = (struct listener_conf){
		.name = take_string(r),
		.socket = take_string(r),
		.mode = raw.mode & 07777,
		.owner = take_string_or_null(r),
		.group = take_string_or_null(r),
		.backlog = raw.backlog,
		.max_sessions = raw.max_sessions,
		.n_allow = raw.n_allow,
	};
	l.addr = checked_address(r, raw.addr);
	l.allow = take_networks(r, l.n_allow);
	return l;
}

static void
take_listeners(struct settings_reader *r, size_t n, struct config *cfg)
{
	struct listener_conf *list;

	if (n > LISTENERS_MAX || n * sizeof(*list) > r->left) {
		r->failed = true;
		return;
	}
	list = arena_zalloc(r->arena, n * sizeof(*list) + 1);
	for (size_t i = 0; i < n && !r->failed; i++)
		list[i] = take_listener(r);
	cfg->listeners = list;
	cfg->n_listeners = n;
}

static const struct service_server *
take_servers(struct settings_reader *r, size_t n, size_t n_servers)
{
	struct service_server *list;

	if (n == 0 || n > SERVICE_SERVERS_MAX) {
		r->failed = true;
		return NULL;
	}
	list = arena_zalloc(r->arena, n * sizeof(*list));
	for (size_t i = 0; i < n && !r->failed; i++) {
		take_struct(r, &list[i].number, sizeof(list[i].number));
		list[i].text = take_string(r);
		r->failed |= list[i].number >= n_servers;
	}
	return list;
}

static const struct service *
take_service(struct settings_reader *r, size_t n_servers)
{
	struct service *s = arena_zalloc(r->arena, sizeof(*s));
	struct service_kind *kind = arena_zalloc(r->arena, sizeof(*kind));

	take_struct(r, &s->n, sizeof(s->n));
	s->name = take_string(r);
	kind->name = take_string_or_null(r);
	s->kind = kind->name != NULL ? kind : NULL;
	s->servers = take_servers(r, s->n, n_servers);
	return s;
}

static void
take_services(struct settings_reader *r, const struct config *raw, struct config *cfg)
{
	const struct service **list;

	if (raw->n_services > SERVICE_SERVERS_MAX || raw->n_servers > SERVICE_SERVERS_MAX) {
		r->failed = true;
		return;
	}
	list = arena_zalloc(r->arena, (raw->n_services + 1) * sizeof(*list));
	for (size_t i = 0; i < raw->n_services && !r->failed; i++)
		list[i] = take_service(r, raw->n_servers);
	cfg->services = list;
	cfg->n_services = raw->n_services;
	cfg->n_servers = raw->n_servers;
}

static void
take_counted_policies(struct settings_reader *r, struct config *cfg)
{
	size_t n = min_size(cfg->n_chain_policies, COUNTED_POLICIES_MAX);
	struct counted_policy *list = arena_zalloc(r->arena, n * sizeof(*list) + 1);

	for (size_t i = 0; i < n && !r->failed; i++) {
		struct counted_policy raw = {0};

		take_struct(r, &raw, sizeof(raw));
		list[i].title = take_string(r);
		list[i].kind = take_string(r);
		list[i].results = take_string(r);
		list[i].mode = raw.mode;
		r->failed |= raw.mode > MODE_OFF;
	}
	cfg->counted_policies = list;
}

static void
take_counted_rules(struct settings_reader *r, struct config *cfg)
{
	size_t n = min_size(cfg->n_chain_rules, COUNTED_RULES_MAX);
	size_t places = counter_places(cfg->n_chain_policies, COUNTED_POLICIES_MAX);
	struct counted_rule *list = arena_zalloc(r->arena, n * sizeof(*list) + 1);

	for (size_t i = 0; i < n && !r->failed; i++) {
		struct counted_rule raw = {0};

		take_struct(r, &raw, sizeof(raw));
		list[i] = (struct counted_rule){take_string(r), raw.policy};
		r->failed |= raw.policy >= places;
	}
	cfg->counted_rules = list;
}

/* The fields without pointers. */
static void
copy_numbers(struct config *cfg, const struct config *raw)
{
	cfg->user_written = raw->user_written;
	cfg->workers = raw->workers;
	cfg->max_sessions = raw->max_sessions;
	cfg->load_timeout_ms = raw->load_timeout_ms;
	cfg->hang_timeout_ms = raw->hang_timeout_ms;
	cfg->drain_timeout_ms = raw->drain_timeout_ms;
	cfg->stop_timeout_ms = raw->stop_timeout_ms;
	cfg->max_messages = raw->max_messages;
	cfg->core_dumps = raw->core_dumps;
	cfg->limits = raw->limits;
	cfg->negotiate_timeout_ms = raw->negotiate_timeout_ms;
	cfg->idle_timeout_ms = raw->idle_timeout_ms;
	cfg->frame_timeout_ms = raw->frame_timeout_ms;
	cfg->wait_time_ms = raw->wait_time_ms;
	cfg->body_memory = raw->body_memory;
	cfg->spool_files = raw->spool_files;
	cfg->log_target = raw->log_target;
	cfg->log_level = raw->log_level;
	cfg->log_messages = raw->log_messages;
	cfg->control_written = raw->control_written;
	cfg->history = raw->history;
	cfg->n_policies = raw->n_policies;
	cfg->n_chain_policies = raw->n_chain_policies;
	cfg->n_chain_rules = raw->n_chain_rules;
}

static void
unpack_settings(struct settings_reader *r, struct config *cfg)
{
	struct config raw = {0};

	take_struct(r, &raw, sizeof(raw));
	copy_numbers(cfg, &raw);
	cfg->path = take_string(r);
	cfg->user = take_string(r);
	cfg->group = take_string(r);
	cfg->spool_dir = take_string_or_null(r);
	cfg->control = take_string(r);
	cfg->control_addr = checked_address(r, raw.control_addr);
	cfg->metrics = take_string(r);
	cfg->metrics_addr = checked_address(r, raw.metrics_addr);
	take_listeners(r, raw.n_listeners, cfg);
	take_services(r, &raw, cfg);
	take_counted_policies(r, cfg);
	take_counted_rules(r, cfg);
	r->failed |= r->left > 0 || raw.workers > CONFIG_WORKERS_MAX ||
		     raw.history > CONFIG_HISTORY_MAX || raw.log_target > LOG_TARGET_STDERR;
}

int
settings_unpack(const void *data, size_t len, struct config **ret)
{
	struct arena *arena = arena_new();
	struct settings_reader r = {.at = data, .left = len, .arena = arena};
	struct config *cfg = arena_zalloc(arena, sizeof(*cfg));

	cfg->arena = arena;
	unpack_settings(&r, cfg);
	if (r.failed) {
		arena_free(arena);
		return -EBADMSG;
	}
	*ret = cfg;
	return 0;
}
