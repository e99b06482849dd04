/* match/table and match/table_load. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
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
	struct section *s;
	struct match_context match;
};

static struct fixture
fixture(void)
{
	struct arena *arena = arena_new();

	budget = (struct regex_budget){0};
	return (struct fixture){.arena = arena, .match = {arena, &limits, &budget}};
}

static void
start(struct fixture *f, const char *type)
{
	f->s = section_make(f->arena, "table", "t", table_options, &f->notes);
	section_set(f->arena, f->s, "type", type, NULL);
}

static void
end(struct fixture *f)
{
	arena_free(f->arena);
	buf_free(&f->notes);
}

static struct table *
load(struct fixture *f)
{
	return table_load(f->arena, f->s, scratch_dir);
}

static struct table *
load_text(struct fixture *f, const char *type, const char *text)
{
	struct table *t;

	write_scratch("map", text);
	start(f, type);
	section_set(f->arena, f->s, "file", "map", NULL);
	t = load(f);
	if (t != NULL)
		assert_string_equal(buf_string(&f->notes), "");
	return t;
}

/* The value, or "no". */
static const char *
get(struct fixture *f, const struct table *t, const char *key)
{
	const char *value = "no";
	int r = table_lookup(t, &f->match, key, &value);

	assert_true(r >= 0);
	assert_int_equal(r > 0, strcmp(value, "no") != 0);
	return value;
}

static const char *
get_address(struct fixture *f, const struct table *t, const char *key, char delimiter)
{
	const char *value = "no";

	assert_true(table_lookup_address(t, &f->match, key, delimiter, &value) >= 0);
	return value;
}

static const char *
get_domain(struct fixture *f, const struct table *t, const char *key)
{
	const char *value = "no";

	assert_true(table_lookup_domain(t, &f->match, key, &value) >= 0);
	return value;
}

static void
test_inline(void **state)
{
	struct fixture f = fixture();
	struct table *t;

	(void)state;
	start(&f, "inline");
	section_set(f.arena, f.s, "values", "key", "Other  one, two ", "empty ", NULL);
	t = load(&f);
	assert_non_null(t);
	assert_string_equal(table_name(t), "t");
	assert_int_equal(table_type(t), TABLE_INLINE);
	assert_string_equal(get(&f, t, "key"), "");
	assert_string_equal(get(&f, t, "other"), "one, two");
	assert_string_equal(get(&f, t, "OTHER"), "one, two");
	assert_string_equal(get(&f, t, "empty"), "");
	assert_string_equal(get(&f, t, "othe"), "no");
	assert_string_equal(get(&f, t, ""), "no");
	end(&f);
}

static void
test_case_counts_when_asked(void **state)
{
	struct fixture f = fixture();
	struct table *t;

	(void)state;
	start(&f, "inline");
	section_set(f.arena, f.s, "values", "Key", NULL);
	section_set(f.arena, f.s, "nocase", "no", NULL);
	t = load(&f);
	assert_non_null(t);
	assert_string_equal(get(&f, t, "Key"), "");
	assert_string_equal(get(&f, t, "key"), "no");
	end(&f);
}

static void
test_many_keys(void **state)
{
	struct fixture f = fixture();
	struct buf text = {0};
	struct table *t;
	char key[32], value[32];

	(void)state;
	for (int i = 0; i < 5000; i++)
		buf_printf(&text, "user%d@example.com v%d\n", i, i);
	t = load_text(&f, "text", buf_string(&text));
	assert_non_null(t);
	for (int i = 0; i < 5000; i++) {
		snprintf(key, sizeof(key), "USER%d@example.com", i);
		snprintf(value, sizeof(value), "v%d", i);
		assert_string_equal(get(&f, t, key), value);
		snprintf(key, sizeof(key), "nobody%d@example.com", i);
		assert_string_equal(get(&f, t, key), "no");
	}
	buf_free(&text);
	end(&f);
}

static void
test_text_as_postfix_has_it(void **state)
{
	struct fixture f = fixture();
	struct table *t = load_text(&f, "text",
				    "\xef\xbb\xbf"
				    "first\tone\r\n"
				    "# comment\n"
				    "\n"
				    "long two,\n"
				    "  three,\n"
				    "   # a comment between\n"
				    "\t\n"
				    "\tfour   \n"
				    "bare\n"
				    "last five");

	(void)state;
	assert_non_null(t);
	assert_string_equal(get(&f, t, "first"), "one");
	assert_string_equal(get(&f, t, "long"), "two,  three,\tfour");
	assert_string_equal(get(&f, t, "bare"), "");
	assert_string_equal(get(&f, t, "last"), "five");
	assert_string_equal(get(&f, t, "#"), "no");
	end(&f);
}

