/* The page of the HTTP process: an empty daemon, a busy one, and texts that must be escaped.
 * With a file's name as its argument the program writes the page of the busy one there, for a
 * look at it: t/process/page.test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/page.h"

#define NOW_MS	  1793000000000u
#define TITLE	  "pills & <b>\"lotteries\"</b> 'x'"
#define ESCAPED	  "pills &amp; &lt;b&gt;&quot;lotteries&quot;&lt;/b&gt; &#39;x&#39;"
#define HOUR_MS	  3600000u
#define POLICIES  6u
#define RULES	  4u
#define LISTENERS 2u
#define WORKERS	  3u

static struct snapshot *
make_quiet(void)
{
	struct snapshot *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	s->written_ms = NOW_MS;
	s->started_ms = NOW_MS - 61000;
	s->loaded_ms = NOW_MS - 60000;
	s->generation = s->n_generations = 1;
	s->workers_configured = 2;
	strcpy(s->daemon_version, "0.1.0");
	strcpy(s->config_file, "/etc/polymilter/polymilter.conf");
	return s;
}

/* Numbers that differ from one to the next, and are always the same. */
static uint64_t
next_number(uint64_t below)
{
	static uint64_t x = 88172645463325252u;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x % below;
}

static void
fill_hour(struct snapshot *s)
{
	for (unsigned i = 0; i < SNAPSHOT_MINUTES; i++) {
		struct snapshot_minute *m = &s->minutes[i];

		if (i >= 40 && i < 44)
			continue; /* no messages */
		m->messages[VERDICT_COUNT_CONTINUE] = 300 + next_number(300);
		m->messages[VERDICT_COUNT_ACCEPT] = 100 + next_number(100);
		m->messages[VERDICT_COUNT_REJECT] = next_number(i < 10 ? 200 : 40);
		m->messages[VERDICT_COUNT_TEMPFAIL] = next_number(10);
		m->messages[VERDICT_COUNT_QUARANTINE] = next_number(20);
		m->messages[VERDICT_COUNT_ABORTED] = next_number(30);
		m->time[7] = 300 + next_number(100);
		m->time[8] = 200 + next_number(300);
		m->time[12] = next_number(12);
		m->time[i < 10 ? 18 : 15] = 3 + next_number(9);
	}
	for (unsigned i = 0; i < SNAPSHOT_SECONDS; i++)
		s->seconds[i].messages[VERDICT_COUNT_CONTINUE] = next_number(20);
}

static void
fill_lists(struct snapshot *s)
{
	static const char *const names[POLICIES] = {"caps",  "spam words", "moved",
						    "legal", TITLE,	   ""};
	static const char *const kinds[POLICIES] = {"size",   "header", "recipient",
						    "footer", "header", ""};

	s->n_policies = POLICIES;
	for (unsigned i = 0; i < POLICIES; i++) {
		struct snapshot_policy *p = &s->policies[i];

		(void)snprintf(p->name, sizeof(p->name), "%s", names[i]);
		(void)snprintf(p->kind, sizeof(p->kind), "%s", kinds[i]);
		p->is_configured = true;
		p->monitors = i == 1;
		p->n[POLICY_RUNS] = 1234567 / (i + 1);
		p->n[i == 1 ? POLICY_WOULD_HITS : POLICY_HITS] = next_number(5000);
		p->n[POLICY_ERRORS] = i == 3 ? 12 : 0;
		p->n[POLICY_TIME + 4 + i] = 900;
		p->n[POLICY_TIME + 9 + i] = 30;
	}
	s->n_rules = RULES;
	for (unsigned i = 0; i < RULES; i++) {
		(void)snprintf(s->rules[i].name, sizeof(s->rules[i].name), "rule %u", i);
		s->rules[i].policy = 1;
		s->rules[i].is_configured = i != 3;
		s->rules[i].n[RULE_HITS] = next_number(4000);
	}
	s->n_listeners = LISTENERS;
	for (unsigned i = 0; i < LISTENERS; i++) {
		struct snapshot_listener *l = &s->listeners[i];

		(void)snprintf(l->name, sizeof(l->name), "%s", i == 0 ? "mx" : "submission");
		(void)snprintf(l->socket, sizeof(l->socket), "%s",
			       i == 0 ? "unix:/var/spool/postfix/polymilter/mx.sock"
				      : "inet:8892@127.0.0.1");
		l->is_configured = true;
		l->sessions = 12;
		l->n[LISTENER_SESSIONS] = 765432;
		l->n[LISTENER_MESSAGES + VERDICT_COUNT_CONTINUE] = 654321;
		l->n[LISTENER_MESSAGES + VERDICT_COUNT_REJECT] = 4321;
	}
	s->n_workers = WORKERS;
	for (unsigned i = 0; i < WORKERS; i++)
		s->workers[i] = (struct snapshot_worker){
			.pid = 4711 + (int)i,
			.generation = i == 2 ? 2 : 3,
			.state = i == 2 ? SNAPSHOT_WORKER_DRAINS : SNAPSHOT_WORKER_SERVES,
			.age_s = 86400 * (i + 1),
			.sessions = i * 7,
			.messages = 123456 * i,
			.memory = (i + 5) << 20,
		};
}

