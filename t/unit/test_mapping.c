/* match/mapping and match/mapping_read: sections that are read, and maps that are applied. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "match/mapping.h"
#include "sections.h"

static const struct regex_limits limits = {100000, 10000000};
static const struct mapping_rules keep = {true, '+'}, strip = {false, '+'};

/* What a test works with. */
static struct fixture {
	struct arena *arena;
	struct buf report;
	struct section *s;
	struct regex_budget budget;
	struct match_context match;
} f;

static int
setup(void **state)
{
	(void)state;
	f = (struct fixture){.arena = arena_new()};
	f.match = (struct match_context){f.arena, &limits, &f.budget, 0};
	f.s = section_make(f.arena, "map", "m", mapping_options, &f.report);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	buf_free(&f.report);
	arena_free(f.arena);
	return 0;
}

/* Entries of an inline table; a file is not needed. */
static const struct table *
make_table(const char *type, const char *a, const char *b)
{
	struct section *s = section_make(f.arena, "table", "t", table_options, &f.report);

	section_set(f.arena, s, "type", type, NULL);
	section_set(f.arena, s, "values", a, b, NULL);
	return table_load(f.arena, s, "/nonexistent");
}

/* "domains", "users" and "nets" are there. */
static const struct table *
find_table(void *ctx, const struct section *s, const char *option, const char *name)
{
	(void)ctx;
	if (strcmp(name, "domains") == 0)
		return make_table("inline", "old.example", ".old.example");
	if (strcmp(name, "users") == 0)
		return make_table("inline", "joe@old.example ann@new.example , bob@x.example",
				  "joe+x@old.example ann@new.example, @x.example");
	if (strcmp(name, "commas") == 0)
		return make_table("inline", "joe@old.example , ,", NULL);
	if (strcmp(name, "keys") == 0)
		return make_table("inline", "joe@old.example", NULL);
	if (strcmp(name, "nets") == 0)
		return make_table("cidr", "192.0.2.0/24", NULL);
	section_error(s, option, "%s: no table %s", option, name);
	return NULL;
}

static const struct table_scope tables = {find_table, NULL};

static struct mapping
read_map(void)
{
	struct mapping map;

	assert_int_equal(mapping_read(f.arena, &tables, f.s, false, &map), 0);
	assert_string_equal(buf_string(&f.report), "");
	return map;
}

/* The results, separated by blanks; "-": the map is not for that mailbox. */
static void
expect_mapped(const struct mapping *map, const struct mapping_rules *rules, const char *mailbox,
	      const char *expected)
{
	struct mapping_results results = {0};
	const char *why = NULL;
	struct buf text = {0};
	int r = mapping_apply(&f.match, map, rules, mailbox, &results, &why);

	assert_true(r >= 0);
	assert_null(why);
	for (size_t i = 0; i < results.n; i++)
		buf_printf(&text, "%s%s", i == 0 ? "" : " ", results.to[i]);
	assert_string_equal(r == 0 ? "-" : buf_string(&text), expected);
	buf_free(&text);
}

static void
test_patterns(void **state)
{
	static char longest[REGEX_MAX_SUBJECT + 2];
	struct mapping map;

	(void)state;
	section_set(f.arena, f.s, "match", "^(.+)@old\\.example$", "^x(y)$", NULL);
	section_set(f.arena, f.s, "to", "$1@a.example", "$$@b.example", NULL);
	map = read_map();
	expect_mapped(&map, &keep, "Joe+x@old.example", "Joe+x@a.example $@b.example");
	expect_mapped(&map, &strip, "Joe+x@old.example", "Joe+x@a.example $@b.example");
	expect_mapped(&map, &keep, "xy", "y@a.example $@b.example");
	expect_mapped(&map, &keep, "joe@new.example", "-");
	expect_mapped(&map, &keep, "j\xffoe@old.example", "-");
	memset(longest, 'a', sizeof(longest) - 1);
	memcpy(longest + REGEX_MAX_SUBJECT - 12, "@old.example", 13);
	expect_mapped(&map, &keep, longest + REGEX_MAX_SUBJECT - 13, "a@a.example $@b.example");
	memset(longest, 'a', sizeof(longest) - 1);
	memcpy(longest + REGEX_MAX_SUBJECT - 11, "@old.example", 13);
	expect_mapped(&map, &keep, longest, "-");
}

static void
test_domains(void **state)
{
	struct mapping map;

	(void)state;
	section_set(f.arena, f.s, "domain", "one.example", ".sub.example", "table:domains",
		    NULL);
	section_set(f.arena, f.s, "to", "@new.example", "ann@new.example", NULL);
	map = read_map();
	expect_mapped(&map, &keep, "joe+x@ONE.example", "joe+x@new.example ann+x@new.example");
	expect_mapped(&map, &strip, "joe+x@one.example", "joe@new.example ann@new.example");
	expect_mapped(&map, &keep, "joe@a.sub.example", "joe@new.example ann@new.example");
	expect_mapped(&map, &keep, "joe@sub.example", "-");
	expect_mapped(&map, &keep, "joe@old.example", "joe@new.example ann@new.example");
	expect_mapped(&map, &keep, "joe@a.old.example.", "joe@new.example ann@new.example");
	expect_mapped(&map, &keep, "joe", "-");
	expect_mapped(&map, &keep, "", "-");
}

