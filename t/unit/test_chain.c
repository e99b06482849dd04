/* chain/: order, refusals that wait, watching, failures, waiting, the log line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain/chain.h"
#include "milter/client.h"
#include "util/buf.h"
#include "util/log.h"
#include "wire.h"

/* A policy whose words are laid down by the test. */
struct script {
	enum verdict say[STAGE_COUNT]; /* MESSAGE is at STAGE_EOM */
	const char *adds;	       /* a header */
	bool maps;		       /* <x> to <new>: at envrcpt */
	bool waits, at_once;	       /* in message() */
	unsigned asked[STAGE_COUNT], cancelled;
	struct policy_call *call;
};

#define MAX_POLICIES 4
static struct script script[MAX_POLICIES];
static struct policy_inst inst[MAX_POLICIES];
static const struct policy_inst *list[MAX_POLICIES];
static struct chain chain;
static struct arena *arena;

static struct script *
script_of(const struct policy_call *c)
{
	const struct script *const *conf = policy_conf(c);
	struct script *found = NULL;

	for (size_t i = 0; i < MAX_POLICIES; i++)
		if (*conf == &script[i])
			found = &script[i];
	assert_non_null(found);
	return found;
}

static enum verdict
speak(struct policy_call *c, enum stage stage)
{
	struct script *sc = script_of(c);

	sc->asked[stage]++;
	if (sc->say[stage] == VERDICT_ERROR)
		return policy_fail(c, "it broke");
	return sc->say[stage];
}

static enum verdict
stub_envfrom(struct policy_call *c)
{
	return speak(c, STAGE_ENVFROM);
}

static enum verdict
stub_envrcpt(struct policy_call *c)
{
	if (script_of(c)->maps) {
		policy_delete_rcpt(c, policy_rcpt_current(c));
		policy_add_rcpt(c, "<new@example.test>", "", 0);
	}
	return speak(c, STAGE_ENVRCPT);
}

static enum verdict
stub_data(struct policy_call *c)
{
	return speak(c, STAGE_DATA);
}

static void
stub_cancel(void *arg)
{
	struct script *sc = arg;

	sc->cancelled++;
}

static enum verdict
stub_message(struct policy_call *c)
{
	struct script *sc = script_of(c);

	sc->call = c;
	if (sc->adds != NULL)
		policy_add_header(c, sc->adds, "yes");
	if (sc->waits) {
		policy_suspend(c, 1000, stub_cancel, sc);
		if (sc->at_once)
			policy_resume(c, sc->say[STAGE_EOM]);
		sc->asked[STAGE_EOM]++;
		return VERDICT_SUSPEND;
	}
	return speak(c, STAGE_EOM);
}

static const struct policy_ops stub_ops = {
	.name = "stub",
	.msg_size = 16,
	.envfrom = stub_envfrom,
	.envrcpt = stub_envrcpt,
	.data = stub_data,
	.message = stub_message,
};

static struct chain_run *run;
static struct session *s;
static struct milter_client mta;
static struct buf in, out;
static char line[2000];
static unsigned lines, warnings, timer_ms, timers, resumed;

static void
host_timer(void *host, unsigned ms)
{
	(void)host;
	timer_ms = ms;
	timers++;
}

static void
host_resumed(void *host)
{
	(void)host;
	resumed++;
	buf_reset(&out);
	session_complete(s, chain_run_verdict(run), &out);
}

static struct sd_event *
host_loop(void *host)
{
	(void)host;
	return NULL;
}

static void
host_log(void *host, const struct log_record *record)
{
	(void)host;
	if (record->level != LOG_INFO) {
		warnings++;
		return;
	}
	(void)snprintf(line, sizeof(line), "%s", record->text);
	lines++;
}

static bool
host_done(void *host, const char *verdict, bool acted)
{
	(void)host;
	(void)verdict;
	(void)acted;
	return true;
}

static const struct chain_host host = {host_timer, host_resumed, host_loop, host_log,
				       host_done};

