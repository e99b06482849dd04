/* match/table_find and match/table_pattern: lookups of rules, by the keys of access(5), and the
 * rows of Postfix's regex tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "match/table.h"

#include "scratch.h"
#include "sections.h"

static const struct regex_limits limits = {100000, 10000000};
static struct regex_budget budget;

struct fixture {
	struct arena *arena;
	struct buf notes;
	struct match_context match;
	struct table *t;
};

/* option: one that is set to yes; or NULL. */
static void
load_file(struct fixture *f, const char *type, const char *text, const char *option)
{
	struct section *s;

	*f = (struct fixture){.arena = arena_new()};
	budget = (struct regex_budget){0};
	f->match = (struct match_context){f->arena, &limits, &budget, 0};
	write_scratch("map", text);
	s = section_make(f->arena, "table", "t", table_options, &f->notes);
	section_set(f->arena, s, "type", type, NULL);
	section_set(f->arena, s, "file", "map", NULL);
	if (option != NULL)
		section_set(f->arena, s, option, "yes", NULL);
	f->t = table_load(f->arena, s, scratch_dir);
	assert_string_equal(buf_string(&f->notes), "");
	assert_non_null(f->t);
}

static void
end(struct fixture *f)
{
	arena_free(f->arena);
	buf_free(&f->notes);
}

/* "value key line", or "no". */
static const char *
show(struct fixture *f, int r, const struct table_hit *hit)
{
	assert_true(r >= 0);
	if (r == 0)
		return "no";
	return arena_printf(f->arena, "%s %s %zu", hit->value,
			    hit->key != NULL ? hit->key : "-", hit->line);
}

static const char *
find_address(struct fixture *f, const char *mailbox)
{
	struct table_hit hit;
	struct regex_groups groups;

	return show(f, table_find_address(f->t, &f->match, mailbox, '+', &hit, &groups), &hit);
}

static const char *
find_domain(struct fixture *f, const char *domain)
{
	struct table_hit hit;
	struct regex_groups groups;

	return show(f, table_find_domain(f->t, &f->match, domain, &hit, &groups), &hit);
}

static const char *
find_host(struct fixture *f, const char *host)
{
	struct table_hit hit;
	struct regex_groups groups;

	return show(f, table_find_host(f->t, &f->match, host, &hit, &groups), &hit);
}

static void
test_an_address_by_all_of_its_keys(void **state)
{
	static const char *const keys[] = {
		"joe+lists@a.example", "joe@a.example", "@a.example", "a.example", ".example",
		"joe+lists@",	       "joe@"};
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		char text[200], expected[200];

		/* That key, and all later ones: the first counts. */
		text[0] = '\0';
		for (size_t j = i; j < sizeof(keys) / sizeof(keys[0]); j++)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s %zu\n",
				 keys[j], j);
		snprintf(expected, sizeof(expected), "%zu %s 1", i, keys[i]);
		load_file(&f, "text", text, NULL);
		assert_string_equal(find_address(&f, "joe+lists@a.example"), expected);
		end(&f);
	}
}

static void
test_the_null_sender_has_one_key(void **state)
{
	struct fixture f;

	(void)state;
	load_file(&f, "text", "@ 1\n", NULL);
	assert_string_equal(find_address(&f, ""), "no");
	end(&f);
	load_file(&f, "text", "<> 1\n", NULL);
	assert_string_equal(find_address(&f, ""), "1 <> 1");
	end(&f);
}

static void
test_other_spellings_of_an_address(void **state)
{
	struct fixture f;

	(void)state;
	load_file(&f, "text",
		  "spam@x.example 1\n\"a b\"@x.example 2\nxn--bcher-kva.example 3\n", NULL);
	assert_string_equal(find_address(&f, "Spam+tag@X.EXAMPLE"), "1 spam@x.example 1");
	assert_string_equal(find_address(&f, "spam@x.example."), "1 spam@x.example 1");
	assert_string_equal(find_address(&f, "\"a b+c\"@x.example"), "2 \"a b\"@x.example 2");
	assert_string_equal(find_address(&f, "u@b\xc3\xbc"
					     "cher.example"),
			    "3 xn--bcher-kva.example 3");
	assert_string_equal(find_address(&f, "spam"), "no");
	end(&f);
}

static void
test_subdomains_only_when_asked(void **state)
{
	struct fixture f;

	(void)state;
	load_file(&f, "text", "y.example 1\n", NULL);
	assert_string_equal(find_address(&f, "u@y.example"), "1 y.example 1");
	assert_string_equal(find_address(&f, "u@sub.y.example"), "no");
	assert_string_equal(find_domain(&f, "sub.y.example"), "no");
	end(&f);
	load_file(&f, "text", "y.example 1\n.b.y.example 2\n", "subdomains");
	assert_string_equal(find_address(&f, "u@a.y.example"), "1 y.example 1");
	assert_string_equal(find_domain(&f, "a.y.example."), "1 y.example 1");
	assert_string_equal(find_domain(&f, "a.b.y.example"), "2 .b.y.example 2");
	assert_string_equal(find_domain(&f, "my.example"), "no");
	end(&f);
}

