/* policy/condition: which result a condition has at which stage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "condition_fixture.h"

static void
set_sender(const char *addr)
{
	message_free(&w.m);
	message_begin(&w.m, w.arena);
	message_receive_sender(&w.m, addr, "", 0);
}

static void
add_rcpt(const char *addr)
{
	message_receive_rcpt(&w.m, addr, "", 0);
}

static void
test_listener(void **state)
{
	(void)state;
	YES("listener", "submission", "mx");
	NO("listener", "submission");
	NO("not_listener", "mx");
	YES("not_listener", "submission");
	assert_int_equal(evaluate_at(CONDITION("listener", "mx"), STAGE_ENVFROM), TRI_YES);
}

static void
test_client(void **state)
{
	(void)state;
	YES("client", "198.51.100.0/24", "192.0.2.0/24");
	NO("client", "192.0.2.8");
	YES("not_client", "192.0.2.8");
	NO("not_client", "192.0.2.0/29");
	w.peer.addr = "IPv6:::ffff:192.0.2.7";
	YES("client", "192.0.2.7");
	w.peer.addr = "IPv6:2001:db8::1";
	YES("client", "2001:db8::/32");
	NO("client", "0.0.0.0/0");
	w.peer.addr = "unknown";
	NO("client", "0.0.0.0/0", "::/0");
	YES("not_client", "0.0.0.0/0", "::/0");
}

static void
test_client_name_and_helo(void **state)
{
	(void)state;
	YES("client_name", "zzz", "\\.example\\.net$");
	NO("client_name", "^example");
	NO("not_client_name", "^mail");
	YES("not_client_name", "zzz");
	YES("helo", "^helo\\.");
	NO("not_helo", "^helo\\.");
	w.peer.helo = "caf\xe9";
	YES("helo", "^caf.$");
	w.peer.helo = "";
	NO("helo", "^$");
	YES("not_helo", "^$");
}

static void
test_authentication(void **state)
{
	(void)state;
	NO("authenticated", "yes");
	YES("authenticated", "no");
	NO("auth_user", "joe");
	YES("not_auth_user", "joe");
	assert_int_equal(evaluate_at(CONDITION("authenticated", "no"), STAGE_ENVFROM), TRI_YES);
	assert_int_equal(evaluate_at(CONDITION("authenticated", "yes"), STAGE_ENVFROM), TRI_NO);
	w.macros[0] = "{auth_authen}";
	w.macros[1] = "";
	NO("authenticated", "yes");
	w.macros[1] = " \t ";
	NO("authenticated", "yes");
	YES("authenticated", "no");
	YES("not_auth_user", "joe");
	w.macros[1] = "Joe";
	YES("authenticated", "yes");
	NO("authenticated", "no");
	YES("auth_user", "ann", "joe");
	NO("auth_user", "ann");
	YES("not_auth_user", "ann");
	NO("not_auth_user", "joe");
}

static void
test_tls(void **state)
{
	(void)state;
	NO("tls", "yes");
	YES("tls", "no");
	w.macros[0] = "{tls_version}";
	w.macros[1] = "";
	NO("tls", "yes");
	w.macros[1] = "TLSv1.3";
	YES("tls", "yes");
	NO("tls", "no");
	assert_int_equal(evaluate_at(CONDITION("tls", "yes"), STAGE_ENVFROM), TRI_YES);
}

static void
test_sender(void **state)
{
	(void)state;
	YES("sender", "x@example.com", "joe@example.com");
	NO("sender", "joe@example.co");
	NO("sender", "<>");
	NO("not_sender", "joe@example.com");
	YES("not_sender", "<>");
	YES("sender_domain", "example.com");
	NO("sender_domain", ".example.com");
	NO("sender_domain", "com");
	NO("not_sender_domain", "EXAMPLE.com");
	set_sender("<joe+x@a.b.example.com>");
	NO("sender", "joe@a.b.example.com");
	YES("sender_domain", ".example.com");
	YES("sender_domain", ".com");
	NO("sender_domain", "example.com");
	set_sender("<joe@badexample.com>");
	NO("sender_domain", "example.com", ".example.com");
	set_sender("<joe@example.com.>");
	YES("sender", "joe@example.com");
	YES("sender_domain", "example.com");
}

static void
test_sender_match(void **state)
{
	(void)state;
	YES("sender_match", "^x", "^Joe@");
	NO("sender_match", "^joe@");
	YES("sender_match", "(?i)^joe@example\\.com$");
	YES("sender_match", "^Joe@example\\.com$"); /* the domain in lower case */
	YES("sender_match", "@Example\\.COM$");
	NO("not_sender_match", "x", "^Joe@example\\.com$");
	YES("not_sender_match", "^ann@", "[<>]");
	set_sender("<>");
	YES("sender_match", "^$");
	NO("sender_match", ".");
	YES("not_sender_match", "@");
	NO("not_sender_match", "^$");
	set_sender("<jo\xff@example.com>");
	YES("sender_match", "^jo.@example\\.com$");
}

