/* Loads the configuration: source.c reads and checks the files, reader.c makes sections, and
 * this file, definitions.c and listener.c make struct config from them.
 *
 * Input: a path or a text. Output: struct config, or the errors. The order of the steps in
 * build_config() matters: the limits are copied into the chains, and whether spool files are
 * needed is known only from the chains. */
#include "config/config.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "config/builder.h"
#include "config/diagnostics.h"
#include "config/reader.h"
#include "config/schema.h"
#include "config/source.h"
#include "option/section.h"
#include "util/access.h"
#include "util/arena.h"
#include "util/log.h"

#define MEMORY_MIN	 (4u << 20) /* a worker needs about 1 MiB between messages */
#define SPOOL_FILES_MAX	 4096u
#define SENDMAIL_WAIT_MS 10000u /* Sendmail's default timeout for a reply of a filter */
#define SENDMAIL_EOM_WAIT_MS                                                                   \
	240000u /* it waits 300 s for the last one, whatever comes before */

const struct section *
builder_find_group(struct config_builder *b, const char *kind)
{
	const struct section *const *list;
	struct section *s;

	if (section_sections(b->root, kind, &list) > 0)
		return list[0];
	s = arena_zalloc(b->arena, sizeof(*s));
	s->kind = kind;
	s->title = "";
	s->options = option_find(b->root->options, kind)->options;
	return s;
}

uint64_t
builder_read_number(const struct section *s, const char *option, uint64_t least, uint64_t most)
{
	uint64_t v = section_number(s, option);

	if (v < least || v > most)
		section_error(s, option, "%s: must be between %llu and %llu", option,
			      (unsigned long long)least, (unsigned long long)most);
	return v;
}

static uint64_t
read_max_memory(const struct section *s)
{
	uint64_t bytes = section_number(s, "max_memory");

	if (bytes > 0 && bytes < MEMORY_MIN)
		section_error(s, "max_memory", "max_memory: must be 0 or at least 4M");
	return bytes == 0 ? UINT64_MAX : bytes;
}

uint64_t
builder_read_timeout(const struct section *s, const char *option)
{
	uint64_t ms = section_number(s, option);

	if (ms == 0)
		section_error(s, option, "%s: must be greater than 0", option);
	return ms;
}

static void
read_user_and_group(struct config_builder *b)
{
	b->config->user = section_string(b->root, "user");
	b->config->group = section_string(b->root, "group");
	b->config->user_written = section_has(b->root, "user");
}

static unsigned
count_cpus(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	if (n < 1)
		return 1;
	return n > (long)CONFIG_WORKERS_MAX ? CONFIG_WORKERS_MAX : (unsigned)n;
}

static void
read_worker_settings(struct config_builder *b)
{
	const struct section *s = builder_find_group(b, "workers");
	struct config *c = b->config;

	c->workers = (unsigned)builder_read_number(s, "count", 0, CONFIG_WORKERS_MAX);
	if (c->workers == 0)
		c->workers = count_cpus();
	c->max_sessions = builder_read_number(s, "max_sessions", 1, 1000000);
	c->hang_timeout_ms = builder_read_timeout(s, "hang_timeout");
	if (c->hang_timeout_ms >= SENDMAIL_WAIT_MS)
		section_warning(s, "hang_timeout",
				"hang_timeout: should be less than 10s, because Sendmail waits "
				"no longer for a reply");
	c->load_timeout_ms = builder_read_timeout(s, "load_timeout");
	c->drain_timeout_ms = builder_read_timeout(s, "drain_timeout");
	c->stop_timeout_ms = builder_read_timeout(s, "stop_timeout");
	c->max_memory = read_max_memory(s);
	c->max_messages = section_number(s, "max_messages");
	c->core_dumps = section_bool(s, "core_dumps");
}

