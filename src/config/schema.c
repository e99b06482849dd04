/* The option tables of the top level, of its sections other than policies, and of what every
 * policy has. The order of the words of an option is that of an enum or array that they index;
 * a comment at each names it. */
#include "config/schema.h"

#include <assert.h>
#include <string.h>

#include "config/config.h"
#include "config/paths.h"
#include "match/table.h"
#include "policy/condition.h"
#include "policy/policy.h"
#include "util/arena.h"

/* The order is that of enum policy_mode and enum on_error. */
static const char *const mode_words[] = {"enforce", "monitor", "off", NULL};
static const char *const on_error_words[] = {"tempfail", "reject",     "accept",
					     "continue", "quarantine", NULL};

const struct option schema_policy_options[] = {
	{"when", OPTION_LIST, "{}", .help = "run the policy only if all these conditions hold"},
	{"unless", OPTION_LIST, "{}",
	 .help = "do not run the policy if one of these conditions holds"},
	{"mode", OPTION_WORD, "enforce", .words = mode_words,
	 .help = "monitor: only log what the policy would do; off: do not run it"},
	{"on_error", OPTION_WORD, "tempfail", .words = on_error_words,
	 .help = "verdict on the message when the policy itself fails"},
	{.name = NULL},
};

static const char *const override_words[] = {"monitor", NULL};

static const struct option listener_options[] = {
	{"socket", OPTION_STRING, .required = true,
	 .help = "unix:/path, inet:port@host, inet6:port@host, inet:host:port, or systemd"},
	{"mode", OPTION_MODE, "0660", .help = "file mode of a unix socket"},
	{"owner", OPTION_STRING, .help = "owner of a unix socket, when started as root"},
	{"group", OPTION_STRING, .help = "group of a unix socket, when started as root"},
	{"backlog", OPTION_COUNT, "4096", .help = "connections that may wait to be accepted"},
	{"max_sessions", OPTION_COUNT, "0",
	 .help = "maximum number of connections of this listener; 0: no limit of its own"},
	{"allow", OPTION_LIST, .help = "networks that may connect to an inet listener"},
	{"chain", OPTION_LIST, .required = true,
	 .help = "titles of policies, in the order in which they run"},
	{"mode_override", OPTION_WORD, .words = override_words,
	 .help = "monitor: all policies of the chain only log what they would do"},
	{.name = NULL},
};

static const struct option workers_options[] = {
	{"count", OPTION_COUNT, "0", .help = "worker processes; 0: one for each CPU"},
	{"max_sessions", OPTION_COUNT, "4096",
	 .help = "maximum number of MTA connections of one worker"},
	{"load_timeout", OPTION_DURATION, "2m",
	 .help = "time that a start or a reload has to load the configuration"},
	{"hang_timeout", OPTION_DURATION, "7s",
	 .help = "kill and replace a worker whose event loop does not run for this time"},
	{"drain_timeout", OPTION_DURATION, "15m",
	 .help = "time that old workers have to finish their sessions after a reload"},
	{"stop_timeout", OPTION_DURATION, "5s",
	 .help = "time that workers have to finish their sessions when the daemon stops"},
	{"max_memory", OPTION_SIZE, "0",
	 .help = "memory of one worker for its sessions and messages; 0: no limit"},
	{"max_messages", OPTION_COUNT, "100000",
	 .help = "replace a worker after this number of messages; 0: never"},
	{"core_dumps", OPTION_BOOL, "no",
	 .help = "a worker that crashes may write a core file, which holds mail"},
	{.name = NULL},
};

/* The order is that of on_limit_verdicts in config.c. */
static const char *const on_limit_words[] = {"tempfail", "reject", "accept", NULL};

static const struct option limits_options[] = {
	{"header_bytes", OPTION_SIZE, "1M",
	 .help = "maximum size of all header fields together"},
	{"headers", OPTION_COUNT, "10000",
	 .help = "maximum number of header fields of one message"},
	{"recipients", OPTION_COUNT, "50000",
	 .help = "maximum number of recipients of one message"},
	{"body_bytes", OPTION_SIZE, "256M",
	 .help = "maximum size of a body that a policy reads"},
	{"on_limit", OPTION_WORD, "tempfail", .words = on_limit_words,
	 .help = "verdict on a message that is over one of these limits"},
	{"body_memory", OPTION_SIZE, "1M",
	 .help = "keep a larger body in a spool file, not in memory; 0: never"},
	{"spool_dir", OPTION_STRING, "/var/tmp", .help = "directory of the spool files"},
	{"spool_files", OPTION_COUNT, "64", .help = "spool files of one worker"},
	{"mime_parts", OPTION_COUNT, "10000",
	 .help = "a message with more MIME parts counts as irregular"},
	{"mime_depth", OPTION_COUNT, "100",
	 .help = "a message with MIME parts nested deeper counts as irregular"},
	{"regex_steps", OPTION_COUNT, "100000",
	 .help = "PCRE2's match limit, for one match of a regular expression"},
	{"regex_time", OPTION_DURATION, "100ms",
	 .help = "maximum time of all matches of regular expressions for one message"},
	{"negotiate_timeout", OPTION_DURATION, "10s",
	 .help = "close a connection on which no milter session begins within this time"},
	{"idle_timeout", OPTION_DURATION, "2h",
	 .help = "close a connection on which the MTA sends nothing for this time"},
	{"frame_timeout", OPTION_DURATION, "5m",
	 .help = "maximum time to receive one frame, or for a write without progress"},
	{.name = NULL},
};

