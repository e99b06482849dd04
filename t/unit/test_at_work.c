/* src/chain: what a worker is at, and a message that has ended a worker in a policy. */
#include "scripted.h"

#include <time.h>

#include "chain/fatal_message.h"

static int
setup_table(void **state)
{
	at_work = (struct at_work){0};
	fatal = fatal_messages_new();
	return fatal != NULL ? setup(state) : -1;
}

static int
teardown_table(void **state)
{
	int r = teardown(state);

	fatal = fatal_messages_free(fatal);
	return r;
}

static uint64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* As the master does, when the worker has ended during the last call of policy i at a stage. */
static void
end_worker(size_t i, enum stage stage)
{
	const struct at_work *at = &script[i].seen[stage];

	assert_true(at->in_policy);
	fatal_messages_record(fatal, &at->key, at->policy, now_ms());
}

struct mail {
	const char *from, *arg; /* of MAIL; NULL: none */
	const char *to[3];
	const char *message_id; /* NULL: none */
	const char *body;
};

static const struct mail first = {"<a@x.example>",
				  "SIZE=900",
				  {"<b@y.example>", "<c@y.example>"},
				  "<1@x.example>",
				  "x\r\n"};

/* A whole message; replies are in out. Another session, as after the end of a worker. */
static void
send_mail(const struct mail *x)
{
	const char *args[] = {x->from, x->arg, NULL};

	if (run == NULL) {
		start();
	} else {
		s = session_free(s);
		chain_run_move(run, NULL, "s2");
		buf_reset(&in);
		connect_with(ACTION_ALL);
	}
	for (size_t i = 0; i < MAX_POLICIES; i++)
		memset(script[i].called, 0, sizeof(script[i].called));
	milter_client_envfrom(&mta, &in, args);
	for (size_t i = 0; i < 3 && x->to[i] != NULL; i++) {
		const char *rcpt_args[] = {x->to[i], NULL};

		milter_client_envrcpt(&mta, &in, rcpt_args);
	}
	milter_client_data(&mta, &in);
	if (x->message_id != NULL)
		milter_client_header(&mta, &in, "Message-ID", x->message_id);
	milter_client_header(&mta, &in, "Subject", "hello");
	milter_client_eoh(&mta, &in);
	milter_client_body(&mta, &in, x->body, strlen(x->body));
	milter_client_eom(&mta, &in);
	give();
}

static void
test_what_is_shared(void **state)
{
	const struct at_work *at = script[1].seen;

	(void)state;
	start();
	envelope();
	content();
	assert_string_equal(at[STAGE_ENVFROM].message, "s1");
	assert_string_equal(at[STAGE_EOM].message, "QID1");
	assert_int_equal(at[STAGE_ENVFROM].stage, STAGE_ENVFROM);
	assert_int_equal(at[STAGE_ENVRCPT].stage, STAGE_ENVRCPT);
	assert_int_equal(at[STAGE_DATA].stage, STAGE_DATA);
	assert_int_equal(at[STAGE_EOM].stage, STAGE_EOM);
	for (enum stage i = 0; i < STAGE_COUNT; i++) {
		if (script[1].called[i] == 0)
			continue;
		assert_true(at[i].in_policy);
		assert_string_equal(at[i].policy, "two");
		assert_string_equal(script[0].seen[i].policy, "one");
	}
	assert_false(at_work.in_policy);
}

/* A policy that waits is not called; the next one is, for a message of which the worker has
 * been elsewhere meanwhile. */
static void
test_suspended(void **state)
{
	(void)state;
	script[0].asks = true;
	start();
	envelope();
	content();
	assert_false(at_work.in_policy);
	at_work = (struct at_work){.message = "other", .stage = STAGE_ENVFROM};
	answer(&script[0], VERDICT_CONTINUE);
	assert_string_equal(script[1].seen[STAGE_EOM].message, "QID1");
	assert_int_equal(script[1].seen[STAGE_EOM].stage, STAGE_EOM);
	assert_int_not_equal(script[1].seen[STAGE_EOM].key.id, 0);
	assert_false(at_work.in_policy);
}

