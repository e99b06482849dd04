/* The document: what is well or not, the figures at a glance, then the sections of the other
 * files. Input: a snapshot, whose texts are escaped; output: HTML. */
#include "http/page.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "http/page_private.h"
#include "stats/summary.h"
#include "stats/units.h"

#define OLD_MS 10000u /* the master writes once a second */

static void
put_time(struct buf *b, uint64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm parts;
	char text[64];

	if (localtime_r(&seconds, &parts) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %Z", &parts) == 0)
		text[0] = '\0';
	page_put_text(b, text);
}

static uint64_t
seconds_since(uint64_t ms, uint64_t now_ms)
{
	return now_ms > ms ? (now_ms - ms) / 1000 : 0;
}

/* What is not well. */

static void
put_problem(struct buf *b, const char *text, size_t len)
{
	char line[SNAPSHOT_TEXT_BYTES];

	(void)snprintf(line, sizeof(line), "%.*s", (int)len, text);
	buf_puts(b, "<li>");
	page_put_text(b, line);
	buf_puts(b, "</li>\n");
}

/* Each line of a text. */
static void
put_problems(struct buf *b, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		if (len > 0)
			put_problem(b, text, len);
		text += len + (text[len] == '\n');
	}
}

static void
put_failed_reload(const struct snapshot *s, struct buf *b)
{
	if (s->reload_failed_ms == 0)
		return;
	buf_puts(b, "<li>The reload of ");
	put_time(b, s->reload_failed_ms);
	buf_puts(b, " failed: ");
	page_put_text(b, s->reload_failure);
	buf_puts(b, "</li>\n");
}

static void
put_age(const struct snapshot *s, uint64_t now_ms, struct buf *b)
{
	if (now_ms <= s->written_ms || now_ms - s->written_ms < OLD_MS)
		return;
	buf_puts(b, "<li>The master has not written its state for ");
	units_put_span(b, seconds_since(s->written_ms, now_ms));
	buf_puts(b, "</li>\n");
}

static void
put_state(const struct snapshot *s, uint64_t now_ms, struct buf *b)
{
	struct buf problems = {0};

	put_age(s, now_ms, &problems);
	put_failed_reload(s, &problems);
	put_problems(&problems, s->health);
	if (s->is_stopping)
		buf_puts(b, "<p class=\"state note\">polymilter is stopping</p>\n");
	else if (problems.len == 0)
		buf_puts(b, "<p class=\"state well\">All is well</p>\n");
	if (problems.len > 0) {
		buf_puts(b, "<ul class=\"state bad\">\n");
		buf_append(b, problems.data, problems.len);
		buf_puts(b, "</ul>\n");
	}
	buf_free(&problems);
}

/* The figures at a glance: a word, a large figure, a line below it. */

static void
begin_figure(struct buf *b, const char *name)
{
	buf_printf(b, "<div><dt>%s</dt><dd>", name);
}

static void
end_figure(struct buf *b)
{
	buf_puts(b, "</small></dd></div>\n");
}

static void
put_message_figure(const struct snapshot *s, struct buf *b)
{
	uint64_t minute = 0, hour = 0;

	for (unsigned i = 0; i < VERDICT_COUNT_N; i++) {
		minute += summary_last_minute(s, (enum verdict_count)i);
		hour += summary_last_hour(s, (enum verdict_count)i);
	}
	begin_figure(b, "Messages, last minute");
	units_put_count(b, minute);
	buf_puts(b, "<small>");
	units_put_count(b, hour);
	buf_puts(b, " in the last hour");
	end_figure(b);
}

static void
put_time_figure(const struct snapshot *s, struct buf *b)
{
	uint64_t time[TIME_BUCKETS], median_ns;

	summary_last_hour_time(s, time);
	median_ns = summary_quantile_ns(time, 50);
	begin_figure(b, "Time, last hour");
	if (median_ns == 0) {
		buf_puts(b, "&#8211;<small>no messages");
	} else {
		units_put_duration(b, median_ns / 1000);
		buf_puts(b, "<small>the median; p99 ");
		units_put_duration(b, summary_quantile_ns(time, 99) / 1000);
	}
	end_figure(b);
}

