/* Chains with the policy `scan`, which finds what its section says, played to messages.
 * Included by one C file each: policy_registry here replaces the one of src/config, which is
 * then not linked.
 *
 *	scan "av" { result = "infected"  detail = "Win.Test"  on_infected = "reject" }
 *
 * Other kinds here: `rank`, whose results are open and scored; `header`, `footer`, `size` and
 * `recipient` as they are. */
#ifndef UNIT_SCAN_POLICY_H
#define UNIT_SCAN_POLICY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "charset/charset.h"
#include "config/config.h"
#include "ctl/offline.h"
#include "milter/proto.h"
#include "policy/policy.h"
#include "util/arena.h"
#include "util/buf.h"

struct scan_conf {
	const char *result, *detail, *score;
	const char *const *symbols;
	size_t n_symbols;
	bool fails, twice, quits, asks, fails_at_rcpt;
	struct reply reply; /* of on_infected */
};

static unsigned scan_calls; /* of message() of all instances */

static int
scan_configure(struct policy_setup *setup, const struct section *s, struct policy_need *need,
	       const void **ret_conf)
{
	struct scan_conf *conf = arena_zalloc(policy_setup_arena(setup), sizeof(*conf));
	char why[100];

	conf->result = section_string(s, "result");
	conf->detail = section_string(s, "detail");
	conf->score = section_string(s, "score");
	conf->n_symbols = section_list(s, "symbols", &conf->symbols);
	conf->fails = section_bool(s, "fails");
	conf->twice = section_bool(s, "twice");
	conf->quits = section_bool(s, "quits");
	conf->asks = section_bool(s, "asks");
	conf->fails_at_rcpt = section_bool(s, "fails_at_rcpt");
	if (reply_parse(policy_setup_arena(setup), section_string(s, "reply"), 0, &conf->reply,
			why, sizeof(why)) < 0)
		return section_error(s, "reply", "%s", why);
	need->reads = PART_HEADERS;
	need->message = STAGE_EOM;
	*ret_conf = conf;
	return 0;
}

/* The word of the option behind those of all such options. */
#define ON_INFECTED_PASS ON_EVENT_N

static enum verdict
act_on_infection(struct policy_call *c)
{
	const struct scan_conf *conf = policy_conf(c);
	const struct placeholder_values values = {.ctx = NULL};
	int action = policy_on_event(c, "on_infected");

	if (action == ON_EVENT_FAILED)
		return VERDICT_ERROR;
	if (action == ON_INFECTED_PASS)
		policy_set_result(c, "clean", NULL);
	if (action == ON_EVENT_UNSET || action == ON_INFECTED_PASS)
		return VERDICT_CONTINUE;
	return policy_act(c, (enum on_event)action, &conf->reply, &values, "infected");
}

static enum verdict
scan_envrcpt(struct policy_call *c)
{
	const struct scan_conf *conf = policy_conf(c);

	return conf->fails_at_rcpt ? policy_fail(c, "it broke") : VERDICT_CONTINUE;
}

static enum verdict
scan_message(struct policy_call *c)
{
	const struct scan_conf *conf = policy_conf(c);
	int64_t score;

	scan_calls++;
	if (conf->twice)
		policy_set_result(c, "clean", NULL);
	if (conf->result != NULL)
		policy_set_result(c, conf->result, conf->detail);
	if (conf->score != NULL && policy_parse_score(conf->score, &score) == 0)
		policy_set_score(c, score);
	for (size_t i = 0; i < conf->n_symbols; i++)
		policy_add_symbol(c, conf->symbols[i]);
	if (conf->asks)
		policy_note_asked(c, conf->fails ? 60001 : 12, conf->fails ? 2 : 1, 1,
				  conf->fails ? "timeout" : NULL);
	if (conf->fails)
		return policy_fail(c, "it broke");
	if (conf->result != NULL && strcmp(conf->result, "infected") == 0)
		return act_on_infection(c);
	return conf->quits ? VERDICT_REJECT : VERDICT_CONTINUE;
}

static enum verdict
scan_apply_result(struct policy_call *c, const char *result)
{
	return strcmp(result, "infected") == 0 ? act_on_infection(c) : VERDICT_CONTINUE;
}

static const char *const on_infected_words[] = {"tempfail",   "reject",	 "accept", "continue",
						"quarantine", "discard", "pass",   NULL};

static const struct option scan_options[] = {
	{.name = "result", .type = OPTION_STRING, .help = "what it finds"},
	{.name = "detail", .type = OPTION_STRING, .help = "of that"},
	{.name = "score", .type = OPTION_STRING, .help = "which it finds"},
	{.name = "symbols", .type = OPTION_LIST, .help = "which it finds"},
	{.name = "fails", .type = OPTION_BOOL, .value = "no", .help = "then it fails"},
	{.name = "twice", .type = OPTION_BOOL, .value = "no", .help = "first it finds clean"},
	{.name = "quits", .type = OPTION_BOOL, .value = "no", .help = "then it refuses"},
	{.name = "fails_at_rcpt", .type = OPTION_BOOL, .value = "no", .help = "at each RCPT"},
	{.name = "on_infected",
	 .type = OPTION_WORD,
	 .words = on_infected_words,
	 .help = "what then"},
	{.name = "reply",
	 .type = OPTION_STRING,
	 .value = "554 5.7.1 Infected",
	 .help = "of that"},
	{.name = "asks", .type = OPTION_BOOL, .value = "no", .help = "it says how it asked"},
	{0},
};