static void
test_table(void **state)
{
	struct mapping map;

	(void)state;
	section_set(f.arena, f.s, "table", "users", NULL);
	map = read_map();
	expect_mapped(&map, &keep, "joe@old.example", "ann@new.example bob@x.example");
	expect_mapped(&map, &keep, "joe+lists@old.example",
		      "ann+lists@new.example bob+lists@x.example");
	expect_mapped(&map, &strip, "joe+lists@old.example", "ann@new.example bob@x.example");
	/* The key names the extension: only a result that keeps the user keeps it too. */
	expect_mapped(&map, &keep, "joe+x@old.example", "ann@new.example joe+x@x.example");
	expect_mapped(&map, &keep, "eve@old.example", "-");
}

static void
test_no_results_remove_the_recipient(void **state)
{
	struct mapping map;

	(void)state;
	section_set(f.arena, f.s, "domain", "old.example", NULL);
	section_set(f.arena, f.s, "to", NULL);
	map = read_map();
	expect_mapped(&map, &keep, "joe@old.example", "");
	expect_mapped(&map, &keep, "joe@new.example", "-");
}

static void
test_a_sender_map(void **state)
{
	struct mapping map;

	(void)state;
	f.s = section_make(f.arena, "sender_map", "m", mapping_sender_options, &f.report);
	section_set(f.arena, f.s, "match", "^(.+)@", NULL);
	section_set(f.arena, f.s, "to", "$1@new.example", NULL);
	assert_int_equal(mapping_read_sender(f.arena, &tables, f.s, &map), 0);
	expect_mapped(&map, &keep, "joe@old.example", "joe@new.example");
	expect_mapped(&map, &keep, "", "-");
}

static void
expect_failure(const struct mapping *map, int expected, const char *why)
{
	struct mapping_results results = {0};
	const char *text = NULL;

	assert_int_equal(
		mapping_apply(&f.match, map, &keep, "joe@old.example", &results, &text),
		expected);
	assert_string_equal(text, why);
}

static void
test_a_pattern_over_its_limits_fails(void **state)
{
	struct mapping map;

	(void)state;
	section_set(f.arena, f.s, "match", "^joe", NULL);
	section_set(f.arena, f.s, "to", "ann@new.example", NULL);
	map = read_map();
	f.budget.used_ns = limits.time_us * 1000;
	expect_failure(&map, -ETIME, "'^joe' is over regex_time");
}

static void
test_is_in_a_table(void **state)
{
	const struct table *t = find_table(NULL, NULL, NULL, "users");
	const char *why = NULL;

	(void)state;
	assert_int_equal(mapping_is_in_table(&f.match, t, &keep, "joe+y@old.example", &why), 1);
	assert_int_equal(mapping_is_in_table(&f.match, t, &keep, "eve@old.example", &why), 0);
	assert_null(why);
}

/* Reads a map with this option, and with to = "a@b.example" when wanted. */
static void
expect_refused(const char *option, const char *value, const char *to, const char *expected)
{
	struct mapping map;

	f.s = section_make(f.arena, "map", "m", mapping_options, &f.report);
	section_set(f.arena, f.s, option, value, NULL);
	if (to != NULL)
		section_set(f.arena, f.s, "to", to, NULL);
	buf_reset(&f.report);
	assert_int_equal(mapping_read(f.arena, &tables, f.s, false, &map), -EINVAL);
	assert_string_equal(buf_string(&f.report), expected);
}

/* Each is reported once: what follows from it is not. */
static void
test_mistakes(void **state)
{
	(void)state;
	expect_refused("domain", "table:none", "$1@b.example",
		       "test.conf:1: domain: no table none\n");
	expect_refused("domain", "table:nets", "a@b.example",
		       "test.conf:1: domain: table \"t\" is one of networks (type cidr)\n");
	expect_refused(
		"domain", "", "a@b.example",
		"test.conf:1: domain: '' is no domain: a label of the domain is empty\n");
	expect_refused("domain", "a@b", "a@b.example",
		       "test.conf:1: domain: 'a@b' is no domain: write it without '@'\n");
	expect_refused("domain", "old.example", "a b\n",
		       "test.conf:2: to: 'a b\n' is no address: it has a control character\n");
	expect_refused("domain", NULL, "a@b.example",
		       "test.conf:1: domain: an empty list matches nothing\n");
	expect_refused("table", "keys", NULL,
		       "test.conf:2: the key 'joe@old.example' has no value: no address\n");
	expect_refused("table", "commas", NULL,
		       "test.conf:2: the key 'joe@old.example' has no value: no address\n");
	expect_refused("table", "none", NULL, "test.conf:1: table: no table none\n");
	expect_refused("match", "x", "",
		       "test.conf:2: to: '' is no address: the address is empty\n");
	expect_refused("match", "x", "$1",
		       "test.conf:2: to: $1, but the pattern has 0 groups\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_patterns, setup, teardown),
		cmocka_unit_test_setup_teardown(test_domains, setup, teardown),
		cmocka_unit_test_setup_teardown(test_table, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_results_remove_the_recipient, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_a_sender_map, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_pattern_over_its_limits_fails, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_is_in_a_table, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mistakes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
