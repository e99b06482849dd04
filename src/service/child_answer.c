/* The replies of a child, each to the command that it answers. */
#include "service/child_private.h"

#include <string.h>

#define LISTS_BYTES 4096u /* of macro names that a child may ask for */

static enum exchange_state
end_with(struct child *c, enum verdict verdict)
{
	c->answer.verdict = verdict;
	if (verdict != VERDICT_CONTINUE) {
		c->answer.n_changes = 0;
		c->answer.replaces_body = false;
		c->answer.quarantine = NULL;
		buf_free(&c->new_body);
	}
	c->answer.body = (struct slice){(const char *)c->new_body.data, c->new_body.len};
	return EXCHANGE_ANSWERED;
}

static enum exchange_state
end_refused(struct child *c, const struct child_reply *reply)
{
	c->answer.reply = *reply;
	return end_with(c, reply->code >= 500 ? VERDICT_REJECT : VERDICT_TEMPFAIL);
}

/* The message's refusal when all recipients were refused. */
static const struct child_reply *
choose_refusal(const struct child_answer *a)
{
	for (size_t i = 0; i < a->n_refused; i++) {
		if (a->refused[i].reply.code < 500)
			return &a->refused[i].reply;
	}
	return &a->refused[0].reply;
}

/* The recipient that was sent last is refused. */
static enum exchange_state
refuse_child_rcpt(struct child *c, const struct child_reply *reply)
{
	struct child_answer *a = &c->answer;

	a->refused = arena_grow(child_arena(c), a->refused, a->n_refused, &c->cap_refused,
				sizeof(*a->refused));
	a->refused[a->n_refused++] = (struct child_refusal){c->at - 1, *reply};
	if (a->n_refused < c->message->n_rcpts)
		return EXCHANGE_GOES_ON;
	return end_refused(c, choose_refusal(a));
}

static enum exchange_state
take_refusal(struct child *c, enum stage s, const struct milter_reply *r)
{
	struct child_reply reply;

	child_read_reply(child_arena(c), r, &reply);
	if (s == STAGE_ENVRCPT && r->reply != REPLY_SHUTDOWN)
		return refuse_child_rcpt(c, &reply);
	return end_refused(c, &reply);
}

static enum exchange_state
take_final(struct child *c, enum stage s, const struct milter_reply *r)
{
	c->awaited[s]--;
	switch (r->reply) {
	case REPLY_CONTINUE:
		return s == STAGE_EOM ? end_with(c, VERDICT_CONTINUE) : EXCHANGE_GOES_ON;
	case REPLY_ACCEPT:
		return end_with(c, VERDICT_CONTINUE);
	case REPLY_DISCARD:
		return end_with(c, VERDICT_DISCARD);
	case REPLY_SKIP:
		if (s != STAGE_BODY)
			break;
		c->client.skip_body = true;
		return EXCHANGE_GOES_ON;
	case REPLY_REJECT:
	case REPLY_TEMPFAIL:
	case REPLY_CODE:
	case REPLY_SHUTDOWN:
		return take_refusal(c, s, r);
	default:
		break;
	}
	return child_fail(c, "reply '%c' to %s", r->reply, stage_name(s));
}

static enum exchange_state
take_terms(struct child *c, struct milter_reply *r)
{
	c->negotiating = false;
	/* rspamd's proxy asks for all actions, whatever it is offered */
	r->terms.actions &= c->client.offer.actions;
	r->terms.protocol &= c->client.offer.protocol;
	if (r->reply != CMD_OPTNEG)
		return child_fail(c, "reply '%c' to optneg", r->reply);
	if (milter_client_agree(&c->client, r) < 0)
		return child_fail(c, "version %u of the protocol", r->terms.version);
	if (!c->message)
		return EXCHANGE_ANSWERED;
	if (r->len > LISTS_BYTES)
		return child_fail(c, "%zu bytes of macro lists", r->len);
	if (r->len > 0)
		c->lists = arena_dup(child_arena(c), r->data, r->len);
	c->lists_len = r->len;
	return EXCHANGE_GOES_ON;
}

/* The command that is answered next: commands are answered in their order. STAGE_COUNT: none.
 */
static enum stage
find_awaited_stage(const struct child *c)
{
	enum stage s = STAGE_CONNECT;

	while (s < STAGE_COUNT && c->awaited[s] == 0)
		s++;
	return s;
}

static enum exchange_state
take_reply(struct child *c, struct milter_reply *r)
{
	enum stage s = find_awaited_stage(c);

	if (c->negotiating)
		return take_terms(c, r);
	if (s == STAGE_COUNT)
		return child_fail(c, "reply '%c' to nothing", r->reply);
	if (milter_reply_is_final(r))
		return take_final(c, s, r);
	if (s != STAGE_EOM)
		return child_fail(c, "reply '%c' to %s", r->reply, stage_name(s));
	return child_take_change(c, r);
}

/* What the frame says. A REPLYCODE that no MTA would pass on still refuses: as 'r' or 't'. */
static int
decode_reply(const struct milter_frame *f, struct milter_reply *ret)
{
	int r = milter_reply_decode(f, ret);

	if (r == 0 || f->command != REPLY_CODE || f->len == 0)
		return r;
	if (f->payload[0] != '4' && f->payload[0] != '5')
		return r;
	*ret = (struct milter_reply){.reply = f->payload[0] == '4' ? REPLY_TEMPFAIL
								   : REPLY_REJECT};
	return 0;
}

enum exchange_state
child_take_frame(struct child *c, const struct milter_frame *f)
{
	struct milter_reply r;

	if (decode_reply(f, &r) < 0)
		return child_fail(
			c, "no reply of the protocol: '%c' %.*s", f->command,
			(int)(f->len < EXCHANGE_TEXT_BYTES ? f->len : EXCHANGE_TEXT_BYTES),
			(const char *)f->payload);
	if (r.reply == REPLY_PROGRESS)
		return EXCHANGE_GOES_ON;
	if (r.reply != REPLY_CONTINUE && r.reply != REPLY_SKIP)
		c->answer_bytes += f->size;
	if (c->answer_bytes > c->base.max_answer)
		return child_fail(c, "an answer of more than %zu bytes", c->base.max_answer);
	return take_reply(c, &r);
}
