/* The filter's half of the protocol as a state machine: within a message the phase never goes
 * back. One row of steps[] for each command. */
#include "session/session.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/frame.h"
#include "milter/reply.h"
#include "session/diff.h"
#include "session/macro.h"
#include "session/transaction.h"
#include "util/buf.h"

#define PIECE_BYTES (256u << 10) /* of an answer */

enum phase { START, IDLE, ENVELOPE, HEADERS, BODY, CLOSED };

struct session {
	const struct session_handler *handler;
	void *ctx;
	const struct session_limits *limits;
	struct transaction_pool *pool;
	enum phase phase;
	struct milter_terms terms;
	uint32_t answered; /* STAGE_BIT()s, by the terms */

	/* what of the handler's wish is needed after the negotiation */
	bool keep_headers, keep_body, lines;
	uint64_t max_body;

	struct peer peer;
	char *strings; /* what peer points into */
	struct macros macros;

	unsigned n_messages;
	bool open; /* a message is */
	bool suspended;
	enum stage suspended_at;
	struct transaction *transaction; /* NULL: there is no message, and nothing of one */
	char *error;			 /* NULL: none */
};

/* Host, address and HELO name in one piece: most of their life they only lie there. */
static void
set_peer(struct session *s, const char *host, const char *addr, const char *helo)
{
	size_t host_len = strlen(host) + 1, addr_len = strlen(addr) + 1;
	size_t helo_len = strlen(helo) + 1;
	char *strings = malloc(host_len + addr_len + helo_len);

	if (strings == NULL)
		abort();
	s->peer.host = memcpy(strings, host, host_len);
	s->peer.addr = memcpy(strings + host_len, addr, addr_len);
	s->peer.helo = memcpy(strings + host_len + addr_len, helo, helo_len);
	free(s->strings);
	s->strings = strings;
}

struct session *
session_new(const struct session_handler *h, void *ctx, const struct session_limits *limits)
{
	struct session *s = calloc(1, sizeof(*s));

	if (s == NULL)
		abort();
	s->handler = h;
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

/* Before the first of a message comes: a macro of its first command, say. */
static void
take_room(struct session *s)
{
	if (s->transaction != NULL)
		return;
	s->transaction = transaction_take(s->pool);
	macros_lend(&s->macros, s->transaction->macros);
}

static void
give_room(struct session *s)
{
	if (s->transaction == NULL)
		return;
	macros_lend(&s->macros, NULL);
	transaction_give(s->pool, s->transaction);
	s->transaction = NULL;
}

/* The same when it is not needed: the next message may be hours away. */
static void
tidy(struct session *s)
{
	if (s->transaction != NULL && !s->open && !s->transaction->more &&
	    !macros_has_later(&s->macros))
		give_room(s);
}

static void
close_message(struct session *s)
{
	if (!s->open)
		return;
	s->open = false;
	if (!s->transaction->more) /* else with the last of the answer */
		transaction_reset_message(s->transaction);
}

static void
end_message(struct session *s)
{
	close_message(s);
	s->suspended = false;
	if (s->transaction != NULL)
		s->transaction->code = 0;
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
	give_room(s);
	macros_clear(&s->macros);
	free(s->strings);
	free(s->error);
	free(s);
	return NULL;
}

static int
fail(struct session *s, int r, const char *what, unsigned char command)
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
	take_room(s);
	s->open = true;
	s->transaction->message.lines_wanted = s->lines;
	s->n_messages++;
}

/* Takes of the offer what a version 1 MTA would mean by zero (libmilter, mi_negotiate). */
static int
take_optneg(struct session *s, const struct milter_event *ev, struct buf *out)
{
	struct milter_terms offer = ev->optneg;
	struct session_wish wish = {0};

	if (offer.version < MILTER_MIN_VERSION)
		return fail(s, -EPROTO, "the MTA's protocol version is too old", CMD_OPTNEG);
	if (offer.actions == 0)
		offer.actions = 0x0f;
	if (offer.protocol == 0)
		offer.protocol = 0x3f;
	if (s->handler->offer(s->ctx, &offer, &wish) < 0)
		return -EPROTO;
	s->terms = wish.terms;
	s->keep_headers = wish.keep_headers;
	s->keep_body = wish.keep_body;
	s->lines = wish.lines;
	s->max_body = wish.max_body;
	for (enum stage i = 0; i < STAGE_COUNT; i++)
		if ((s->terms.protocol & (stage_no_bit(i) | stage_nr_bit(i))) != 0)
			s->answered &= ~STAGE_BIT(i);
	milter_put_optneg(out, &s->terms, wish.lists);
	return 0;
}

