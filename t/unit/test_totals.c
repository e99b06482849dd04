/* src/master/totals: sums by name over workers that have ended, and over configurations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "caught_log.h"
#include "master/state.h"
#include "util/buf.h"

#define FIRST                                                                                  \
	"listener \"mx\" { socket = \"unix:/tmp/a.sock\"  chain = { \"caps\", \"words\" } }\n" \
	"size \"caps\" { message = \"1M\" }\n" WORDS
#define SECOND                                                                                 \
	"listener \"sub\" { socket = \"unix:/tmp/b.sock\"  chain = { \"words\", \"legal\" } }" \
	"\nfooter \"legal\" { text = \"x\"  mode = \"monitor\" }\n" WORDS
#define WORDS                                                                                  \
	"header \"words\" { rule \"one\" { name = \"A\"  match = \"x\"  action = \"reject\" }" \
	" rule \"two\" { name = \"A\"  match = \"y\"  action = \"reject\" } }\n"

static struct master m;
static struct master_options options = {.config = "/etc/t.conf"};
static struct snapshot *now;
static uint64_t clock_ms;

static uint64_t
fake_clock(void *ctx)
{
	(void)ctx;
	return clock_ms;
}

static int
set_up(void **state)
{
	(void)state;
	m = (struct master){.options = &options};
	catch_log();
	assert_true(sd_event_new(&m.loop) >= 0);
	assert_int_equal(timers_new(m.loop, &m.timers), 0);
	timers_set_clock(m.timers, fake_clock, NULL);
	clock_ms = 600000;
	m.totals = totals_new();
	assert_non_null(m.totals);
	now = calloc(1, sizeof(*now));
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	free(now);
	totals_free(m.totals);
	timers_free(m.timers);
	sd_event_unref(m.loop);
	release_log();
	return 0;
}

static void
look(void)
{
	const struct snapshot *shared;

	assert_int_equal(snapshot_open(totals_publish(m.totals, &m), &shared), 0);
	assert_int_equal(snapshot_read(shared, now), 0);
	snapshot_close(shared);
}

static struct total_places *
adopt(const char *text)
{
	struct config *cfg = NULL;
	struct total_places *places;

	assert_int_equal(config_load_text("t.conf", text, config_report_to_file, stderr, &cfg),
			 0);
	places = totals_adopt(m.totals, cfg);
	config_free(cfg);
	return places;
}

/* A worker that counted n for each listener, policy and rule, and has ended. */
static void
end_worker(const struct total_places *places, uint64_t n)
{
	int fd;
	struct worker_shared *s = worker_shared_new(places->size, &fd);

	assert_non_null(s);
	close(fd);
	counter_add(&s->count[STAT_SESSIONS], 3 * n);
	counter_add(&s->count[STAT_CLOSED_QUIT], 2 * n);
	counter_add(&s->message.n[MESSAGE_BYTES], n);
	counter_add(&s->message.n[MESSAGE_TIME + 5], n);
	for (size_t i = 0; i < places->size.listeners; i++)
		counter_add(&s->per_listener[i].n[LISTENER_MESSAGES + VERDICT_COUNT_REJECT], n);
	for (size_t i = 0; i < places->size.policies; i++)
		counter_add(&worker_policies(s, places->size)[i].n[POLICY_RUNS], n);
	for (size_t i = 0; i < places->size.rules; i++)
		counter_add(&worker_rules(s, places->size)[i].n[RULE_HITS], n * (i + 1));
	totals_add_ended(m.totals, places, s);
	worker_shared_free(s, places->size);
}

static const struct snapshot_policy *
policy(const char *name)
{
	size_t i = 0;

	while (i < now->n_policies && strcmp(now->policies[i].name, name) != 0)
		i++;
	assert_true(i < now->n_policies);
	return &now->policies[i];
}

