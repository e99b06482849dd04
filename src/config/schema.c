/* What may be written at the top level, and for every policy. */
#include "config/schema.h"

#include <assert.h>
#include <string.h>

#include "config/config.h"
#include "match/table.h"
#include "policy/condition.h"
#include "policy/policy.h"
#include "util/arena.h"

/* The order is that of enum policy_mode and enum on_error. */
static const char *const mode_words[] = {"enforce", "monitor", "off", NULL};
static const char *const on_error_words[] = {"tempfail", "reject",     "accept",
					     "continue", "quarantine", NULL};

const struct option schema_policy_options[] = {
	{"when", OPTION_LIST, "{}", .help = "runs only if all these conditions hold"},
	{"unless", OPTION_LIST, "{}", .help = "does not run if one of these conditions holds"},
	{"mode", OPTION_WORD, "enforce", .words = mode_words,
	 .help = "monitor: evaluated and logged, nothing is done; off: not even that"},
	{"on_error", OPTION_WORD, "tempfail", .words = on_error_words,
	 .help = "what happens to the message when the policy itself fails"},
	{.name = NULL},
};

static const char *const override_words[] = {"monitor", NULL};

static const struct option listener_options[] = {
	{"socket", OPTION_STRING, .required = true,
	 .help = "unix:/path, inet:port@host, inet6:port@host, inet:host:port, or systemd"},
	{"mode", OPTION_MODE, "0660", .help = "of a unix socket"},
	{"owner", OPTION_STRING, .help = "of a unix socket, when started as root"},
	{"group", OPTION_STRING, .help = "of a unix socket, when started as root"},
	{"backlog", OPTION_COUNT, "4096", .help = "connections that may wait for us"},
	{"max_sessions", OPTION_COUNT, "0",
	 .help = "of this listener; 0: as the workers allow"},
	{"allow", OPTION_LIST, .help = "networks that may connect to an inet listener"},
	{"chain", OPTION_LIST, .required = true, .help = "policies, in order"},
	{"mode_override", OPTION_WORD, .words = override_words,
	 .help = "monitor: the whole chain only watches"},
	{.name = NULL},
};

static const struct option workers_options[] = {
	{"count", OPTION_COUNT, "0", .help = "processes; 0: one for each CPU"},
	{"max_sessions", OPTION_COUNT, "4096", .help = "MTA connections of one worker"},
	{"hang_timeout", OPTION_DURATION, "8s",
	 .help = "a worker whose loop made no turn for so long is killed and replaced"},
	{"drain_timeout", OPTION_DURATION, "15m",
	 .help = "how long an old generation may finish its sessions after a reload"},
	{"stop_timeout", OPTION_DURATION, "5s", .help = "the same when the daemon is stopped"},
	{"max_memory", OPTION_SIZE, "0", .planned = true,
	 .help = "cap of one worker's address space; 0: none"},
	{"max_messages", OPTION_COUNT, "0", .help = "a worker retires after so many; 0: never"},
	{.name = NULL},
};

/* The order is that of on_limit_verdicts in config.c. */
static const char *const on_limit_words[] = {"tempfail", "reject", "accept", NULL};

static const struct option limits_options[] = {
	{"header_bytes", OPTION_SIZE, "1M", .help = "all header fields together"},
	{"headers", OPTION_COUNT, "10000", .help = "header fields"},
	{"recipients", OPTION_COUNT, "50000", .help = "recipients of one message"},
	{"body_bytes", OPTION_SIZE, "256M", .help = "of a kept body"},
	{"on_limit", OPTION_WORD, "tempfail", .words = on_limit_words,
	 .help = "what happens to a message over one of these"},
	{"body_memory", OPTION_SIZE, "1M",
	 .help = "a kept body that is larger goes to a file; 0: never"},
	{"spool_dir", OPTION_STRING, "/var/tmp", .help = "where such files are made"},
	{"spool_files", OPTION_COUNT, "64", .help = "such files of one worker"},
	{"mime_parts", OPTION_COUNT, "10000",
	 .help = "with more parts a message counts as irregular"},
	{"mime_depth", OPTION_COUNT, "100", .help = "the same for nesting"},
	{"regex_steps", OPTION_COUNT, "100000", .help = "PCRE2's match limit of one match"},
	{"regex_time", OPTION_DURATION, "100ms", .help = "of all matches of one message"},
	{"idle_timeout", OPTION_DURATION, "2h",
	 .help = "silence of the MTA after which its connection is closed"},
	{"frame_timeout", OPTION_DURATION, "5m",
	 .help = "from a frame's first byte to its last, and for a write without progress"},
	{.name = NULL},
};

/* The order is that of enum log_target, log_levels in config.c and enum log_messages. */
static const char *const target_words[] = {"auto", "journal", "syslog", "stderr", NULL};
static const char *const level_words[] = {"error", "warning", "notice", "info", "debug", NULL};
static const char *const messages_words[] = {"all", "acted", "none", NULL};