static void
test_hosts_by_prefixes(void **state)
{
	struct fixture f;

	(void)state;
	load_file(&f, "text", "192.0.2 1\n2001:db8 2\n198.51.100.7 3\nunknown 4\n", NULL);
	assert_string_equal(find_host(&f, "192.0.2.9"), "1 192.0.2 1");
	assert_string_equal(find_host(&f, "::ffff:192.0.2.9"), "1 192.0.2 1");
	assert_string_equal(find_host(&f, "192.0.20.9"), "no");
	assert_string_equal(find_host(&f, "IPv6:2001:DB8::1"), "2 2001:db8 2");
	assert_string_equal(find_host(&f, "198.51.100.7"), "3 198.51.100.7 3");
	assert_string_equal(find_host(&f, "unknown"), "4 unknown 4");
	end(&f);
}

static void
test_hosts_by_networks(void **state)
{
	struct fixture f;

	(void)state;
	load_file(&f, "cidr", "192.0.2.1 1\n192.0.2.0/24 2\n::/0 3\n", NULL);
	assert_string_equal(find_host(&f, "192.0.2.1"), "1 - 1");
	assert_string_equal(find_host(&f, "::ffff:192.0.2.2"), "2 - 2");
	assert_string_equal(find_host(&f, "2001:db8::1"), "3 - 3");
	assert_string_equal(find_host(&f, "unknown"), "no");
	assert_string_equal(find_address(&f, "a@example.com"), "no");
	end(&f);
}

static void
test_patterns_see_both_forms_of_a_domain(void **state)
{
	struct fixture f;

	(void)state;
	load_file(&f, "regex", "/^u@b\xc3\xbc/ 1\n/^<>$/ 2\n", NULL);
	assert_string_equal(find_address(&f, "u@xn--bcher-kva.example"), "1 - 1");
	assert_string_equal(find_address(&f, ""), "2 - 2");
	end(&f);
}

/* The rows of Postfix: what its flags, delimiters and '!' mean. */
static void
test_rows_of_postfix(void **state)
{
	static const struct {
		const char *row, *subject;
		bool hits;
	} rows[] = {
		{"/ABC/ x", "xabcx", true},   {"/ABC/i x", "xabcx", false},
		{"/ABC/ii x", "xabcx", true}, {"/a.b/ x", "a\nb", true},
		{"/a.b/s x", "a\nb", false},  {"/^b/ x", "a\nb", false},
		{"/^b/m x", "a\nb", true},    {"/a b/ x", "a b", true},
		{"/a b/x x", "ab", true},     {"/b/A x", "ab", false},
		{"/a$/ x", "a\n", true},      {"/a$/E x", "a\n", false},
		{"|a/b| x", "a/b", true},     {"/a\\/b/ x", "a/b", true},
		{"%(a)\\1% x", "aa", true},   {"!/abc/ x", "abc", false},
		{"! /abc/ x", "abd", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture f;
		struct table_hit hit = {0};
		struct regex_groups groups;
		char text[100];

		snprintf(text, sizeof(text), "%s\n", rows[i].row);
		load_file(&f, "regex", text, "actions");
		assert_int_equal(table_find_rule(f.t, &f.match, rows[i].subject,
						 strlen(rows[i].subject), &hit, &groups),
				 rows[i].hits);
		end(&f);
	}
}

static void
test_names_of_groups(void **state)
{
	struct fixture f;
	struct table_hit hit = {0};
	struct regex_groups groups;

	(void)state;
	load_file(&f, "regex", "/(a)(b)/ REJECT ${2}0 $(1) $$ $1\n", "actions");
	assert_int_equal(table_find_rule(f.t, &f.match, "ab", 2, &hit, &groups), 1);
	assert_string_equal(hit.value, "REJECT $20 $1 $$ $1");
	assert_string_equal(regex_expand_to_string(f.arena, hit.value, &groups),
			    "REJECT b0 a $ a");
	end(&f);
}

static int
set_up_group(void **state)
{
	(void)state;
	make_scratch();
	return 0;
}

static int
tear_down_group(void **state)
{
	(void)state;
	remove_scratch();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_address_by_all_of_its_keys),
		cmocka_unit_test(test_the_null_sender_has_one_key),
		cmocka_unit_test(test_other_spellings_of_an_address),
		cmocka_unit_test(test_subdomains_only_when_asked),
		cmocka_unit_test(test_hosts_by_prefixes),
		cmocka_unit_test(test_hosts_by_networks),
		cmocka_unit_test(test_patterns_see_both_forms_of_a_domain),
		cmocka_unit_test(test_rows_of_postfix),
		cmocka_unit_test(test_names_of_groups),
	};

	return cmocka_run_group_tests(tests, set_up_group, tear_down_group);
}