static void
test_an_empty_file_has_nothing(void **state)
{
	struct fixture f = fixture();
	struct table *t = load_text(&f, "text", "");

	(void)state;
	assert_non_null(t);
	assert_string_equal(get(&f, t, "x"), "no");
	assert_string_equal(get(&f, t, ""), "no");
	end(&f);
}

static void
test_addresses(void **state)
{
	struct fixture f = fixture();
	struct table *t = load_text(&f, "text",
				    "joe@example.com whole\n"
				    "joe+x@example.com ext\n"
				    "@example.com domain\n"
				    "<> null\n"
				    "root local\n");

	(void)state;
	assert_string_equal(get_address(&f, t, "Joe@Example.com", '+'), "whole");
	assert_string_equal(get_address(&f, t, "joe+x@example.com", '+'), "ext");
	assert_string_equal(get_address(&f, t, "joe+y@example.com", '+'), "whole");
	assert_string_equal(get_address(&f, t, "joe+y+x@example.com", '+'), "whole");
	assert_string_equal(get_address(&f, t, "joe+y@example.com", '\0'), "domain");
	assert_string_equal(get_address(&f, t, "joe-y@example.com", '-'), "whole");
	assert_string_equal(get_address(&f, t, "+joe@example.com", '+'), "domain");
	assert_string_equal(get_address(&f, t, "ann@example.com", '+'), "domain");
	assert_string_equal(get_address(&f, t, "joe@example.com.", '+'), "whole");
	assert_string_equal(get_address(&f, t, "ann@sub.example.com", '+'), "no");
	assert_string_equal(get_address(&f, t, "joe@a+b.example", '+'), "no");
	assert_string_equal(get_address(&f, t, "", '+'), "null");
	assert_string_equal(get_address(&f, t, "root", '+'), "local");
	assert_string_equal(get_address(&f, t, "root+x", '+'), "local");
	assert_string_equal(get_address(&f, t, "nobody", '+'), "no");
	end(&f);
}

static void
test_domains(void **state)
{
	struct fixture f = fixture();
	struct table *t = load_text(&f, "text", "example.com self\n.example.com sub\n.b top\n");
	char deep[2 * 600 + 3];

	(void)state;
	assert_string_equal(get_domain(&f, t, "Example.Com"), "self");
	assert_string_equal(get_domain(&f, t, "example.com."), "self");
	assert_string_equal(get_domain(&f, t, "a.example.com"), "sub");
	assert_string_equal(get_domain(&f, t, "a.b.example.com"), "sub");
	assert_string_equal(get_domain(&f, t, "badexample.com"), "no");
	assert_string_equal(get_domain(&f, t, "com"), "no");
	assert_string_equal(get_domain(&f, t, ""), "no");
	assert_string_equal(get_domain(&f, t, "x.b"), "top");
	for (size_t i = 0; i < 600; i++)
		memcpy(deep + 2 * i, "a.", 2);
	memcpy(deep + 1200, "b", 2);
	assert_string_equal(get_domain(&f, t, deep), "no"); /* no domain is so long */
	end(&f);
}

static void
test_both_forms_of_a_domain(void **state)
{
	struct fixture f = fixture();
	struct table *t = load_text(&f, "text",
				    "xn--bcher-kva.example ascii\n"
				    "joe@xn--bcher-kva.example joe\n"
				    "@xn--bcher-kva.example all\n"
				    "m\xc3\xbcnchen.example utf8\n"
				    "@m\xc3\xbcnchen.example utf8\n");

	(void)state;
	assert_string_equal(get_domain(&f, t,
				       "b\xc3\xbc"
				       "cher.example"),
			    "ascii");
	assert_string_equal(get_domain(&f, t, "m\xc3\xbcnchen.example"), "utf8");
	assert_string_equal(get_address(&f, t,
					"joe+x@b\xc3\xbc"
					"cher.example",
					'+'),
			    "joe");
	assert_string_equal(get_address(&f, t,
					"eve@b\xc3\xbc"
					"cher.example.",
					'+'),
			    "all");
	assert_string_equal(get_address(&f, t, "eve@m\xc3\xbcnchen.example", '+'), "utf8");
	end(&f);
}

