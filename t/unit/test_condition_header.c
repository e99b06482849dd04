/* policy/condition: the lines about header fields and the size of a message, and matches that
 * fail.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "charset/charset.h"
#include "condition_fixture.h"

static void
sent_header(const char *name, const char *value)
{
	message_receive_header(&w.m, name, value, true);
}

static struct section *
header(const char *name)
{
	start("c");
	return section_inside(w.arena, w.s, "header", name);
}

#define HEADER(name, option, ...)                                                              \
	(section_set(w.arena, header(name), option, __VA_ARGS__, NULL), finish())

static void
test_header_match(void **state)
{
	(void)state;
	assert_int_equal(evaluate(HEADER("Subject", "match", ".")), TRI_NO);
	assert_int_equal(evaluate(HEADER("Subject", "not_match", ".")), TRI_NO);
	sent_header("Subject", "cheap pills");
	sent_header("Received", "one");
	sent_header("received", "two");
	assert_int_equal(evaluate(HEADER("subject", "match", "x", "pills$")), TRI_YES);
	assert_int_equal(evaluate(HEADER("Subject", "match", "x")), TRI_NO);
	assert_int_equal(evaluate(HEADER("Subject", "not_match", "x")), TRI_YES);
	assert_int_equal(evaluate(HEADER("Subject", "not_match", "x", "pills")), TRI_NO);
	assert_int_equal(evaluate(HEADER("Received", "match", "two")), TRI_YES);
	assert_int_equal(evaluate(HEADER("Received", "not_match", "two")), TRI_NO);
	assert_int_equal(evaluate(HEADER("Received", "not_match", "one")), TRI_NO);
	message_delete_header(&w.m, message_nth_header(&w.m, "Received", 2));
	assert_int_equal(evaluate(HEADER("Received", "match", "two")), TRI_NO);
	assert_int_equal(evaluate(HEADER("Received", "not_match", "two")), TRI_YES);
}

static void
test_match_and_not_match(void **state)
{
	struct section *s = header("X");
	const struct condition *c;

	(void)state;
	section_set(w.arena, s, "match", "a", NULL);
	section_set(w.arena, s, "not_match", "b", NULL);
	c = finish();
	sent_header("X", "a");
	assert_int_equal(evaluate(c), TRI_YES);
	sent_header("X", "c");
	assert_int_equal(evaluate(c), TRI_YES);
	sent_header("X", "b");
	assert_int_equal(evaluate(c), TRI_NO);
}

static void
test_header_decoding(void **state)
{
	struct section *s;

	(void)state;
	sent_header("Subject", "=?utf-8?B?cGls?=\n\t=?utf-8?B?bHM=?=");
	assert_int_equal(evaluate(HEADER("Subject", "match", "^pills$")), TRI_YES);
	assert_int_equal(evaluate(HEADER("Subject", "match", "cGls")), TRI_NO);
	s = header("Subject");
	section_set(w.arena, s, "match", "cGls\\S+\\tx?", NULL);
	section_set(w.arena, s, "decode", "no", NULL);
	assert_int_equal(evaluate(finish()), TRI_YES);
	message_begin(&w.m, w.arena);
	sent_header("Subject", "raw \xe9\n folded");
	s = header("Subject");
	section_set(w.arena, s, "match", "^raw \xef\xbf\xbd folded$", NULL);
	section_set(w.arena, s, "decode", "no", NULL);
	assert_int_equal(evaluate(finish()), TRI_YES);
}

/* A section with one pattern, and what it sees. */
static int
evaluate_subject(const char *name, const char *option, const char *pattern, const char *on,
		 const char *normalize)
{
	struct section *s = header(name);

	section_set(w.arena, s, option, pattern, NULL);
	section_set(w.arena, s, "match_on", on, NULL);
	section_set(w.arena, s, "normalize", normalize, NULL);
	return evaluate(finish());
}