static const struct option log_options[] = {
	{"target", OPTION_WORD, "auto", .words = target_words, .help = "where the log goes"},
	{"level", OPTION_WORD, "info", .words = level_words, .help = "the least that is told"},
	{"messages", OPTION_WORD, "all", .words = messages_words,
	 .help = "the line for each message: all, acted (something was done), none"},
	{.name = NULL},
};

static const struct option control_options[] = {
	{"socket", OPTION_STRING, "unix:/run/polymilter/control.sock", .planned = true,
	 .help = "for polymilterctl"},
	{"metrics", OPTION_STRING, .planned = true,
	 .help = "an HTTP endpoint with OpenMetrics text"},
	{.name = NULL},
};

const struct option config_options[] = {
	{"user", OPTION_STRING, "polymilter",
	 .help = "dropped to when started as root; \"\" stays"},
	{"group", OPTION_STRING, "polymilter", .help = "the same"},
	{"workers", OPTION_GROUP, .options = workers_options, .help = "the processes"},
	{"limits", OPTION_GROUP, .options = limits_options,
	 .help = "what one message may cost"},
	{"log", OPTION_GROUP, .options = log_options, .help = "the log"},
	{"control", OPTION_GROUP, .options = control_options,
	 .help = "the administrator's socket"},
	{"table", OPTION_SECTION, .options = table_options,
	 .help = "a list of keys, or of keys and values"},
	{"condition", OPTION_SECTION, .options = condition_options,
	 .help = "a set of lines that must hold"},
	{"listener", OPTION_SECTION, .options = listener_options, .help = "a socket for MTAs"},
	{.name = NULL},
};

static size_t
count(const struct option *table)
{
	size_t n = 0;

	while (table[n].name != NULL)
		n++;
	return n;
}

/* A policy's own options and those of every policy. */
static const struct option *
policy_table(struct arena *arena, const struct policy_ops *ops)
{
	size_t own = count(ops->options), common = count(schema_policy_options);
	struct option *table = arena_alloc(arena, (own + common + 1) * sizeof(*table));

	memcpy(table, ops->options, own * sizeof(*table));
	memcpy(table + own, schema_policy_options, (common + 1) * sizeof(*table));
	return table;
}

const struct option *
schema_top(struct arena *arena)
{
	size_t n = count(config_options), policies = 0;
	struct option *top;

	while (policy_registry[policies] != NULL)
		policies++;
	top = arena_zalloc(arena, (n + policies + 1) * sizeof(*top));
	memcpy(top, config_options, n * sizeof(*top));
	for (size_t i = 0; i < policies; i++) {
		const struct policy_ops *ops = policy_registry[i];

		top[n + i] = (struct option){.name = ops->name,
					     .type = OPTION_SECTION,
					     .help = ops->summary,
					     .options = policy_table(arena, ops)};
	}
	return top;
}

const struct option *
schema_early(struct arena *arena)
{
	size_t n = count(config_options);
	struct option *top = arena_dup(arena, config_options, (n + 1) * sizeof(*top));

	for (size_t i = 0; i < n; i++) {
		if (top[i].options != listener_options)
			top[i].options = NULL;
	}
	return top;
}

bool
schema_is_policy(const struct option *o)
{
	for (size_t i = 0; policy_registry[i] != NULL; i++) {
		if (strcmp(policy_registry[i]->name, o->name) == 0)
			return true;
	}
	return false;
}

static cfg_opt_t
confuse_row(struct arena *arena, const struct option *o)
{
	cfg_opt_t list = CFG_STR_LIST(o->name, NULL, CFGF_NODEFAULT);
	cfg_opt_t scalar = CFG_STR(o->name, NULL, CFGF_NODEFAULT);
	cfg_opt_t *inner;

	if (option_is_list(o))
		return list;
	if (!option_is_section(o))
		return scalar;
	inner = schema_confuse(arena, o->options);
	if (o->type == OPTION_SECTION) {
		cfg_opt_t titled =
			CFG_SEC(o->name, inner, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES);

		return titled;
	}
	return (cfg_opt_t)CFG_SEC(o->name, inner, CFGF_NONE);
}

/* As deep as the tables are: three sections. */
cfg_opt_t *
schema_confuse(struct arena *arena, const struct option *table)
{
	static const cfg_opt_t end = CFG_END();
	static const struct option none[] = {{.name = NULL}};
	const struct option *o;
	cfg_opt_t *rows;
	size_t n = 0;

	if (table == NULL) /* planned: nothing of it is handed on */
		table = none;
	while (option_at(table, n) != NULL)
		n++;
	rows = arena_alloc(arena, (n + 1) * sizeof(*rows));
	for (size_t i = 0; (o = option_at(table, i)) != NULL; i++)
		rows[i] = confuse_row(arena, o);
	rows[n] = end;
	return rows;
}
