/* The option tables of the top level, of its sections other than policies, and of what every
 * policy has. The order of the words of an option is that of an enum or array that they index;
 * a comment at each names it. */
#include "config/schema.h"

#include <assert.h>
#include <string.h>

#include "config/builder.h"
#include "config/config.h"
#include "config/paths.h"
#include "match/table.h"
#include "policy/condition.h"
#include "policy/policy.h"
#include "util/arena.h"

const struct option schema_policy_options[] = {
	{"when", OPTION_LIST, "{}", .help = "run the policy only if all these conditions hold",
	 .also = "if only_if condition conditions for"},
	{"unless", OPTION_LIST, "{}",
	 .help = "do not run the policy if one of these conditions holds",
	 .also = "except exclude not if_not"},
	{"mode", OPTION_WORD, "enforce", .words = policy_mode_words,
	 .words_also = policy_mode_also,
	 .help = "monitor: only log what the policy would do; off: do not run it",
	 .also = "enabled dry_run test soft_bounce"},
	{"on_error", OPTION_WORD, "tempfail", .words = on_event_words,
	 .words_also = option_actions_also,
	 .help = "verdict on the message when the policy itself fails",
	 .also = "on_failure default_action milter_default_action fail_action"},
	{.name = NULL},
};

/* Those of a policy with the same names. They have no default here: that of the policy counts.
 */
const struct option schema_defaults_options[] = {
	{"mode", OPTION_WORD, .words = policy_mode_words, .words_also = policy_mode_also,
	 .help = "mode of policies that do not set it",
	 .also = "enabled dry_run test soft_bounce"},
	{"on_error", OPTION_WORD, .words = on_event_words, .words_also = option_actions_also,
	 .help = "on_error of policies that do not set it",
	 .also = "on_failure default_action milter_default_action fail_action"},
	{.name = NULL},
};

static const char *const override_words[] = {"monitor", NULL};

static const struct option listener_options[] = {
	{"socket", OPTION_STRING, .required = true,
	 .help = "unix:/path, inet:port@host, inet6:port@host, inet:host:port, or systemd",
	 .also = "listen bind bind_socket address addr port endpoint inet_interfaces"},
	{"mode", OPTION_MODE, "0660", .unwritten = true, .help = "file mode of a unix socket",
	 .also = "socket_mode permissions perm umask"},
	{"owner", OPTION_STRING, .help = "owner of a unix socket, when started as root",
	 .also = "user socket_owner"},
	{"group", OPTION_STRING, .help = "group of a unix socket, when started as root",
	 .also = "socket_group"},
	{"backlog", OPTION_COUNT, "4096", .help = "connections that may wait to be accepted",
	 .also = "listen_backlog queue"},
	{"max_sessions", OPTION_COUNT, "0",
	 .help = "maximum number of connections of this listener; 0: no limit of its own",
	 .also = "max_connections maxconn max_clients connection_limit "
		 "smtpd_client_connection_count_limit"},
	{"allow", OPTION_LIST, .help = "networks that may connect to an inet listener",
	 .also = "mynetworks permit_mynetworks networks clients allow_from trusted "
		 "trusted_hosts PeerList secure_ip"},
	{"chain", OPTION_LIST, .required = true,
	 .help = "titles of policies, in the order in which they run",
	 .also = "policies policy rules filters filter milters smtpd_milters order use"},
	{"mode_override", OPTION_WORD, .words = override_words, .words_also = policy_mode_also,
	 .help = "monitor: all policies of the chain only log what they would do",
	 .also = "dry_run monitor test_mode override"},
	{.name = NULL},
};

