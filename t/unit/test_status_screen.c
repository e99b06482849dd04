/* ctl/status_text, ctl/status_json: a snapshot on the screen, and as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "ctl/status.h"
#include "util/buf.h"

#define NOW_MS 1796065361762u
#define WIDTH  80u

static struct snapshot *s;
static struct buf text;

static int
set_up(void **state)
{
	(void)state;
	s = calloc(1, sizeof(*s));
	assert_non_null(s);
	strcpy(s->daemon_version, "0.1.0");
	strcpy(s->config_file, "/etc/polymilter/polymilter.conf");
	strcpy(s->log_level, "info");
	strcpy(s->log_level_configured, "info");
	s->written_ms = NOW_MS;
	s->started_ms = NOW_MS - 7384000;
	s->loaded_ms = NOW_MS - 59000;
	s->generation = s->n_generations = 1;
	s->master_pid = 812;
	s->master_memory = 5u << 20;
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

/* Cells are not wider than their columns. */
static const char *
show_screen(void)
{
	const char *line;

	buf_reset(&text);
	status_write_text(s, true, &text);
	for (line = buf_string(&text); *line != '\0'; line += strcspn(line, "\n") + 1)
		if (strcspn(line, "\n") > WIDTH)
			fail_msg("too long: %.*s", (int)strcspn(line, "\n"), line);
	return buf_string(&text);
}

static void
expect(const char *lines)
{
	if (strstr(show_screen(), lines) == NULL)
		fail_msg("not there:\n%s\nbut:\n%s", lines, buf_string(&text));
}

static void
expect_not(const char *words)
{
	if (strstr(show_screen(), words) != NULL)
		fail_msg("there: %s", words);
}

static void
expect_json(const char *part)
{
	char *json = NULL;
	size_t len;
	FILE *f = open_memstream(&json, &len);

	assert_non_null(f);
	status_write_json(s, f);
	assert_int_equal(fclose(f), 0);
	if (strstr(json, part) == NULL)
		fail_msg("not there: %s\nbut: %s", part, json);
	free(json);
}

static void
test_a_daemon_that_is_well(void **state)
{
	(void)state;
	expect("polymilter 0.1.0 is well.\n\n"
	       "  up 2h 3m, pid 812, memory of the master 5.0M\n"
	       "  /etc/polymilter/polymilter.conf: generation 1, loaded 59s ago\n"
	       "  0 sessions now\n");
	expect_not("Since the start");
	expect_json("{\"well\":true,\"health\":\"\",\"version\":\"0.1.0\",\"pid\":812,");
	s->generation = 2;
	expect("generation 2, reloaded 59s ago\n");
}

static void
test_what_is_not_well(void **state)
{
	(void)state;
	strcpy(s->health, "first\nsecond");
	s->reload_failed_ms = NOW_MS - 3000;
	strcpy(s->reload_failure, "a.conf:1: no");
	expect("polymilter 0.1.0 is NOT well:\n"
	       "  ! first\n"
	       "  ! second\n"
	       "  ! the reload failed 3s ago; the configuration before it serves:\n"
	       "    a.conf:1: no\n");
	expect_json("\"well\":false,\"health\":\"first\\nsecond\"");
	s->health[0] = '\0';
	s->reload_failed_ms = 0;
	s->is_stopping = 1;
	expect("is NOT well:\n  ! it is stopping\n");
	s->is_stopping = 0;
	s->generation = 0;
	expect("is NOT well:\n  ! it is starting: no configuration serves yet\n");
	s->generation = 1;
	s->totals[TOTAL_WORKER_SIGNALS] = 3;
	s->totals[TOTAL_LOG_LINES_LOST] = 12;
	expect("\nSince the start\n"
	       "         3 workers were killed by a signal\n"
	       "        12 log lines were lost\n");
}

/* What an administrator has set is told, without that the daemon is called unwell. */
static void
test_log_level_and_drains(void **state)
{
	(void)state;
	expect_not("log level");
	expect_json("\"log_level\":\"info\",\"log_level_configured\":\"info\"");
	strcpy(s->log_level, "debug");
	expect("polymilter 0.1.0 is well.\n");
	expect("\n  log level debug until the next reload (configured: info)\n");
	expect_json("\"log_level\":\"debug\",\"log_level_configured\":\"info\"");
	s->n_listeners = 3;
	strcpy(s->listeners[0].name, "mx");
	strcpy(s->listeners[1].name, "submission");
	strcpy(s->listeners[2].name, "former");
	s->listeners[0].is_configured = s->listeners[1].is_configured = 1;
	s->listeners[1].drains = s->listeners[2].drains = 1;
	s->listeners[1].sessions = 4;
	expect("\n  listener submission drains: no connections until the next reload\n");
	expect("\nsubmission [drains]         4 ");
	expect_not("mx [drains]");
	expect_not("former");
	expect_json("{\"name\":\"mx\",\"configured\":true,\"drains\":false,");
	expect_json("{\"name\":\"submission\",\"configured\":true,\"drains\":true,");
}