static void
set_policies(size_t n)
{
	static const char *const titles[] = {"one", "two", "three", "four"};

	for (size_t i = 0; i < n; i++) {
		const struct script **conf = arena_alloc(arena, sizeof(struct script *));

		*conf = &script[i];
		inst[i] = (struct policy_inst){
			.ops = &stub_ops, .title = titles[i], .conf = conf};
		inst[i].need.answers = STAGE_BIT(STAGE_ENVFROM) | STAGE_BIT(STAGE_ENVRCPT) |
				       STAGE_BIT(STAGE_DATA);
		inst[i].need.message = STAGE_EOM;
		inst[i].need.changes = PART_HEADERS | PART_RCPTS;
		inst[i].need.reads = PART_HEADERS | PART_RCPTS;
		inst[i].need.actions = ACTION_ADD_HEADER | ACTION_ADD_RCPT | ACTION_DEL_RCPT;
		list[i] = &inst[i];
	}
	chain.listener = "in";
	chain.inst = list;
	chain.n = n;
	chain.limits.on_limit = VERDICT_TEMPFAIL;
}

static int
setup(void **state)
{
	(void)state;
	memset(script, 0, sizeof(script));
	memset(&chain, 0, sizeof(chain));
	arena = arena_new();
	lines = warnings = timers = resumed = 0;
	line[0] = '\0';
	set_policies(2);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	s = session_free(s);
	run = chain_run_free(run);
	arena_free(arena);
	buf_free(&in);
	buf_free(&out);
	return 0;
}

static void
give(void)
{
	size_t used;

	buf_reset(&out);
	assert_int_equal(session_run(s, in.data, in.len, &out, &used), 0);
	buf_consume(&in, used);
}

static void
expect(const char *replies)
{
	char letters[WIRE_MAX];

	assert_string_equal(wire_letters(&out, letters), replies);
}

static void
start_with(uint32_t actions)
{
	struct milter_frame frame;
	struct milter_reply reply;

	chain_prepare(&chain, arena);
	run = chain_run_new(&chain, &host, NULL, "s1");
	s = session_new(&chain_handler, run, &chain.limits);
	milter_client_init(&mta);
	mta.offer.actions = actions;
	milter_client_optneg(&mta, &in);
	give();
	assert_int_equal(milter_frame_next(out.data, out.len, MILTER_MAX_FRAME, &frame), 1);
	assert_int_equal(milter_reply_decode(&frame, &reply), 0);
	assert_int_equal(milter_client_agree(&mta, &reply), 0);
	milter_client_connect(&mta, &in, "client.example", '4', 4000, "192.0.2.1");
	milter_client_helo(&mta, &in, "client.example");
}

static void
start(void)
{
	start_with(ACTION_ALL);
}

static const char *const from[] = {"<a@example.org>", NULL};
static const char *const to[] = {"<b@example.test>", NULL};
static const char *const id[] = {"i", "QID1", NULL};

static void
mail(void)
{
	milter_client_envfrom(&mta, &in, from);
	give();
}

static void
rcpt(void)
{
	milter_client_envrcpt(&mta, &in, to);
	give();
}

static void
data(void)
{
	milter_client_macros(&mta, &in, 'T', id);
	milter_client_data(&mta, &in);
	give();
}

static void
content(void)
{
	milter_client_header(&mta, &in, "Subject", "hello");
	milter_client_header(&mta, &in, "Message-ID", "<1@example.org>");
	milter_client_eoh(&mta, &in);
	milter_client_body(&mta, &in, "x\r\n", 3);
	milter_client_eom(&mta, &in);
	give();
}

static void
envelope(void)
{
	mail();
	expect("c");
	rcpt();
	expect("c");
	data();
	expect("c");
}

static void
test_all_pass(void **state)
{
	(void)state;
	start();
	envelope();
	content();
	expect("c");
	assert_int_equal(lines, 1);
	assert_string_equal(line, "QID1: verdict=accept session=s1 listener=\"in\" "
				  "client=client.example[192.0.2.1] helo=<client.example> "
				  "from=<a@example.org> to=<b@example.test> nrcpt=1 "
				  "msgid=<1@example.org> "
				  "policies=\"one:pass two:pass\"");
}