static const struct option workers_options[] = {
	{"count", OPTION_COUNT, "0", .help = "worker processes; 0: one for each CPU",
	 .also = "processes number max_servers children threads nproc MX_MAXIMUM "
		 "default_process_limit"},
	{"max_sessions", OPTION_COUNT, "4096",
	 .help = "maximum number of MTA connections of one worker",
	 .also = "max_connections maxconn max_clients connections"},
	{"load_timeout", OPTION_DURATION, "2m",
	 .help = "time that a start or a reload has to load the configuration",
	 .also = "reload_timeout start_timeout"},
	{"hang_timeout", OPTION_DURATION, "7s",
	 .help = "kill and replace a worker whose event loop does not run for this time",
	 .also = "watchdog watchdog_timeout child_timeout MX_BUSY heartbeat_timeout"},
	{"drain_timeout", OPTION_DURATION, "15m",
	 .help = "time that old workers have to finish their sessions after a reload",
	 .also = "grace grace_period hard_stop_after reload_grace"},
	{"stop_timeout", OPTION_DURATION, "5s",
	 .help = "time that workers have to finish their sessions when the daemon stops",
	 .also = "shutdown_timeout term_timeout kill_timeout task_timeout"},
	{"max_memory", OPTION_SIZE, "0",
	 .help = "memory of one worker for its sessions and messages; 0: no limit",
	 .also = "memory memory_limit max_rss MX_MAX_RSS MemoryMax"},
	{"max_messages", OPTION_COUNT, "100000",
	 .help = "replace a worker after this number of messages; 0: never",
	 .also = "max_requests MX_REQUESTS max_use max_tasks"},
	{"core_dumps", OPTION_BOOL, "no",
	 .help = "a worker that crashes may write a core file, which holds mail",
	 .also = "core cores coredump"},
	{.name = NULL},
};

/* The order is that of on_limit_verdicts in config.c. */
static const char *const on_limit_words[] = {"tempfail", "reject", "accept", NULL};

static const struct option limits_options[] = {
	{"header_bytes", OPTION_SIZE, "1M",
	 .help = "maximum size of all header fields together",
	 .also = "header_size_limit max_header_size header_size max_header_bytes"},
	{"headers", OPTION_COUNT, "10000",
	 .help = "maximum number of header fields of one message",
	 .also = "max_headers header_count"},
	{"recipients", OPTION_COUNT, "50000",
	 .help = "maximum number of recipients of one message",
	 .also = "max_recipients recipient_limit smtpd_recipient_limit "
		 "MaxRecipientsPerMessage"},
	{"body_bytes", OPTION_SIZE, "256M",
	 .help = "maximum size of a body that a policy reads",
	 .also = "max_body body_size max_size max_message message_size_limit "
		 "max_message_size"},
	{"on_limit", OPTION_WORD, "tempfail", .words = on_limit_words,
	 .words_also = option_actions_also,
	 .help = "verdict on a message that is over one of these limits",
	 .also = "limit_action on_exceed action"},
	{"body_memory", OPTION_SIZE, "1M",
	 .help = "keep a larger body in a spool file, not in memory; 0: never",
	 .also = "memory buffer body_buffer"},
	{"spool_dir", OPTION_STRING, "/var/tmp", .unwritten = true,
	 .help = "directory of the spool files",
	 .also = "tmp_dir tmpdir temp_dir tempdir TEMPBASE spool"},
	{"spool_files", OPTION_COUNT, "64", .help = "spool files of one worker",
	 .also = "max_files"},
	{"mime_parts", OPTION_COUNT, "10000",
	 .help = "a message with more MIME parts counts as irregular",
	 .also = "max_parts max_mime_parts"},
	{"mime_depth", OPTION_COUNT, "100",
	 .help = "a message with MIME parts nested deeper counts as irregular",
	 .also = "mime_nesting_limit max_depth nesting"},
	{"regex_steps", OPTION_COUNT, "100000",
	 .help = "PCRE2's match limit, for one match of a regular expression",
	 .also = "match_limit pcre_match_limit"},
	{"regex_time", OPTION_DURATION, "100ms",
	 .help = "maximum time of all matches of regular expressions for one message",
	 .also = "regex_timeout"},
	{"wait_time", OPTION_DURATION, "100s",
	 .help = "maximum time that one message waits for services, all together",
	 .also = "max_wait wait service_timeout"},
	{"negotiate_timeout", OPTION_DURATION, "10s",
	 .help = "close a connection on which no milter session begins within this time",
	 .also = "connect_timeout milter_connect_timeout"},
	{"idle_timeout", OPTION_DURATION, "2h",
	 .help = "close a connection on which the MTA sends nothing for this time",
	 .also = "timeout session_timeout milter_content_timeout"},
	{"frame_timeout", OPTION_DURATION, "5m",
	 .help = "maximum time to receive one frame, or for a write without progress",
	 .also = "read_timeout write_timeout io_timeout milter_command_timeout"},
	{.name = NULL},
};

