/* policy/condition_read and policy/condition_value: what may be written, and how mistakes are
 * reported. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "match/table.h"
#include "policy/condition.h"
#include "policy/policy.h"

#include "sections.h"

static struct arena *arena;
static struct buf notes;
static struct section *s;
static const struct condition *others[3];
static size_t n_others;

/* There are two tables: "nets" of networks, and "keys" of text keys. */
static const struct table *
find_table(void *ctx, const struct section *from, const char *option, const char *name)
{
	struct section *t;

	(void)ctx;
	if (strcmp(name, "nets") != 0 && strcmp(name, "keys") != 0) {
		section_error(from, option, "no table '%s'", name);
		return NULL;
	}
	t = section_make(arena, "table", name, table_options, &notes);
	section_set(arena, t, "type", *name == 'n' ? "cidr" : "inline", NULL);
	section_set(arena, t, "values", *name == 'n' ? "192.0.2.1" : "joe@example.com", NULL);
	return table_load(arena, t, "/nonexistent");
}

static const struct condition *
find_condition(void *ctx, const struct section *from, const char *option, const char *name)
{
	(void)ctx;
	for (size_t i = 0; i < n_others; i++) {
		if (strcmp(condition_name(others[i]), name) == 0)
			return others[i];
	}
	section_error(from, option, "no condition '%s'", name);
	return NULL;
}

static bool
find_listener(void *ctx, const char *name)
{
	(void)ctx;
	return strcmp(name, "mx") == 0;
}

static const char *const scan_words[] = {"clean", "infected", NULL};
static const struct policy_results scan_results = {.words = scan_words};

/* There is the policy "av". */
static const struct policy_results *
find_results(void *ctx, const struct section *at, const char *option, const char *title)
{
	(void)ctx;
	if (strcmp(title, "av") == 0)
		return &scan_results;
	section_error(at, option, "no policy %s", title);
	return NULL;
}

static int
setup(void **state)
{
	(void)state;
	arena = arena_new();
	n_others = 0;
	s = section_make(arena, "condition", "c", condition_options, &notes);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	buf_free(&notes);
	arena_free(arena);
	return 0;
}

static struct condition *
read_section_under_test(void)
{
	const struct condition_scope scope = {arena,	     {find_table, NULL}, find_condition,
					      find_listener, find_results,	 NULL,
					      NULL};

	return condition_read(s, &scope);
}

static void
check_value(const char *option, const char *value, const char *expected)
{
	s = section_make(arena, "condition", "c", condition_options, &notes);
	buf_reset(&notes);
	bool address = strcmp(option, "sender") == 0 || strcmp(option, "recipient") == 0;

	section_set(arena, s, option, address ? "ok@ok.example" : "ok.example", value, NULL);
	if (strcmp(option, "client") == 0 || strcmp(option, "listener") == 0 ||
	    strstr(option, "time") != NULL) {
		s = section_make(arena, "condition", "c", condition_options, &notes);
		section_set(arena, s, option, value, NULL);
	}
	if (expected == NULL) {
		assert_non_null(read_section_under_test());
		assert_string_equal(buf_string(&notes), "");
		return;
	}
	assert_null(read_section_under_test());
	if (strstr(buf_string(&notes), expected) == NULL)
		assert_string_equal(buf_string(&notes), expected);
}

