/* One message, and conditions that are read and evaluated on it. Included by one C file each,
 * after cmocka.h. */
#ifndef T_CONDITION_FIXTURE_H
#define T_CONDITION_FIXTURE_H

#include <string.h>

#include "match/table.h"
#include "policy/condition.h"
#include "policy/policy.h"

#include "sections.h"

#define MAX 8

static struct fixture {
	struct arena *arena;
	struct buf notes;
	struct section *s;
	struct peer peer;
	struct message m;
	struct regex_budget budget;
	struct condition_view view;
	const char *macros[MAX]; /* name, value, ... */
	const struct condition *others[MAX];
	size_t n_others;
	const struct table *tables[MAX];
	size_t n_tables;
} w;

static const struct regex_limits limits = {100000, 10000000};

static const char *
find_macro(void *ctx, const char *name)
{
	const char *const *p = ctx;

	for (; *p != NULL; p += 2) {
		if (strcmp(p[0], name) == 0)
			return p[1];
	}
	return NULL;
}

static const struct table *
find_table(void *ctx, const struct section *s, const char *option, const char *name)
{
	(void)ctx;
	for (size_t i = 0; i < w.n_tables; i++) {
		if (strcmp(table_name(w.tables[i]), name) == 0)
			return w.tables[i];
	}
	section_error(s, option, "no table %s", name);
	return NULL;
}

static const struct condition *
find_condition(void *ctx, const struct section *s, const char *option, const char *name)
{
	(void)ctx;
	for (size_t i = 0; i < w.n_others; i++) {
		if (strcmp(condition_name(w.others[i]), name) == 0)
			return w.others[i];
	}
	section_error(s, option, "no condition %s", name);
	return NULL;
}

static bool
find_listener(void *ctx, const char *name)
{
	(void)ctx;
	return strcmp(name, "mx") == 0 || strcmp(name, "submission") == 0;
}

static const char *const scan_words[] = {"clean", "infected", NULL};
static const struct policy_results scan_results = {.words = scan_words};
static const char *const rank_words[] = {"no-action", NULL};
static const struct policy_results rank_results = {
	.words = rank_words, .open = true, .scored = true};

/* There are the policies "av" and "junk". */
static const struct policy_results *
find_results(void *ctx, const struct section *s, const char *option, const char *title)
{
	(void)ctx;
	if (strcmp(title, "av") == 0)
		return &scan_results;
	if (strcmp(title, "junk") == 0)
		return &rank_results;
	section_error(s, option, "no policy %s", title);
	return NULL;
}

static int
setup(void **state)
{
	(void)state;
	memset(&w, 0, sizeof(w));
	w.arena = arena_new();
	message_begin(&w.m, w.arena);
	w.peer = (struct peer){"mail.example.net", "192.0.2.7", "helo.example.net", '4', 25};
	w.view = (struct condition_view){
		.listener = "mx",
		.peer = &w.peer,
		.message = &w.m,
		.position = 1,
		.stage = STAGE_EOM,
		.macro = find_macro,
		.ctx = w.macros,
		.match = {w.arena, &limits, &w.budget},
	};
	message_receive_sender(&w.m, "<Joe@Example.COM>", "", 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	message_free(&w.m);
	arena_free(w.arena);
	buf_free(&w.notes);
	return 0;
}

static void
start(const char *name)
{
	w.s = section_make(w.arena, "condition", name, condition_options, &w.notes);
}

static const struct condition *
finish(void)
{
	const struct condition_scope scope = {w.arena,	     {find_table, NULL}, find_condition,
					      find_listener, find_results,	 NULL,
					      NULL};
	const struct condition *c = condition_read(w.s, &scope);

	assert_string_equal(buf_string(&w.notes), "");
	assert_non_null(c);
	return c;
}

#define LINE(option, ...) section_set(w.arena, w.s, option, __VA_ARGS__, NULL)

/* A condition of one line. */
#define CONDITION(option, ...)                                                                 \
	(start("c"), section_set(w.arena, w.s, option, __VA_ARGS__, NULL), finish())

static int
evaluate_at(const struct condition *c, enum stage stage)
{
	w.view.stage = stage;
	return condition_evaluate(c, &w.view, SIZE_MAX);
}

static int
evaluate(const struct condition *c)
{
	return evaluate_at(c, STAGE_EOM);
}

#define YES(option, ...) assert_int_equal(evaluate(CONDITION(option, __VA_ARGS__)), TRI_YES)
#define NO(option, ...)	 assert_int_equal(evaluate(CONDITION(option, __VA_ARGS__)), TRI_NO)

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