/* The example of at_work.h. */
static void
test_sent_again(void **state)
{
	static const struct {
		struct mail mail;
		bool same;
	} cases[] = {
		{{"<a@x.example>",
		  "SIZE=900",
		  {"<b@y.example>", "<c@y.example>"},
		  "<1@x.example>",
		  "x\r\n"},
		 true},
		{{"<a@x.example>",
		  NULL,
		  {"<c@y.example>", "<d@y.example>"},
		  "<1@x.example>",
		  "other\r\n"},
		 true},
		{{"<a@x.example>",
		  "SIZE=900",
		  {"<b@y.example>", "<c@y.example>"},
		  "<2@x.example>",
		  "x\r\n"},
		 false},
		{{"<e@x.example>",
		  "SIZE=900",
		  {"<b@y.example>", "<c@y.example>"},
		  "<1@x.example>",
		  "x\r\n"},
		 false},
		{{"<a@x.example>", "SIZE=900", {"<b@y.example>"}, NULL, "x\r\n"}, false},
	};

	(void)state;
	send_mail(&first);
	expect("ccccc");
	end_worker(1, STAGE_EOM);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		send_mail(&cases[i].mail);
		assert_int_equal(script[0].called[STAGE_EOM], 1);
		assert_int_equal(script[1].called[STAGE_EOM], cases[i].same ? 0 : 1);
		assert_int_equal(script[1].called[STAGE_ENVFROM], 1);
		assert_int_equal(script[1].called[STAGE_DATA], 1);
	}
}

/* Without a Message-ID, sizes count: of the headers and the body, and what MAIL says. */
static void
test_without_message_id(void **state)
{
	struct mail plain = first, other;

	(void)state;
	inst[0].need.reads |= PART_SIZE;
	plain.message_id = NULL;
	send_mail(&plain);
	end_worker(0, STAGE_EOM);
	send_mail(&plain);
	assert_int_equal(script[0].called[STAGE_EOM], 0);
	other = plain;
	other.body = "xy\r\n";
	send_mail(&other);
	assert_int_equal(script[0].called[STAGE_EOM], 1);
	other = plain;
	other.arg = "SIZE=901";
	send_mail(&other);
	assert_int_equal(script[0].called[STAGE_EOM], 1);
}

/* The key is of the headers as the MTA sent them, also when a policy has changed them at their
 * end: here the Message-ID is that of a policy, and the message has none. */
static void
test_headers_that_change(void **state)
{
	struct mail plain = first;

	(void)state;
	plain.message_id = NULL;
	inst[0].need.message = STAGE_EOH;
	inst[1].need.reads |= PART_BODY;
	script[0].adds_header = "Message-ID";
	send_mail(&plain);
	end_worker(1, STAGE_EOM);
	script[0].adds_header = NULL;
	send_mail(&plain);
	assert_int_equal(script[0].called[STAGE_EOM], 1);
	assert_int_equal(script[1].called[STAGE_EOM], 0);
}

/* At RCPT it is about that recipient. */
static void
test_at_rcpt(void **state)
{
	struct mail one = first;

	(void)state;
	one.to[1] = NULL;
	send_mail(&one);
	end_worker(0, STAGE_ENVRCPT);
	send_mail(&first);
	expect("cyccc"); /* MAIL, RCPT, RCPT, DATA, eom */
	assert_int_equal(script[0].called[STAGE_ENVRCPT], 1);
	assert_int_equal(script[0].called[STAGE_EOM], 1);
	assert_non_null(strstr(line, "refused=<b@y.example> refusal=\"451 4.3.0 "));
}

