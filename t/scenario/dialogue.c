/* The connection of dialogue.h: a session and a chain run of the daemon, whose host (log,
 * count of messages) is this file instead of a worker. The MTA's side is milter_client. */
#include "dialogue.h"

#include <string.h>
#include <time.h>

#include "chain/chain.h"
#include "chain/fatal_message.h"
#include "milter/frame.h"
#include "service/ask.h"
#include "session/session.h"
#include "util/log.h"

static void
append_line(struct log_lines *l, const char *text)
{
	buf_append(&l->text, text, strlen(text) + 1);
}

const char *
log_next(struct log_lines *l)
{
	if (l->read == l->text.len)
		return NULL;

	const char *line = (const char *)l->text.data + l->read;

	l->read += strlen(line) + 1;
	return line;
}

/* There are no services here: nothing answers. */
static bool
host_ask(void *host, struct question *q)
{
	(void)host;
	q->outcome = ASK_DOWN;
	return true;
}

static void
host_cancel(void *host, struct question *q)
{
	(void)host;
	(void)q;
}

static void
host_resumed(void *host)
{
	(void)host; /* no policy waits here */
}

static bool
is_message_line(const struct log_record *record)
{
	for (size_t i = 0; i < record->n_fields; i++) {
		if (strcmp(record->fields[i].name, "VERDICT") == 0)
			return true;
	}
	return false;
}

static void
host_log(void *host, const struct log_record *record)
{
	struct dialogue *d = host;
	bool message = is_message_line(record);

	d->n_message_lines += message;
	append_line(message ? &d->message_lines : &d->other_lines, record->text);
}

static bool
host_message_done(void *host, const char *verdict, bool acted)
{
	struct dialogue *d = host;

	d->n_expected_lines += verdict != NULL || acted;
	return true;
}

static struct chain_shared
host_shared(void *host)
{
	struct dialogue *d = host;

	return (struct chain_shared){.at_work = &d->at_work, .fatal = d->fatal};
}

static int64_t
host_now(void *host)
{
	const struct dialogue *d = host;

	return d->now;
}

static const struct chain_host dialogue_host = {
	.ask = host_ask,
	.cancel = host_cancel,
	.resumed = host_resumed,
	.log = host_log,
	.message_done = host_message_done,
	.shared = host_shared,
	.now = host_now,
};

void
dialogue_open(struct dialogue *d, const struct listener_conf *listener)
{
	*d = (struct dialogue){.close_reason = "", .fatal = fatal_messages_new()};
	milter_client_init(&d->client);
	d->run = chain_run_new(listener->chain, &dialogue_host, d, "S1");
	d->session = session_new(&chain_handler, d->run, &listener->chain->limits);
}

void
dialogue_close(struct dialogue *d)
{
	d->session = session_free(d->session);
	d->run = chain_run_free(d->run);
	d->fatal = fatal_messages_free(d->fatal);
}

void
dialogue_record_fatal(struct dialogue *d, const char *policy)
{
	char title[AT_WORK_BYTES] = "";
	struct timespec now;

	memcpy(title, policy, strnlen(policy, sizeof(title)));
	clock_gettime(CLOCK_MONOTONIC, &now);
	fatal_messages_record(d->fatal, &d->at_work.key, title, (uint64_t)now.tv_sec * 1000);
}

void
dialogue_free(struct dialogue *d)
{
	dialogue_close(d);
	buf_free(&d->in);
	buf_free(&d->out);
	buf_free(&d->message_lines.text);
	buf_free(&d->other_lines.text);
}

static bool
next_frame(const struct dialogue *d, struct milter_frame *ret)
{
	return milter_frame_next(d->out.data, d->out.len, MILTER_MAX_FRAME, ret) == 1;
}

/* The MTA takes the answer to OPTNEG at once: what it sends next depends on the terms. */
static void
answer_negotiation(struct dialogue *d)
{
	struct milter_frame frame = {0};
	struct milter_reply reply;

	if (d->negotiated || !next_frame(d, &frame) || frame.command != CMD_OPTNEG)
		return;
	if (milter_reply_decode(&frame, &reply) < 0 ||
	    milter_client_agree(&d->client, &reply) < 0) {
		d->closed = true;
		d->close_reason = "the MTA does not accept these terms";
	}
	d->negotiated = true;
}

void
dialogue_run(struct dialogue *d)
{
	size_t used = 0;
	int r;

	if (d->closed || d->in.len == 0)
		return;
	r = session_run(d->session, d->in.data, d->in.len, &d->out, &used);
	buf_consume(&d->in, used);
	while (session_write_more(d->session, &d->out))
		;
	if (r < 0) {
		d->closed = true;
		d->close_reason = session_error(d->session);
	}
	answer_negotiation(d);
}

/* Appends the payloads of the adjacent chunks at the front of d->out to body. */
static void
join_body_chunks(struct dialogue *d, struct buf *body)
{
	struct milter_frame frame = {0};

	while (next_frame(d, &frame) && frame.command == 'b') {
		buf_append(body, frame.payload, frame.len);
		buf_consume(&d->out, frame.size);
	}
}

bool
dialogue_next(struct dialogue *d, struct milter_reply *ret, struct buf *body)
{
	struct milter_frame frame = {0};

	buf_consume(&d->out, d->returned);
	d->returned = 0;
	if (!next_frame(d, &frame))
		return false;
	if (frame.command == 'b') {
		join_body_chunks(d, body);
		*ret = (struct milter_reply){
			.reply = 'b', .data = body->data, .len = body->len};
		return true;
	}
	d->returned = frame.size;
	if (milter_reply_decode(&frame, ret) < 0)
		*ret = (struct milter_reply){.reply = '?'};
	if (ret->reply == REPLY_SKIP)
		d->client.skip_body = true;
	return true;
}

bool
dialogue_has_answer(const struct dialogue *d)
{
	const unsigned char *p = d->out.data + d->returned;
	size_t len = d->out.len - d->returned;
	struct milter_frame frame = {0};
	struct milter_reply reply;

	for (; milter_frame_next(p, len, MILTER_MAX_FRAME, &frame) == 1;
	     p += frame.size, len -= frame.size) {
		if (milter_reply_decode(&frame, &reply) == 0 && milter_reply_is_final(&reply))
			return true;
	}
	return false;
}