static const char *const scan_words[] = {"clean", "infected", NULL};
static const struct policy_results scan_results = {.words = scan_words};
static const char *const rank_words[] = {"no-action", "add-header", NULL};
static const struct policy_results rank_results = {
	.words = rank_words, .open = true, .scored = true};

static const struct policy_ops policy_scan = {
	.name = "scan",
	.summary = "finds what its section says",
	.options = scan_options,
	.results = &scan_results,
	.configure = scan_configure,
	.envrcpt = scan_envrcpt,
	.apply_result = scan_apply_result,
	.message = scan_message,
};

static const struct policy_ops policy_rank = {
	.name = "rank",
	.summary = "finds what its section says, with a score",
	.options = scan_options,
	.results = &rank_results,
	.configure = scan_configure,
	.envrcpt = scan_envrcpt,
	.apply_result = scan_apply_result,
	.message = scan_message,
};

extern const struct policy_ops policy_footer, policy_header, policy_recipient, policy_size;

const struct policy_ops *const policy_registry[] = {
	&policy_footer, &policy_header, &policy_rank, &policy_recipient,
	&policy_scan,	&policy_size,	NULL,
};

static struct config *cfg;
static struct arena *arena;
static struct offline *offline;
static struct buf reports; /* of loading: "LINE: text\n" */
static const char *to_whom = "<b@example.net>";

static inline void
note_report(void *ctx, enum config_severity severity, const char *file, unsigned line,
	    const char *text)
{
	(void)ctx;
	(void)file;
	buf_printf(&reports, "%u: %s%s\n", line, severity == CONFIG_WARNING ? "warning: " : "",
		   text);
}

static inline int
set_up_scan(void **state)
{
	(void)state;
	charset_open_all();
	arena = arena_new();
	scan_calls = 0;
	return 0;
}

static inline int
tear_down_scan(void **state)
{
	(void)state;
	offline = offline_free(offline);
	cfg = config_free(cfg);
	arena = arena_free(arena);
	buf_free(&reports);
	return 0;
}

/* The text of a configuration whose only listener has this chain, in its first line. */
static inline const char *
conf_with_chain(const char *chain, const char *rest)
{
	return arena_printf(arena,
			    "listener \"mx\" { socket = \"unix:/x\" chain = { %s } }\n%s",
			    chain, rest);
}

/* Loads it: no mistakes, and exactly these warnings. */
static inline void
load_chain_with(const char *chain, const char *rest, const char *warnings)
{
	offline = offline_free(offline);
	cfg = config_free(cfg);
	buf_reset(&reports);
	(void)config_load_text("t", conf_with_chain(chain, rest), note_report, NULL, &cfg);
	assert_string_equal(buf_string(&reports), warnings);
	assert_non_null(cfg);
	offline = offline_new(&cfg->listeners[0], cfg);
}

static inline void
load_chain(const char *chain, const char *rest)
{
	load_chain_with(chain, rest, "");
}

/* It does not load, and these are the reports. */
static inline void
refuse_chain(const char *chain, const char *rest, const char *expected)
{
	struct config *none = NULL;

	buf_reset(&reports);
	assert_true(config_load_text("t", conf_with_chain(chain, rest), note_report, NULL,
				     &none) < 0);
	assert_string_equal(buf_string(&reports), expected);
}

/* Plays a message to the chain that was loaded. */
static inline struct offline_result
play_message(void)
{
	static const struct mta_peer peer = {
		.name = "mail.example.org", .addr = "192.0.2.1", .family = '4', .helo = "m"};
	static const char *const sender[] = {"<a@example.org>", NULL};
	static const struct mta_header headers[] = {{"Subject", "hello"}, {NULL, NULL}};
	const char *const rcpts[] = {to_whom, NULL};
	const struct mta_message message = {
		.peer = &peer,
		.queue_id = "Q1",
		.sender = sender,
		.rcpts = rcpts,
		.headers = headers,
		.body = "text\r\n",
		.body_len = 6,
	};
	struct offline_result r;

	assert_int_equal(offline_connect(offline, &peer), 0);
	assert_int_equal(offline_play(offline, &message, arena, &r), 0);
	return r;
}

/* The log line of a message has this. */
static inline void
expect_in_log(const char *part)
{
	struct offline_result r = play_message();

	if (strstr(r.log, part) == NULL)
		fail_msg("'%s' is not in: %s", part, r.log);
}

#endif
