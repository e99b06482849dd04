/* The MTA's side of a case: the commands behind '>' become frames for the filter. After each of
 * them it checks that the filter replies where the agreed terms demand a reply, and nowhere
 * else. */
#include <stdlib.h>
#include <string.h>

#include "player.h"

#include "session/session.h"
#include "util/arena.h"
#include "util/str.h"

#define DEFAULT_PORT 12345u

typedef const char *word_list[SCRIPT_MAX_WORDS + 1];

/* The filter reads what was sent. expects: the MTA waits for an answer to it. */
static void
run_filter(struct player *p, bool expects)
{
	bool answered;

	dialogue_run(&p->d);
	answered = dialogue_has_answer(&p->d);
	if (p->d.closed)
		return;
	if (expects && !answered && !session_is_suspended(p->d.session))
		player_fail(p, "the MTA waits for an answer to '%s', and none came",
			    p->st->text);
	if (!expects && answered)
		player_fail(p, "an answer to '%s' came, and the MTA does not wait for one",
			    p->st->text);
}

/* The same for a command inside a message that one statement sends: it takes an answer
 * `continue` or `skip`, so that no '<' line need expect it. Returns false when the MTA stops
 * sending the message: another answer came, or the case has failed. */
static bool
run_filter_in_message(struct player *p, bool expects)
{
	struct milter_frame frame = {0};

	run_filter(p, expects);
	if (p->failed || p->d.closed)
		return false;
	if (!expects ||
	    milter_frame_next(p->d.out.data, p->d.out.len, MILTER_MAX_FRAME, &frame) != 1)
		return true;
	if (frame.command != REPLY_CONTINUE && frame.command != REPLY_SKIP)
		return false;
	p->d.client.skip_body |= frame.command == REPLY_SKIP;
	buf_consume(&p->d.out, frame.size);
	return true;
}

static void
send_optneg(struct player *p, const char *text)
{
	struct milter_terms *offer = &p->d.client.offer;
	word_list words;
	size_t n = script_words(p->arena, text, words);

	for (size_t i = 0; i < n; i++) {
		const char *value = strchr(words[i], '=');
		uint32_t number = value ? (uint32_t)strtoul(value + 1, NULL, 0) : 0;

		if (str_case_starts(words[i], "version="))
			offer->version = number;
		else if (str_case_starts(words[i], "actions="))
			offer->actions = number;
		else if (str_case_starts(words[i], "protocol="))
			offer->protocol = number;
		else
			player_fail(p, "optneg has no '%s'", words[i]);
	}
	p->offered = true;
	run_filter(p, milter_client_optneg(&p->d.client, &p->d.in));
}

static void
send_macro(struct player *p, const char *text)
{
	const char *pairs[2 * SCRIPT_MAX_WORDS + 1];
	word_list words;
	size_t n = script_words(p->arena, text, words), n_pairs = 0;

	for (size_t i = 1; i < n; i++) {
		const char *value = strchr(words[i], '=');

		if (!value) {
			player_fail(p, "a macro is NAME=VALUE");
			return;
		}
		pairs[n_pairs++] =
			arena_strndup(p->arena, words[i], (size_t)(value - words[i]));
		pairs[n_pairs++] = value + 1;
	}
	pairs[n_pairs] = NULL;
	milter_client_macros(&p->d.client, &p->d.in, (unsigned char)*text, pairs);
	run_filter(p, false);
}

static void
send_connect(struct player *p, const char *text)
{
	word_list words;
	size_t n = script_words(p->arena, text, words);
	uint16_t port = n > 3 ? (uint16_t)strtoul(words[3], NULL, 10) : DEFAULT_PORT;

	if (n < 2) {
		player_fail(p, "usage: connect HOST FAMILY [ADDR [PORT]]");
		return;
	}
	run_filter(p, milter_client_connect(&p->d.client, &p->d.in, words[0], words[1][0], port,
					    n > 2 ? words[2] : ""));
}