/* A key is found by the form in which addresses and domains are looked up, and as written. */
static void
test_keys_in_another_form(void **state)
{
	struct fixture f = fixture();
	struct table *t = load_text(&f, "text",
				    "\"joe\"@example.com joe\n"
				    "\"a\\b\"@example.com ab\n"
				    "@B\u00dcCHER.example all\n"
				    ".bu\u0308cher.example below\n"
				    "j\u00f6rg jorg\n"
				    "a@example.com a\n");

	(void)state;
	assert_string_equal(get_address(&f, t, "joe@example.com", '+'), "joe");
	assert_string_equal(get_address(&f, t, "joe+x@example.com", '+'), "joe");
	assert_string_equal(get_address(&f, t, "\"joe+x y\"@example.com", '+'), "joe");
	assert_string_equal(get_address(&f, t, "ab@example.com", '+'), "ab");
	assert_string_equal(get_address(&f, t, "x@xn--bcher-kva.example", '+'), "all");
	assert_string_equal(get_domain(&f, t, "a.xn--bcher-kva.example"), "below");
	assert_string_equal(get(&f, t, "j\u00f6rg"), "jorg");
	assert_string_equal(get(&f, t, "\"joe\"@example.com"), "joe");
	assert_string_equal(get_address(&f, t, "\"a x\"@example.com", '+'), "no");
	end(&f);
}

static void
test_both_forms_in_patterns(void **state)
{
	struct fixture f = fixture();
	struct table *t = load_text(&f, "regex",
				    "/@b\u00fccher\\.example$/ u\n"
				    "/@xn--mnchen-3ya\\.example$/ a\n"
				    "/^stra\u00dfe\\.example$/ domain\n");

	(void)state;
	assert_string_equal(get_address(&f, t, "x@xn--bcher-kva.example", '+'), "u");
	assert_string_equal(get_address(&f, t, "x@xn--mnchen-3ya.example", '+'), "a");
	assert_string_equal(get_domain(&f, t, "xn--strae-oqa.example"), "domain");
	assert_string_equal(get_domain(&f, t, "example.com"), "no");
	end(&f);
}

static void
test_long_mailboxes(void **state)
{
	struct fixture f = fixture();
	struct table *t = load_text(&f, "text", "@example.com all\n");
	char mailbox[1200];

	(void)state;
	memset(mailbox, 'a', sizeof(mailbox));
	mailbox[1000] = '+';
	memcpy(mailbox + 1100, "@example.com", 13);
	assert_string_equal(get_address(&f, t, mailbox, '+'), "all");
	assert_int_equal(table_lookup_address(t, &f.match, mailbox, '+', NULL), 1);
	end(&f);
}

static void
test_regex(void **state)
{
	struct fixture f = fixture();
	struct table *t = load_text(&f, "regex",
				    "# orders\n"
				    "/^order-(\\d+)@(.*)$/ orders+$1@$2\n"
				    "/a\\/b/m one\n"
				    "/x y/ 5$$\n"
				    "/^caf.$/\n");

	(void)state;
	assert_non_null(t);
	assert_int_equal(table_type(t), TABLE_REGEX);
	assert_string_equal(get(&f, t, "ORDER-17@example.com"), "orders+17@example.com");
	assert_string_equal(get(&f, t, "xa/by"), "one");
	assert_string_equal(get(&f, t, "x y"), "5$");
	assert_string_equal(get(&f, t, "caf\xe9"), "");
	assert_string_equal(get(&f, t, "none"), "no");
	assert_string_equal(get_address(&f, t, "order-1+x@a", '+'), "no");
	assert_string_equal(get_domain(&f, t, "xa/b.example"), "one");
	end(&f);
}

static void
test_regex_flags(void **state)
{
	const char *rules = "/A/ one\n/B/i two\n/c  d/x three\n";
	struct fixture f = fixture();
	struct table *t;

	(void)state;
	write_scratch("map", rules);
	start(&f, "regex");
	section_set(f.arena, f.s, "file", "map", NULL);
	section_set(f.arena, f.s, "nocase", "no", NULL);
	t = load(&f);
	assert_non_null(t);
	assert_string_equal(get(&f, t, "a"), "no");
	assert_string_equal(get(&f, t, "A"), "one");
	assert_string_equal(get(&f, t, "b"), "two");
	assert_string_equal(get(&f, t, "cd"), "three");
	end(&f);
}

