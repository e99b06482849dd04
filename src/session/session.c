/* The filter's half of the protocol. steps[] has one row for each command that is a stage: in
 * which phases it is accepted, the phase after it, and what it does to the message. Within a
 * message the phase never goes back; an MTA may leave out any of these commands. */
#include "session/session.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/frame.h"
#include "milter/reply.h"
#include "session/state.h"
#include "util/buf.h"
#include "util/memory.h"

struct session *
session_new(const struct session_handler *h, void *ctx, const struct session_limits *limits)
{
	struct session *s = memory_zalloc(sizeof(*s));

	s->handler = s->own_handler = h;
	s->ctx = ctx;
	s->limits = limits;
	s->answered = UINT32_MAX;
	s->peer = (struct peer){.host = "", .addr = "", .helo = "", .family = 'U'};
	return s;
}

void
session_use_pool(struct session *s, struct transaction_pool *pool)
{
	assert(s->transaction == NULL);
	s->pool = pool;
}

/* Called before the first part of a message is stored, which may be a macro of MAIL. */
static void
acquire_transaction(struct session *s)
{
	if (s->transaction != NULL)
		return;
	s->transaction = transaction_acquire(s->pool);
	macros_set_buffers(&s->macros, s->transaction->macros);
}

static void
release_transaction(struct session *s)
{
	if (s->transaction == NULL)
		return;
	macros_set_buffers(&s->macros, NULL);
	transaction_release(s->pool, s->transaction);
	s->transaction = NULL;
}

/* The next message may be hours away. */
static void
release_unused_transaction(struct session *s)
{
	if (s->transaction != NULL && !s->open && !s->transaction->more &&
	    !macros_has_message_sets(&s->macros))
		release_transaction(s);
}

/* The message is over. Macros stay: those of the next MAIL may be among them. */
static void
close_message(struct session *s)
{
	if (!s->open)
		return;
	s->open = false;
	s->handler = s->own_handler;
	if (!s->transaction->more) /* else after the last piece of the answer */
		transaction_reset_message(s->transaction);
	memory_recheck();
}

void
end_message(struct session *s)
{
	close_message(s);
	s->suspended = false;
	macros_clear_message(&s->macros);
}

static void
abort_message(struct session *s)
{
	if (s->open)
		s->handler->abort(s->ctx, s);
	end_message(s);
}

struct session *
session_free(struct session *s)
{
	if (s == NULL)
		return NULL;
	abort_message(s);
	release_transaction(s);
	macros_clear(&s->macros);
	memory_free(s->strings, s->strings_len);
	free(s->error);
	memory_free(s, sizeof(*s));
	return NULL;
}

/* Returns r. */
static int
set_error(struct session *s, int r, const char *what, unsigned char command)
{
	bool letter = command >= 'A' && command <= 'z';

	free(s->error);
	if (asprintf(&s->error, letter ? "%s (command '%c')" : "%s (command 0x%02x)", what,
		     command) < 0)
		abort();
	return r;
}

static void
open_message(struct session *s)
{
	if (s->open)
		return;
	acquire_transaction(s);
	s->open = true;
	s->transaction->message.lines_wanted = s->lines;
	s->n_messages++;
}

static void
store_answered_stages(struct session *s)
{
	for (enum stage i = 0; i < STAGE_COUNT; i++) {
		if ((s->terms.protocol & (stage_no_bit(i) | stage_nr_bit(i))) == 0)
			continue;
		s->answered &= ~STAGE_BIT(i);
		if ((s->terms.protocol & stage_nr_bit(i)) == 0)
			s->declined |= STAGE_BIT(i);
	}
}

/* Zeros in the offer mean what a version 1 MTA has, as in libmilter (st_optionneg). */
static int
negotiate_terms(struct session *s, const struct milter_event *ev, struct buf *out)
{
	struct milter_terms offer = ev->optneg;
	struct session_request request = {0};

	if (offer.version < MILTER_MIN_VERSION)
		return set_error(s, -EPROTO, "the MTA's protocol version is too old",
				 CMD_OPTNEG);
	if (offer.actions == 0)
		offer.actions = ACTION_ALL_V1;
	if (offer.protocol == 0)
		offer.protocol = PROTO_ALL_V1;
	if (s->handler->offer(s->ctx, &offer, &request) < 0)
		return -EPROTO;
	s->terms = request.terms;
	s->keep_headers = request.keep_headers;
	s->keep_body = request.keep_body;
	s->lines = request.lines;
	s->max_body = request.max_body;
	s->headers_optional = request.headers_optional;
	s->required_body = request.required_body;
	store_answered_stages(s);
	milter_put_optneg(out, &s->terms, request.lists);
	return 0;
}

