/* Builds scripts of frames, and goes through them: see mta_script.h. The frames themselves, and
 * whether a stage is sent and answered, come from milter/client.c. */
#include "ctl/mta_script.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/mta_macros.h"
#include "milter/frame.h"
#include "milter/proto.h"
#include "milter/reply.h"

#define REPLY_MAX (64u * 1024 * 1024) /* bytes of one reply; Postfix has no limit near it */

/* The client of the benchmark. */
static const struct mta_peer default_peer = {
	.name = "client.example.org",
	.addr = "192.0.2.10",
	.family = '4',
	.helo = "client.example.org",
};
static const uint16_t client_port = 40025;

void
mta_script_free(struct mta_script *s)
{
	buf_free(&s->bytes);
	free(s->steps);
	*s = (struct mta_script){0};
}

/* Adds the step whose frames begin at from. */
static void
end_step(struct mta_script *s, enum stage stage, size_t from, bool is_answered)
{
	if (s->n == s->capacity) {
		s->capacity = s->capacity ? 2 * s->capacity : 32;
		s->steps = reallocarray(s->steps, s->capacity, sizeof(*s->steps));
		if (!s->steps)
			abort();
	}
	s->steps[s->n++] = (struct mta_step){stage, from, s->bytes.len, is_answered};
}

/* Appends the macros of a stage. Returns where the step begins. */
static size_t
start_step(struct mta_script *s, struct milter_client *c, enum stage stage,
	   const struct mta_macros *macros)
{
	size_t from = s->bytes.len;

	if (!macros->none)
		milter_client_macros(c, &s->bytes, stage_command(stage), macros->pairs);
	return from;
}

void
mta_script_add_session(struct mta_script *s, struct milter_client *c,
		       const struct mta_peer *peer)
{
	struct mta_macros macros;
	size_t from;
	bool answered;

	if (peer == NULL)
		peer = &default_peer;
	mta_macros_of_connect(&macros, peer);
	from = start_step(s, c, STAGE_CONNECT, &macros);
	answered = milter_client_connect(c, &s->bytes, peer->name, peer->family, client_port,
					 peer->addr);
	end_step(s, STAGE_CONNECT, from, answered);
	mta_macros_of_helo(&macros, peer);
	from = start_step(s, c, STAGE_HELO, &macros);
	answered = milter_client_helo(c, &s->bytes, peer->helo);
	end_step(s, STAGE_HELO, from, answered);
}

static void
add_rcpt_steps(struct mta_script *s, struct milter_client *c, const struct mta_message *message)
{
	struct mta_macros macros;

	for (size_t i = 0; message->rcpts[i]; i++) {
		const char *const argv[] = {message->rcpts[i], NULL};
		size_t from;
		bool answered;

		mta_macros_of_rcpt(&macros, message, i);
		from = start_step(s, c, STAGE_ENVRCPT, &macros);
		answered = milter_client_envrcpt(c, &s->bytes, argv);
		end_step(s, STAGE_ENVRCPT, from, answered);
	}
}

static void
add_envelope_steps(struct mta_script *s, struct milter_client *c,
		   const struct mta_message *message)
{
	struct mta_macros macros;
	size_t from;
	bool answered;

	mta_macros_of_mail(&macros, message);
	from = start_step(s, c, STAGE_ENVFROM, &macros);
	answered = milter_client_envfrom(c, &s->bytes, message->sender);
	end_step(s, STAGE_ENVFROM, from, answered);
	add_rcpt_steps(s, c, message);
}

static void
add_header_step(struct mta_script *s, struct milter_client *c, const struct mta_header *h,
		const struct mta_macros *macros)
{
	size_t from = start_step(s, c, STAGE_HEADER, macros);
	struct buf value = {0};

	buf_putc(&value, ' ');
	buf_puts(&value, h->value);
	bool answered = milter_client_header(c, &s->bytes, h->name, buf_string(&value));

	buf_free(&value);
	end_step(s, STAGE_HEADER, from, answered);
}

static void
add_body_steps(struct mta_script *s, struct milter_client *c, const struct mta_message *message,
	       const struct mta_macros *macros)
{
	for (size_t at = 0; at < message->body_len; at += MILTER_CHUNK) {
		size_t left = message->body_len - at;
		size_t from = start_step(s, c, STAGE_BODY, macros);
		bool answered = milter_client_body(c, &s->bytes, message->body + at,
						   left < MILTER_CHUNK ? left : MILTER_CHUNK);

		end_step(s, STAGE_BODY, from, answered);
	}
}

/* A stage without content. */
static void
add_plain_step(struct mta_script *s, struct milter_client *c, enum stage stage,
	       const struct mta_macros *macros,
	       bool (*put)(struct milter_client *c, struct buf *out))
{
	size_t from = start_step(s, c, stage, macros);
	bool answered = put(c, &s->bytes);

	end_step(s, stage, from, answered);
}