/* The order is that of enum log_target, log_levels in config.c and enum log_messages. */
static const char *const target_words[] = {"auto", "journal", "syslog", "stderr", NULL};
static const struct option_also target_also[] = {
	{"journal", "systemd journald"},
	{"syslog", "mail maillog file"},
	{"stderr", "console stdout terminal"},
	{.word = NULL},
};
const char *const schema_log_levels[] = {"error", "warning", "notice", "info", "debug", NULL};
static const struct option_also level_also[] = {
	{"error", "err crit critical alert emerg fatal"},
	{"warning", "warn"},
	{"debug", "verbose trace"},
	{.word = NULL},
};
static const char *const messages_words[] = {"all", "acted", "none", NULL};
static const struct option_also messages_also[] = {
	{"all", "yes on every"},
	{"acted", "actions hits changed"},
	{"none", "no off"},
	{.word = NULL},
};

static const struct option log_options[] = {
	{"target", OPTION_WORD, "auto", .words = target_words, .words_also = target_also,
	 .help = "destination of the log",
	 .also = "destination facility type output syslog file"},
	{"level", OPTION_WORD, "info", .words = schema_log_levels, .words_also = level_also,
	 .help = "lowest severity that is logged",
	 .also = "log_level verbosity verbose debug severity"},
	{"messages", OPTION_WORD, "all", .words = messages_words, .words_also = messages_also,
	 .help = "messages that get a log line; acted: those that a policy acted on",
	 .also = "log_messages maillog"},
	{.name = NULL},
};

static const struct option control_options[] = {
	{"socket", OPTION_STRING, CONFIG_CONTROL_SOCKET, .unwritten = true,
	 .help = "socket for polymilterctl"},
	{"history", OPTION_COUNT, "4096",
	 .help = "messages that polymilterctl why can tell of; 0: none"},
	{"metrics", OPTION_STRING, "",
	 .help = "socket for HTTP: metrics for Prometheus, and a page; \"\": none"},
	{.name = NULL},
};