static void
take_connect(struct session *s, const struct milter_event *ev)
{
	set_peer(s, ev->connect.host, ev->connect.addr, "");
	s->peer.family = ev->connect.family;
	s->peer.port = ev->connect.port;
}

static void
take_helo(struct session *s, const struct milter_event *ev)
{
	set_peer(s, s->peer.host, s->peer.addr, ev->helo);
}

static void
take_envelope(struct session *s, const struct milter_event *ev)
{
	struct message *m = &s->transaction->message;
	const char *addr = ev->envelope.argv;
	size_t addr_len = strlen(addr) + 1;
	const char *args = addr + addr_len;
	size_t args_len = ev->envelope.len - addr_len;

	if (ev->command == 'M') {
		message_receive_sender(m, addr, args, args_len);
		return;
	}
	s->transaction->n_rcpts_before = m->n_rcpts;
	if (s->limits->recipients > 0 && m->n_rcpts >= s->limits->recipients)
		m->over_limit = "recipients";
	message_receive_rcpt(m, addr, args, args_len);
}

static void
take_header(struct session *s, const struct milter_event *ev)
{
	struct message *m = &s->transaction->message;
	const struct session_limits *l = s->limits;
	bool keep = s->keep_headers && m->over_limit == NULL && !m->settled;

	message_receive_header_n(m, ev->header.name, ev->header.name_len, ev->header.value,
				 ev->header.value_len, keep);
	if (l->headers > 0 && m->header_lines > l->headers)
		m->over_limit = "headers";
	else if (l->header_bytes > 0 && m->header_bytes > l->header_bytes)
		m->over_limit = "header_bytes";
}

/* After a failure to keep a body. */
static void
lose_body(struct message *m, int error)
{
	m->over_limit = error == -EMFILE ? "spool_files" : "spool_dir";
	message_drop_body(m);
}

static void
take_body(struct session *s, const struct milter_event *ev)
{
	struct message *m = &s->transaction->message;
	uint64_t size = m->body_size + ev->body.len;
	bool fits = size <= s->max_body;
	bool keep = s->keep_body && m->over_limit == NULL && !m->settled && fits;
	int r;

	if (keep && s->limits->body_bytes > 0 && size > s->limits->body_bytes) {
		m->over_limit = "body_bytes";
		keep = false;
	}
	r = message_receive_body(m, ev->body.data, ev->body.len, keep);
	if (r < 0)
		lose_body(m, r);
	else if (!keep)
		message_drop_body(m);
}

static void
take_eom(struct session *s, const struct milter_event *ev)
{
	int r;

	if (ev->body.len > 0)
		take_body(s, ev);
	r = message_finish_body(&s->transaction->message);
	if (r < 0)
		lose_body(&s->transaction->message, r);
}

static void
take_nothing(struct session *s, const struct milter_event *ev)
{
	(void)s;
	(void)ev;
}

#define BIT(phase)  (1u << (phase))
#define IN_MESSAGE  (BIT(IDLE) | BIT(ENVELOPE) | BIT(HEADERS) | BIT(BODY))
#define TO_ENVELOPE (BIT(IDLE) | BIT(ENVELOPE))
#define TO_HEADERS  (TO_ENVELOPE | BIT(HEADERS))

/* What a stage's command, a letter, is allowed in, where it leads, and what it does to the
 * message. Others have no take. */