static void
test_patterns_see_both_forms_of_a_domain(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		const char *domain = i == 0 ? "b\xc3\xbc"
					      "cher.example"
					    : "XN--BCHER-KVA.example";

		set_sender(arena_printf(w.arena, "<x@%s>", domain));
		YES("sender_match", "^x@b\xc3\xbc"
				    "cher\\.example$");
		YES("sender_match", "^x@xn--bcher-kva\\.example$");
		NO("not_sender_match", "@b\xc3\xbc"
				       "cher");
		add_rcpt(arena_printf(w.arena, "<y@%s>", domain));
		YES("recipient_match", "^y@b.cher\\.example$");
		YES("recipient_match", "^y@xn--bcher-kva\\.example$");
	}
}

static void
test_recipient_match(void **state)
{
	(void)state;
	NO("recipient_match", ".");
	NO("not_recipient_match", "."); /* there is no recipient */
	add_rcpt("<\"ann\"@example.com>");
	add_rcpt("<bob@example.org>");
	YES("recipient_match", "^x", "^ann@");
	YES("recipient_match", "^bob@");
	NO("recipient_match", "^joe@", "^$");
	YES("not_recipient_match", "^bob@");
	NO("not_recipient_match", "@");
	start("c");
	LINE("recipient_match", "^ann@");
	LINE("recipient_domain", "example.org");
	assert_int_equal(evaluate(finish()), TRI_NO);
	start("c");
	LINE("recipient_match", "@example\\.");
	LINE("recipient_scope", "all");
	assert_int_equal(evaluate(finish()), TRI_YES);
	assert_int_equal(evaluate_at(CONDITION("recipient_match", "^joe@"), STAGE_ENVRCPT),
			 TRI_UNKNOWN);
	assert_int_equal(evaluate_at(CONDITION("recipient_match", "^bob@"), STAGE_ENVRCPT),
			 TRI_YES);
}

/* Local time of the tests is UTC; 345600 is Monday, 1970-01-05. */
static void
test_time(void **state)
{
	(void)state;
	(void)setenv("TZ", "UTC0", 1);
	w.view.time = 345600 + 8 * 3600;
	YES("time", "Sat", "Mon 08:00-09:00");
	NO("time", "Mon 09:00-08:00", "Sat,Sun");
	NO("not_time", "Sat", "Mon 08:00-09:00");
	YES("not_time", "Mon 09:00-08:00");
	assert_int_equal(evaluate_at(CONDITION("time", "Mon"), STAGE_ENVFROM), TRI_YES);
	start("c");
	LINE("time", "Mon-Fri");
	LINE("not_time", "Mon 08:00-08:01");
	assert_int_equal(evaluate(finish()), TRI_NO);
	w.view.time += 60;
	assert_int_equal(evaluate(finish()), TRI_YES);
}

static void
test_the_null_sender(void **state)
{
	(void)state;
	set_sender("<>");
	YES("sender", "joe@example.com", "<>");
	NO("sender", "joe@example.com");
	NO("not_sender", "<>");
	NO("sender_domain", "example.com");
	YES("not_sender_domain", "example.com");
}

