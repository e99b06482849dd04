/* Builds scripts of frames, and goes through them: see mta_script.h. The frames themselves, and
 * whether a stage is sent and answered, come from milter/client.c. */
#include "ctl/mta_script.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "milter/frame.h"
#include "milter/proto.h"
#include "milter/reply.h"

#define REPLY_MAX (64u * 1024 * 1024) /* bytes of one reply; Postfix has no limit near it */

/* The SMTP client and the MTA that every session reports. */
static const char client_host[] = "client.example.org";
static const char client_addr[] = "192.0.2.10";
static const uint16_t client_port = 40025;
static const char mta_name[] = "mx.example.net";

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
	   const char *const *macros)
{
	size_t from = s->bytes.len;

	milter_client_macros(c, &s->bytes, stage_command(stage), macros);
	return from;
}

void
mta_script_add_session(struct mta_script *s, struct milter_client *c)
{
	const char *const macros[] = {"j",
				      mta_name,
				      "{daemon_name}",
				      mta_name,
				      "v",
				      "Postfix 3.7.11",
				      "_",
				      "client.example.org [192.0.2.10]",
				      NULL};
	size_t from = start_step(s, c, STAGE_CONNECT, macros);
	bool answered =
		milter_client_connect(c, &s->bytes, client_host, '4', client_port, client_addr);

	end_step(s, STAGE_CONNECT, from, answered);
	from = start_step(s, c, STAGE_HELO, (const char *const[]){NULL});
	answered = milter_client_helo(c, &s->bytes, client_host);
	end_step(s, STAGE_HELO, from, answered);
}

static void
add_envelope_steps(struct mta_script *s, struct milter_client *c,
		   const struct mta_message *message)
{
	const char *const auth[] = {"{auth_type}", "PLAIN", "{auth_authen}", message->auth_user,
				    NULL};
	const char *const id[] = {"i", message->queue_id, NULL};
	const char *const none[] = {NULL};
	size_t from = start_step(s, c, STAGE_ENVFROM, message->auth_user ? auth : none);
	bool answered = milter_client_envfrom(c, &s->bytes, message->sender);

	end_step(s, STAGE_ENVFROM, from, answered);
	for (const char *const *rcpt = message->rcpts; *rcpt; rcpt++) {
		/* As in Postfix: it assigns the queue id after the first recipient. */
		from = start_step(s, c, STAGE_ENVRCPT, rcpt == message->rcpts ? none : id);
		answered =
			milter_client_envrcpt(c, &s->bytes, (const char *const[]){*rcpt, NULL});
		end_step(s, STAGE_ENVRCPT, from, answered);
	}
	from = start_step(s, c, STAGE_DATA, id);
	answered = milter_client_data(c, &s->bytes);
	end_step(s, STAGE_DATA, from, answered);
}

static void
add_header_step(struct mta_script *s, struct milter_client *c, const struct mta_header *h,
		const char *const *macros)
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
	       const char *const *macros)
{
	for (size_t at = 0; at < message->body_len; at += MILTER_CHUNK) {
		size_t left = message->body_len - at;
		size_t from = start_step(s, c, STAGE_BODY, macros);
		bool answered = milter_client_body(c, &s->bytes, message->body + at,
						   left < MILTER_CHUNK ? left : MILTER_CHUNK);

		end_step(s, STAGE_BODY, from, answered);
	}
}

void
mta_script_add_message(struct mta_script *s, struct milter_client *c,
		       const struct mta_message *message)
{
	const char *const id[] = {"i", message->queue_id, NULL};

	add_envelope_steps(s, c, message);
	for (const struct mta_header *h = message->headers; h->name; h++)
		add_header_step(s, c, h, id);

	size_t from = start_step(s, c, STAGE_EOH, id);
	bool answered = milter_client_eoh(c, &s->bytes);

	end_step(s, STAGE_EOH, from, answered);
	add_body_steps(s, c, message, id);
	from = start_step(s, c, STAGE_EOM, id);
	answered = milter_client_eom(c, &s->bytes);
	end_step(s, STAGE_EOM, from, answered);
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
