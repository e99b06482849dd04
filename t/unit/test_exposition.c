/* stats/exposition: a snapshot in both formats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "stats/exposition.h"
#include "util/buf.h"

static struct snapshot *s;
static struct buf text;

static int
set_up(void **state)
{
	(void)state;
	s = calloc(1, sizeof(*s));
	assert_non_null(s);
	strcpy(s->daemon_version, "0.1.0");
	strcpy(s->pcre2_version, "10.42");
	s->has_jit = 1;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	free(s);
	buf_free(&text);
	text = (struct buf){0};
	return 0;
}

static const char *
write_in(enum exposition_format format)
{
	buf_reset(&text);
	exposition_write(s, format, &text);
	return buf_string(&text);
}

/* The text has these lines, one behind the other. */
static void
expect_lines(enum exposition_format format, const char *lines)
{
	if (strstr(write_in(format), lines) == NULL)
		fail_msg("not there:\n%s", lines);
}

static void
test_names_of_both_formats(void **state)
{
	(void)state;
	s->started_ms = 1796065358831;
	s->totals[TOTAL_ACCEPT_PAUSES] = 7;
	expect_lines(EXPOSITION_OPENMETRICS,
		     "# TYPE polymilter_build info\n"
		     "polymilter_build_info{version=\"0.1.0\",pcre2=\"10.42\",jit=\"yes\","
		     "http=\"no\"} 1\n");
	expect_lines(EXPOSITION_PROMETHEUS,
		     "# TYPE polymilter_build_info gauge\n"
		     "polymilter_build_info{version=\"0.1.0\",pcre2=\"10.42\",jit=\"yes\","
		     "http=\"no\"} 1\n");
	expect_lines(EXPOSITION_OPENMETRICS, "# TYPE polymilter_accept_paused counter\n"
					     "polymilter_accept_paused_total 7\n");
	expect_lines(EXPOSITION_PROMETHEUS, "# TYPE polymilter_accept_paused_total counter\n"
					    "polymilter_accept_paused_total 7\n");
	expect_lines(EXPOSITION_PROMETHEUS, "# TYPE polymilter_start_time_seconds gauge\n"
					    "polymilter_start_time_seconds "
					    "1796065358.831000000\n");
	assert_string_equal(write_in(EXPOSITION_OPENMETRICS) + text.len - 6, "# EOF\n");
	assert_null(strstr(write_in(EXPOSITION_PROMETHEUS), "# EOF"));
}

static void
test_labels(void **state)
{
	(void)state;
	s->n_policies = 2;
	strcpy(s->policies[0].name, "a\"b\\c\nd");
	s->policies[0].n[POLICY_RUNS] = 3;
	s->policies[1].n[POLICY_RUNS] = 4; /* "": of all others */
	s->n_rules = 2;
	strcpy(s->rules[0].name, "r");
	s->rules[0].n[RULE_HITS] = 5;
	s->rules[1].n[RULE_HITS] = 6;
	expect_lines(EXPOSITION_OPENMETRICS,
		     "polymilter_policy_runs_total{policy=\"a\\\"b\\\\c\\nd\"} 3\n"
		     "polymilter_policy_runs_total{policy=\"(other)\"} 4\n");
	expect_lines(EXPOSITION_OPENMETRICS,
		     "polymilter_rule_hits_total{policy=\"a\\\"b\\\\c\\nd\",rule=\"r\"} 5\n"
		     "polymilter_rule_hits_total{policy=\"(other)\",rule=\"(other)\"} 6\n");
}

/* Each bucket has all that is below its bound. */
static void
test_histograms(void **state)
{
	(void)state;
	s->message[MESSAGE_DURATION] = 2;
	s->message[MESSAGE_DURATION + 2] = 3;
	s->message[MESSAGE_DURATION + DURATION_BUCKETS - 1] = 1;
	s->message[MESSAGE_NS] = 1500000001;
	expect_lines(EXPOSITION_PROMETHEUS,
		     "polymilter_message_duration_seconds_bucket{le=\"0.001\"} 2\n"
		     "polymilter_message_duration_seconds_bucket{le=\"0.005\"} 2\n"
		     "polymilter_message_duration_seconds_bucket{le=\"0.01\"} 5\n");
	expect_lines(EXPOSITION_PROMETHEUS,
		     "polymilter_message_duration_seconds_bucket{le=\"+Inf\"} 6\n"
		     "polymilter_message_duration_seconds_count 6\n"
		     "polymilter_message_duration_seconds_sum 1.500000001\n");
	s->n_policies = 1;
	strcpy(s->policies[0].name, "p");
	s->policies[0].n[POLICY_TIME] = 4;
	s->policies[0].n[POLICY_TIME + 3] = 2; /* 4 to 8 us */
	s->policies[0].n[POLICY_TIME + TIME_BUCKETS - 1] = 1;
	s->policies[0].n[POLICY_NS] = 7;
	expect_lines(
		EXPOSITION_OPENMETRICS,
		"polymilter_policy_duration_seconds_bucket{policy=\"p\",le=\"0.000008\"} 6\n");
	expect_lines(EXPOSITION_OPENMETRICS,
		     "polymilter_policy_duration_seconds_bucket{policy=\"p\",le=\"+Inf\"} 7\n"
		     "polymilter_policy_duration_seconds_count{policy=\"p\"} 7\n"
		     "polymilter_policy_duration_seconds_sum{policy=\"p\"} 0.000000007\n");
}