static void
test_values(void **state)
{
	(void)state;
	check_value("sender", "joe@example.com", NULL);
	check_value("sender", "<>", NULL);
	check_value("sender", "root", NULL);
	check_value("sender", "j\xc3\xb6@example.com", NULL);
	check_value("sender", "table:keys", NULL);
	check_value("sender", "", "the null sender is written '<>'");
	check_value("sender", "<joe@example.com>", "without brackets");
	check_value("sender", "@example.com", "the option for domains");
	check_value("sender", "joe@.example.com", "the option for domains");
	check_value("sender",
		    "joe@b\xc3\xbc"
		    "cher.example",
		    NULL);
	check_value("sender", "joe@\xff.example", "no A-label form");
	check_value("recipient", "joe@", "a label of the domain is empty");
	check_value("recipient", "table:nets", "table 'nets' has networks");
	check_value("sender", "table:none", "no table 'none'");
	check_value("sender_domain", ".example.com", NULL);
	check_value("sender_domain", "xn--bcher-kva.example", NULL);
	check_value("sender_domain", "[192.0.2.1]", NULL);
	check_value("sender_domain",
		    ".b\xc3\xbc"
		    "cher.example",
		    NULL);
	check_value("sender_domain", "-\xc3\xbc.example", "no A-label form");
	check_value("sender_domain", "*.example.com", "write '.example.com'");
	check_value("sender_domain", "joe@example.com", "an address goes into the option");
	check_value("sender_domain", "@example.com", "a domain is written without the '@'");
	check_value("sender_domain", "a@example.com", "an address goes into the option");
	check_value("sender_domain", "example.com.", "a label of the domain is empty");
	check_value("sender_domain", ".*\\.example$", "domains are compared whole");
	check_value("recipient_domain", "a.example,b.example", "several are a list");
	check_value("sender", "x.example", "a domain goes into the option for domains");
	check_value("sender", "*@x.example", "'*' does not stand for any name");
	check_value("recipient", ".*@x\\.example", "a table of type regex");
	check_value("recipient", "a@x.example, b@x.example", "{ \"a\", \"b\" }");
	check_value("auth_user", "<a@x.example>", "write it without brackets");
	check_value("auth_user", "*@x.example", "login names are compared whole");
	check_value("helo", "/x/i", "without slashes");
	check_value("client_name", "table:keys", "a table cannot stand");
	check_value("sender_domain", "", "a label of the domain is empty");
	check_value("recipient_domain", "a b", "characters that are not allowed in a domain");
	check_value("auth_user", "joe", NULL);
	check_value("auth_user", "", "an empty value");
	check_value("client", "table:nets", NULL);
	check_value("client", "table:keys", "table 'keys' has no networks");
	check_value("client", "10.0.0.0/33", "'10.0.0.0/33' is not a network");
	check_value("client", "mail.example.com", "'mail.example.com' is not a network");
	check_value("not_client", "10.0.0.1/8", "is not a network: ");
	check_value("listener", "mx", NULL);
	check_value("listener", "my", "there is no listener 'my'");
	check_value("not_listener", "my", "there is no listener 'my'");
	check_value("sender_match", "^$", NULL);
	check_value("sender_match", "^<>$", "the null sender is '^$'");
	check_value("not_sender_match", "(?i)^<ann@", "addresses have no brackets here");
	check_value("recipient_match", "/x/i", "without slashes");
	check_value("recipient_match", "(?<user>a)@", NULL);
	check_value("not_recipient_match", "<ann@", "never matches");
	check_value("time", "Mon-Fri 08:00-18:00", NULL);
	check_value("not_time", "8-18", "write 08:00");
	check_value("helo", "(", "missing closing parenthesis");
	check_value("not_helo", "(a)\\1", "refers back");
	check_value("any", "x", "no condition 'x'");
}

static void
test_all_mistakes_at_once(void **state)
{
	(void)state;
	section_set(arena, s, "sender", "a@b.example", "<x>", "@y", NULL);
	section_set(arena, s, "client_name", "ok", "[", NULL);
	section_set(arena, s, "not_recipient", NULL);
	assert_null(read_section_under_test());
	assert_non_null(strstr(buf_string(&notes), "'<x>'"));
	assert_non_null(strstr(buf_string(&notes), "'@y'"));
	assert_non_null(strstr(buf_string(&notes), "test.conf:2: "));
	assert_non_null(strstr(buf_string(&notes),
			       "test.conf:3: not_recipient: an empty list matches nothing"));
}