static void
read_message_limits(struct config_builder *b)
{
	/* in the order of on_limit_words in schema.c */
	static const enum verdict on_limit_verdicts[] = {VERDICT_TEMPFAIL, VERDICT_REJECT,
							 VERDICT_ACCEPT};
	const struct section *s = builder_find_group(b, "limits");
	struct config *c = b->config;

	c->limits = (struct session_limits){
		.header_bytes = section_number(s, "header_bytes"),
		.headers = section_number(s, "headers"),
		.recipients = section_number(s, "recipients"),
		.body_bytes = section_number(s, "body_bytes"),
		.on_limit = on_limit_verdicts[section_word(s, "on_limit")],
	};
	b->view.parts = (unsigned)builder_read_number(s, "mime_parts", 1, 1000000);
	b->view.depth = (unsigned)builder_read_number(s, "mime_depth", 1, 10000);
	b->regex.steps = (uint32_t)builder_read_number(s, "regex_steps", 1, UINT32_MAX);
	b->regex.time_us = builder_read_timeout(s, "regex_time") * 1000;
	c->regex_steps = b->regex.steps;
	c->negotiate_timeout_ms = builder_read_timeout(s, "negotiate_timeout");
	c->idle_timeout_ms = builder_read_timeout(s, "idle_timeout");
	c->frame_timeout_ms = builder_read_timeout(s, "frame_timeout");
	c->wait_time_ms = builder_read_timeout(s, "wait_time");
	if (c->wait_time_ms > SENDMAIL_EOM_WAIT_MS)
		section_warning(s, "wait_time",
				"wait_time: should be less than 4m, because Sendmail waits 5m "
				"from the end of a message");
}

static bool
any_chain_needs_body(const struct config *c)
{
	for (size_t i = 0; i < c->n_listeners; i++)
		if ((c->listeners[i].chain->need.parts & PART_BODY) != 0)
			return true;
	return false;
}

/* NULL when files can be created in the directory; else the reason why not. */
static const char *
check_spool_directory(const char *path)
{
	struct stat st;

	if (*path != '/')
		return "the path must begin with '/'";
	if (stat(path, &st) < 0)
		return access_error_text(errno);
	if (!S_ISDIR(st.st_mode))
		return strerror(ENOTDIR);
	return access(path, W_OK | X_OK) < 0 ? access_error_text(errno) : NULL;
}

/* spool_files becomes 0 when no chain can need a spool file; then the default directory need
 * not exist. With errors so far the chains are not known, and a written directory is checked.
 */
static void
read_spool_settings(struct config_builder *b)
{
	const struct section *s = builder_find_group(b, "limits");
	struct config *c = b->config;
	const char *reason;

	c->body_memory = section_number(s, "body_memory");
	if (c->body_memory == 0)
		c->body_memory = UINT64_MAX;
	c->spool_dir = section_string(s, "spool_dir");
	c->spool_files = builder_read_number(s, "spool_files", 1, SPOOL_FILES_MAX);
	if (b->diagnostics->n_errors == 0 &&
	    (c->body_memory == UINT64_MAX || !any_chain_needs_body(c)))
		c->spool_files = 0;
	if (c->spool_files == 0 && !section_has(s, "spool_dir"))
		return;
	reason = check_spool_directory(c->spool_dir);
	if (reason == NULL)
		return;
	if (section_has(s, "spool_dir"))
		section_error(s, "spool_dir", "spool_dir: '%s': %s", c->spool_dir, reason);
	else if (b->diagnostics->n_errors == 0)
		diagnostics_error(b->diagnostics, c->path, 0, "spool_dir: '%s': %s",
				  c->spool_dir, reason);
}

static const int log_levels[] = {LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG};

int
config_find_log_level(const char *word)
{
	for (size_t i = 0; schema_log_levels[i] != NULL; i++)
		if (strcmp(schema_log_levels[i], word) == 0)
			return log_levels[i];
	return -1;
}

const char *
config_log_level_name(int level)
{
	for (size_t i = 0; schema_log_levels[i] != NULL; i++)
		if (log_levels[i] == level)
			return schema_log_levels[i];
	return NULL;
}

static void
read_log_settings(struct config_builder *b)
{
	const struct section *s = builder_find_group(b, "log");

	b->config->log_section = s;
	b->config->log_target = (enum log_target)section_word(s, "target");
	b->config->log_level = log_levels[section_word(s, "level")];
	b->config->log_messages = (enum log_messages)section_word(s, "messages");
}

static void
list_tables(struct config_builder *b)
{
	const struct table **list =
		arena_alloc(b->arena, b->tables.n * sizeof(const struct table *));

	for (size_t i = 0; i < b->tables.n; i++)
		if (b->tables.list[i].object != NULL)
			list[b->config->n_tables++] = b->tables.list[i].object;
	b->config->tables = list;
}

