/* Verdicts to replies. Every reply of a stage is written here, so this is the place that keeps
 * to the protocol's first rule: one final reply for a command that expects one, none for
 * others. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "milter/reply.h"
#include "session/diff.h"
#include "session/state.h"
#include "util/buf.h"
#include "util/memory.h"

#define PIECE_BYTES  (256u << 10) /* of a long answer */
#define RETURN_BYTES (1u << 20)	  /* freed at once, that the system gets back */

static void
put_refusal(struct session *s, enum verdict v, struct buf *out)
{
	struct transaction *transaction = s->transaction;

	if (transaction == NULL || transaction->code == 0) {
		milter_put_simple(out, v == VERDICT_REJECT ? REPLY_REJECT : REPLY_TEMPFAIL);
		return;
	}
	milter_put_replycode(out, transaction->code, transaction->xcode,
			     buf_string(&transaction->text));
	transaction->code = 0;
}

static void
put_verdict_reply(struct session *s, enum verdict v, struct buf *out)
{
	switch (v) {
	case VERDICT_CONTINUE:
		milter_put_simple(out, REPLY_CONTINUE);
		break;
	case VERDICT_ACCEPT:
		milter_put_simple(out, REPLY_ACCEPT);
		break;
	case VERDICT_DISCARD:
		milter_put_simple(out, REPLY_DISCARD);
		break;
	case VERDICT_REJECT:
	case VERDICT_TEMPFAIL:
		put_refusal(s, v, out);
		break;
	case VERDICT_SUSPEND:
	case VERDICT_ERROR:
		assert(!"replaced in answer_stage()");
	}
}

/* Whether this verdict ends the message. One recipient, or DATA, that is refused does not: RCPT
 * or DATA may follow. */
static bool
verdict_ends_message(enum stage stage, enum verdict v)
{
	if (stage == STAGE_EOM)
		return true;
	if (v == VERDICT_CONTINUE)
		return false;
	return v == VERDICT_ACCEPT || v == VERDICT_DISCARD ||
	       (stage != STAGE_ENVRCPT && stage != STAGE_DATA);
}

/* The next piece of the new body, and after the last one the rest of the answer. */
void
write_body_piece(struct session *s, struct buf *out)
{
	struct transaction *transaction = s->transaction;

	transaction->more =
		diff_write_body(&transaction->message, &transaction->place, PIECE_BYTES, out);
	if (transaction->more)
		return;
	buf_append(out, transaction->rest.data, transaction->rest.len);
	buf_free(&transaction->rest);
	if (!s->open)
		transaction_reset_message(transaction);
}

/* The answer to eom: the changes, a new body, the verdict. With a new body all but its frames
 * is made here, what stands behind them in transaction->rest. */
static void
write_changes(struct session *s, enum verdict v, struct buf *out)
{
	struct transaction *transaction = s->transaction;
	struct buf *end = transaction->message.body_changed ? &transaction->rest : out;
	size_t lost;

	transaction->more = transaction->message.body_changed;
	transaction->place = (struct diff_place){0};
	(void)diff_write(&transaction->message, s->terms.actions, out, end, &lost);
	put_verdict_reply(s, v, end);
	if (transaction->more)
		write_body_piece(s, out);
}

static enum verdict
tempfail_answered_stage(void *ctx, struct session *s, enum stage stage)
{
	(void)ctx;
	return session_answers(s, stage) ? VERDICT_TEMPFAIL : VERDICT_CONTINUE;
}

static void
ignore_abort(void *ctx, struct session *s)
{
	(void)ctx;
	(void)s;
}

/* In place of a handler that has failed, until the message ends. */
static const struct session_handler failed_handler = {
	.event = tempfail_answered_stage,
	.abort = ignore_abort,
};

/* The handler returned a verdict that cannot be sent. The message must not pass: it gets
 * TEMPFAIL at all stages to come that have an answer. A failure at CONNECT or HELO is one of
 * all messages of the connection. */
static void
fail_message(struct session *s, enum stage stage, enum verdict v)
{
	const struct session_handler *failed = s->handler;

	free(s->error);
	if (asprintf(&s->error, "verdict %s cannot be sent at %s", verdict_name(v),
		     stage_name(stage)) < 0)
		abort();
	if (failed->failed != NULL)
		failed->failed(s->ctx, s);
	if (s->open)
		failed->abort(s->ctx, s);
	else
		s->own_handler = &failed_handler;
	if (s->transaction != NULL)
		s->transaction->code = 0; /* of the reply that was meant for v */
	s->handler = &failed_handler;
}

void
drop_message_content(struct session *s)
{
	struct transaction *transaction = s->transaction;
	struct message *m = &transaction->message;
	unsigned code = transaction->code;
	size_t before = memory_used();

	transaction_reset_message(transaction);
	transaction->code = code;
	transaction->n_rcpts_before = 0;
	message_exceed_memory(m);
	m->settled = true;
	if (before - memory_used() >= RETURN_BYTES)
		memory_return();
	memory_recheck();
}

enum verdict
refuse_over_memory(struct session *s, enum stage stage)
{
	enum verdict v;

	message_exceed_memory(&s->transaction->message);
	v = s->handler->event(s->ctx, s, stage);
	drop_message_content(s);
	return v;
}

/* The one place that decides whether there is an answer, and what it is. */
void
answer_stage(struct session *s, enum stage stage, enum verdict v, struct buf *out)
{
	bool answered = session_answers(s, stage);

	if (v == VERDICT_SUSPEND || v == VERDICT_ERROR ||
	    (!answered && v != VERDICT_CONTINUE)) {
		fail_message(s, stage, v);
		v = VERDICT_TEMPFAIL;
	}
	if (!answered) {
		if ((s->declined & STAGE_BIT(stage)) != 0)
			milter_put_simple(out, REPLY_CONTINUE);
		return;
	}
	if (stage == STAGE_ENVRCPT && (v == VERDICT_REJECT || v == VERDICT_TEMPFAIL))
		message_drop_rcpts(&s->transaction->message, s->transaction->n_rcpts_before);
	if (stage == STAGE_EOM && (v == VERDICT_CONTINUE || v == VERDICT_ACCEPT))
		write_changes(s, v, out);
	else
		put_verdict_reply(s, v, out);
	if (s->open && verdict_ends_message(stage, v)) {
		end_message(s);
		s->phase = PHASE_IDLE;
	}
}