static void
test_a_pattern_that_fails_is_no_answer(void **state)
{
	struct fixture f = fixture();
	struct table *t = load_text(&f, "regex", "/(a+)+$/ x\n/!/ y\n");
	const char *value = NULL;

	(void)state;
	assert_int_equal(table_lookup(t, &f.match,
				      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", &value),
			 -E2BIG);
	assert_null(value);
	end(&f);
}

static bool
in(const struct table *t, const char *host)
{
	struct cidr c;

	assert_int_equal(cidr_parse_host(host, &c), 0);
	return table_lookup_network(t, &c);
}

static void
test_networks(void **state)
{
	struct fixture f = fixture();
	struct table *t;

	(void)state;
	start(&f, "cidr");
	section_set(f.arena, f.s, "values", "192.0.2.0/24", "10.0.0.0/9", "2001:db8::/33 six",
		    "198.51.100.7", NULL);
	t = load(&f);
	assert_string_equal(buf_string(&f.notes), "");
	assert_non_null(t);
	assert_true(in(t, "192.0.2.255"));
	assert_false(in(t, "192.0.3.0"));
	assert_true(in(t, "10.127.255.255"));
	assert_false(in(t, "10.128.0.0"));
	assert_true(in(t, "::ffff:10.0.0.1"));
	assert_true(in(t, "IPv6:2001:db8:7fff::1"));
	assert_false(in(t, "2001:db8:8000::1"));
	assert_true(in(t, "198.51.100.7"));
	assert_false(in(t, "198.51.100.6"));
	assert_string_equal(get(&f, t, "2001:db8::5"), "six");
	assert_string_equal(get(&f, t, "unknown"), "no");
	assert_string_equal(get_address(&f, t, "joe@192.0.2.1", '+'), "no");
	end(&f);
}

static void
test_the_first_network_counts(void **state)
{
	struct fixture f = fixture();
	struct table *t = load_text(
		&f, "cidr", "10.1.0.0/16 a\n10.0.0.0/8 b\n10.2.0.0/16 c\n0.0.0.0/0 d\n");

	(void)state;
	assert_non_null(t);
	assert_string_equal(get(&f, t, "10.1.2.3"), "a");
	assert_string_equal(get(&f, t, "10.2.2.3"), "b");
	assert_string_equal(get(&f, t, "11.0.0.1"), "d");
	assert_string_equal(get(&f, t, "::1"), "no");
	end(&f);
}

static void
check_error(const char *type, const char *text, const char *expected)
{
	struct fixture f = fixture();

	assert_null(load_text(&f, type, text));
	if (strstr(buf_string(&f.notes), expected) == NULL)
		assert_string_equal(buf_string(&f.notes), expected);
	end(&f);
}

static void
test_mistakes_in_files(void **state)
{
	(void)state;
	check_error("text", "a b\n# c\n\na c\n",
		    "/map:4: the key 'a' is there already, with another value");
	check_error("text", "  a b\n", "/map:1: a line that starts with a blank");
	check_error("regex", "x y\n", "/map:1: 'x y': a line is '/pattern/flags value'");
	check_error("regex", "/ok/ y\n/x\n", "/map:2: '/x': a line is '/pattern/flags value'");
	check_error("regex", "/x\\/ y\n",
		    "/map:1: '/x\\/ y': a line is '/pattern/flags value'");
	check_error("regex", "/(x/ y\n", "/map:1: '(x': missing closing parenthesis");
	check_error("regex", "/x/g y\n", "/map:1: 'g': unknown flag 'g'");
	check_error("regex", "/(x)/ $2\n", "/map:1: '$2' has $2, but");
	check_error("regex", "/(x)/ 5$\n", "/map:1: '5$': a lone '$'");
	check_error("regex", "/(x)\\1/ y\n", "refers back");
	check_error("cidr", "10.0.0.0/33\n", "/map:1: '10.0.0.0/33' is no network");
	check_error("cidr", "10.0.0.1/8 x\n", "/map:1: '10.0.0.1/8' is no network");
	check_error("cidr", "10.0.0.0/8 x\n10.0.0.0/8 y\n", "/map:2: the key '10.0.0.0/8'");
}

static void
test_all_mistakes_are_reported_up_to_a_limit(void **state)
{
	struct fixture f = fixture();
	struct buf text = {0};
	size_t lines = 0;

	(void)state;
	for (int i = 0; i < 100; i++)
		buf_puts(&text, "x\n");
	assert_null(load_text(&f, "regex", buf_string(&text)));
	for (const char *p = buf_string(&f.notes); (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	assert_int_equal(lines, 21);
	buf_free(&text);
	end(&f);
}

static void
test_the_same_twice_is_a_warning(void **state)
{
	struct fixture f = fixture();
	struct table *t;

	(void)state;
	start(&f, "inline");
	section_set(f.arena, f.s, "values", "a b", "A b", NULL);
	t = load(&f);
	assert_non_null(t);
	assert_string_equal(buf_string(&f.notes),
			    "test.conf:2: warning: the key 'A' is there already\n");
	end(&f);
}

static void
test_files_that_are_none(void **state)
{
	struct fixture f = fixture();

	(void)state;
	write_scratch_bytes("nul", "a\0b", 3);
	start(&f, "text");
	section_set(f.arena, f.s, "file", "nul", NULL);
	assert_null(load(&f));
	assert_non_null(strstr(buf_string(&f.notes), "NUL byte"));
	buf_reset(&f.notes);
	start(&f, "text");
	section_set(f.arena, f.s, "file", "missing", NULL);
	assert_null(load(&f));
	assert_non_null(strstr(buf_string(&f.notes), "/missing: No such file"));
	buf_reset(&f.notes);
	start(&f, "text");
	section_set(f.arena, f.s, "file", scratch_dir, NULL);
	assert_null(load(&f));
	assert_non_null(strstr(buf_string(&f.notes), "is no regular file"));
	buf_reset(&f.notes);
	write_scratch("big", "");
	assert_int_equal(truncate(in_scratch("big"), (64 << 20) + 1), 0);
	start(&f, "text");
	section_set(f.arena, f.s, "file", "big", NULL);
	assert_null(load(&f));
	assert_non_null(strstr(buf_string(&f.notes), "larger than 64 MiB"));
	end(&f);
}

static void
test_a_file_for_all_to_write_is_a_warning(void **state)
{
	struct fixture f = fixture();
	const char *path = in_scratch("open");

	(void)state;
	write_scratch("open", "a\n");
	assert_int_equal(chmod(path, 0666), 0);
	start(&f, "text");
	section_set(f.arena, f.s, "file", path, NULL);
	assert_non_null(load(&f));
	assert_non_null(strstr(buf_string(&f.notes), "warning: "));
	end(&f);
}

static void
check_source(const char *type, const char *values, const char *file, const char *expected)
{
	struct fixture f = fixture();

	start(&f, type);
	if (values != NULL)
		section_set(f.arena, f.s, "values", values, NULL);
	if (file != NULL)
		section_set(f.arena, f.s, "file", file, NULL);
	assert_null(load(&f));
	assert_non_null(strstr(buf_string(&f.notes), expected));
	end(&f);
}

static void
test_types_have_their_source(void **state)
{
	(void)state;
	write_scratch("map", "a b\n");
	check_source("inline", NULL, "map", "an inline table has 'values', not a file");
	check_source("inline", NULL, NULL, "needs 'values'");
	check_source("inline", "  ", NULL, "without a key");
	check_source("text", "a", NULL, "has a 'file', not values");
	check_source("regex", "a", "map", "has a 'file', not values");
	check_source("text", NULL, NULL, "needs a 'file'");
	check_source("cidr", NULL, NULL, "one of 'file' and 'values'");
	check_source("cidr", "10.0.0.0/8", "map", "one of 'file' and 'values'");
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
		cmocka_unit_test(test_inline),
		cmocka_unit_test(test_case_counts_when_asked),
		cmocka_unit_test(test_many_keys),
		cmocka_unit_test(test_text_as_postfix_has_it),
		cmocka_unit_test(test_an_empty_file_has_nothing),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_domains),
		cmocka_unit_test(test_both_forms_of_a_domain),
		cmocka_unit_test(test_keys_in_another_form),
		cmocka_unit_test(test_both_forms_in_patterns),
		cmocka_unit_test(test_long_mailboxes),
		cmocka_unit_test(test_regex),
		cmocka_unit_test(test_regex_flags),
		cmocka_unit_test(test_a_pattern_that_fails_is_no_answer),
		cmocka_unit_test(test_networks),
		cmocka_unit_test(test_the_first_network_counts),
		cmocka_unit_test(test_mistakes_in_files),
		cmocka_unit_test(test_all_mistakes_are_reported_up_to_a_limit),
		cmocka_unit_test(test_the_same_twice_is_a_warning),
		cmocka_unit_test(test_files_that_are_none),
		cmocka_unit_test(test_a_file_for_all_to_write_is_a_warning),
		cmocka_unit_test(test_types_have_their_source),
	};

	return cmocka_run_group_tests(tests, set_up_group, tear_down_group);
}