static void
add_content_steps(struct mta_script *s, struct milter_client *c,
		  const struct mta_message *message)
{
	struct mta_macros each, at_end;

	mta_macros_of_content(&each, message, STAGE_DATA);
	mta_macros_of_content(&at_end, message, STAGE_EOM);
	add_plain_step(s, c, STAGE_DATA, &each, milter_client_data);
	for (const struct mta_header *h = message->headers; h->name; h++)
		add_header_step(s, c, h, &each);
	add_plain_step(s, c, STAGE_EOH, &each, milter_client_eoh);
	add_body_steps(s, c, message, &each);
	add_plain_step(s, c, STAGE_EOM, &at_end, milter_client_eom);
}

/* With ABORT behind each message, as Postfix does; to a filter there is no message then that
 * this could be about. */
void
mta_script_add_message(struct mta_script *s, struct milter_client *c,
		       const struct mta_message *message)
{
	size_t from;

	add_envelope_steps(s, c, message);
	if (!message->is_reset)
		add_content_steps(s, c, message);
	from = s->bytes.len;
	milter_client_abort(c, &s->bytes);
	end_step(s, STAGE_COUNT, from, false);
}

void
mta_script_add_end(struct mta_script *s, struct milter_client *c)
{
	size_t from = s->bytes.len;

	milter_client_abort(c, &s->bytes);
	milter_client_quit(c, &s->bytes);
	end_step(s, STAGE_COUNT, from, false);
}

void
mta_dialogue_start(struct mta_dialogue *d, const struct mta_script *s)
{
	*d = (struct mta_dialogue){
		.script = s, .decided_at = STAGE_COUNT, .decision = REPLY_CONTINUE};
}

bool
mta_dialogue_fill(struct mta_dialogue *d, struct buf *out)
{
	while (d->next < d->script->n) {
		const struct mta_step *step = &d->script->steps[d->next++];

		buf_append(out, d->script->bytes.data + step->from, step->to - step->from);
		if (step->is_answered)
			return true;
		if (step->stage == STAGE_ENVRCPT)
			d->accepted_rcpts++;
	}
	return false;
}

/* Skips to the next step of another stage. */
static void
skip_steps_of_stage(struct mta_dialogue *d, enum stage stage)
{
	while (d->next < d->script->n && d->script->steps[d->next].stage == stage)
		d->next++;
}

static void
skip_rest_of_message(struct mta_dialogue *d)
{
	while (d->next < d->script->n && d->script->steps[d->next].stage != STAGE_COUNT)
		d->next++;
}

static bool
has_next_rcpt(const struct mta_dialogue *d)
{
	return d->next < d->script->n && d->script->steps[d->next].stage == STAGE_ENVRCPT;
}

void
mta_dialogue_take_reply(struct mta_dialogue *d, unsigned char reply)
{
	enum stage stage = d->script->steps[d->next - 1].stage;
	bool is_refusal =
		reply == REPLY_REJECT || reply == REPLY_TEMPFAIL || reply == REPLY_CODE;

	if (reply == REPLY_SKIP) {
		skip_steps_of_stage(d, STAGE_BODY);
		return;
	}
	if (stage == STAGE_ENVRCPT && !is_refusal)
		d->accepted_rcpts++;
	if (reply == REPLY_CONTINUE && stage != STAGE_EOM)
		return;
	d->decided_at = stage;
	d->decision = reply;
	/* Only this recipient is refused; the message continues while there are others. */
	if (stage == STAGE_ENVRCPT && is_refusal && (d->accepted_rcpts > 0 || has_next_rcpt(d)))
		return;
	skip_rest_of_message(d);
}

bool
mta_dialogue_is_at_rcpt(const struct mta_dialogue *d)
{
	return d->next > 0 && d->script->steps[d->next - 1].stage == STAGE_ENVRCPT;
}

size_t
mta_dialogue_rcpt(const struct mta_dialogue *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->next; i++)
		n += d->script->steps[i].stage == STAGE_ENVRCPT;
	return n > 0 ? n - 1 : 0;
}

bool
mta_dialogue_is_decided(const struct mta_dialogue *d)
{
	return d->next >= d->script->n || d->script->steps[d->next].stage == STAGE_COUNT;
}

int
mta_decode_reply(const unsigned char *data, size_t len, struct milter_reply *ret,
		 size_t *ret_size)
{
	struct milter_frame frame;
	int r = milter_frame_next(data, len, REPLY_MAX, &frame);

	if (r == 0)
		return 0;
	if (r < 0 || milter_reply_decode(&frame, ret) < 0)
		return -EPROTO;
	*ret_size = frame.size;
	return 1;
}
