/* The effective configuration as JSON. Input: the calls of config_dump_walk(). Output, on
 *standard output, with one option or section on a line:
 *
 *	{"file": "polymilter.conf", "options": [
 *	  {"name": "user", "value": "polymilter", "file": null, "line": 0}],
 *	 "sections": [
 *	  {"kind": "workers", "title": "", "file": null, "line": 0, "options": [ ... ],
 *	   "sections": []}]} */
#include <stdio.h>

#include "config/config.h"
#include "config/dump.h"
#include "ctl/check.h"
#include "ctl/json.h"
#include "util/arena.h"

#define DEPTH_MAX 8u /* option tables are not nested so deep */

struct json_dump {
	unsigned depth;
	bool has_before[DEPTH_MAX]; /* an element of the list that is open stands before */
};

static void
begin_json_element(struct json_dump *d)
{
	printf("%s\n%*s", d->has_before[d->depth] ? "," : "", (int)(2 * d->depth + 2), "");
	d->has_before[d->depth] = true;
}

static void
print_origin(const char *file, unsigned line)
{
	printf(", \"file\": ");
	if (file != NULL)
		json_string(stdout, file);
	else
		printf("null");
	printf(", \"line\": %u", line);
}

static void
print_json_value(void *ctx, const struct dump_value *v)
{
	bool list = option_is_list(v->option);

	begin_json_element(ctx);
	printf("{\"name\": ");
	json_string(stdout, v->option->name);
	printf(", \"value\": %s", list ? "[" : "");
	for (size_t i = 0; i < v->n; i++) {
		printf("%s", i > 0 ? ", " : "");
		json_string(stdout, v->text[i]);
	}
	printf("%s", list ? "]" : "");
	print_origin(v->file, v->line);
	printf("}");
}

static void
begin_json_section(void *ctx, const struct dump_section *s)
{
	struct json_dump *d = ctx;

	begin_json_element(d);
	printf("{\"kind\": ");
	json_string(stdout, s->kind);
	printf(", \"title\": ");
	json_string(stdout, s->title);
	print_origin(s->file, s->line);
	printf(", \"options\": [");
	d->depth += d->depth + 1 < DEPTH_MAX;
	d->has_before[d->depth] = false;
}

static void
begin_inner_json(void *ctx)
{
	struct json_dump *d = ctx;

	printf("], \"sections\": [");
	d->has_before[d->depth] = false;
}

static void
end_json_section(void *ctx)
{
	struct json_dump *d = ctx;

	printf("]}");
	d->depth -= d->depth > 0;
}

void
check_dump_json(const struct config *cfg)
{
	static const struct dump_writer writer = {begin_json_section, print_json_value,
						  begin_inner_json, end_json_section};
	struct json_dump d = {.depth = 0};
	struct arena *arena = arena_new();

	printf("{\"file\": ");
	json_string(stdout, cfg->path);
	printf(", \"options\": [");
	config_dump_walk(cfg, arena, &writer, &d);
	printf("]}\n");
	arena_free(arena);
}