#define BIT(phase)     (1u << (phase))
#define ANY_PHASE      (BIT(PHASE_IDLE) | BIT(PHASE_ENVELOPE) | BIT(PHASE_HEADERS) | BIT(PHASE_BODY))
#define UP_TO_ENVELOPE (BIT(PHASE_IDLE) | BIT(PHASE_ENVELOPE))
#define UP_TO_HEADERS  (UP_TO_ENVELOPE | BIT(PHASE_HEADERS))

/* By the command's letter. Commands that are no stage have no receive. */
static const struct step {
	enum stage stage;
	unsigned allowed; /* phases */
	enum phase then;
	enum { ENDS, RENEWS, OPENS } message; /* RENEWS: ends one, opens another */
	void (*receive)(struct session *s, const struct milter_event *ev);
} steps[UCHAR_MAX + 1] = {
	/* clang-format off */
	[CMD_CONNECT] = {STAGE_CONNECT, ANY_PHASE, PHASE_IDLE, ENDS, receive_connect},
	[CMD_HELO] = {STAGE_HELO, ANY_PHASE, PHASE_IDLE, ENDS, receive_helo},
	[CMD_ENVFROM] = {STAGE_ENVFROM, ANY_PHASE, PHASE_ENVELOPE, RENEWS, receive_envelope},
	[CMD_ENVRCPT] = {STAGE_ENVRCPT, UP_TO_ENVELOPE, PHASE_ENVELOPE, OPENS, receive_envelope},
	[CMD_DATA] = {STAGE_DATA, UP_TO_ENVELOPE, PHASE_ENVELOPE, OPENS, receive_nothing},
	[CMD_HEADER] = {STAGE_HEADER, UP_TO_HEADERS, PHASE_HEADERS, OPENS, receive_header},
	[CMD_EOH] = {STAGE_EOH, ANY_PHASE, PHASE_BODY, OPENS, receive_nothing},
	[CMD_BODY] = {STAGE_BODY, ANY_PHASE, PHASE_BODY, OPENS, receive_body},
	[CMD_EOM] = {STAGE_EOM, ANY_PHASE, PHASE_BODY, OPENS, receive_eom},
	/* clang-format on */
};

/* Whether a reply is written at this stage, even if it can only be CONTINUE. */
static bool
session_replies(const struct session *s, enum stage stage)
{
	return ((s->answered | s->declined) & STAGE_BIT(stage)) != 0;
}

static enum verdict
call_handler(struct session *s, enum stage stage)
{
	if ((s->handler->skipped_stages & STAGE_BIT(stage)) != 0 &&
	    (!s->open || s->transaction->message.over_limit == NULL))
		return VERDICT_CONTINUE;
	return s->handler->event(s->ctx, s, stage);
}

static void
run_stage(struct session *s, const struct step *step, const struct milter_event *ev,
	  struct buf *out)
{
	enum verdict v;

	if (step->message == ENDS || step->message == RENEWS) {
		/* Not end_message(): the new command's macros came before it. */
		if (s->open)
			s->handler->abort(s->ctx, s);
		close_message(s);
	}
	if (step->message == OPENS || step->message == RENEWS)
		open_message(s);
	s->phase = step->then;
	step->receive(s, ev);
	v = call_handler(s, step->stage);
	if (memory_is_over() && s->open && !message_is_decided(&s->transaction->message))
		v = refuse_over_memory(s, step->stage);
	if (v == VERDICT_SUSPEND) {
		s->suspended = true;
		s->suspended_at = step->stage;
	} else if (v != VERDICT_CONTINUE || session_replies(s, step->stage)) {
		answer_stage(s, step->stage, v, out);
	}
}

/* QUIT_NC: the MTA's next SMTP session comes on the same terms. */
static void
reset_connection(struct session *s)
{
	macros_clear(&s->macros);
	store_peer(s, "", "", "");
	s->peer.family = 'U';
}

/* Commands that are no stage of a message. 1 at the end of the connection. */
static int
run_control_command(struct session *s, const struct milter_event *ev, struct buf *out)
{
	switch (ev->command) {
	case CMD_MACRO:
		if (macro_stage_is_of_message(ev->macro.command))
			acquire_transaction(s);
		macros_set(&s->macros, ev->macro.command, ev->macro.pairs, ev->macro.len);
		s->macro_command = ev->macro.command;
		return 0;
	case CMD_ABORT:
		abort_message(s);
		s->phase = PHASE_IDLE;
		return 0;
	case CMD_QUIT:
	case CMD_QUIT_NC:
		abort_message(s);
		s->phase = ev->command == CMD_QUIT ? PHASE_CLOSED : PHASE_IDLE;
		if (ev->command == CMD_QUIT_NC)
			reset_connection(s);
		return ev->command == CMD_QUIT;
	case CMD_UNKNOWN:
		if (session_replies(s, STAGE_UNKNOWN))
			milter_put_simple(out, REPLY_CONTINUE);
		return 0;
	default:
		return set_error(s, -EPROTO, "a command out of order", ev->command);
	}
}