static void
test_what_patterns_see(void **state)
{
	(void)state;
	sent_header("From", "\"CEO\" <x@B.Example>,\n \"ceo@a.example\" <y@c.example>");
	assert_int_equal(evaluate_subject("From", "match", "^ceo@", "value", "no"), TRI_NO);
	assert_int_equal(evaluate_subject("From", "match", "^from: \"ceo\"", "line", "yes"),
			 TRI_YES);
	assert_int_equal(evaluate_subject("from", "match", "^ceo@", "address", "no"), TRI_NO);
	assert_int_equal(evaluate_subject("From", "match", "^ceo@", "name", "no"), TRI_YES);
	assert_int_equal(evaluate_subject("From", "match", "^ceo$", "name", "no"), TRI_NO);
	assert_int_equal(evaluate_subject("From", "match", "^ceo$", "name", "yes"), TRI_YES);
	assert_int_equal(evaluate_subject("From", "match", "^c\\.example$", "domain", "no"),
			 TRI_YES);
	assert_int_equal(evaluate_subject("From", "not_match", "^b\\.", "domain", "no"),
			 TRI_NO);
	assert_int_equal(evaluate_subject("From", "not_match", "^a\\.", "domain", "no"),
			 TRI_YES);
}

static void
test_what_cannot_be_decoded_is_tried_both_ways(void **state)
{
	const char *value = "=?utf-8?B?cGlsbHM=?= =?x-none?Q?bad?=";

	(void)state;
	sent_header("Subject", value);
	assert_int_equal(evaluate(HEADER("Subject", "match", "pills")), TRI_YES);
	assert_int_equal(evaluate(HEADER("Subject", "match", "cGlsbHM")), TRI_YES);
	assert_int_equal(evaluate(HEADER("Subject", "not_match", "cGlsbHM")), TRI_NO);
	assert_int_equal(evaluate(HEADER("Subject", "not_match", "pills")), TRI_NO);
	assert_int_equal(evaluate(HEADER("Subject", "not_match", "other")), TRI_YES);
}

static void
test_header_counts(void **state)
{
	(void)state;
	assert_int_equal(evaluate(HEADER("X", "present", "no")), TRI_YES);
	assert_int_equal(evaluate(HEADER("X", "present", "yes")), TRI_NO);
	assert_int_equal(evaluate(HEADER("X", "max", "0")), TRI_YES);
	assert_int_equal(evaluate(HEADER("X", "min", "1")), TRI_NO);
	sent_header("X", "");
	sent_header("x", "b");
	assert_int_equal(evaluate(HEADER("X", "present", "no")), TRI_NO);
	assert_int_equal(evaluate(HEADER("X", "present", "yes")), TRI_YES);
	assert_int_equal(evaluate(HEADER("X", "min", "2")), TRI_YES);
	assert_int_equal(evaluate(HEADER("X", "min", "3")), TRI_NO);
	assert_int_equal(evaluate(HEADER("X", "max", "2")), TRI_YES);
	assert_int_equal(evaluate(HEADER("X", "max", "1")), TRI_NO);
	assert_int_equal(evaluate(HEADER("X", "match", "^$")), TRI_YES);
}

static int
evaluate_list(const char *option, const char *value)
{
	start("c");
	section_set(w.arena, w.s, option, value, NULL);
	return evaluate(finish());
}