static void
test_changes_in_order(void **state)
{
	(void)state;
	script[0].adds = "X-One";
	script[1].adds = "X-Two";
	start();
	envelope();
	content();
	expect("hhc");
	assert_non_null(strstr(line, " policies=\"one:changed two:changed\" "
				     "edits=\"addheader:2\""));
}

/* Refused by its headers: the body that follows is thrown away as it comes. */
static void
test_body_behind_a_verdict_is_not_kept(void **state)
{
	(void)state;
	inst[0].need.message = STAGE_EOH;
	inst[1].need.reads |= PART_BODY;
	start();
	envelope();
	milter_client_header(&mta, &in, "Subject", "hello");
	milter_client_eoh(&mta, &in);
	milter_client_body(&mta, &in, "x\r\n", 3);
	give();
	assert_int_equal(session_message(s)->kept.len, 3);
	milter_client_eom(&mta, &in);
	give();
	script[0].say[STAGE_EOM] = VERDICT_REJECT;
	envelope();
	milter_client_header(&mta, &in, "Subject", "hello");
	milter_client_eoh(&mta, &in);
	milter_client_body(&mta, &in, "x\r\n", 3);
	give();
	assert_int_equal(session_message(s)->kept.len, 0);
	assert_int_equal(session_message(s)->body_size, 3);
	milter_client_eom(&mta, &in);
	give();
	expect("r");
}

static void
test_first_accept_stops_those_after(void **state)
{
	(void)state;
	set_policies(3);
	script[0].adds = "X-One";
	inst[1].need.may_end = true;
	script[1].say[STAGE_EOM] = VERDICT_ACCEPT;
	script[2].adds = "X-Three";
	start();
	envelope();
	content();
	expect("ha");
	assert_int_equal(script[2].asked[STAGE_EOM], 0);
	assert_non_null(strstr(line, "policies=\"one:changed two:accept three:pass\""));
}

static void
test_refusal_at_mail_is_given_at_once(void **state)
{
	(void)state;
	script[1].say[STAGE_ENVFROM] = VERDICT_TEMPFAIL;
	start();
	mail();
	expect("t");
	assert_int_equal(lines, 1);
	assert_non_null(strstr(line, "NOQUEUE: verdict=tempfail by=\"two\""));
	assert_non_null(strstr(line, "two:tempfail"));
	milter_client_abort(&mta, &in);
	give();
	assert_int_equal(lines, 1);
}

static void
test_refusal_waits_for_a_possible_accept(void **state)
{
	(void)state;
	inst[0].need.may_end = true;
	script[1].say[STAGE_ENVFROM] = VERDICT_REJECT;
	start();
	envelope();
	content();
	expect("r");
	assert_non_null(strstr(line, "verdict=reject by=\"two\""));
	/* and is forgotten when that one accepts */
	script[0].say[STAGE_EOM] = VERDICT_ACCEPT;
	envelope();
	content();
	expect("a");
	assert_int_equal(lines, 2);
	assert_int_equal(script[1].asked[STAGE_EOM], 0);
}

static void
test_a_recipient_never_waits(void **state)
{
	(void)state;
	inst[0].need.may_end = true;
	start();
	mail();
	rcpt();
	script[1].say[STAGE_ENVRCPT] = VERDICT_REJECT;
	rcpt();
	expect("r");
	assert_int_equal(session_message(s)->n_rcpts, 1);
	data();
	expect("c");
	content();
	expect("c");
	assert_non_null(strstr(line, "nrcpt=1"));
	assert_non_null(strstr(line, "two:pass(refused=1)"));
	assert_int_equal(chain_find_late_accept(&chain, 1), 0);
	assert_int_equal(chain_find_late_accept(&chain, 0), -1);
}

static void
test_mail_of_refused_recipients_leaves_a_line(void **state)
{
	(void)state;
	script[0].say[STAGE_ENVRCPT] = VERDICT_REJECT;
	start();
	mail();
	rcpt();
	expect("r");
	milter_client_abort(&mta, &in);
	give();
	assert_int_equal(lines, 1);
	assert_non_null(strstr(line, "verdict=aborted"));
	/* but one that nobody touched leaves none */
	script[0].say[STAGE_ENVRCPT] = VERDICT_CONTINUE;
	mail();
	rcpt();
	milter_client_abort(&mta, &in);
	give();
	assert_int_equal(lines, 1);
}

