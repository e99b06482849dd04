/* A connection without sockets and clock. */
#include "dialogue.h"

#include <string.h>

#include "chain/chain.h"
#include "milter/frame.h"
#include "session/session.h"
#include "util/log.h"

static void
log_put(struct log_lines *l, const char *text)
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

static void
host_set_timer(void *host, unsigned ms)
{
	struct dialogue *d = host;

	d->timer_ms = ms;
}

static void
host_resumed(void *host)
{
	struct dialogue *d = host;

	d->resumed = true;
}

static struct sd_event *
host_loop(void *host)
{
	(void)host;
	return NULL;
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

	d->written += message;
	log_put(message ? &d->lines : &d->others, record->text);
}

static bool
host_message_done(void *host, const char *verdict, bool acted)
{
	struct dialogue *d = host;

	d->told += verdict != NULL || acted;
	return true;
}

static const struct chain_host dialogue_host = {
	.set_timer = host_set_timer,
	.resumed = host_resumed,
	.loop = host_loop,
	.log = host_log,
	.message_done = host_message_done,
};

void
dialogue_open(struct dialogue *d, const struct listener_conf *listener)
{
	*d = (struct dialogue){.close_why = ""};
	milter_client_init(&d->client);
	d->run = chain_run_new(listener->chain, &dialogue_host, d, "S1");
	d->session = session_new(&chain_handler, d->run, &listener->chain->limits);
}

void
dialogue_close(struct dialogue *d)
{
	d->session = session_free(d->session);
	d->run = chain_run_free(d->run);
}

void
dialogue_free(struct dialogue *d)
{
	dialogue_close(d);
	buf_free(&d->in);
	buf_free(&d->out);
	buf_free(&d->lines.text);
	buf_free(&d->others.text);
}

static bool
next_frame(const struct dialogue *d, struct milter_frame *ret)
{
	return milter_frame_next(d->out.data, d->out.len, MILTER_MAX_FRAME, ret) == 1;
}

/* The MTA reads the terms as soon as they are there: what it sends depends on them. */
static void
agree(struct dialogue *d)
{
	struct milter_frame frame;
	struct milter_reply reply;

	if (d->agreed || !next_frame(d, &frame) || frame.command != CMD_OPTNEG)
		return;
	if (milter_reply_decode(&frame, &reply) < 0 ||
	    milter_client_agree(&d->client, &reply) < 0) {
		d->closed = true;
		d->close_why = "the MTA does not take these terms";
	}
	d->agreed = true;
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
		d->close_why = session_error(d->session);
	}
	agree(d);
}

static void
complete(struct dialogue *d)
{
	if (!d->resumed)
		return;
	d->resumed = false;
	session_resume(d->session, chain_run_verdict(d->run), &d->out);
	dialogue_run(d);
}

void
dialogue_tick(struct dialogue *d, unsigned ms)
{
	if (d->timer_ms == 0)
		return;
	if (d->timer_ms > ms) {
		d->timer_ms -= ms;
		return;
	}
	d->timer_ms = 0;
	chain_run_timer_expired(d->run);
	complete(d);
}

/* Chunks of a new body that stand together. */
static void
take_body(struct dialogue *d, struct buf *body)
{
	struct milter_frame frame;

	while (next_frame(d, &frame) && frame.command == 'b') {
		buf_append(body, frame.payload, frame.len);
		buf_consume(&d->out, frame.size);
	}
}

/* What the reply points to stands at the front of d->out until the next call. */
bool
dialogue_next(struct dialogue *d, struct milter_reply *ret, struct buf *body)
{
	struct milter_frame frame;

	buf_consume(&d->out, d->taken);
	d->taken = 0;
	if (!next_frame(d, &frame))
		return false;
	if (frame.command == 'b') {
		take_body(d, body);
		*ret = (struct milter_reply){
			.reply = 'b', .data = body->data, .len = body->len};
		return true;
	}
	d->taken = frame.size;
	if (milter_reply_decode(&frame, ret) < 0)
		*ret = (struct milter_reply){.reply = '?'};
	if (ret->reply == REPLY_SKIP)
		d->client.skip_body = true;
	return true;
}

bool
dialogue_has_answer(const struct dialogue *d)
{
	const unsigned char *p = d->out.data + d->taken;
	size_t len = d->out.len - d->taken;
	struct milter_frame frame;
	struct milter_reply reply;

	for (; milter_frame_next(p, len, MILTER_MAX_FRAME, &frame) == 1;
	     p += frame.size, len -= frame.size) {
		if (milter_reply_decode(&frame, &reply) == 0 && milter_reply_is_final(&reply))
			return true;
	}
	return false;
}
