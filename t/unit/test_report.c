/* src/chain/report.h: what is recorded of a message, and its bounds. The log line of it:
 * t/scenario/chain/findings.rpl. */
#include "chain/report.h"

#include "scripted.h"

static const struct policy_rule rule = {.title = "r"};

static size_t
count_findings(enum finding_kind kind, unsigned position)
{
	size_t n = 0;

	for (const struct finding *f = chain_run_findings(run); f != NULL; f = f->next)
		n += f->kind == kind && f->position == position && !f->undone;
	return n;
}

static void
play_message(void (*look)(void))
{
	when_done = look;
	mail();
	rcpt();
	content();
	assert_int_equal(lines, 1);
}

static void
look_at_the_order(void)
{
	const struct finding *f = chain_run_findings(run);

	assert_int_equal(f->kind, FINDING_DELETE_RCPT);
	assert_int_equal(f->stage, STAGE_ENVRCPT);
	assert_int_equal(f->position, 2);
	assert_string_equal(f->before, "b@example.test");
	f = f->next;
	assert_int_equal(f->kind, FINDING_ADD_RCPT);
	assert_string_equal(f->after, "new@example.test");
	f = f->next;
	assert_int_equal(f->kind, FINDING_RULE);
	assert_int_equal(f->stage, STAGE_EOM);
	assert_ptr_equal(f->name, rule.title);
	f = f->next;
	assert_int_equal(f->kind, FINDING_ADD_HEADER);
	assert_string_equal(f->name, "X-One");
	assert_string_equal(f->after, "yes");
	assert_null(f->next);
}

static void
test_rules_and_changes_in_order(void **state)
{
	(void)state;
	script[0] = (struct script){.hits = &rule, .n_hits = 1, .adds_header = "X-One"};
	script[1].rewrites_rcpt = true;
	start();
	play_message(look_at_the_order);
}

static void
look_after_a_failure(void)
{
	assert_int_equal(count_findings(FINDING_RULE, 1), 1);
	assert_int_equal(count_findings(FINDING_ADD_HEADER, 1), 0);
	assert_int_equal(count_findings(FINDING_ADD_HEADER, 2), 1);
}

static void
test_a_failure_undoes_changes_and_not_rules(void **state)
{
	(void)state;
	inst[0].on_error = ON_EVENT_CONTINUE;
	script[0] = (struct script){.hits = &rule, .n_hits = 1, .adds_header = "X-One"};
	script[0].returns[STAGE_EOM] = VERDICT_ERROR;
	script[1].adds_header = "X-Two";
	start();
	play_message(look_after_a_failure);
	assert_null(strstr(line, "X-One"));
	expect_line("changed=\"two: +X-Two\"");
}

static void
look_after_an_accept(void)
{
	assert_int_equal(count_findings(FINDING_ADD_RCPT, 2), 0);
}

static void
test_an_accept_undoes_the_changes_behind_it(void **state)
{
	(void)state;
	script[0].returns[STAGE_EOM] = VERDICT_ACCEPT;
	script[1].rewrites_rcpt = true;
	start();
	play_message(look_after_an_accept);
	assert_null(strstr(line, "changed="));
}

static void
test_the_next_message_begins_without_findings(void **state)
{
	(void)state;
	script[0].adds_header = "X-One";
	start();
	play_message(NULL);
	script[0].adds_header = NULL;
	mail();
	assert_null(chain_run_findings(run));
}

static void
look_at_the_bound(void)
{
	assert_int_equal(count_findings(FINDING_RULE, 1), FINDINGS_MAX);
	assert_int_equal(count_findings(FINDING_ADD_HEADER, 2), 0);
}

static void
test_the_number_of_findings_is_bounded(void **state)
{
	(void)state;
	script[0] = (struct script){.hits = &rule, .n_hits = 10 * FINDINGS_MAX};
	script[1].adds_header = "X-Two";
	start();
	play_message(look_at_the_bound);
	expect_line("policies=\"one:pass two:changed\"");
	assert_null(strstr(strstr(line, "rule=\"one/r\"") + 1, "rule=\"one/r\"")); /* once */
}

static void
look_at_policies(void)
{
	struct policy_report one = chain_run_policy_report(run, 0);
	struct policy_report two = chain_run_policy_report(run, 1);

	assert_string_equal(one.result, "changed");
	assert_true(one.acted && !one.monitors);
	assert_true(one.ns > 0);
	assert_string_equal(two.result, "");
	assert_false(two.acted);
	assert_true(two.ns == 0);
}

static void
test_what_each_policy_came_to(void **state)
{
	(void)state;
	script[0].adds_header = "X-One";
	inst[1].mode = MODE_OFF;
	start();
	play_message(look_at_policies);
}

static void
test_fields_for_the_journal(void **state)
{
	(void)state;
	script[0] = (struct script){.hits = &rule, .n_hits = 1, .adds_header = "X-One"};
	start();
	mail();
	rcpt();
	data();
	content();
	assert_string_equal(fields, "QUEUE_ID=QID1\nSESSION=s1\nLISTENER=in\nVERDICT=accept\n"
				    "POLICY=one\nRULE=one/r\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_rules_and_changes_in_order, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_a_failure_undoes_changes_and_not_rules,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_an_accept_undoes_the_changes_behind_it,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_next_message_begins_without_findings,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_number_of_findings_is_bounded, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_what_each_policy_came_to, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fields_for_the_journal, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