static void
test_at_mail(void **state)
{
	struct mail other = first;

	(void)state;
	send_mail(&first);
	end_worker(0, STAGE_ENVFROM);
	inst[0].on_error = ON_EVENT_CONTINUE;
	send_mail(&first);
	assert_int_equal(script[0].called[STAGE_ENVFROM], 0);
	assert_int_equal(script[0].called[STAGE_EOM], 0);
	assert_int_equal(script[1].called[STAGE_EOM], 1);
	other.arg = "SIZE=901";
	send_mail(&other);
	assert_int_equal(script[0].called[STAGE_ENVFROM], 1);
}

/* What a failure comes to, as for any other failure. */
static void
test_on_error(void **state)
{
	static const struct {
		enum on_event on_error;
		const char *last_reply;
		unsigned calls_of_next;
		const char *logged;
	} cases[] = {
		{ON_EVENT_TEMPFAIL, "y", 0, "verdict=tempfail by=\"one\" reply=\"451 4.3.0 "},
		{ON_EVENT_REJECT, "y", 0, "verdict=reject by=\"one\" reply=\"554 5.3.0 "},
		{ON_EVENT_ACCEPT, "a", 0, "verdict=accept by=\"one\""},
		{ON_EVENT_CONTINUE, "c", 1, "verdict=accept session"},
		{ON_EVENT_QUARANTINE, "qc", 1, "edits=\"quarantine:1\""},
	};
	char replies[16];

	(void)state;
	inst[0].need.actions |= ACTION_QUARANTINE;
	send_mail(&first);
	end_worker(0, STAGE_EOM);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		inst[0].on_error = cases[i].on_error;
		warnings = 0;
		send_mail(&first);
		(void)snprintf(replies, sizeof(replies), "cccc%s", cases[i].last_reply);
		expect(replies);
		assert_int_equal(script[0].called[STAGE_EOM], 0);
		assert_int_equal(script[1].called[STAGE_EOM], cases[i].calls_of_next);
		if (strstr(line, cases[i].logged) == NULL)
			fail_msg("%s", line);
		assert_non_null(strstr(line, "one:error"));
		assert_int_equal(warnings, 1);
		assert_non_null(strstr(
			warning, "one: not run: the message ended a worker here 0 s ago"));
	}
}

static void
test_monitor(void **state)
{
	(void)state;
	inst[0].mode = MODE_MONITOR;
	send_mail(&first);
	end_worker(0, STAGE_EOM);
	send_mail(&first);
	expect("ccccc");
	assert_int_equal(script[0].called[STAGE_EOM], 0);
	assert_int_equal(script[1].called[STAGE_EOM], 1);
	assert_non_null(strstr(line, "one:would=error two:pass"));
}

/* Without a table nothing is made of a key, and without shared memory nothing is shared. */
static void
test_no_table(void **state)
{
	(void)state;
	fatal = fatal_messages_free(fatal);
	send_mail(&first);
	expect("ccccc");
	assert_string_equal(script[1].seen[STAGE_EOM].policy, "two");
	assert_int_equal(script[1].seen[STAGE_EOM].key.id, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_is_shared, setup_table,
						teardown_table),
		cmocka_unit_test_setup_teardown(test_suspended, setup_table, teardown_table),
		cmocka_unit_test_setup_teardown(test_sent_again, setup_table, teardown_table),
		cmocka_unit_test_setup_teardown(test_without_message_id, setup_table,
						teardown_table),
		cmocka_unit_test_setup_teardown(test_headers_that_change, setup_table,
						teardown_table),
		cmocka_unit_test_setup_teardown(test_at_rcpt, setup_table, teardown_table),
		cmocka_unit_test_setup_teardown(test_at_mail, setup_table, teardown_table),
		cmocka_unit_test_setup_teardown(test_on_error, setup_table, teardown_table),
		cmocka_unit_test_setup_teardown(test_monitor, setup_table, teardown_table),
		cmocka_unit_test_setup_teardown(test_no_table, setup_table, teardown_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