static struct snapshot *
make_busy(void)
{
	struct snapshot *s = make_quiet();

	s->generation = 3;
	s->n_generations = 2;
	s->started_ms = NOW_MS - 100 * HOUR_MS;
	s->loaded_ms = NOW_MS - 3 * HOUR_MS;
	s->sessions_in_flight = 24;
	s->sessions_draining = 1;
	s->reload_failed_ms = NOW_MS - HOUR_MS;
	strcpy(s->reload_failure,
	       "/etc/polymilter/polymilter.conf:7: unknown option 'chian'; did you mean "
	       "'chain'?");
	strcpy(s->health, "12 log lines lost\na worker hangs");
	s->totals[TOTAL_WORKER_SIGNALS] = 2;
	fill_hour(s);
	fill_lists(s);
	for (unsigned i = 0; i < VERDICT_COUNT_N; i++)
		s->messages[i] = next_number(2000000);
	return s;
}

static char *
write_page(const struct snapshot *s, uint64_t now_ms)
{
	struct buf b = {0};
	char *text;

	page_write(s, now_ms, &b);
	text = strdup(buf_string(&b));
	buf_free(&b);
	assert_non_null(text);
	return text;
}

static size_t
count_of(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)) != NULL; text += strlen(what))
		n++;
	return n;
}

/* Each element that has an end tag has one. */
static void
assert_balanced(const char *page)
{
	static const char *const names[] = {"html",    "head", "body", "style",
					    "section", "h1",   "h2",   "table",
					    "dl",      "ul",   "svg",  "footer"};
	char begin[16], begin_with[16], end[16];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(begin, sizeof(begin), "<%s>", names[i]);
		(void)snprintf(begin_with, sizeof(begin_with), "<%s ", names[i]);
		(void)snprintf(end, sizeof(end), "</%s>", names[i]);
		assert_int_equal(count_of(page, begin) + count_of(page, begin_with),
				 count_of(page, end));
	}
}

static void
test_quiet(void **state)
{
	struct snapshot *s = make_quiet();
	char *page = write_page(s, NOW_MS);

	(void)state;
	assert_balanced(page);
	assert_non_null(strstr(page, "<p class=\"state well\">All is well</p>"));
	assert_null(strstr(page, "(!)"));
	assert_null(strstr(page, "<rect"));
	assert_null(strstr(page, "<h2>Rules"));
	assert_non_null(strstr(page, "1 min ago<small>"));
	free(page);
	free(s);
}

static void
test_busy(void **state)
{
	struct snapshot *s = make_busy();
	char *page = write_page(s, NOW_MS);

	(void)state;
	assert_balanced(page);
	assert_null(strstr(page, "All is well"));
	assert_non_null(strstr(page, "<title>polymilter (!)</title>"));
	assert_non_null(strstr(page, "<li>12 log lines lost</li>"));
	assert_non_null(strstr(page, "<li>a worker hangs</li>"));
	assert_non_null(strstr(page, "unknown option &#39;chian&#39;"));
	assert_non_null(strstr(page, "2 of 2<small>2 crashed or hung so far"));
	assert_non_null(strstr(page, "<td class=\"warn\">12</td>"));
	assert_int_equal(count_of(page, "<g><title>"), SNAPSHOT_MINUTES - 4);
	assert_null(strstr(page, "rule 3")); /* not configured any more */
	assert_non_null(strstr(page, "(other)"));
	free(page);
	free(s);
}

/* Nothing is loaded, and no text of the configuration is taken for HTML. */
static void
test_closed(void **state)
{
	static const char *const foreign[] = {"<script", "src=",  "url(",  "@import",
					      "<link",	 "http:", "https:"};
	struct snapshot *s = make_busy();
	char *page;

	(void)state;
	strcpy(s->health, TITLE);
	strcpy(s->reload_failure, TITLE);
	strcpy(s->config_file, TITLE);
	strcpy(s->rules[0].name, TITLE);
	strcpy(s->listeners[0].name, TITLE);
	strcpy(s->listeners[0].socket, TITLE);
	page = write_page(s, NOW_MS);
	assert_int_equal(count_of(page, ESCAPED), 7);
	assert_null(strstr(page, "<b>"));
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		assert_null(strstr(page, foreign[i]));
	free(page);
	free(s);
}

static void
test_old_state(void **state)
{
	struct snapshot *s = make_quiet();
	char *page = write_page(s, NOW_MS + 61000);

	(void)state;
	assert_non_null(strstr(page, "The master has not written its state for 1 min"));
	free(page);
	s->is_stopping = true;
	page = write_page(s, NOW_MS - 5000); /* the clock was set back */
	assert_non_null(strstr(page, "polymilter is stopping"));
	assert_null(strstr(page, "All is well"));
	free(page);
	free(s);
}

/* Values at their limits: nothing overflows, and bars stay within the drawing. */
static void
test_large_values(void **state)
{
	struct snapshot *s = make_busy();
	char *page;

	(void)state;
	for (unsigned i = 0; i < SNAPSHOT_MINUTES; i++) {
		s->minutes[i].messages[VERDICT_COUNT_ACCEPT] = UINT64_MAX >> 8;
		s->minutes[i].time[TIME_BUCKETS - 1] = UINT64_MAX;
	}
	page = write_page(s, NOW_MS);
	assert_balanced(page);
	assert_null(strstr(page, "nan"));
	assert_null(strstr(page, "inf"));
	assert_null(strstr(page, "y=\"-"));
	free(page);
	free(s);
}

static int
write_file(const char *path)
{
	FILE *f = fopen(path, "w");
	char *page = write_page(make_busy(), NOW_MS);

	return f != NULL && fputs(page, f) >= 0 && fclose(f) == 0 ? 0 : 1;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quiet),	     cmocka_unit_test(test_busy),
		cmocka_unit_test(test_closed),	     cmocka_unit_test(test_old_state),
		cmocka_unit_test(test_large_values),
	};

	if (argc > 1)
		return write_file(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