/* Both wait for the first policy; the one found at MAIL speaks. */
static void
test_between_refusals_the_earlier_stage_speaks(void **state)
{
	(void)state;
	set_policies(3);
	inst[0].need.may_end = true;
	script[1].say[STAGE_DATA] = VERDICT_TEMPFAIL;
	script[2].say[STAGE_ENVFROM] = VERDICT_REJECT;
	start();
	envelope();
	content();
	expect("r");
	assert_non_null(strstr(line, "by=\"three\""));
}

static void
test_non_smtp_mail_is_refused_at_eom(void **state)
{
	(void)state;
	script[0].say[STAGE_ENVRCPT] = VERDICT_REJECT;
	start();
	milter_client_connect(&mta, &in, "localhost", '4', 0, "127.0.0.1");
	give();
	envelope();
	content();
	expect("r");
}

static void
test_refused_data_stays_refused(void **state)
{
	(void)state;
	script[1].say[STAGE_DATA] = VERDICT_REJECT;
	start();
	mail();
	rcpt();
	data();
	expect("r");
	rcpt();
	expect("c");
	data();
	expect("r");
	assert_int_equal(lines, 1);
}

static void
test_watchers_do_nothing(void **state)
{
	(void)state;
	inst[0].mode = MODE_MONITOR;
	script[0].adds = "X-One";
	script[0].maps = true;
	script[0].say[STAGE_EOM] = VERDICT_REJECT;
	inst[0].need.may_end = true;
	script[1].say[STAGE_ENVRCPT] = VERDICT_CONTINUE;
	start();
	envelope();
	content();
	expect("c");
	assert_non_null(strstr(line, "policies=\"one:would=reject two:pass\""));
	assert_null(strstr(line, "edits"));
	/* a watcher is waited for by nobody */
	script[1].say[STAGE_ENVFROM] = VERDICT_REJECT;
	mail();
	expect("r");
}

static void
test_chain_that_only_watches(void **state)
{
	(void)state;
	chain.monitor = true;
	script[0].adds = "X-One";
	script[1].say[STAGE_EOM] = VERDICT_DISCARD;
	start();
	assert_int_equal(session_terms(s)->actions, 0);
	milter_client_envfrom(&mta, &in, from);
	milter_client_envrcpt(&mta, &in, to);
	content();
	expect("c");
	assert_non_null(strstr(line, "\"one:would=changed two:would=discard\""));
}