/* Long names and large numbers keep their columns. */
static void
test_width(void **state)
{
	(void)state;
	s->n_workers = s->n_listeners = s->n_policies = s->n_rules = 1;
	s->workers[0] = (struct snapshot_worker){
		4194304,     4000000,	 SNAPSHOT_WORKER_DRAINS, 4000000000,
		12345678901, UINT64_MAX, UINT64_MAX / 1000000};
	memset(s->listeners[0].name, 'n', sizeof(s->listeners[0].name) - 1);
	memset(s->listeners[0].socket, 's', sizeof(s->listeners[0].socket) - 1);
	s->listeners[0].is_configured = s->listeners[0].drains = 1;
	memset(s->policies[0].name, 'p', sizeof(s->policies[0].name) - 1);
	s->policies[0].is_configured = s->policies[0].monitors = 1;
	for (size_t i = 0; i < POLICY_COUNTERS; i++)
		s->policies[0].n[i] = 9876543210;
	memset(s->rules[0].name, 'r', sizeof(s->rules[0].name) - 1);
	s->rules[0].is_configured = 1;
	s->rules[0].n[RULE_HITS] = 9999999;
	expect("\nnnnnnnnn... [drains] ");
	expect("\nppppppppppp... [monitor] 9876.5M ");
	expect("\n  / rrrrrrrrrrrrrrrrrrrrrrrrr... 9999999       0\n");
	strcpy(s->policies[0].name, "newsletters 12");
	expect("\nnewsletters 12 [monitor] 9876.5M ");
}

/* Those that there were stand below the policy. */
static void
test_results(void **state)
{
	(void)state;
	s->n_policies = 1;
	strcpy(s->policies[0].name, "av");
	s->policies[0].is_configured = 1;
	strcpy(s->policies[0].results, "skipped too-big error clean infected");
	s->policies[0].n[POLICY_RESULTS + 3] = 120;
	s->policies[0].n[POLICY_RESULTS + 4] = 3;
	expect("\n    clean 120, infected 3\n");
	expect_json("\"results\":{\"skipped\":0,\"too-big\":0,\"error\":0,\"clean\":120,"
		    "\"infected\":3}");
}

/* The row of a service as a whole is there only when something waits, or came to no server. */
static void
test_services(void **state)
{
	(void)state;
	s->n_servers = 2;
	strcpy(s->servers[0].name, "av");
	strcpy(s->servers[0].server, "unix:/run/clamav/clamd.ctl");
	strcpy(s->servers[0].kind, "clamd");
	s->servers[0].is_configured = s->servers[1].is_configured = 1;
	s->servers[0].in_flight = 2;
	s->servers[0].n[SERVER_ANSWERED] = 7;
	s->servers[0].n[SERVER_TIMEOUT] = 3;
	strcpy(s->servers[1].name, "av");
	expect("\nService            now  answered  errors  state         server\n"
	       "av                   2         7       3  up            "
	       "...un/clamav/clamd.ctl\n");
	assert_null(strstr((const char *)text.data, "(no server)"));
	s->servers[0].state = SNAPSHOT_SERVER_DOWN;
	s->servers[0].down_s = 75;
	s->servers[1].queued = 4;
	expect("  DOWN 1m 15s  ");
	expect("av                   4         0       0  wait          (no server)\n");
	expect_json(
		"\"up\":false,\"down_for\":75,\"in_flight\":2,\"queued\":0,\"answered\":7,");
	expect_json("\"service\":\"av\",\"server\":null,");
}

static void
test_messages(void **state)
{
	(void)state;
	s->messages[VERDICT_COUNT_REJECT] = 12345678;
	s->seconds[59].messages[VERDICT_COUNT_REJECT] = 2;
	s->minutes[59].messages[VERDICT_COUNT_REJECT] = 40;
	s->minutes[0].time[2] = 100; /* 2 to 4 us */
	expect("\n  reject                       2          40         12.3M\n"
	       "  all                          2          40         12.3M\n"
	       "  time in policies, last hour: p50 ");
	expect_json("\"last_minute\":{\"continue\":0,\"accept\":0,\"discard\":0,\"reject\":2,");
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_a_daemon_that_is_well),
		TEST(test_what_is_not_well),
		TEST(test_log_level_and_drains),
		TEST(test_width),
		TEST(test_results),
		TEST(test_services),
		TEST(test_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
