/* A chain of policies that return what a test has set, between a session and an MTA's half of
 * the protocol. A test fills in script[] and inst[], calls start(), then mail(), rcpt(), data()
 * and content(), and compares the replies (expect()) and the log line. */
#ifndef UNIT_SCRIPTED_H
#define UNIT_SCRIPTED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "chain/at_work.h"
#include "chain/chain.h"
#include "milter/client.h"
#include "service/ask.h"
#include "util/buf.h"
#include "util/log.h"
#include "util/str.h"
#include "wire.h"

/* What policy i does. */
struct script {
	enum verdict returns[STAGE_COUNT]; /* of message(): at STAGE_EOM */
	const char *adds_header;	   /* in message(); its name */
	const struct policy_rule *hits;	   /* in message(); or NULL */
	unsigned n_hits;		   /* so often */
	/* Bytes that it allocates for a callback, and for the message; in message(): at
	 * STAGE_EOM */
	size_t takes[STAGE_COUNT], keeps[STAGE_COUNT];
	bool rewrites_rcpt; /* in envrcpt(): to <new@example.test> */
	bool asks;	    /* a service, in message(); returns[STAGE_EOM] is of answered() */
	unsigned asks_more; /* so often, in answered() */
	enum ask_outcome at_once; /* of the question, before policy_ask() returns */
	bool asks_at_mail;	  /* which is not allowed */
	bool claims_to_ask;	  /* in message(), without policy_ask() */
	unsigned called[STAGE_COUNT], answered, cancelled, released;
	enum exchange_state answer; /* what answered() was called with */
	struct question *question;
	struct exchange exchange;
	struct at_work seen[STAGE_COUNT]; /* what is shared during the last call */
	struct policy_call *call;
};

/* What the run shares with the master: fatal is NULL unless the test makes it. */
static struct at_work at_work;
static struct fatal_messages *fatal;

#define MAX_POLICIES 4
static struct script script[MAX_POLICIES];
static struct policy_inst inst[MAX_POLICIES];
static const struct policy_inst *list[MAX_POLICIES];
static struct chain chain;
static struct arena *arena;

static inline struct script *
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

static inline enum verdict
run_script(struct policy_call *c, enum stage stage)
{
	struct script *sc = script_of(c);
	struct buf taken = {0};

	sc->called[stage]++;
	if (sc->takes[stage] > 0)
		(void)buf_reserve(&taken, sc->takes[stage]);
	buf_free(&taken);
	if (sc->keeps[stage] > 0)
		(void)arena_alloc(policy_arena(c), sc->keeps[stage]);
	sc->seen[stage] = at_work;
	if (sc->returns[stage] == VERDICT_ERROR)
		return policy_fail(c, "it broke");
	return sc->returns[stage];
}

static inline struct script *
script_of_exchange(const struct exchange *x)
{
	return (struct script *)(void *)((char *)(uintptr_t)x -
					 offsetof(struct script, exchange));
}

static inline void
stub_release(struct exchange *x)
{
	script_of_exchange(x)->released++;
}

static const struct exchange_ops stub_exchange = {.release = stub_release};
static const struct service stub_service = {.name = "stubs"};

static inline enum verdict
ask_stub(struct policy_call *c, struct script *sc)
{
	sc->exchange.ops = &stub_exchange;
	return policy_ask(c, &stub_service, &sc->exchange, 1000);
}

static inline enum verdict
stub_envfrom(struct policy_call *c)
{
	struct script *sc = script_of(c);

	sc->call = c;
	if (sc->asks_at_mail)
		(void)ask_stub(c, sc);
	return run_script(c, STAGE_ENVFROM);
}

static inline enum verdict
stub_envrcpt(struct policy_call *c)
{
	if (script_of(c)->rewrites_rcpt) {
		policy_delete_rcpt(c, policy_rcpt_current(c));
		policy_add_rcpt(c, "<new@example.test>", "", 0);
	}
	return run_script(c, STAGE_ENVRCPT);
}

static inline enum verdict
stub_data(struct policy_call *c)
{
	return run_script(c, STAGE_DATA);
}

static inline enum verdict
stub_message(struct policy_call *c)
{
	struct script *sc = script_of(c);

	sc->call = c;
	for (unsigned i = 0; i < sc->n_hits; i++)
		policy_note_rule(c, sc->hits, NULL, NULL);
	if (sc->adds_header != NULL)
		policy_add_header(c, sc->adds_header, "yes");
	if (sc->claims_to_ask)
		return VERDICT_SUSPEND;
	if (!sc->asks)
		return run_script(c, STAGE_EOM);
	sc->called[STAGE_EOM]++;
	return ask_stub(c, sc);
}

static inline enum verdict
stub_answered(struct policy_call *c, enum exchange_state answer)
{
	struct script *sc = script_of(c);

	sc->answer = answer;
	if (++sc->answered <= sc->asks_more)
		return ask_stub(c, sc);
	if (sc->returns[STAGE_EOM] == VERDICT_ERROR)
		return policy_fail(c, "it broke");
	return sc->returns[STAGE_EOM];
}

static const struct policy_ops stub_ops = {
	.name = "stub",
	.msg_size = 16,
	.envfrom = stub_envfrom,
	.envrcpt = stub_envrcpt,
	.data = stub_data,
	.message = stub_message,
	.answered = stub_answered,
};

static struct chain_run *run;
static struct session *s;
static struct milter_client mta;
static struct buf in, out;
static char line[2000], warning[2000];
static char fields[2000]; /* of the line: "NAME=value\n" each */
static size_t log_takes;  /* bytes that the log line of a message needs */
static unsigned lines, warnings, resumed;
static uint64_t asked_ms;	 /* max_wait_ms of the last question */
static struct question *pending; /* the last one that is; NULL: none is */