static void
test_domains_compare_as_a_labels(void **state)
{
	(void)state;
	set_sender("<j\xc3\xb6@a.b\xc3\xbc"
		   "cher.example>");
	YES("sender_domain", "a.xn--bcher-kva.example");
	YES("sender_domain", ".XN--BCHER-KVA.example");
	YES("sender", "j\xc3\xb6@a.xn--bcher-kva.example");
	NO("sender_domain", "xn--bcher-kva.example");
	add_rcpt("<x@b\xc3\xbc"
		 "cher.example>");
	YES("recipient_domain", "xn--bcher-kva.example");
	YES("recipient", "x@xn--bcher-kva.example");
}

static void
test_an_earlier_policy_may_still_change_it(void **state)
{
	const struct condition *c = CONDITION("sender", "joe@example.com");

	(void)state;
	w.view.pending = PART_SENDER;
	assert_int_equal(evaluate_at(c, STAGE_ENVFROM), TRI_UNKNOWN);
	assert_int_equal(evaluate_at(c, STAGE_DATA), TRI_UNKNOWN);
	assert_int_equal(evaluate_at(c, STAGE_EOM), TRI_YES);
	w.view.pending = PART_RCPTS | PART_HEADERS;
	assert_int_equal(evaluate_at(c, STAGE_ENVFROM), TRI_YES);
}

static void
test_the_writer_sees_what_those_before_left(void **state)
{
	const struct condition *c = CONDITION("sender", "new@example.com");

	(void)state;
	message_change_sender(&w.m, 2, "<new@example.com>", "", 0);
	w.view.position = 2;
	assert_int_equal(evaluate(c), TRI_NO);
	w.view.position = 3;
	assert_int_equal(evaluate(c), TRI_YES);
	add_rcpt("<a@example.com>");
	message_delete_rcpt(&w.m, 2, 0);
	message_add_rcpt(&w.m, 2, "<b@example.com>", "", 0);
	w.view.position = 2;
	YES("recipient", "a@example.com");
	NO("recipient", "b@example.com");
	w.view.position = 3;
	NO("recipient", "a@example.com");
	YES("recipient", "b@example.com");
}

static void
test_one_recipient_at_a_time(void **state)
{
	const struct condition *c;

	(void)state;
	add_rcpt("<ann@one.example>");
	add_rcpt("<bob@two.example>");
	YES("recipient", "bob@two.example");
	YES("recipient_domain", "one.example");
	start("c");
	LINE("recipient", "ann@one.example");
	LINE("recipient_domain", "two.example");
	assert_int_equal(evaluate(finish()), TRI_NO);
	start("c");
	LINE("recipient_domain", "one.example", "two.example");
	LINE("not_recipient", "ann@one.example");
	c = finish();
	assert_int_equal(evaluate(c), TRI_YES);
	assert_int_equal(condition_evaluate(c, &w.view, 0), TRI_NO);
	assert_int_equal(condition_evaluate(c, &w.view, 1), TRI_YES);
	YES("not_recipient", "ann@one.example");
	NO("not_recipient", "ann@one.example", "bob@two.example");
}

static void
test_all_recipients(void **state)
{
	const struct condition *c;

	(void)state;
	start("c");
	LINE("recipient_domain", "one.example", ".one.example");
	LINE("recipient_scope", "all");
	c = finish();
	assert_int_equal(evaluate(c), TRI_NO); /* there is none */
	add_rcpt("<ann@one.example>");
	assert_int_equal(evaluate_at(c, STAGE_ENVRCPT), TRI_UNKNOWN);
	assert_int_equal(evaluate_at(c, STAGE_DATA), TRI_YES);
	add_rcpt("<ann@x.one.example>");
	assert_int_equal(evaluate(c), TRI_YES);
	add_rcpt("<bob@two.example>");
	assert_int_equal(evaluate_at(c, STAGE_ENVRCPT), TRI_UNKNOWN);
	assert_int_equal(evaluate_at(c, STAGE_DATA), TRI_NO);
	message_delete_rcpt(&w.m, 0, 2);
	assert_int_equal(evaluate(c), TRI_YES);
}