static const struct step {
	enum stage stage;
	unsigned allowed;
	enum phase then;
	enum { LEAVES, ENDS, ENDS_AND_OPENS, OPENS } message;
	void (*take)(struct session *s, const struct milter_event *ev);
} steps[UCHAR_MAX + 1] = {
	['C'] = {STAGE_CONNECT, IN_MESSAGE, IDLE, ENDS, take_connect},
	['H'] = {STAGE_HELO, IN_MESSAGE, IDLE, ENDS, take_helo},
	['M'] = {STAGE_ENVFROM, IN_MESSAGE, ENVELOPE, ENDS_AND_OPENS, take_envelope},
	['R'] = {STAGE_ENVRCPT, TO_ENVELOPE, ENVELOPE, OPENS, take_envelope},
	['T'] = {STAGE_DATA, TO_ENVELOPE, ENVELOPE, OPENS, take_nothing},
	['L'] = {STAGE_HEADER, TO_HEADERS, HEADERS, OPENS, take_header},
	['N'] = {STAGE_EOH, IN_MESSAGE, BODY, OPENS, take_nothing},
	['B'] = {STAGE_BODY, IN_MESSAGE, BODY, OPENS, take_body},
	['E'] = {STAGE_EOM, IN_MESSAGE, BODY, OPENS, take_eom},
};

bool
session_answers(const struct session *s, enum stage stage)
{
	return (s->answered & STAGE_BIT(stage)) != 0;
}

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
put_verdict(struct session *s, enum verdict v, struct buf *out)
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
		assert(!"a verdict that is none");
	}
}

/* Does this verdict end the message? A refusal of a recipient, or of DATA, leaves it as it was:
 * R or T may follow. */
static bool
verdict_ends(enum stage stage, enum verdict v)
{
	if (stage == STAGE_EOM)
		return true;
	if (v == VERDICT_CONTINUE)
		return false;
	return v == VERDICT_ACCEPT || v == VERDICT_DISCARD ||
	       (stage != STAGE_ENVRCPT && stage != STAGE_DATA);
}

/* The next piece of the body, and behind the last one the rest of the answer. */
static void
write_more(struct session *s, struct buf *out)
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

/* The changes of the model, and the verdict behind them: only the new body's frames are left to
 * be written. */
static void
put_changes(struct session *s, enum verdict v, struct buf *out)
{
	struct transaction *transaction = s->transaction;
	struct buf *end = transaction->message.body_changed ? &transaction->rest : out;
	size_t lost;

	transaction->more = transaction->message.body_changed;
	transaction->place = (struct diff_place){0};
	(void)diff_write(&transaction->message, s->terms.actions, out, end, &lost);
	put_verdict(s, v, end);
	if (transaction->more)
		write_more(s, out);
}

/* The one place that decides whether there is an answer, and what it is. */
static void
answer(struct session *s, enum stage stage, enum verdict v, struct buf *out)
{
	if (!session_answers(s, stage)) {
		assert(v == VERDICT_CONTINUE);
		return;
	}
	if (stage == STAGE_ENVRCPT && (v == VERDICT_REJECT || v == VERDICT_TEMPFAIL))
		message_drop_rcpts(&s->transaction->message, s->transaction->n_rcpts_before);
	if (stage == STAGE_EOM && (v == VERDICT_CONTINUE || v == VERDICT_ACCEPT))
		put_changes(s, v, out);
	else
		put_verdict(s, v, out);
	if (s->open && verdict_ends(stage, v)) {
		end_message(s);
		s->phase = IDLE;
	}
}

static enum verdict
ask(struct session *s, enum stage stage)
{
	if ((s->handler->quiet & STAGE_BIT(stage)) != 0 &&
	    (!s->open || s->transaction->message.over_limit == NULL))
		return VERDICT_CONTINUE;
	return s->handler->event(s->ctx, s, stage);
}

static void
step(struct session *s, const struct step *step, const struct milter_event *ev, struct buf *out)
{
	enum verdict v;

	if (step->message == ENDS || step->message == ENDS_AND_OPENS) {
		/* The new command's macros came before it. */
		if (s->open)
			s->handler->abort(s->ctx, s);
		close_message(s);
	}
	if (step->message == OPENS || step->message == ENDS_AND_OPENS)
		open_message(s);
	s->phase = step->then;
	step->take(s, ev);
	v = ask(s, step->stage);
	if (v == VERDICT_SUSPEND) {
		s->suspended = true;
		s->suspended_at = step->stage;
		return;
	}
	answer(s, step->stage, v, out);
}

/* QUIT_NC: the MTA's next SMTP session comes on the same terms. */
static void
next_connection(struct session *s)
{
	macros_clear(&s->macros);
	set_peer(s, "", "", "");
	s->peer.family = 'U';
}