static void
put_session_figure(const struct snapshot *s, struct buf *b)
{
	begin_figure(b, "Sessions");
	units_put_count(b, s->sessions_in_flight);
	buf_puts(b, "<small>");
	if (s->sessions_draining > 0) {
		units_put_count(b, s->sessions_draining);
		buf_puts(b, " more at older workers, ");
	}
	if (s->connections_queued > 0)
		units_put_count(b, s->connections_queued);
	buf_puts(b,
		 s->connections_queued > 0 ? " wait for a worker" : "none waits for a worker");
	end_figure(b);
}

static void
put_worker_figure(const struct snapshot *s, struct buf *b)
{
	uint64_t deaths = s->totals[TOTAL_WORKER_EXITS] + s->totals[TOTAL_WORKER_SIGNALS] +
			  s->totals[TOTAL_WORKER_HANGS];
	unsigned serving = 0;

	for (uint32_t i = 0; i < s->n_workers; i++)
		serving += s->workers[i].state == SNAPSHOT_WORKER_SERVES &&
			   s->workers[i].generation == s->generation;
	begin_figure(b, "Workers");
	buf_printf(b, "%u of %" PRIu32 "<small>", serving, s->workers_configured);
	units_put_count(b, deaths);
	buf_puts(b, " crashed or hung so far");
	end_figure(b);
}

static void
put_configuration_figure(const struct snapshot *s, uint64_t now_ms, struct buf *b)
{
	begin_figure(b, "Configuration");
	buf_printf(b, "generation %" PRIu32 "<small>for ", s->generation);
	units_put_span(b, seconds_since(s->loaded_ms, now_ms));
	buf_puts(b, s->reload == SNAPSHOT_RELOAD_RUNS ? ", a reload runs" : "");
	end_figure(b);
}

static void
put_age_figure(const struct snapshot *s, uint64_t now_ms, struct buf *b)
{
	begin_figure(b, "Started");
	units_put_span(b, seconds_since(s->started_ms, now_ms));
	buf_puts(b, " ago<small>");
	put_time(b, s->started_ms);
	end_figure(b);
}

static void
put_figures(const struct snapshot *s, uint64_t now_ms, struct buf *b)
{
	buf_puts(b, "<dl class=\"figures\">\n");
	put_message_figure(s, b);
	put_time_figure(s, b);
	put_session_figure(s, b);
	put_worker_figure(s, b);
	put_configuration_figure(s, now_ms, b);
	put_age_figure(s, now_ms, b);
	buf_puts(b, "</dl>\n");
}

static void
put_page_head(const struct snapshot *s, struct buf *b)
{
	buf_puts(b, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		    "<meta name=\"color-scheme\" content=\"light dark\">\n"
		    "<meta http-equiv=\"refresh\" content=\"30\">\n<title>polymilter");
	if (s->health[0] != '\0' || s->reload_failed_ms != 0)
		buf_puts(b, " (!)");
	buf_puts(b, "</title>\n<style>\n");
	buf_puts(b, page_style);
	buf_puts(b, "</style>\n</head>\n<body>\n<h1>polymilter</h1>\n");
}

static void
put_page_foot(const struct snapshot *s, struct buf *b)
{
	buf_puts(b, "<footer>polymilter ");
	page_put_text(b, s->daemon_version);
	buf_printf(b, ", process %" PRId32 ", with ", s->master_pid);
	page_put_text(b, s->config_file);
	buf_puts(b, ". State of ");
	put_time(b, s->written_ms);
	buf_puts(b, "; all figures are since the start unless they say otherwise. "
		    "<a href=\"/metrics\">Metrics</a></footer>\n</body>\n</html>\n");
}

void
page_write(const struct snapshot *s, uint64_t now_ms, struct buf *b)
{
	put_page_head(s, b);
	put_state(s, now_ms, b);
	put_figures(s, now_ms, b);
	buf_puts(b, "<div class=\"charts\">\n");
	page_put_verdict_chart(s, b);
	page_put_time_chart(s, b);
	buf_puts(b, "</div>\n");
	page_put_verdict_table(s, b);
	page_put_policy_table(s, b);
	page_put_rule_table(s, b);
	page_put_listener_table(s, b);
	page_put_worker_table(s, b);
	put_page_foot(s, b);
}