static void
test_header_from(void **state)
{
	const struct condition *c;

	(void)state;
	assert_int_equal(evaluate_list("header_from", "joe@a.example"), TRI_NO);
	assert_int_equal(evaluate_list("not_header_from", "joe@a.example"), TRI_YES);
	sent_header("From", "\"ceo@a.example\" <x@b.example>, Joe <Joe@A.EXAMPLE.>");
	sent_header("Sender", "y@d.example");
	sent_header("From", "z@c.example (ceo@a.example)");
	assert_int_equal(evaluate_list("header_from", "joe@a.example"), TRI_YES);
	assert_int_equal(evaluate_list("header_from", "ceo@a.example"), TRI_NO);
	assert_int_equal(evaluate_list("header_from", "z@c.example"), TRI_YES);
	assert_int_equal(evaluate_list("not_header_from", "z@c.example"), TRI_NO);
	assert_int_equal(evaluate_list("header_from_domain", "c.example"), TRI_YES);
	assert_int_equal(evaluate_list("header_from_domain", ".example"), TRI_YES);
	assert_int_equal(evaluate_list("header_from_domain", "d.example"), TRI_NO);
	assert_int_equal(evaluate_list("not_header_from_domain", "d.example"), TRI_YES);
	start("c");
	section_set(w.arena, w.s, "header_from_domain", "c.example", NULL);
	c = finish();
	assert_int_equal(condition_last_stage(c), STAGE_EOH);
	assert_int_equal(evaluate_at(c, STAGE_DATA), TRI_UNKNOWN);
	assert_int_equal(evaluate_at(c, STAGE_EOH), TRI_YES);
}

/* Of a field that programs read in different ways each reading counts. */
static void
test_header_from_in_every_reading(void **state)
{
	(void)state;
	sent_header("From", "ceo@a.example <x@b.example>");
	assert_int_equal(evaluate_list("header_from", "ceo@a.example"), TRI_YES);
	assert_int_equal(evaluate_list("header_from", "x@b.example"), TRI_YES);
	assert_int_equal(evaluate_list("not_header_from", "ceo@a.example"), TRI_NO);
}

/* Instances behind the one that matched are counted too. */
static void
test_match_and_count(void **state)
{
	struct section *s = header("X");
	const struct condition *c;

	(void)state;
	section_set(w.arena, s, "match", "a", NULL);
	section_set(w.arena, s, "max", "1", NULL);
	c = finish();
	sent_header("X", "a");
	assert_int_equal(evaluate(c), TRI_YES);
	sent_header("X", "b");
	assert_int_equal(evaluate(c), TRI_NO);
}

static void
test_headers_by_stage(void **state)
{
	const struct condition *c = HEADER("X", "present", "no");

	(void)state;
	assert_int_equal(evaluate_at(c, STAGE_DATA), TRI_UNKNOWN);
	assert_int_equal(evaluate_at(c, STAGE_EOH), TRI_YES);
	w.view.pending = PART_HEADERS;
	assert_int_equal(evaluate_at(c, STAGE_EOH), TRI_UNKNOWN);
	assert_int_equal(evaluate_at(c, STAGE_EOM), TRI_YES);
}

static void
test_size(void **state)
{
	(void)state;
	sent_header("X", "1"); /* "X: 1" CRLF, CRLF */
	message_receive_body(&w.m, "1234567890", 10, false);
	assert_int_equal(message_size(&w.m), 18);
	YES("size_over", "17");
	NO("size_over", "18");
	YES("size_under", "19");
	NO("size_under", "18");
	assert_int_equal(evaluate_at(CONDITION("size_over", "17"), STAGE_EOH), TRI_UNKNOWN);
}

static void
test_a_failed_match_is_no_answer(void **state)
{
	(void)state;
	sent_header("X", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!");
	assert_int_equal(evaluate(HEADER("X", "match", "(a+)+$")), -E2BIG);
	assert_int_equal(evaluate(HEADER("X", "not_match", "(a+)+$")), -E2BIG);
	w.peer.helo = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!";
	assert_int_equal(evaluate(CONDITION("not_helo", "(a+)+$")), -E2BIG);
	w.budget.used_ns = limits.time_us * 1000;
	assert_int_equal(evaluate(CONDITION("helo", "x")), -ETIME);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_header_match),
		TEST(test_match_and_not_match),
		TEST(test_header_decoding),
		TEST(test_what_patterns_see),
		TEST(test_header_from),
		TEST(test_header_from_in_every_reading),
		TEST(test_what_cannot_be_decoded_is_tried_both_ways),
		TEST(test_header_counts),
		TEST(test_match_and_count),
		TEST(test_headers_by_stage),
		TEST(test_size),
		TEST(test_a_failed_match_is_no_answer),
	};

	charset_open_all();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