/* Commands that are no stage of a message. 1 at the end of the connection. */
static int
control(struct session *s, const struct milter_event *ev, struct buf *out)
{
	switch (ev->command) {
	case CMD_MACRO:
		if (macros_are_later(ev->macro.command))
			take_room(s);
		macros_set(&s->macros, ev->macro.command, ev->macro.pairs, ev->macro.len);
		return 0;
	case CMD_ABORT:
		abort_message(s);
		s->phase = IDLE;
		return 0;
	case CMD_QUIT:
	case CMD_QUIT_NC:
		abort_message(s);
		s->phase = ev->command == CMD_QUIT ? CLOSED : IDLE;
		if (ev->command == CMD_QUIT_NC)
			next_connection(s);
		return ev->command == CMD_QUIT;
	case 'U':
		if (session_answers(s, STAGE_UNKNOWN))
			milter_put_simple(out, REPLY_CONTINUE);
		return 0;
	default:
		return fail(s, -EPROTO, "a command out of order", ev->command);
	}
}

/* Postfix sends the queue id before each header. */
static bool
is_passed_over(const struct session *s, const struct milter_frame *frame)
{
	return frame->command == CMD_MACRO && s->phase != START && frame->len > 0 &&
	       !macros_are_kept(frame->payload[0]);
}

static int
handle(struct session *s, const struct milter_frame *frame, struct buf *out)
{
	const struct step *st = &steps[frame->command];
	struct milter_event ev;

	if (is_passed_over(s, frame))
		return 0;
	if (milter_event_decode(frame, &ev) < 0)
		return fail(s, -EBADMSG, "a malformed frame", frame->command);
	if (s->phase == START && frame->command == CMD_OPTNEG) {
		s->phase = IDLE;
		return take_optneg(s, &ev, out);
	}
	if (s->phase == START && frame->command == CMD_QUIT)
		return 1;
	if (s->phase == START || (st->take != NULL && (st->allowed & BIT(s->phase)) == 0))
		return fail(s, -EPROTO, "a command out of order", frame->command);
	if (st->take == NULL)
		return control(s, &ev, out);
	step(s, st, &ev, out);
	return 0;
}

int
session_run(struct session *s, const void *data, size_t len, struct buf *out, size_t *ret_used)
{
	const unsigned char *p = data;
	struct milter_frame frame;
	size_t used = 0;
	int r = 0;

	while (r == 0 && !s->suspended && !session_has_more(s)) {
		r = milter_frame_next(p + used, len - used, MILTER_MAX_FRAME, &frame);
		if (r == 0)
			break;
		if (r < 0) {
			r = fail(s, r, "a frame of impossible length", 0);
			break;
		}
		r = handle(s, &frame, out);
		used += frame.size;
	}
	*ret_used = used;
	tidy(s);
	return r;
}

const char *
session_error(const struct session *s)
{
	return s->error == NULL ? "" : s->error;
}

void
session_complete(struct session *s, enum verdict v, struct buf *out)
{
	assert(s->suspended && v != VERDICT_SUSPEND);
	s->suspended = false;
	answer(s, s->suspended_at, v, out);
	tidy(s);
}

bool
session_is_suspended(const struct session *s)
{
	return s->suspended;
}

bool
session_more(struct session *s, struct buf *out)
{
	if (!session_has_more(s))
		return false;
	write_more(s, out);
	tidy(s);
	return true;
}

bool
session_has_more(const struct session *s)
{
	return s->transaction != NULL && s->transaction->more;
}

bool
session_progress(struct session *s, struct buf *out)
{
	if (!s->suspended || s->suspended_at != STAGE_EOM)
		return false;
	milter_put_simple(out, REPLY_PROGRESS);
	return true;
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
	return macros_id(&s->macros);
}

const struct milter_terms *
session_terms(const struct session *s)
{
	return &s->terms;
}

unsigned
session_messages(const struct session *s)
{
	return s->n_messages;
}

void
session_set_reply(struct session *s, unsigned code, const char *xcode, const char *text)
{
	take_room(s);
	s->transaction->code = code;
	(void)snprintf(s->transaction->xcode, sizeof(s->transaction->xcode), "%s", xcode);
	buf_reset(&s->transaction->text);
	buf_puts(&s->transaction->text, text);
}