static void
test_any_recipient_by_stage(void **state)
{
	const struct condition *c = CONDITION("recipient", "bob@two.example");

	(void)state;
	assert_int_equal(evaluate_at(c, STAGE_ENVFROM), TRI_UNKNOWN);
	add_rcpt("<ann@one.example>");
	assert_int_equal(evaluate_at(c, STAGE_ENVRCPT), TRI_UNKNOWN);
	assert_int_equal(evaluate_at(c, STAGE_DATA), TRI_NO);
	add_rcpt("<bob@two.example>");
	assert_int_equal(evaluate_at(c, STAGE_ENVRCPT), TRI_YES);
	add_rcpt("<eve@one.example>");
	assert_int_equal(evaluate_at(c, STAGE_ENVRCPT), TRI_YES);
	w.view.first_rcpt = 2;
	assert_int_equal(evaluate_at(c, STAGE_ENVRCPT), TRI_UNKNOWN);
	assert_int_equal(evaluate_at(c, STAGE_DATA), TRI_YES);
	w.view.pending = PART_RCPTS;
	assert_int_equal(evaluate_at(c, STAGE_DATA), TRI_UNKNOWN);
	w.view.stage = STAGE_ENVRCPT;
	assert_int_equal(condition_evaluate(c, &w.view, 1), TRI_UNKNOWN);
	assert_int_equal(evaluate_at(c, STAGE_EOM), TRI_YES);
}

static struct section *
macro(const char *name)
{
	start("c");
	return section_inside(w.arena, w.s, "macro", name);
}

static void
test_macros(void **state)
{
	const struct condition *there, *absent, *match;

	(void)state;
	section_set(w.arena, macro("{daemon_name}"), "present", "yes", NULL);
	there = finish();
	section_set(w.arena, macro("{daemon_name}"), "present", "no", NULL);
	absent = finish();
	section_set(w.arena, macro("{daemon_name}"), "match", "x", "^smtpd$", NULL);
	match = finish();
	assert_int_equal(evaluate_at(there, STAGE_DATA), TRI_UNKNOWN);
	assert_int_equal(evaluate_at(absent, STAGE_EOH), TRI_UNKNOWN);
	assert_int_equal(evaluate_at(match, STAGE_EOH), TRI_UNKNOWN);
	assert_int_equal(evaluate(there), TRI_NO);
	assert_int_equal(evaluate(absent), TRI_YES);
	assert_int_equal(evaluate(match), TRI_NO);
	w.macros[0] = "{daemon_name}";
	w.macros[1] = "smtpd";
	assert_int_equal(evaluate_at(there, STAGE_ENVFROM), TRI_YES);
	assert_int_equal(evaluate_at(absent, STAGE_ENVFROM), TRI_NO);
	assert_int_equal(evaluate_at(match, STAGE_ENVFROM), TRI_YES);
	w.macros[1] = "other";
	assert_int_equal(evaluate_at(match, STAGE_ENVFROM), TRI_NO);
}

static void
test_one_no_is_enough(void **state)
{
	const struct condition *c;

	(void)state;
	start("c");
	LINE("size_over", "1M");
	LINE("sender", "ann@example.com");
	c = finish();
	assert_int_equal(evaluate_at(c, STAGE_ENVFROM), TRI_NO);
	start("c");
	LINE("size_over", "1");
	LINE("sender", "joe@example.com");
	c = finish();
	assert_int_equal(evaluate_at(c, STAGE_ENVFROM), TRI_UNKNOWN);
	assert_int_equal(evaluate(c), TRI_YES);
	start("c");
	LINE("not_listener", "submission");
	LINE("listener", "submission");
	assert_int_equal(evaluate(finish()), TRI_NO);
	start("c");
	LINE("recipient", "ann@example.com");
	LINE("helo", "nobody");
	assert_int_equal(evaluate_at(finish(), STAGE_ENVFROM), TRI_NO);
}

/* Named conditions for the tests below: one that holds, one that does not, one that is known at
 * eom only, one about a recipient. */
static void
make_others(void)
{
	start("yes");
	LINE("listener", "mx");
	w.others[0] = finish();
	start("no");
	LINE("not_listener", "mx");
	w.others[1] = finish();
	start("late");
	LINE("size_under", "1G");
	w.others[2] = finish();
	start("rcpt");
	LINE("recipient", "ann@one.example");
	w.others[3] = finish();
	w.n_others = 4;
}