static void
test_on_error(void **state)
{
	static const struct {
		enum on_error on_error;
		const char *replies, *word;
	} cases[] = {
		{ON_ERROR_TEMPFAIL, "y", "verdict=tempfail by=\"one\" reply=\"451 4.3.0"},
		{ON_ERROR_REJECT, "y", "verdict=reject by=\"one\" reply=\"554 5.3.0"},
		{ON_ERROR_ACCEPT, "a", "verdict=accept by=\"one\""},
		{ON_ERROR_CONTINUE, "hc", "one:error two:changed"},
		{ON_ERROR_QUARANTINE, "hqc", "one:error two:changed"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		teardown(NULL);
		setup(NULL);
		inst[0].on_error = cases[i].on_error;
		script[0].adds = "X-Half"; /* nothing half done */
		script[0].say[STAGE_EOM] = VERDICT_ERROR;
		script[1].adds = "X-Two";
		start();
		envelope();
		content();
		expect(cases[i].replies);
		assert_non_null(strstr(line, cases[i].word));
	}
}

static void
test_later_policy_sees_the_rewritten_recipient(void **state)
{
	size_t at = SIZE_MAX;

	(void)state;
	script[0].maps = true;
	script[1].waits = true;
	start();
	envelope();
	content();
	assert_string_equal(policy_rcpt_next(script[1].call, &at)->addr, "<new@example.test>");
	assert_null(policy_rcpt_next(script[1].call, &at));
	policy_resume(script[1].call, VERDICT_CONTINUE);
	expect("-+c");
}

static void
test_wait_and_resume(void **state)
{
	(void)state;
	script[0].waits = true;
	script[1].adds = "X-Two";
	start();
	envelope();
	content();
	expect("");
	assert_true(session_is_suspended(s));
	assert_int_equal(timer_ms, 1000);
	policy_resume(script[0].call, VERDICT_CONTINUE);
	assert_int_equal(resumed, 1);
	expect("hc");
	assert_int_equal(script[0].cancelled, 0);
	assert_int_equal(timer_ms, 0);
	assert_int_equal(lines, 1);
}

static void
test_wait_answered_at_once(void **state)
{
	(void)state;
	script[0].waits = script[0].at_once = true;
	script[0].say[STAGE_EOM] = VERDICT_REJECT;
	start();
	envelope();
	content();
	expect("r");
	assert_int_equal(resumed, 0);
	assert_int_equal(script[0].cancelled, 0);
}

static void
test_wait_times_out(void **state)
{
	(void)state;
	script[0].waits = true;
	start();
	envelope();
	content();
	chain_run_timer(run);
	assert_int_equal(script[0].cancelled, 1);
	expect("y");
	assert_non_null(strstr(line, "one:error"));
	chain_run_timer(run);
	assert_int_equal(script[0].cancelled, 1);
}

static void
test_wait_ends_with_the_connection(void **state)
{
	(void)state;
	script[0].waits = true;
	start();
	envelope();
	content();
	s = session_free(s);
	assert_int_equal(script[0].cancelled, 1);
}

static void
test_over_limit(void **state)
{
	(void)state;
	chain.limits.headers = 1;
	start();
	envelope();
	content();
	expect("y");
	assert_non_null(strstr(line, "verdict=tempfail limit=headers reply=\"452 4.3.1"));
	assert_int_equal(script[0].asked[STAGE_EOM], 0);
	chain.limits.headers = 0;
	chain.limits.recipients = 1;
	mail();
	rcpt();
	expect("c");
	rcpt();
	expect("y");
	data();
	content();
	expect("c");
}

static void
test_an_mta_that_lacks_an_action_is_told_of_once(void **state)
{
	struct milter_terms offer = {MILTER_VERSION, ACTION_ADD_HEADER, PROTO_ALL};
	struct session_wish w;

	(void)state;
	chain_prepare(&chain, arena);
	run = chain_run_new(&chain, &host, NULL, "s1");
	assert_int_equal(chain_handler.offer(run, &offer, &w), -EPROTO);
	assert_int_equal(chain_handler.offer(run, &offer, &w), -EPROTO);
	assert_int_equal(warnings, 1);
}

static void
test_a_macro_that_cannot_be_asked_for(void **state)
{
	(void)state;
	inst[0].need.macros = "{client_port}";
	start_with(ACTION_ALL & ~ACTION_SETSYMLIST);
	envelope();
	content();
	assert_int_equal(warnings, 1);
	envelope();
	content();
	assert_int_equal(warnings, 1);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_all_pass),
		T(test_changes_in_order),
		T(test_body_behind_a_verdict_is_not_kept),
		T(test_first_accept_stops_those_after),
		T(test_refusal_at_mail_is_given_at_once),
		T(test_refusal_waits_for_a_possible_accept),
		T(test_a_recipient_never_waits),
		T(test_mail_of_refused_recipients_leaves_a_line),
		T(test_between_refusals_the_earlier_stage_speaks),
		T(test_non_smtp_mail_is_refused_at_eom),
		T(test_refused_data_stays_refused),
		T(test_watchers_do_nothing),
		T(test_chain_that_only_watches),
		T(test_on_error),
		T(test_later_policy_sees_the_rewritten_recipient),
		T(test_wait_and_resume),
		T(test_wait_answered_at_once),
		T(test_wait_times_out),
		T(test_wait_ends_with_the_connection),
		T(test_over_limit),
		T(test_an_mta_that_lacks_an_action_is_told_of_once),
		T(test_a_macro_that_cannot_be_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