static void
test_results_of_policies(void **state)
{
	(void)state;
	s->n_policies = 2;
	strcpy(s->policies[0].name, "caps");
	strcpy(s->policies[1].name, "av");
	strcpy(s->policies[1].results, "skipped too-big error clean");
	s->policies[1].n[POLICY_RESULTS + 3] = 7;
	expect_lines(EXPOSITION_PROMETHEUS,
		     "polymilter_policy_results_total{policy=\"av\",result=\"skipped\"} 0\n"
		     "polymilter_policy_results_total{policy=\"av\",result=\"too-big\"} 0\n"
		     "polymilter_policy_results_total{policy=\"av\",result=\"error\"} 0\n"
		     "polymilter_policy_results_total{policy=\"av\",result=\"clean\"} 7\n"
		     "# ");
}

static void
test_messages_and_workers(void **state)
{
	(void)state;
	s->n_listeners = 1;
	strcpy(s->listeners[0].name, "mx");
	s->listeners[0].n[LISTENER_MESSAGES + VERDICT_COUNT_CUT] = 8;
	s->n_workers = 3;
	s->workers[0].state = SNAPSHOT_WORKER_SERVES;
	s->workers[1].state = SNAPSHOT_WORKER_SERVES;
	s->workers[2].state = SNAPSHOT_WORKER_HANGS;
	s->workers[0].memory = 1000;
	s->workers[2].memory = 24;
	expect_lines(EXPOSITION_OPENMETRICS,
		     "polymilter_messages_total{listener=\"mx\",verdict=\"cut\"} 8\n");
	expect_lines(EXPOSITION_OPENMETRICS, "polymilter_workers{state=\"starts\"} 0\n"
					     "polymilter_workers{state=\"serves\"} 2\n"
					     "polymilter_workers{state=\"drains\"} 0\n"
					     "polymilter_workers{state=\"hangs\"} 1\n");
	expect_lines(EXPOSITION_OPENMETRICS, "\npolymilter_workers_memory_bytes 1024\n");
	expect_lines(EXPOSITION_OPENMETRICS, "\npolymilter_healthy 1\n");
	strcpy(s->health, "workers do not answer");
	expect_lines(EXPOSITION_OPENMETRICS, "\npolymilter_healthy 0\n");
}

/* Each sample belongs to the family whose HELP and TYPE stand before it. */
static void
test_families(void **state)
{
	char family[100] = "";

	(void)state;
	for (const char *line = write_in(EXPOSITION_PROMETHEUS); *line != '\0';
	     line += strcspn(line, "\n") + 1) {
		if (strncmp(line, "# HELP ", 7) == 0) {
			(void)snprintf(family, sizeof(family), "%.*s",
				       (int)strcspn(line + 7, " "), line + 7);
		} else {
			const char *name = strncmp(line, "# TYPE ", 7) == 0 ? line + 7 : line;

			assert_memory_equal(name, family, strlen(family));
		}
	}
}

static void
test_services(void **state)
{
	(void)state;
	s->n_servers = 2;
	strcpy(s->servers[0].name, "av");
	strcpy(s->servers[0].server, "unix:/a");
	s->servers[0].is_configured = 1;
	s->servers[0].state = SNAPSHOT_SERVER_DOWN;
	s->servers[0].in_flight = 3;
	s->servers[0].n[SERVER_ANSWERED] = 7;
	s->servers[0].n[SERVER_TIMEOUT] = 2;
	s->servers[0].n[SERVER_CUT] = 1;
	s->servers[0].n[SERVER_MS] = 1500;
	s->servers[0].n[SERVER_DURATION + 1] = 10;
	strcpy(s->servers[1].name, "av");
	s->servers[1].is_configured = 1;
	s->servers[1].queued = 4;
	s->servers[1].n[SERVER_BUSY] = 5;
	expect_lines(EXPOSITION_PROMETHEUS,
		     "# TYPE polymilter_service_requests_total counter\n"
		     "polymilter_service_requests_total{service=\"av\",server=\"unix:/a\","
		     "result=\"error\"} 3\n"
		     "polymilter_service_requests_total{service=\"av\",server=\"unix:/a\","
		     "result=\"answered\"} 7\n"
		     "polymilter_service_requests_total{service=\"av\",server=\"unix:/a\","
		     "result=\"too-big\"} 0\n"
		     "polymilter_service_requests_total{service=\"av\",server=\"none\","
		     "result=\"error\"} 5\n");
	expect_lines(EXPOSITION_PROMETHEUS,
		     "polymilter_service_errors_total{service=\"av\",server=\"unix:/a\","
		     "reason=\"timeout\"} 2\n");
	expect_lines(EXPOSITION_PROMETHEUS,
		     "polymilter_service_seconds_bucket{service=\"av\",server=\"unix:/a\","
		     "le=\"0.005\"} 10\n");
	expect_lines(EXPOSITION_PROMETHEUS,
		     "polymilter_service_seconds_count{service=\"av\",server=\"unix:/a\"} 10\n"
		     "polymilter_service_seconds_sum{service=\"av\",server=\"unix:/a\"} "
		     "1.500000000\n"
		     "# HELP polymilter_service_in_flight Connections now.\n"
		     "# TYPE polymilter_service_in_flight gauge\n"
		     "polymilter_service_in_flight{service=\"av\",server=\"unix:/a\"} 3\n");
	expect_lines(EXPOSITION_PROMETHEUS, "polymilter_service_queued{service=\"av\"} 4\n");
	expect_lines(EXPOSITION_PROMETHEUS,
		     "polymilter_service_up{service=\"av\",server=\"unix:/a\"} 0\n");
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_names_of_both_formats),
		TEST(test_labels),
		TEST(test_histograms),
		TEST(test_results_of_policies),
		TEST(test_families),
		TEST(test_messages_and_workers),
		TEST(test_families),
		cmocka_unit_test_setup_teardown(test_services, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