static void
check_others(const char *option, const char *a, const char *b, int early, int at_eom)
{
	const struct condition *c = CONDITION(option, a, b);

	assert_int_equal(evaluate_at(c, STAGE_DATA), early);
	assert_int_equal(evaluate_at(c, STAGE_EOM), at_eom);
}

static void
test_other_conditions(void **state)
{
	(void)state;
	make_others();
	check_others("all", "yes", "yes", TRI_YES, TRI_YES);
	check_others("all", "yes", "no", TRI_NO, TRI_NO);
	check_others("all", "late", "no", TRI_NO, TRI_NO);
	check_others("all", "late", "yes", TRI_UNKNOWN, TRI_YES);
	check_others("any", "no", "yes", TRI_YES, TRI_YES);
	check_others("any", "no", "no", TRI_NO, TRI_NO);
	check_others("any", "late", "yes", TRI_YES, TRI_YES);
	check_others("any", "late", "no", TRI_UNKNOWN, TRI_YES);
	check_others("none", "no", "no", TRI_YES, TRI_YES);
	check_others("none", "no", "yes", TRI_NO, TRI_NO);
	check_others("none", "late", "yes", TRI_NO, TRI_NO);
	check_others("none", "late", "no", TRI_UNKNOWN, TRI_NO);
}

static void
test_other_conditions_and_recipients(void **state)
{
	const struct condition *c;

	(void)state;
	make_others();
	add_rcpt("<ann@one.example>");
	add_rcpt("<bob@two.example>");
	c = CONDITION("none", "rcpt");
	assert_int_equal(condition_reads(c), PART_RCPTS);
	assert_int_equal(evaluate(c), TRI_NO);
	assert_int_equal(condition_evaluate(c, &w.view, 0), TRI_NO);
	assert_int_equal(condition_evaluate(c, &w.view, 1), TRI_YES);
}

static void
make_table(const char *name, const char *type, const char *a, const char *b)
{
	struct section *s = section_make(w.arena, "table", name, table_options, &w.notes);

	section_set(w.arena, s, "type", type, NULL);
	section_set(w.arena, s, "values", a, b, NULL);
	w.tables[w.n_tables] = table_load(w.arena, s, "/nonexistent");
	assert_string_equal(buf_string(&w.notes), "");
	assert_non_null(w.tables[w.n_tables++]);
}

static void
test_tables(void **state)
{
	(void)state;
	make_table("people", "inline", "joe@example.com", "@one.example");
	make_table("domains", "inline", ".example.com", "two.example");
	make_table("nets", "cidr", "192.0.2.0/24", "2001:db8::/32");
	make_table("null", "inline", "<>", "bob");
	YES("client", "198.51.100.1", "table:nets");
	NO("not_client", "table:nets");
	YES("sender", "table:people");
	NO("not_sender", "table:people");
	NO("sender", "table:null");
	NO("sender_domain", "table:domains");
	set_sender("<joe+x@example.com>");
	YES("sender", "table:people");
	set_sender("<joe@a.example.com>");
	YES("sender_domain", "table:domains");
	set_sender("<>");
	YES("sender", "table:null");
	NO("sender_domain", "table:domains");
	add_rcpt("<eve@one.example>");
	YES("recipient", "table:people");
	NO("recipient_domain", "table:domains");
	w.macros[0] = "{auth_authen}";
	w.macros[1] = "Bob";
	YES("auth_user", "table:null");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_listener),
		TEST(test_client),
		TEST(test_client_name_and_helo),
		TEST(test_authentication),
		TEST(test_tls),
		TEST(test_sender),
		TEST(test_sender_match),
		TEST(test_patterns_see_both_forms_of_a_domain),
		TEST(test_recipient_match),
		TEST(test_time),
		TEST(test_the_null_sender),
		TEST(test_domains_compare_as_a_labels),
		TEST(test_an_earlier_policy_may_still_change_it),
		TEST(test_the_writer_sees_what_those_before_left),
		TEST(test_one_recipient_at_a_time),
		TEST(test_all_recipients),
		TEST(test_any_recipient_by_stage),
		TEST(test_macros),
		TEST(test_one_no_is_enough),
		TEST(test_other_conditions),
		TEST(test_other_conditions_and_recipients),
		TEST(test_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