static void
check_section(const char *kind, const char *name, const char *option, const char *value,
	      const char *expected)
{
	struct section *in;

	s = section_make(arena, "condition", "c", condition_options, &notes);
	buf_reset(&notes);
	in = section_inside(arena, s, kind, name);
	if (option != NULL)
		section_set(arena, in, option, value, NULL);
	if (expected == NULL) {
		assert_non_null(read_section_under_test());
		return;
	}
	assert_null(read_section_under_test());
	if (strstr(buf_string(&notes), expected) == NULL)
		assert_string_equal(buf_string(&notes), expected);
}

static void
test_sections(void **state)
{
	(void)state;
	check_section("macro", "i", "present", "yes", NULL);
	check_section("macro", "{i}", "match", "x", NULL);
	check_section("macro", "daemon_name", "present", "yes",
		      "with braces: \"{daemon_name}\"");
	check_section("macro", "{}", "present", "yes", "with braces");
	check_section("macro", "{a b}", "present", "yes", "is not a macro name");
	check_section("macro", "{x}", NULL, NULL, "macro \"{x}\" has no lines");
	check_section("macro", "{x}", "match", "[", "missing terminating ]");
	check_section("header", "Subject", "max", "0", NULL);
	check_section("header", "Sub ject", "max", "0", "is not a header name");
	check_section("header", "Subject:", "max", "0", "is not a header name");
	check_section("header", "Subject", "decode", "no", "header \"Subject\" has no lines");
	check_section("header", "Subject", "not_match", "[", "missing terminating ]");
}

static void
test_what_never_holds(void **state)
{
	struct section *in = section_inside(arena, s, "header", "X");

	(void)state;
	section_set(arena, in, "present", "no", NULL);
	section_set(arena, in, "match", "x", NULL);
	in = section_inside(arena, s, "header", "Y");
	section_set(arena, in, "min", "2", NULL);
	section_set(arena, in, "max", "1", NULL);
	assert_null(read_section_under_test());
	assert_non_null(strstr(buf_string(&notes), "what is absent can neither match"));
	assert_non_null(strstr(buf_string(&notes), "min is larger than max"));
}

static void
test_sizes_without_room_between(void **state)
{
	(void)state;
	section_set(arena, s, "size_over", "9", NULL);
	section_set(arena, s, "size_under", "11", NULL);
	assert_non_null(read_section_under_test());
	s = section_make(arena, "condition", "c", condition_options, &notes);
	section_set(arena, s, "size_over", "9", NULL);
	section_set(arena, s, "size_under", "10", NULL);
	assert_null(read_section_under_test());
	assert_non_null(strstr(buf_string(&notes), "size_under: this never holds"));
}

static void
test_warnings(void **state)
{
	(void)state;
	assert_non_null(read_section_under_test());
	assert_string_equal(buf_string(&notes),
			    "test.conf:1: warning: it has no lines and so always holds\n");
	buf_reset(&notes);
	section_set(arena, s, "recipient_scope", "all", NULL);
	section_set(arena, s, "tls", "yes", NULL);
	assert_non_null(read_section_under_test());
	assert_non_null(
		strstr(buf_string(&notes), "warning: recipient_scope: there is no line about"));
}

/* A limit has only the options of condition_rcpt_options, and it may have no line. */
static void
test_a_section_of_another_kind(void **state)
{
	const struct condition *c;

	(void)state;
	s = section_make(arena, "limit", "l", condition_rcpt_options, &notes);
	c = read_section_under_test();
	assert_non_null(c);
	assert_string_equal(condition_name(c), "l");
	section_set(arena, s, "recipient_domain", "example.com", NULL);
	c = read_section_under_test();
	assert_non_null(c);
	assert_int_equal(condition_reads(c), PART_RCPTS);
	assert_string_equal(buf_string(&notes), "");
}

static void
test_options_are_whole(void **state)
{
	(void)state;
	for (const struct option *o = condition_rcpt_options; o->name != NULL; o++) {
		assert_ptr_equal(option_find(condition_options, o->name), o);
		assert_non_null(o->help);
	}
	assert_non_null(option_find(condition_options, "not_listener"));
	assert_null(option_find(condition_rcpt_options, "listener"));
	assert_true(option_find(condition_options, "header")->title_nocase);
}

