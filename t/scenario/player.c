/* Plays all statements but those that send ('>', in mta.c): configurations, cases, and the
 * comparison of replies, log lines and mistakes with those that are expected. */
#include "player.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render.h"
#include "util/arena.h"
#include "util/instant.h"
#include "util/str.h"

void
player_fail(struct player *p, const char *fmt, ...)
{
	va_list ap;

	if (p->name && p->failed)
		return;
	if (p->name)
		p->failed = true;
	else
		p->n_failed++;
	fprintf(stderr, "%s:%u: %s%s", p->script.path, p->st ? p->st->line : 0,
		p->name ? p->name : "", p->name ? ": " : "");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

/* The configuration. */

static void
record_mistake(void *ctx, enum config_severity kind, const char *file, unsigned line,
	       const char *text)
{
	struct player *p = ctx;
	struct log_lines *l = kind == CONFIG_ERROR ? &p->errors : &p->warnings;

	(void)file;
	buf_printf(&l->text, "%u: %s", line, text);
	buf_putc(&l->text, '\0');
}

static void
load_config(struct player *p)
{
	if (p->loaded)
		return;
	p->loaded = true;
	if (config_load_text(p->script.path, buf_string(&p->conf), record_mistake, p,
			     &p->config) < 0)
		p->config = NULL;
	p->listener = p->config && p->config->n_listeners > 0 ? &p->config->listeners[0] : NULL;
}

/* Mistakes that no `error` or `warning` line has read are failures. */
static void
check_unread_mistakes(struct player *p)
{
	const char *line;

	while ((line = log_next(&p->errors)) != NULL)
		player_fail(p, "error: %s", line);
	while ((line = log_next(&p->warnings)) != NULL)
		player_fail(p, "warning: %s", line);
}

static void
end_config(struct player *p)
{
	if (p->conf.len > 0) {
		load_config(p);
		check_unread_mistakes(p);
	}
	p->config = config_free(p->config);
	p->listener = NULL;
	p->loaded = false;
	buf_reset(&p->conf);
	p->errors.read = p->warnings.read = 0;
	buf_reset(&p->errors.text);
	buf_reset(&p->warnings.text);
}

/* A case. */

bool
player_next_reply(struct player *p, struct buf *text)
{
	struct milter_reply reply;
	struct buf body = {0};
	bool any = dialogue_next(&p->d, &reply, &body);

	if (any && reply.reply == 'b')
		buf_puts(text, "replbody ");
	if (any)
		render_reply(&reply, text);
	buf_free(&body);
	if (!any && p->d.closed && !p->close_returned) {
		p->close_returned = true;
		buf_printf(text, "close (%s)", p->d.close_reason);
		any = true;
	}
	return any;
}

static void
check_log(struct player *p)
{
	const char *line = log_next(&p->d.other_lines);

	if (line)
		player_fail(p, "log line that is not expected: %s", line);
	if (p->d.n_expected_lines != p->d.n_message_lines ||
	    p->n_messages > p->d.n_expected_lines)
		player_fail(p,
			    "%u messages were sent to their end, %u must have a log line, %u "
			    "have one",
			    p->n_messages, p->d.n_expected_lines, p->d.n_message_lines);
}

static void
end_case(struct player *p)
{
	const struct statement *st = p->st;
	struct buf text = {0};

	if (!p->name)
		return;
	if (p->previous && st != p->previous)
		p->st = p->previous; /* failures are of the case's last statement */
	if (player_next_reply(p, &text))
		player_fail(p, "a reply that is not expected, at the end of the case: %s",
			    buf_string(&text));
	dialogue_close(&p->d);
	check_log(p);
	dialogue_free(&p->d);
	buf_free(&text);
	p->n_failed += p->failed;
	p->name = NULL;
	p->st = st;
}

static void
play_case(struct player *p)
{
	const char *words[SCRIPT_MAX_WORDS + 1];
	const struct statement *st = p->st;

	end_case(p);
	load_config(p);
	check_unread_mistakes(p);
	p->n_cases++;
	if (!p->listener) {
		player_fail(p, "there is no listener for this case");
		return;
	}
	script_words(p->arena, st->text, words);
	p->name = words[0] ? words[0] : "?";
	p->failed = p->offered = p->close_returned = false;
	p->n_messages = 0;
	dialogue_open(&p->d, p->listener);
	if (words[0] && words[1] && strcmp(words[1], "bare") == 0)
		return;
	p->in_prelude = true;
	for (size_t i = 0; i < p->prelude.n; i++)
		player_play(p, &p->prelude.statements[i]);
	if (!p->failed)
		mta_check_no_reply(p);
	p->in_prelude = false;
	p->st = st;
}

/* What is expected. */

/* Writes CHANCE for the random digits of each boundary that polymilter has made. A boundary
 * with another number of digits becomes "?", which fits no expected text. */
static void
mask_boundary(struct buf *text)
{
	static const char mark[] = "=_polymilter_";
	struct buf out = {0};
	const char *s = buf_string(text), *at;

	while ((at = strstr(s, mark)) != NULL) {
		at += strlen(mark);
		buf_append(&out, s, (size_t)(at - s));
		s = at + strspn(at, "0123456789abcdef");
		buf_puts(&out, s - at == 24 ? "CHANCE" : "?");
	}
	buf_puts(&out, s);
	buf_free(text);
	*text = out;
}

/* Whether the texts are equal; with "..." at the end of expected only up to there. */
static bool
text_fits(const char *expected, const char *got)
{
	size_t len = strlen(expected);

	if (len >= 3 && strcmp(expected + len - 3, "...") == 0)
		return strncmp(expected, got, len - 3) == 0;
	return strcmp(expected, got) == 0;
}

static const char *
with_crlf(struct arena *arena, const char *block, size_t *ret_len)
{
	struct buf b = {0};

	for (; *block != '\0'; block++) {
		if (*block == '\n')
			buf_putc(&b, '\r');
		buf_putc(&b, (unsigned char)*block);
	}

	const char *text = arena_dup(arena, b.data, b.len);

	*ret_len = b.len;
	buf_free(&b);
	return text;
}

/* The statement's text in the form that player_next_reply() gives to a reply: with the same
 * escapes. */
static const char *
expected_text(struct player *p)
{
	const struct statement *st = p->st;
	struct buf shown = {0};
	size_t len = 0;
	const char *text = script_unescape(p->arena, st->text, &len);

	render_bytes(text, len, &shown);
	if (st->block) {
		text = with_crlf(p->arena, st->block, &len);
		buf_putc(&shown, ' ');
		render_bytes(text, len, &shown);
	}
	text = arena_strdup(p->arena, buf_string(&shown));
	buf_free(&shown);
	return text;
}

static void
play_optneg_answer(struct player *p)
{
	const char *fields[SCRIPT_MAX_WORDS + 1];
	struct milter_reply reply;
	struct buf body = {0}, wrong = {0}, got = {0};

	script_words(p->arena, p->st->text, fields);
	if (!dialogue_next(&p->d, &reply, &body)) {
		player_fail(p, "expected %s, got nothing", p->st->text);
	} else {
		render_reply(&reply, &got);
		if (reply.reply == CMD_OPTNEG)
			render_check_optneg(&reply, fields + 1, &wrong);
		if (reply.reply != CMD_OPTNEG || wrong.len > 0)
			player_fail(p, "expected optneg %s, got %s", buf_string(&wrong),
				    buf_string(&got));
	}
	buf_free(&body);
	buf_free(&wrong);
	buf_free(&got);
}

static void
play_answer(struct player *p)
{
	struct buf got = {0};

	if (str_case_starts(p->st->text, "optneg")) {
		play_optneg_answer(p);
		return;
	}

	const char *expected = expected_text(p);
	bool any = player_next_reply(p, &got);
	bool close = strcmp(expected, "close") == 0;

	mask_boundary(&got);
	if (!any)
		player_fail(p, "expected %s, got nothing", expected);
	else if (close ? strncmp(buf_string(&got), "close", 5) != 0
		       : !text_fits(expected, buf_string(&got)))
		player_fail(p, "\n  expected %s\n  got      %s", expected, buf_string(&got));
	buf_free(&got);
}

static bool
line_fits(const char *line, const char *const *words)
{
	for (; *words; words++) {
		bool not = **words == '!';

		if ((strstr(line, *words + not ) != NULL) == not )
			return false;
	}
	return true;
}

static void
play_log(struct player *p)
{
	const char *words[SCRIPT_MAX_WORDS + 1];
	size_t before = p->d.other_lines.read;
	const char *line = log_next(&p->d.other_lines), *last = line;

	script_phrases(p->arena, p->st->text, words);
	if (line && line_fits(line, words))
		return;
	p->d.other_lines.read = before;
	while ((line = log_next(&p->d.message_lines)) != NULL) {
		if (line_fits(line, words))
			return;
		last = line;
	}
	player_fail(p, "\n  expected log line %s\n  got      %s", p->st->text,
		    last ? last : "none");
}

static void
play_mistake(struct player *p)
{
	bool error = strcmp(p->st->word, "error") == 0;
	struct log_lines *l = error ? &p->errors : &p->warnings;
	const char *line;

	load_config(p);
	line = log_next(l);
	if (!line)
		player_fail(p, "expected %s '%s', got none", p->st->word, p->st->text);
	else if (!strstr(line, p->st->text))
		player_fail(p, "\n  expected %s %s\n  got      %s", p->st->word, p->st->text,
			    line);
}

static void
play_conf(struct player *p)
{
	end_case(p);
	if (p->loaded)
		end_config(p);
	buf_puts(&p->conf, p->st->block ? p->st->block : p->st->text);
	buf_putc(&p->conf, '\n');
}

static void
play_listener(struct player *p)
{
	end_case(p);
	load_config(p);
	p->listener = NULL;
	for (size_t i = 0; p->config && i < p->config->n_listeners; i++) {
		if (strcmp(p->config->listeners[i].name, p->st->text) == 0)
			p->listener = &p->config->listeners[i];
	}
	if (!p->listener)
		player_fail(p, "no listener %s", p->st->text);
}

static void
play_prelude(struct player *p)
{
	end_case(p);
	if (!p->st->block ||
	    script_parse(p->arena, p->script.path, p->st->block, p->st->line, &p->prelude) < 0)
		player_fail(p, "a prelude is a block");
}

static void
play_ended(struct player *p)
{
	dialogue_record_fatal(&p->d, p->st->text);
}

static void
play_time(struct player *p)
{
	if (instant_parse(p->st->text, &p->d.now) < 0)
		player_fail(p, "'%s' is no instant: 2026-03-29T01:30:00Z", p->st->text);
}

static const struct {
	const char *word;
	bool in_case;
	void (*play)(struct player *p);
} statements[] = {
	{"conf", false, play_conf},
	{"error", false, play_mistake},
	{"warning", false, play_mistake},
	{"listener", false, play_listener},
	{"prelude", false, play_prelude},
	{"case", false, play_case},
	{">", true, mta_send},
	{"<", true, play_answer},
	{"log", true, play_log},
	{"ended", true, play_ended},
	{"time", true, play_time},
};

void
player_play(struct player *p, const struct statement *st)
{
	p->previous = p->st;
	p->st = st;
	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
		if (strcmp(st->word, statements[i].word) != 0)
			continue;
		if (statements[i].in_case && !p->name && p->listener)
			player_fail(p, "outside a case");
		else if (!statements[i].in_case || (p->name && !p->failed))
			statements[i].play(p);
		return;
	}
	player_fail(p, "there is no statement '%s'", st->word);
}

void
player_end(struct player *p)
{
	p->previous = p->st;
	end_case(p);
	end_config(p);
}

void
player_free(struct player *p)
{
	buf_free(&p->conf);
	buf_free(&p->errors.text);
	buf_free(&p->warnings.text);
	p->arena = arena_free(p->arena);
}