static void
send_helo(struct player *p, const char *text)
{
	run_filter(p, milter_client_helo(&p->d.client, &p->d.in, text));
}

static void
send_envfrom(struct player *p, const char *text)
{
	word_list words;

	script_words(p->arena, text, words);
	run_filter(p, milter_client_envfrom(&p->d.client, &p->d.in, words));
}

static void
send_envrcpt(struct player *p, const char *text)
{
	word_list words;

	script_words(p->arena, text, words);
	run_filter(p, milter_client_envrcpt(&p->d.client, &p->d.in, words));
}

static void
send_data(struct player *p, const char *text)
{
	(void)text;
	run_filter(p, milter_client_data(&p->d.client, &p->d.in));
}

/* Splits "Name: value"; as in an MTA, the value does not have the blank behind the colon. */
static bool
split_header(struct player *p, const char *line, const char **ret_name, const char **ret_value)
{
	const char *colon = strchr(line, ':');

	if (!colon)
		return false;
	*ret_name = arena_strndup(p->arena, line, (size_t)(colon - line));
	*ret_value = colon + 1 + (colon[1] == ' ');
	return true;
}

static void
send_header(struct player *p, const char *text)
{
	const char *name, *value, *line = script_unescape(p->arena, text, NULL);

	if (!split_header(p, line, &name, &value))
		player_fail(p, "a header needs a colon");
	else
		run_filter(p, milter_client_header(&p->d.client, &p->d.in, name, value));
}

static void
send_eoh(struct player *p, const char *text)
{
	(void)text;
	run_filter(p, milter_client_eoh(&p->d.client, &p->d.in));
}

/* Sends a body: the filter runs after each chunk but the last. Returns whether the MTA waits
 * for an answer to what was sent last. */
static bool
send_body_chunks(struct player *p, const char *data, size_t len)
{
	for (; len > MILTER_CHUNK; len -= MILTER_CHUNK, data += MILTER_CHUNK) {
		if (!run_filter_in_message(
			    p, milter_client_body(&p->d.client, &p->d.in, data, MILTER_CHUNK)))
			return true;
	}
	return milter_client_body(&p->d.client, &p->d.in, data, len);
}

static void
put_filler(struct buf *b, size_t len)
{
	for (size_t i = 1; i <= len; i++)
		buf_putc(b, i % 78 == 77 ? '\r' : i % 78 == 0 ? '\n' : 'x');
}

static void
put_crlf(struct buf *b, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\n')
			buf_putc(b, '\r');
		buf_putc(b, (unsigned char)*text);
	}
}

static void
send_body(struct player *p, const char *text)
{
	struct buf b = {0};
	uint64_t size = 0;
	size_t len = 0;

	if (p->st->block) {
		put_crlf(&b, p->st->block);
	} else if (str_parse_size(text, &size) == 0) {
		put_filler(&b, (size_t)size);
	} else {
		const char *bytes = script_unescape(p->arena, text, &len);

		buf_append(&b, bytes, len);
	}
	run_filter(p, send_body_chunks(p, (const char *)b.data, b.len));
	buf_free(&b);
}

static void
send_eom(struct player *p, const char *text)
{
	(void)text;
	p->n_messages++;
	run_filter(p, milter_client_eom(&p->d.client, &p->d.in));
}

/* Copies the header at *pos to *ret, its lines separated by LF, and moves *pos behind it.
 * false: at *pos is the empty line or the end. */
static bool
next_header(struct player *p, const char **pos, const char **ret)
{
	const char *start = *pos, *end = start;

	if (*start == '\n' || *start == '\0')
		return false;
	do {
		end += strcspn(end, "\n");
		end += *end == '\n';
	} while (*end == ' ' || *end == '\t');
	*pos = end;
	*ret = arena_strndup(p->arena, start, (size_t)(end - start) - (end[-1] == '\n'));
	return true;
}