/* The order is that of enum log_target, log_levels in config.c and enum log_messages. */
static const char *const target_words[] = {"auto", "journal", "syslog", "stderr", NULL};
static const char *const level_words[] = {"error", "warning", "notice", "info", "debug", NULL};
static const char *const messages_words[] = {"all", "acted", "none", NULL};

static const struct option log_options[] = {
	{"target", OPTION_WORD, "auto", .words = target_words,
	 .help = "destination of the log"},
	{"level", OPTION_WORD, "info", .words = level_words,
	 .help = "lowest severity that is logged"},
	{"messages", OPTION_WORD, "all", .words = messages_words,
	 .help = "messages that get a log line; acted: those that a policy acted on"},
	{.name = NULL},
};

static const struct option control_options[] = {
	{"socket", OPTION_STRING, CONFIG_CONTROL_SOCKET, .help = "socket for polymilterctl"},
	{"metrics", OPTION_STRING, .planned = true,
	 .help = "HTTP endpoint that serves metrics as OpenMetrics text"},
	{.name = NULL},
};

const struct option config_options[] = {
	{"user", OPTION_STRING, "polymilter",
	 .help = "user to run as when started as root; \"\": do not change it"},
	{"group", OPTION_STRING, "polymilter",
	 .help = "group to run as when started as root; \"\": do not change it"},
	{"workers", OPTION_GROUP, .options = workers_options, .help = "the worker processes"},
	{"limits", OPTION_GROUP, .options = limits_options,
	 .help = "limits on what one message may use"},
	{"log", OPTION_GROUP, .options = log_options, .help = "the log"},
	{"control", OPTION_GROUP, .options = control_options,
	 .help = "the administrator's socket"},
	{"table", OPTION_SECTION, .options = table_options,
	 .help = "a list of keys, or of keys and values"},
	{"condition", OPTION_SECTION, .options = condition_options,
	 .help = "options that must all hold for a message or recipient"},
	{"listener", OPTION_SECTION, .options = listener_options,
	 .help = "a socket for MTAs, and its chain of policies"},
	{.name = NULL},
};

static size_t
count_options(const struct option *table)
{
	size_t n = 0;

	while (table[n].name != NULL)
		n++;
	return n;
}

/* The options of a policy: its own, then those that every policy has. */
static const struct option *
make_policy_options(struct arena *arena, const struct policy_ops *ops)
{
	size_t own = count_options(ops->options), common = count_options(schema_policy_options);
	struct option *table = arena_alloc(arena, (own + common + 1) * sizeof(*table));

	memcpy(table, ops->options, own * sizeof(*table));
	memcpy(table + own, schema_policy_options, (common + 1) * sizeof(*table));
	return table;
}

const struct option *
schema_make_options(struct arena *arena)
{
	size_t n = count_options(config_options), policies = 0;
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
					     .options = make_policy_options(arena, ops)};
	}
	return top;
}

const struct option *
schema_make_early_options(struct arena *arena)
{
	size_t n = count_options(config_options);
	struct option *top = arena_dup(arena, config_options, (n + 1) * sizeof(*top));

	for (size_t i = 0; i < n; i++) {
		if (top[i].options != listener_options && top[i].options != control_options)
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
make_confuse_option(struct arena *arena, const struct option *o)
{
	cfg_opt_t list = CFG_STR_LIST(o->name, NULL, CFGF_NODEFAULT);
	cfg_opt_t scalar = CFG_STR(o->name, NULL, CFGF_NODEFAULT);
	cfg_opt_t *inner;

	if (option_is_list(o))
		return list;
	if (!option_is_section(o))
		return scalar;
	inner = schema_make_confuse_options(arena, o->options);
	if (o->type == OPTION_SECTION) {
		cfg_opt_t titled =
			CFG_SEC(o->name, inner, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES);

		return titled;
	}
	return (cfg_opt_t)CFG_SEC(o->name, inner, CFGF_NONE);
}

/* Recursion is as deep as the tables are nested: three sections. */
cfg_opt_t *
schema_make_confuse_options(struct arena *arena, const struct option *table)
{
	static const cfg_opt_t end = CFG_END();
	static const struct option none[] = {{.name = NULL}};
	const struct option *o;
	cfg_opt_t *rows;
	size_t n = 0;

	if (table == NULL) /* planned, or skipped by the early reading: always erased */
		table = none;
	while (option_at(table, n) != NULL)
		n++;
	rows = arena_alloc(arena, (n + 1) * sizeof(*rows));
	for (size_t i = 0; (o = option_at(table, i)) != NULL; i++)
		rows[i] = make_confuse_option(arena, o);
	rows[n] = end;
	return rows;
}