static void
test_names_over_configurations(void **state)
{
	struct total_places *first = adopt(FIRST), *second;

	(void)state;
	end_worker(first, 5);
	second = adopt(SECOND);
	end_worker(second, 3);
	end_worker(first, 1); /* it drained */
	look();
	assert_int_equal(now->n_policies, 3);
	assert_int_equal(policy("caps")->n[POLICY_RUNS], 6);
	assert_int_equal(policy("words")->n[POLICY_RUNS], 9);
	assert_int_equal(policy("legal")->n[POLICY_RUNS], 3);
	assert_false(policy("caps")->is_configured);
	assert_true(policy("words")->is_configured && policy("legal")->is_configured);
	assert_true(policy("legal")->monitors && !policy("words")->monitors);
	assert_string_equal(policy("words")->kind, "header");
	assert_int_equal(now->n_rules, 2);
	assert_string_equal(now->rules[1].name, "two");
	assert_int_equal(now->rules[1].n[RULE_HITS], 2 * 9);
	assert_ptr_equal(&now->policies[now->rules[1].policy], policy("words"));
	assert_int_equal(now->n_listeners, 2);
	assert_string_equal(now->listeners[0].name, "mx");
	assert_false(now->listeners[0].is_configured);
	assert_int_equal(now->messages[VERDICT_COUNT_REJECT], 9);
	free(first);
	free(second);
}

static void
test_sums(void **state)
{
	struct total_places *places = adopt(FIRST);

	(void)state;
	end_worker(places, 4);
	totals_count(m.totals, TOTAL_RELOADS_FAILED);
	m.host.crashes = 6;
	m.host.crash_exits = 1;
	m.host.crash_hangs = 2;
	look();
	assert_int_equal(now->totals[TOTAL_SESSIONS], 12);
	assert_int_equal(now->totals[TOTAL_CLOSED_CRASH], 4);
	assert_int_equal(now->totals[TOTAL_RELOADS_FAILED], 1);
	assert_int_equal(now->totals[TOTAL_WORKER_SIGNALS], 3);
	assert_int_equal(now->message[MESSAGE_BYTES], 4);
	assert_string_equal(now->config_file, "/etc/t.conf");
	assert_int_equal(now->generation, 0);
	free(places);
}

static void
test_last_minute_and_hour(void **state)
{
	struct total_places *places = adopt(FIRST);

	(void)state;
	totals_look(m.totals, &m);
	end_worker(places, 4);
	clock_ms += 1000;
	totals_look(m.totals, &m);
	clock_ms += 59000;
	end_worker(places, 1);
	look();
	assert_int_equal(now->seconds[0].messages[VERDICT_COUNT_REJECT], 1);
	assert_int_equal(now->seconds[59].messages[VERDICT_COUNT_REJECT], 4);
	assert_int_equal(now->minutes[0].messages[VERDICT_COUNT_REJECT], 1);
	assert_int_equal(now->minutes[1].messages[VERDICT_COUNT_REJECT], 4);
	assert_int_equal(now->minutes[1].time[5], 4);
	clock_ms += 1000;
	look();
	assert_int_equal(now->seconds[1].messages[VERDICT_COUNT_REJECT], 1);
	clock_ms += UINT64_C(100000000); /* the master slept for a day */
	look();
	assert_int_equal(now->minutes[1].messages[VERDICT_COUNT_REJECT], 0);
	assert_int_equal(now->messages[VERDICT_COUNT_REJECT], 5);
	free(places);
}

/* Each configuration has 400 rules with other names: from the third one on there is no room. */
static const char *
write_many_rules(struct buf *b, int k)
{
	buf_reset(b);
	buf_puts(b, "listener \"mx\" { socket = \"unix:/tmp/a.sock\"  chain = { \"words\" } }\n"
		    "header \"words\" {\n");
	for (int i = 0; i < 400; i++)
		buf_printf(
			b,
			"rule \"%d-%d\" { name = \"A\"  match = \"x\"  action = \"reject\" }\n",
			k, i);
	buf_puts(b, "}\n");
	return buf_string(b);
}

static void
test_no_room(void **state)
{
	struct total_places *places;
	struct buf b = {0};

	(void)state;
	for (int k = 0; k < 4; k++) {
		places = adopt(write_many_rules(&b, k));
		end_worker(places, 1);
		free(places);
	}
	look();
	assert_int_equal(now->n_rules, COUNTED_RULES_MAX + 1);
	assert_string_equal(now->rules[999].name, "2-199");
	assert_int_equal(now->rules[999].n[RULE_HITS], 200);
	assert_string_equal(now->rules[1000].name, "");
	/* 201 to 400 of the third, 1 to 400 of the fourth */
	assert_int_equal(now->rules[1000].n[RULE_HITS], 60100 + 80200);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_names_over_configurations, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_sums, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_last_minute_and_hour, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_room, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
