/* match/domain_list: a list that many domains are looked up in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "match/domain_list.h"
#include "sections.h"

static const struct option options[] = {
	{.name = "url_domain", .type = OPTION_LIST},
	{.name = NULL},
};

static struct fixture {
	struct arena *arena;
	struct buf report;
	struct section *s;
	struct domain_list list;
} f;

static int
set_up(void **state)
{
	(void)state;
	f = (struct fixture){.arena = arena_new()};
	f.s = section_make(f.arena, "rule", "r", options, &f.report);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	buf_free(&f.report);
	arena_free(f.arena);
	return 0;
}

static const struct table *
find_hosts(void *ctx, const struct section *s, const char *option, const char *name)
{
	struct section *t = section_make(f.arena, "table", name, table_options, &f.report);

	(void)ctx;
	(void)s;
	(void)option;
	if (strcmp(name, "nets") == 0) {
		section_set(f.arena, t, "type", "cidr", NULL);
		section_set(f.arena, t, "values", "192.0.2.0/24", NULL);
	} else {
		section_set(f.arena, t, "values", "listed.example", ".below.example", NULL);
	}
	return table_load(f.arena, t, "/nonexistent");
}

static const struct table_scope scope = {find_hosts, NULL};

static int
find(const char *domain)
{
	static const struct regex_limits limits = {.steps = 1000, .time_us = 1000000};
	struct regex_budget budget = {0};
	const struct match_context match = {
		.arena = f.arena, .limits = &limits, .budget = &budget};

	return domain_list_find(&f.list, &match, domain);
}

static void
test_names_and_tables(void **state)
{
	(void)state;
	section_set(f.arena, f.s, "url_domain", "Evil.example", ".bad.example", "192.0.2.1",
		    "b\xc3\xbc"
		    "cher.example",
		    "table:hosts", NULL);
	assert_int_equal(domain_list_read(f.arena, f.s, "url_domain", &scope, &f.list), 0);
	assert_int_equal(find("evil.example"), 1);
	assert_int_equal(find("www.evil.example"), 0);
	assert_int_equal(find("bad.example"), 0);
	assert_int_equal(find("a.b.bad.example"), 1);
	assert_int_equal(find("notbad.example"), 0);
	assert_int_equal(find("192.0.2.1"), 1);
	assert_int_equal(find("xn--bcher-kva.example"), 1);
	assert_int_equal(find("listed.example"), 1);
	assert_int_equal(find("x.below.example"), 1);
	assert_int_equal(find("example"), 0);
}

static void
test_mistakes(void **state)
{
	(void)state;
	section_set(f.arena, f.s, "url_domain", "*.evil.example", "", "http://x.example/",
		    "table:nets", NULL);
	assert_int_equal(domain_list_read(f.arena, f.s, "url_domain", &scope, &f.list),
			 -EINVAL);
	assert_non_null(strstr(buf_string(&f.report), "write '.example.com'"));
	assert_non_null(strstr(buf_string(&f.report), "an empty value matches nothing"));
	assert_non_null(strstr(buf_string(&f.report), "without the rest of a link"));
	assert_non_null(strstr(buf_string(&f.report), "table 'nets' has networks"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_names_and_tables, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_mistakes, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
