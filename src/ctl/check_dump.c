/* The effective configuration as JSON. Input: the calls of config_dump_walk(). Output, on
 * standard output, though with each member on a line:
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
	json_t *object[DEPTH_MAX]; /* the top level, and the sections that are open */
	json_t *list[DEPTH_MAX];   /* of its options, then of its sections */
};

static void
put_json_origin(json_t *object, const char *file, unsigned line)
{
	json_put_text_or_null(object, "file", file);
	json_put_number(object, "line", line);
}

static void
add_json_value(void *ctx, const struct dump_value *v)
{
	struct json_dump *d = ctx;
	json_t *object = json_add_object(d->list[d->depth]), *list;

	json_put_text(object, "name", v->option->name);
	if (option_is_list(v->option)) {
		list = json_put_list(object, "value");
		for (size_t i = 0; i < v->n; i++)
			json_add_text(list, v->text[i]);
	} else {
		json_put_text(object, "value", v->text[0]);
	}
	put_json_origin(object, v->file, v->line);
}

static void
begin_json_section(void *ctx, const struct dump_section *s)
{
	struct json_dump *d = ctx;
	json_t *object = json_add_object(d->list[d->depth]);

	json_put_text(object, "kind", s->kind);
	json_put_text(object, "title", s->title);
	put_json_origin(object, s->file, s->line);
	d->depth += d->depth + 1 < DEPTH_MAX;
	d->object[d->depth] = object;
	d->list[d->depth] = json_put_list(object, "options");
}

static void
begin_inner_json(void *ctx)
{
	struct json_dump *d = ctx;

	d->list[d->depth] = json_put_list(d->object[d->depth], "sections");
}

static void
end_json_section(void *ctx)
{
	struct json_dump *d = ctx;

	d->depth -= d->depth > 0;
}

void
check_dump_json(const struct config *cfg)
{
	static const struct dump_writer writer = {begin_json_section, add_json_value,
						  begin_inner_json, end_json_section};
	struct json_dump d = {.object[0] = json_new_object()};
	struct arena *arena = arena_new();

	json_put_text(d.object[0], "file", cfg->path);
	d.list[0] = json_put_list(d.object[0], "options");
	config_dump_walk(cfg, arena, &writer, &d);
	json_print(stdout, d.object[0], JSON_INDENT(2));
	arena_free(arena);
}