static void
send_message(struct player *p, const char *text)
{
	const char *pos = p->st->block, *line, *name, *value;
	struct buf body = {0};
	bool on = true;

	(void)text;
	if (!pos) {
		player_fail(p, "usage: message <<END");
		return;
	}
	while (on && next_header(p, &pos, &line)) {
		line = script_unescape(p->arena, line, NULL);
		if (!split_header(p, line, &name, &value))
			player_fail(p, "a header needs a colon: %s", line);
		else
			on = run_filter_in_message(
				p, milter_client_header(&p->d.client, &p->d.in, name, value));
	}
	put_crlf(&body, *pos == '\n' ? pos + 1 : pos);
	on = on && run_filter_in_message(p, milter_client_eoh(&p->d.client, &p->d.in));
	if (on && body.len > 0)
		on = run_filter_in_message(
			p, send_body_chunks(p, (const char *)body.data, body.len));
	buf_free(&body);
	if (on)
		send_eom(p, text);
}

static void
send_abort(struct player *p, const char *text)
{
	(void)text;
	milter_client_abort(&p->d.client, &p->d.in);
	run_filter(p, false);
}

static void
send_quit(struct player *p, const char *text)
{
	(void)text;
	milter_client_quit(&p->d.client, &p->d.in);
	run_filter(p, false);
}

static void
send_quit_nc(struct player *p, const char *text)
{
	(void)text;
	milter_client_quit_nc(&p->d.client, &p->d.in);
	run_filter(p, false);
}

static void
send_unknown(struct player *p, const char *text)
{
	run_filter(p, milter_client_unknown(&p->d.client, &p->d.in, text));
}

static void
send_raw(struct player *p, const char *text)
{
	word_list words;
	size_t n = script_words(p->arena, text, words);

	for (size_t i = 0; i < n; i++)
		buf_putc(&p->d.in, (unsigned char)strtoul(words[i], NULL, 16));
	dialogue_run(&p->d);
}

static const struct {
	const char *word;
	void (*send)(struct player *p, const char *text);
} commands[] = {
	{"optneg", send_optneg},   {"macro", send_macro},     {"connect", send_connect},
	{"helo", send_helo},	   {"envfrom", send_envfrom}, {"envrcpt", send_envrcpt},
	{"data", send_data},	   {"header", send_header},   {"eoh", send_eoh},
	{"body", send_body},	   {"eom", send_eom},	      {"message", send_message},
	{"abort", send_abort},	   {"quit", send_quit},	      {"quit_nc", send_quit_nc},
	{"unknown", send_unknown}, {"raw", send_raw},
};

/* Sends the offer of Postfix 3.7 before the first command of a case, unless that is `optneg` or
 * `raw`. The answer is not compared. */
static void
send_default_offer(struct player *p, const char *word)
{
	struct buf got = {0};

	if (p->offered || strcmp(word, "optneg") == 0)
		return;
	p->offered = true;
	if (strcmp(word, "raw") == 0)
		return;
	run_filter(p, milter_client_optneg(&p->d.client, &p->d.in));
	if (!p->d.closed)
		player_next_reply(p, &got);
	buf_free(&got);
}

void
mta_check_no_reply(struct player *p)
{
	struct buf got = {0};
	bool any = player_next_reply(p, &got);

	if (any && !(p->in_prelude && strcmp(buf_string(&got), "continue") == 0))
		player_fail(p, "a reply that is not expected, before this command: %s",
			    buf_string(&got));
	buf_free(&got);
}

void
mta_send(struct player *p)
{
	const char *text = p->st->text;
	size_t len = strcspn(text, " \t");
	const char *word = arena_strndup(p->arena, text, len);

	mta_check_no_reply(p);
	text += len + strspn(text + len, " \t");
	send_default_offer(p, word);
	for (size_t i = 0; !p->failed && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(word, commands[i].word) != 0)
			continue;
		commands[i].send(p, text);
		return;
	}
	if (!p->failed)
		player_fail(p, "there is no command '%s'", word);
}