static inline bool
host_ask(void *host, struct question *q)
{
	struct script *sc = script_of_exchange(q->exchange);

	(void)host;
	sc->question = q;
	asked_ms = q->max_wait_ms;
	q->outcome = sc->at_once;
	pending = q->outcome == ASK_PENDING ? q : NULL;
	return q->outcome != ASK_PENDING;
}

static inline void
host_cancel(void *host, struct question *q)
{
	(void)host;
	assert_ptr_equal(q, pending);
	pending = NULL;
	script_of_exchange(q->exchange)->cancelled++;
}

/* The question of a policy is done. */
static inline void
answer_with(struct script *sc, enum ask_outcome outcome)
{
	assert_ptr_equal(sc->question, pending);
	pending = NULL;
	sc->question->outcome = outcome;
	sc->question->done(sc->question->ctx);
}

static inline void
answer(struct script *sc, enum verdict v)
{
	sc->returns[STAGE_EOM] = v;
	answer_with(sc, ASK_ANSWERED);
}

static inline void
host_resumed(void *host)
{
	(void)host;
	resumed++;
	buf_reset(&out);
	session_resume(s, chain_run_verdict(run), &out);
}

static inline void
host_log(void *host, const struct log_record *record)
{
	(void)host;
	if (record->level != LOG_INFO) {
		(void)snprintf(warning, sizeof(warning), "%s", record->text);
		warnings++;
		return;
	}
	(void)snprintf(line, sizeof(line), "%s", record->text);
	lines++;
	fields[0] = '\0';
	for (size_t i = 0; i < record->n_fields; i++)
		str_append_format(fields, sizeof(fields), "%s=%s\n", record->fields[i].name,
				  record->fields[i].value);
}

static void (*when_done)(void); /* called at the end of a message, while it is there; or NULL */

static inline bool
host_done(void *host, const char *verdict, bool acted)
{
	struct buf taken = {0};

	(void)host;
	(void)verdict;
	(void)acted;
	if (log_takes > 0)
		(void)buf_reserve(&taken, log_takes);
	buf_free(&taken);
	return true;
}

/* Called at the end of each message, if a test has set it. */
static void (*remember)(const struct chain_run *at, const char *outcome);

static inline void
host_remember(void *host, const struct chain_run *at, const char *outcome)
{
	(void)host;
	if (remember != NULL)
		remember(at, outcome);
}

/* NULL: nothing is counted. */
static struct policy_counters *counted_policies;
static struct rule_counters *counted_rules;
static struct message_counters counted_message;

static inline struct chain_shared
host_shared(void *host)
{
	(void)host;
	return (struct chain_shared){.at_work = &at_work,
				     .fatal = fatal,
				     .policies = counted_policies,
				     .rules = counted_rules,
				     .message = &counted_message};
}

static const struct chain_host host = {
	.ask = host_ask,
	.cancel = host_cancel,
	.resumed = host_resumed,
	.log = host_log,
	.message_done = host_done,
	.shared = host_shared,
	.remember = host_remember,
};

static inline void
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
	chain.wait_time_ms = 100000;
}

static inline int
setup(void **state)
{
	(void)state;
	memset(script, 0, sizeof(script));
	memset(&chain, 0, sizeof(chain));
	arena = arena_new();
	lines = warnings = resumed = 0;
	pending = NULL;
	log_takes = 0;
	when_done = NULL;
	line[0] = warning[0] = '\0';
	set_policies(2);
	return 0;
}

static inline int
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

static inline void
give(void)
{
	size_t used;

	buf_reset(&out);
	assert_int_equal(session_run(s, in.data, in.len, &out, &used), 0);
	buf_consume(&in, used);
}

static inline void
expect(const char *replies)
{
	char letters[WIRE_MAX];

	assert_string_equal(wire_letters(&out, letters), replies);
}

/* Another connection for the run. */
static inline void
connect_with(uint32_t actions)
{
	struct milter_frame frame = {0};
	struct milter_reply reply;

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

static inline void
start_with(uint32_t actions)
{
	chain_prepare(&chain, arena);
	run = chain_run_new(&chain, &host, NULL, "s1");
	connect_with(actions);
}

static inline void
start(void)
{
	start_with(ACTION_ALL);
}

static const char *const from[] = {"<a@example.org>", NULL};
static const char *const to[] = {"<b@example.test>", NULL};
static const char *const id[] = {"i", "QID1", NULL};

static inline void
mail(void)
{
	milter_client_envfrom(&mta, &in, from);
	give();
}

static inline void
rcpt(void)
{
	milter_client_envrcpt(&mta, &in, to);
	give();
}

static inline void
data(void)
{
	milter_client_macros(&mta, &in, 'T', id);
	milter_client_data(&mta, &in);
	give();
}

static inline void
content(void)
{
	milter_client_header(&mta, &in, "Subject", "hello");
	milter_client_header(&mta, &in, "Message-ID", "<1@example.org>");
	milter_client_eoh(&mta, &in);
	milter_client_body(&mta, &in, "x\r\n", 3);
	milter_client_eom(&mta, &in);
	give();
}

/* One line was logged, and it has this part. */
static inline void
expect_line(const char *part)
{
	assert_int_equal(lines, 1);
	assert_non_null(strstr(line, part));
}

static inline void
envelope(void)
{
	mail();
	expect("c");
	rcpt();
	expect("c");
	data();
	expect("c");
}

#endif
