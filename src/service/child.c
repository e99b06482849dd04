/* A child milter as an exchange: its bytes to frames, and memory. */
#include "service/child_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static struct child *
child_of(struct exchange *x)
{
	return (struct child *)x; /* base is the first member */
}

enum exchange_state
child_fail(struct child *c, const char *format, ...)
{
	char text[2 * EXCHANGE_TEXT_BYTES];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return exchange_fail(&c->base, EXCHANGE_BAD_ANSWER, text, strlen(text));
}

struct arena *
child_arena(struct child *c)
{
	if (!c->arena)
		c->arena = arena_new();
	return c->arena;
}

static void
release_child(struct exchange *x)
{
	struct child *c = child_of(x);

	buf_free(&c->partial);
	buf_free(&c->new_body);
	c->arena = arena_free(c->arena);
	*c = (struct child){.base = c->base, .message = c->message, .step = CHILD_STEP_END};
}

static void
begin_child(struct exchange *x)
{
	struct child *c = child_of(x);

	release_child(x);
	c->step = CHILD_STEP_OPTNEG;
	milter_client_init(&c->client);
	/* what the MTA has refused is not played */
	c->client.offer.protocol &= ~PROTO_RCPT_REJ;
	if (c->message)
		c->client.offer.actions =
			(c->message->actions & ACTION_ALL) | ACTION_SETSYMLIST;
}

static void
write_child(struct exchange *x, struct buf *out)
{
	child_write_steps(child_of(x), out);
}

/* Takes the whole frames at the front; *ret_used is their length. */
static enum exchange_state
take_frames(struct child *c, const unsigned char *data, size_t len, size_t *ret_used)
{
	enum exchange_state state = EXCHANGE_GOES_ON;
	struct milter_frame f;
	int r = 0;

	for (*ret_used = 0; state == EXCHANGE_GOES_ON; *ret_used += f.size) {
		r = milter_frame_next(data + *ret_used, len - *ret_used, c->base.max_answer,
				      &f);
		if (r <= 0)
			break;
		state = child_take_frame(c, &f);
	}
	if (r < 0)
		return child_fail(c, "a frame of %u bytes", milter_get_u32(data + *ret_used));
	return state;
}

/* Ends the play: what is left to be written is QUIT, or nothing. */
static enum exchange_state
leave_child(struct child *c, enum exchange_state state)
{
	c->step = state == EXCHANGE_ANSWERED ? CHILD_STEP_QUIT : CHILD_STEP_END;
	buf_free(&c->partial);
	return state;
}

static enum exchange_state
read_child(struct exchange *x, const char *data, size_t len)
{
	struct child *c = child_of(x);
	const unsigned char *p = (const unsigned char *)data;
	bool kept = c->partial.len > 0;
	enum exchange_state state;
	size_t used;

	if (kept) {
		buf_append(&c->partial, data, len);
		p = c->partial.data;
		len = c->partial.len;
	}
	state = take_frames(c, p, len, &used);
	if (state != EXCHANGE_GOES_ON)
		return leave_child(c, state);
	if (kept)
		buf_consume(&c->partial, used);
	else
		buf_append(&c->partial, p + used, len - used);
	if (c->partial.len == 0)
		buf_free(&c->partial);
	return EXCHANGE_GOES_ON;
}

static enum exchange_state
end_child(struct exchange *x)
{
	return leave_child(child_of(x), EXCHANGE_CUT);
}

static const struct exchange_ops child_ops = {
	.begin = begin_child,
	.write = write_child,
	.read = read_child,
	.end = end_child,
	.release = release_child,
};

void
child_filter(struct child *c, const struct child_message *message)
{
	*c = (struct child){
		.base.ops = &child_ops,
		.message = message,
		.step = CHILD_STEP_END,
	};
}

void
child_ping(struct child *c)
{
	child_filter(c, NULL);
}