static void
start(const char *name)
{
	s = section_make(arena, "condition", name, condition_options, &notes);
}

static const struct condition *
finish(void)
{
	const struct condition *c = read_section_under_test();

	assert_string_equal(buf_string(&notes), "");
	assert_non_null(c);
	return c;
}

#define LINE(option, ...) section_set(arena, s, option, __VA_ARGS__, NULL)

/* A condition of one line. */
#define CONDITION(option, ...)                                                                 \
	(start("c"), section_set(arena, s, option, __VA_ARGS__, NULL), finish())

/* Named conditions for the tests below, known at different stages. */
static void
make_others(void)
{
	start("yes");
	LINE("listener", "mx");
	others[n_others++] = finish();
	start("late");
	LINE("size_under", "1G");
	others[n_others++] = finish();
	start("rcpt");
	LINE("recipient", "ann@one.example");
	others[n_others++] = finish();
}

static void
test_last_stage(void **state)
{
	(void)state;
	make_others();
	assert_int_equal(condition_last_stage(CONDITION("client", "192.0.2.7")), STAGE_ENVFROM);
	assert_int_equal(condition_last_stage(CONDITION("recipient", "a@b.example")),
			 STAGE_DATA);
	assert_int_equal(condition_last_stage(CONDITION("size_over", "1")), STAGE_EOM);
	start("c");
	section_set(arena, section_inside(arena, s, "header", "X"), "present", "yes", NULL);
	assert_int_equal(condition_last_stage(finish()), STAGE_EOH);
	start("c");
	LINE("size_over", "1");
	LINE("sender", "<>");
	assert_int_equal(condition_last_stage(finish()), STAGE_EOM);
	start("c");
	section_set(arena, section_inside(arena, s, "macro", "i"), "present", "yes", NULL);
	assert_int_equal(condition_last_stage(finish()), STAGE_EOM);
	assert_int_equal(condition_last_stage(CONDITION("all", "yes", "late")), STAGE_EOM);
	assert_int_equal(condition_last_stage(CONDITION("any", "rcpt", "yes")), STAGE_DATA);
	assert_int_equal(condition_last_stage(CONDITION("none", "late", "rcpt")), STAGE_EOM);
}

static void
test_what_it_needs(void **state)
{
	const struct condition *c;

	(void)state;
	c = CONDITION("client", "192.0.2.7");
	assert_int_equal(condition_reads(c), 0);
	assert_string_equal(condition_macros(c), "");
	start("a");
	LINE("authenticated", "yes");
	LINE("not_auth_user", "joe");
	LINE("tls", "yes");
	LINE("not_recipient_domain", "example.com");
	section_set(arena, section_inside(arena, s, "macro", "{daemon_name}"), "present", "yes",
		    NULL);
	section_set(arena, section_inside(arena, s, "macro", "j"), "present", "yes", NULL);
	c = finish();
	assert_int_equal(condition_reads(c), PART_RCPTS);
	assert_string_equal(condition_macros(c), "{auth_authen} {tls_version} {daemon_name} j");
	others[0] = c;
	n_others = 1;
	start("b");
	LINE("none", "a");
	LINE("tls", "no");
	LINE("sender", "<>");
	LINE("size_under", "1K");
	c = finish();
	assert_int_equal(condition_reads(c),
			 PART_SENDER | PART_RCPTS | PART_SIZE | PART_HEADERS);
	assert_string_equal(condition_macros(c), "{tls_version} {auth_authen} {daemon_name} j");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_values),
		TEST(test_all_mistakes_at_once),
		TEST(test_sections),
		TEST(test_what_never_holds),
		TEST(test_sizes_without_room_between),
		TEST(test_warnings),
		TEST(test_a_section_of_another_kind),
		TEST(test_options_are_whole),
		TEST(test_last_stage),
		TEST(test_what_it_needs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