const struct option config_options[] = {
	{"user", OPTION_STRING, "polymilter", .unwritten = true,
	 .help = "user to run as when started as root; \"\": do not change it",
	 .also = "RunAsUser UserID mail_owner daemon_user run_as uid"},
	{"group", OPTION_STRING, "polymilter",
	 .help = "group to run as when started as root; \"\": do not change it",
	 .also = "RunAsGroup daemon_group gid"},
	{"workers", OPTION_GROUP, .options = workers_options, .help = "the worker processes",
	 .also = "worker processes threads max_servers"},
	{"limits", OPTION_GROUP, .options = limits_options,
	 .help = "limits on what one message may use", .also = "resources"},
	{"log", OPTION_GROUP, .options = log_options, .help = "the log",
	 .also = "logging syslog"},
	{"control", OPTION_GROUP, .options = control_options,
	 .help = "the administrator's socket", .also = "controller admin management"},
	{"defaults", OPTION_GROUP, .options = schema_defaults_options,
	 .help = "what policies do that do not say it themselves", .also = "global common"},
	{"table", OPTION_SECTION, .options = table_options,
	 .help = "a list of keys, or of keys and values",
	 .also = "map multimap list lookup database hash alias_maps"},
	{"condition", OPTION_SECTION, .options = condition_options,
	 .help = "options that must all hold for a message or recipient",
	 .also = "acl match class settings policy_bank if"},
	{"service", OPTION_SECTION, .options = builder_service_options,
	 .help = "servers of one kind that policies ask, such as clamd",
	 .also = "servers backend upstream scanner external_services"},
	{"listener", OPTION_SECTION, .options = listener_options,
	 .help = "a socket for MTAs, and its chain of policies",
	 .also = "frontend bind listen socket server smtpd_milters inet"},
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

bool
schema_is_event(const struct option *o)
{
	if (strncmp(o->name, "on_", 3) != 0 || o->type != OPTION_WORD)
		return false;
	for (size_t i = 0; i < ON_EVENT_N; i++)
		if (o->words[i] == NULL || strcmp(o->words[i], on_event_words[i]) != 0)
			return false;
	return true;
}

/* The conditions of an exception, which has the policy's options on_EVENT, too. */
static const struct option exception_options[] = {
	{"when", OPTION_LIST, "{}", .help = "only if all these conditions hold",
	 .also = "if only_if condition conditions for"},
	{"unless", OPTION_LIST, "{}", .help = "not if one of these conditions holds",
	 .also = "except exclude not if_not"},
	{.name = NULL},
};

/* The table of `exception` in a policy whose table this is: an option that is not written there
 * is the policy's. */
static const struct option *
make_exception_options(struct arena *arena, const struct option *policy)
{
	size_t used = count_options(exception_options), n = used;
	const struct option *o;
	struct option *table;

	for (size_t i = 0; (o = option_at(policy, i)) != NULL; i++)
		n += schema_is_event(o);
	table = arena_zalloc(arena, (n + 1) * sizeof(*table));
	memcpy(table, exception_options, used * sizeof(*table));
	for (size_t i = 0; (o = option_at(policy, i)) != NULL; i++) {
		if (!schema_is_event(o))
			continue;
		table[used] = *o;
		table[used].value = NULL;
		table[used++].required = false;
	}
	return table;
}

/* The options of a policy: its own, those that every policy has, and `exception`. */
static const struct option *
make_policy_options(struct arena *arena, const struct policy_ops *ops)
{
	size_t own = count_options(ops->options), common = count_options(schema_policy_options);
	struct option *table = arena_zalloc(arena, (own + common + 2) * sizeof(*table));

	memcpy(table, ops->options, own * sizeof(*table));
	memcpy(table + own, schema_policy_options, common * sizeof(*table));
	table[own + common] =
		(struct option){.name = "exception",
				.type = OPTION_SECTION,
				.options = make_exception_options(arena, table),
				.help = "other values of on_error and its kin for some mail",
				.also = "on_error_if except_for"};
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
					     .also = ops->also,
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

/* name: that of the option, or its alias. */
static cfg_opt_t
make_confuse_option(struct arena *arena, const struct option *o, const char *name)
{
	cfg_opt_t list = CFG_STR_LIST(name, NULL, CFGF_NODEFAULT);
	cfg_opt_t scalar = CFG_STR(name, NULL, CFGF_NODEFAULT);
	cfg_opt_t *inner;

	if (option_is_list(o))
		return list;
	if (!option_is_section(o))
		return scalar;
	inner = schema_make_confuse_options(arena, o->options);
	if (o->type == OPTION_SECTION) {
		cfg_opt_t titled =
			CFG_SEC(name, inner, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES);

		return titled;
	}
	return (cfg_opt_t)CFG_SEC(name, inner, CFGF_NONE);
}

/* Recursion is as deep as the tables are nested: three sections. */
cfg_opt_t *
schema_make_confuse_options(struct arena *arena, const struct option *table)
{
	static const cfg_opt_t end = CFG_END();
	static const struct option none[] = {{.name = NULL}};
	const struct option *o;
	cfg_opt_t *rows;
	size_t n = 0, used = 0;

	if (table == NULL) /* planned, or skipped by the early reading: always erased */
		table = none;
	while (option_at(table, n) != NULL)
		n++;
	rows = arena_alloc(arena, (2 * n + 1) * sizeof(*rows));
	for (size_t i = 0; (o = option_at(table, i)) != NULL; i++) {
		rows[used++] = make_confuse_option(arena, o, o->name);
		if (o->alias != NULL)
			rows[used++] = make_confuse_option(arena, o, o->alias);
	}
	rows[used] = end;
	return rows;
}