/* Macros that are not kept, before they are decoded: Postfix sends such a frame before each
 * header, two frames in five of all. */
static bool
is_unused_macro_frame(const struct session *s, const struct milter_frame *frame)
{
	return frame->command == CMD_MACRO && s->phase != PHASE_START && frame->len > 0 &&
	       !macro_stage_is_kept(frame->payload[0]);
}

static int
run_frame(struct session *s, const struct milter_frame *frame, struct buf *out)
{
	const struct step *step = &steps[frame->command];
	struct milter_event ev
		__attribute__((uninitialized)); /* milter_event_decode() sets it */

	if (is_unused_macro_frame(s, frame))
		return 0;
	if (milter_event_decode(frame, &ev) < 0)
		return set_error(s, -EBADMSG, "a malformed frame", frame->command);
	if (s->phase == PHASE_START && frame->command == CMD_OPTNEG) {
		s->phase = PHASE_IDLE;
		return negotiate_terms(s, &ev, out);
	}
	if (s->phase == PHASE_START && frame->command == CMD_QUIT)
		return 1;
	if (s->phase == PHASE_START ||
	    (step->receive != NULL && (step->allowed & BIT(s->phase)) == 0))
		return set_error(s, -EPROTO, "a command out of order", frame->command);
	if (step->receive == NULL)
		return run_control_command(s, &ev, out);
	run_stage(s, step, &ev, out);
	return 0;
}

int
session_run(struct session *s, const void *data, size_t len, struct buf *out, size_t *ret_used)
{
	const unsigned char *p = data;
	struct milter_frame frame;
	size_t used = 0;
	int r = 0;

	memory_recheck();
	while (r == 0 && !s->suspended && !session_has_more(s)) {
		r = milter_frame_next(p + used, len - used, MILTER_MAX_FRAME, &frame);
		if (r == 0)
			break;
		if (r < 0) {
			r = set_error(s, r, "a frame of impossible length", 0);
			break;
		}
		r = run_frame(s, &frame, out);
		used += frame.size;
	}
	*ret_used = used;
	release_unused_transaction(s);
	return r;
}

const char *
session_error(const struct session *s)
{
	return s->error == NULL ? "" : s->error;
}

void
session_resume(struct session *s, enum verdict v, struct buf *out)
{
	assert(s->suspended);
	s->suspended = false;
	if (s->open && s->transaction->message.over_memory)
		drop_message_content(s);
	answer_stage(s, s->suspended_at, v, out);
	release_unused_transaction(s);
}

bool
session_is_suspended(const struct session *s)
{
	return s->suspended;
}

bool
session_write_more(struct session *s, struct buf *out)
{
	if (!session_has_more(s))
		return false;
	write_body_piece(s, out);
	release_unused_transaction(s);
	return true;
}

bool
session_has_more(const struct session *s)
{
	return s->transaction != NULL && s->transaction->more;
}

bool
session_write_progress(struct session *s, struct buf *out)
{
	if (!s->suspended || s->suspended_at != STAGE_EOM)
		return false;
	milter_put_simple(out, REPLY_PROGRESS);
	return true;
}

bool
session_has_negotiated(const struct session *s)
{
	return s->phase != PHASE_START;
}

bool
session_is_idle(const struct session *s)
{
	return !s->open && !session_has_more(s);
}

struct message *
session_message(struct session *s)
{
	return s->open ? &s->transaction->message : NULL;
}

const struct peer *
session_peer(const struct session *s)
{
	return &s->peer;
}

const char *
session_macro(const struct session *s, const char *name)
{
	return macros_get(&s->macros, name);
}

const char *
session_queue_id(struct session *s)
{
	return macros_queue_id(&s->macros);
}

const struct milter_terms *
session_terms(const struct session *s)
{
	return &s->terms;
}

unsigned
session_message_count(const struct session *s)
{
	return s->n_messages;
}

bool
session_answers(const struct session *s, enum stage stage)
{
	return (s->answered & STAGE_BIT(stage)) != 0;
}

void
session_set_reply(struct session *s, unsigned code, const char *xcode, const char *text)
{
	acquire_transaction(s);
	s->transaction->code = code;
	(void)snprintf(s->transaction->xcode, sizeof(s->transaction->xcode), "%s", xcode);
	buf_reset(&s->transaction->text);
	buf_puts(&s->transaction->text, text);
}
