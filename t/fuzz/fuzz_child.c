/* Fuzzes what a child milter answers: whatever it says, in whatever pieces, the play ends in
 * one of the states of service/child.h, what is written are frames of the protocol, and an
 * answer holds nothing that the model of a message, or an MTA, does not take.
 *
 * Input: one byte of bits (1: ping, 2: a small max_answer, 4: few actions, 8: the connection
 * ends behind the input), one less than the bytes of a piece, then what the child says. The
 * replies to a burst have to come after the piece with those to the envelope. */
#include <assert.h>
#include <string.h>

#include "fuzz.h"
#include "milter/event.h"
#include "service/child.h"
#include "util/str.h"

#define PING	   1u
#define SMALL	   2u
#define FEW	   4u
#define ENDS	   8u
#define MAX_ANSWER (64u << 10)

static const struct peer peer = {"client.example", "192.0.2.1", "helo.example", '4', 40000};
static const struct child_path rcpts[] = {
	{"<b@example.net>", "NOTIFY=NEVER", 13, "b@example.net"},
	{"<c@example.net>", NULL, 0, NULL},
};
static const struct child_field fields[] = {{"Subject", "one\n two"}, {"From", "a@b"}};
static const struct slice parts[] = {{"hello", 5}, {"\r\n", 2}};
static const char *const macros[] = {"j", "mx.example", "i", "4711", NULL};

static const struct child_message message = {
	.peer = &peer,
	.sender = {"<a@example.org>", NULL, 0, NULL},
	.rcpts = rcpts,
	.n_rcpts = 2,
	.fields = fields,
	.n_fields = 2,
	.body = {parts, 2, 7},
	.macros = macros,
	.actions = ACTION_ALL,
};
static struct child_message cautious;

/* All that is written are whole commands. */
static void
check_written(struct exchange *x)
{
	struct milter_frame f = {0};
	struct buf out = {0};

	x->ops->write(x, &out);
	for (size_t pos = 0; pos < out.len; pos += f.size) {
		struct milter_event ev;
		int r = milter_frame_next(out.data + pos, out.len - pos, 1u << 20, &f);

		assert(r == 1);
		r = milter_event_decode(&f, &ev);
		assert(r == 0);
	}
	buf_free(&out);
}

static void
check_refusal(const struct child_reply *r)
{
	assert(r->code >= 400 && r->code <= 599);
	assert(r->xcode[0] - '0' == (int)(r->code / 100));
	assert(str_nonblank(r->text) != NULL);
	for (const char *p = r->text; *p != '\0'; p++)
		assert((*p >= ' ' && *p <= '~') || *p == '\n');
}

static void
check_clean_value(const char *value)
{
	assert(!strchr(value, '\r'));
	for (const char *lf = strchr(value, '\n'); lf; lf = strchr(lf + 1, '\n'))
		assert(str_is_blank(lf[1]));
}

static void
check_change(const struct child_change *change)
{
	size_t len = strlen(change->name);

	if (change->kind < CHILD_CHANGE_SENDER) {
		assert(str_is_header_name(change->name, len));
		check_clean_value(change->value);
		assert(change->args_len == 0);
		assert(change->kind != CHILD_CHANGE_FIELD || change->index > 0);
		assert(change->kind != CHILD_DELETE_FIELD || change->value[0] == '\0');
	} else {
		assert(change->name[0] == '<');
		assert(str_clean_run(change->name, len) == len);
		assert(change->args_len == 0 || change->value[change->args_len - 1] == '\0');
	}
}

static void
check_answer(const struct child *c)
{
	const struct child_answer *a = &c->answer;

	assert(a->verdict == VERDICT_CONTINUE || a->verdict == VERDICT_DISCARD ||
	       a->verdict == VERDICT_REJECT || a->verdict == VERDICT_TEMPFAIL);
	if (a->verdict == VERDICT_REJECT || a->verdict == VERDICT_TEMPFAIL) {
		check_refusal(&a->reply);
		assert((a->reply.code >= 500) == (a->verdict == VERDICT_REJECT));
	}
	assert(a->verdict == VERDICT_CONTINUE ||
	       (a->n_changes == 0 && !a->replaces_body && !a->quarantine));
	assert(a->n_changes <= CHILD_MAX_CHANGES && a->body.len <= c->base.max_answer);
	assert(a->n_refused <= message.n_rcpts);
	for (size_t i = 0; i < a->n_refused; i++) {
		assert(a->refused[i].rcpt < message.n_rcpts);
		check_refusal(&a->refused[i].reply);
	}
	for (size_t i = 0; i < a->n_changes; i++)
		check_change(&a->changes[i]);
}

static void
check_end(struct child *c, enum exchange_state s)
{
	assert(s == EXCHANGE_ANSWERED || s == EXCHANGE_CUT || s == EXCHANGE_BAD_ANSWER);
	assert((s == EXCHANGE_BAD_ANSWER) == (c->base.text[0] != '\0'));
	if (s == EXCHANGE_ANSWERED)
		check_answer(c);
	check_written(&c->base); /* QUIT */
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum exchange_state s = EXCHANGE_GOES_ON;
	struct child c;

	if (size < 2)
		return 0;
	cautious = message;
	cautious.actions = ACTION_ADD_HEADER;
	if (data[0] & PING)
		child_ping(&c);
	else
		child_filter(&c, data[0] & FEW ? &cautious : &message);
	c.base.max_answer = data[0] & SMALL ? 100 : MAX_ANSWER;
	c.base.ops->begin(&c.base);
	check_written(&c.base);

	size_t piece = data[1] + 1u;

	for (size_t pos = 2, n; pos < size && s == EXCHANGE_GOES_ON; pos += n) {
		n = piece < size - pos ? piece : size - pos;
		s = c.base.ops->read(&c.base, (const char *)data + pos, n);
		if (s == EXCHANGE_GOES_ON)
			check_written(&c.base);
	}
	if (s == EXCHANGE_GOES_ON && (data[0] & ENDS))
		s = c.base.ops->end(&c.base);
	if (s != EXCHANGE_GOES_ON)
		check_end(&c, s);
	c.base.ops->release(&c.base);
	return 0;
}