static void
build_config(struct config_builder *b, const struct config_check *check)
{
	b->config->section = b->root;
	read_user_and_group(b);
	builder_read_control(b);
	if (check->early) {
		builder_make_listeners(b, true);
		builder_check_metrics_socket(b);
		return;
	}
	read_worker_settings(b);
	if (check->on_read != NULL)
		check->on_read(check->ctx, b->config);
	read_message_limits(b);
	read_log_settings(b);
	builder_make_definitions(b);
	b->config->n_policies = b->policies.n;
	list_tables(b);
	builder_make_listeners(b, false);
	builder_check_metrics_socket(b);
	read_spool_settings(b);
	if (b->diagnostics->n_errors == 0)
		builder_warn_unused(b);
}

/* text NULL: the file at path is read. */
static int
load_config(const char *path, const char *text, const struct config_check *check,
	    config_report_fn *report, void *ctx, struct config **ret)
{
	bool early = check->early;
	struct arena *arena = arena_new();
	struct diagnostics *diagnostics = arena_alloc(arena, sizeof(*diagnostics));
	struct config_builder *b = arena_zalloc(arena, sizeof(*b));
	int r;

	diagnostics_init(diagnostics, arena);
	b->arena = arena;
	b->diagnostics = diagnostics;
	b->source = source_new(arena, diagnostics,
			       early ? schema_make_early_options(arena)
				     : schema_make_options(arena),
			       schema_is_policy, early);
	b->config = arena_zalloc(arena, sizeof(*b->config));
	b->config->arena = arena;
	b->config->path = arena_strdup(arena, path);
	b->config->files = b->source->read_files;
	b->source->refuse_writable = check->refuse_writable;
	r = text != NULL ? source_read_text(b->source, path, text)
			 : source_read(b->source, path);
	if (r == 0)
		b->root = reader_read_sections(b->source);
	if (b->root != NULL)
		build_config(b, check);
	if (b->root != NULL && check->run_good != NULL && diagnostics->n_errors == 0)
		check->run_good(check->ctx, b->config);
	if (b->root != NULL && check->run != NULL)
		check->run(check->ctx, b->config);
	diagnostics_report(diagnostics, report, ctx);
	if (r == 0 && diagnostics->n_errors > 0)
		r = -EINVAL;
	if (r < 0)
		arena_free(arena);
	else
		*ret = b->config;
	return r;
}

int
config_load(const char *path, config_report_fn *report, void *ctx, struct config **ret)
{
	return load_config(path, NULL, &(struct config_check){0}, report, ctx, ret);
}

int
config_load_early(const char *path, config_report_fn *report, void *ctx, struct config **ret)
{
	return load_config(path, NULL, &(struct config_check){.early = true}, report, ctx, ret);
}

int
config_load_checked(const char *path, const struct config_check *check,
		    config_report_fn *report, void *ctx, struct config **ret)
{
	return load_config(path, NULL, check, report, ctx, ret);
}

int
config_load_text(const char *name, const char *text, config_report_fn *report, void *ctx,
		 struct config **ret)
{
	return load_config(name, text, &(struct config_check){0}, report, ctx, ret);
}

void
config_error(const struct config *cfg, const struct section *s, const char *option,
	     const char *fmt, ...)
{
	const char *text;
	va_list ap;

	va_start(ap, fmt);
	text = arena_vprintf(cfg->arena, fmt, ap);
	va_end(ap);
	if (section_has(s, option))
		section_error(s, option, "%s", text);
	else
		s->diagnostics->report(s->diagnostics->ctx, false, cfg->path, 0, text);
}

struct config *
config_free(struct config *cfg)
{
	if (cfg != NULL)
		arena_free(cfg->arena);
	return NULL;
}

void
config_report_to_nobody(void *ctx, enum config_severity severity, const char *file,
			unsigned line, const char *text)
{
	(void)ctx;
	(void)severity;
	(void)file;
	(void)line;
	(void)text;
}

void
config_report_to_file(void *ctx, enum config_severity severity, const char *file, unsigned line,
		      const char *text)
{
	const char *mark = severity == CONFIG_WARNING ? "warning: " : "";

	if (log_is_journal_stream(fileno(ctx)))
		(void)fprintf(ctx, "<%d>", severity == CONFIG_WARNING ? LOG_WARNING : LOG_ERR);
	if (line == 0)
		(void)fprintf(ctx, "%s: %s%s\n", file, mark, text);
	else
		(void)fprintf(ctx, "%s:%u: %s%s\n", file, line, mark, text);
}
