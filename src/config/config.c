/* The configuration from file to frozen struct. */
#include "config/config.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "config/build.h"
#include "config/diagnostics.h"
#include "config/reader.h"
#include "config/schema.h"
#include "config/source.h"
#include "option/section.h"
#include "util/arena.h"

#define WORKERS_MAX	 1024u
#define SPOOL_FILES_MAX	 4096u
#define SENDMAIL_WAIT_MS 10000u /* it gives up on a filter that is silent for so long */

/* A group as it is written, or one of defaults only. */
static const struct section *
group_of(struct build *b, const char *kind)
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

static uint64_t
number_between(const struct section *s, const char *option, uint64_t least, uint64_t most)
{
	uint64_t v = section_number(s, option);

	if (v < least || v > most)
		section_error(s, option, "%s: must be between %llu and %llu", option,
			      (unsigned long long)least, (unsigned long long)most);
	return v;
}

/* A timeout of nothing would end everything at once. */
static uint64_t
timeout_of(const struct section *s, const char *option)
{
	uint64_t ms = section_number(s, option);

	if (ms == 0)
		section_error(s, option, "%s: must be longer than nothing", option);
	return ms;
}

static void
read_user(struct build *b)
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
	return n > (long)WORKERS_MAX ? WORKERS_MAX : (unsigned)n;
}

static void
read_workers(struct build *b)
{
	const struct section *s = group_of(b, "workers");
	struct config *c = b->config;

	c->workers = (unsigned)number_between(s, "count", 0, WORKERS_MAX);
	if (c->workers == 0)
		c->workers = count_cpus();
	c->max_sessions = number_between(s, "max_sessions", 1, 1000000);
	c->hang_timeout_ms = timeout_of(s, "hang_timeout");
	if (c->hang_timeout_ms >= SENDMAIL_WAIT_MS)
		section_warning(s, "hang_timeout",
				"hang_timeout: Sendmail waits no longer than 10s for an "
				"answer; it should be shorter");
	c->drain_timeout_ms = timeout_of(s, "drain_timeout");
	c->stop_timeout_ms = timeout_of(s, "stop_timeout");
	c->max_messages = section_number(s, "max_messages");
}

static void
read_limits(struct build *b)
{
	/* in the order of the option's words */
	static const enum verdict on_limit_verdicts[] = {VERDICT_TEMPFAIL, VERDICT_REJECT,
							 VERDICT_ACCEPT};
	const struct section *s = group_of(b, "limits");
	struct config *c = b->config;

	c->limits = (struct session_limits){
		.header_bytes = section_number(s, "header_bytes"),
		.headers = section_number(s, "headers"),
		.recipients = section_number(s, "recipients"),
		.body_bytes = section_number(s, "body_bytes"),
		.on_limit = on_limit_verdicts[section_word(s, "on_limit")],
	};
	b->view.parts = (unsigned)number_between(s, "mime_parts", 1, 1000000);
	b->view.depth = (unsigned)number_between(s, "mime_depth", 1, 10000);
	b->regex.steps = (uint32_t)number_between(s, "regex_steps", 1, UINT32_MAX);
	b->regex.time_us = timeout_of(s, "regex_time") * 1000;
	c->idle_timeout_ms = timeout_of(s, "idle_timeout");
	c->frame_timeout_ms = timeout_of(s, "frame_timeout");
}

static bool
keeps_bodies(const struct config *c)
{
	for (size_t i = 0; i < c->n_listeners; i++)
		if ((c->listeners[i].chain->need.parts & PART_BODY) != 0)
			return true;
	return false;
}

/* NULL, or what is wrong with it. */
static const char *
judge_directory(const char *path)
{
	struct stat st;

	if (*path != '/')
		return "the path must begin with '/'";
	if (stat(path, &st) < 0)
		return strerror(errno);
	if (!S_ISDIR(st.st_mode))
		return strerror(ENOTDIR);
	return access(path, W_OK | X_OK) < 0 ? strerror(errno) : NULL;
}

/* Whether files are needed is known when the chains are. */
static void
read_spool(struct build *b)
{
	const struct section *s = group_of(b, "limits");
	struct config *c = b->config;
	const char *why;

	c->body_memory = section_number(s, "body_memory");
	if (c->body_memory == 0)
		c->body_memory = UINT64_MAX;
	c->spool_dir = section_string(s, "spool_dir");
	c->spool_files = number_between(s, "spool_files", 1, SPOOL_FILES_MAX);
	if (b->diagnostics->n_errors == 0 && (c->body_memory == UINT64_MAX || !keeps_bodies(c)))
		c->spool_files = 0;
	if (c->spool_files == 0 && !section_has(s, "spool_dir"))
		return;
	why = judge_directory(c->spool_dir);
	if (why == NULL)
		return;
	if (section_has(s, "spool_dir"))
		section_error(s, "spool_dir", "spool_dir: '%s': %s", c->spool_dir, why);
	else if (b->diagnostics->n_errors == 0)
		diagnostics_error(b->diagnostics, c->path, 0, "spool_dir: '%s': %s",
				  c->spool_dir, why);
}

static void
read_log(struct build *b)
{
	static const int log_levels[] = {LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG};
	const struct section *s = group_of(b, "log");

	b->config->log_target = (enum log_target)section_word(s, "target");
	b->config->log_level = log_levels[section_word(s, "level")];
	b->config->log_messages = (enum log_messages)section_word(s, "messages");
}

static void
build_all(struct build *b, bool early)
{
	read_user(b);
	if (early) {
		build_listeners(b, true);
		return;
	}
	read_workers(b);
	read_limits(b);
	read_log(b);
	build_names(b);
	build_listeners(b, false);
	read_spool(b);
	if (b->diagnostics->n_errors == 0)
		build_warn_unused(b);
}

/* text NULL: the file itself. */
static int
load(const char *path, const char *text, bool early, config_report_fn *report, void *ctx,
     struct config **ret)
{
	struct arena *arena = arena_new();
	struct diagnostics *diagnostics = arena_alloc(arena, sizeof(*diagnostics));
	struct build *b = arena_zalloc(arena, sizeof(*b));
	int r;

	diagnostics_init(diagnostics, arena);
	b->arena = arena;
	b->diagnostics = diagnostics;
	b->source =
		source_new(arena, diagnostics, early ? schema_early(arena) : schema_top(arena),
			   schema_is_policy, early);
	b->config = arena_zalloc(arena, sizeof(*b->config));
	b->config->arena = arena;
	b->config->path = arena_strdup(arena, path);
	r = text != NULL ? source_read_text(b->source, path, text)
			 : source_read(b->source, path);
	if (r == 0)
		b->root = reader_sections(b->source);
	if (b->root != NULL)
		build_all(b, early);
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
	return load(path, NULL, false, report, ctx, ret);
}

int
config_load_early(const char *path, config_report_fn *report, void *ctx, struct config **ret)
{
	return load(path, NULL, true, report, ctx, ret);
}

int
config_load_text(const char *name, const char *text, config_report_fn *report, void *ctx,
		 struct config **ret)
{
	return load(name, text, false, report, ctx, ret);
}

struct config *
config_free(struct config *cfg)
{
	if (cfg != NULL)
		arena_free(cfg->arena);
	return NULL;
}

void
config_report_to_file(void *ctx, enum config_kind kind, const char *file, unsigned line,
		      const char *text)
{
	const char *mark = kind == CONFIG_WARNING ? "warning: " : "";

	if (line == 0)
		(void)fprintf(ctx, "%s: %s%s\n", file, mark, text);
	else
		(void)fprintf(ctx, "%s:%u: %s%s\n", file, line, mark, text);
}
