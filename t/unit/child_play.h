/* A play with a child milter, for tests of service/child: a message, what the child was sent,
 * and what it says. */
#ifndef UNIT_CHILD_PLAY_H
#define UNIT_CHILD_PLAY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "milter/event.h"
#include "service/child.h"

#define MAX_ANSWER (1u << 20)
#define NO_REPLIES                                                                             \
	(1u << 7 | 1u << 12 | 1u << 13 | 1u << 14 | 1u << 15 | 1u << 16 | 1u << 18 | 1u << 19)

static const struct peer peer = {"client.example", "192.0.2.1", "helo.example", '4', 40000};
static const struct child_path rcpts[] = {
	{"<b@example.net>", "NOTIFY=NEVER", 13, "b@example.net"},
	{"<c@example.net>", NULL, 0, NULL},
};
static const struct child_field fields[] = {
	{"Subject", "one\n two"}, {"From", "a@example.org"}, {"X-Blank", " b"}};
static const struct slice body_parts[] = {{"hello", 5}, {"", 0}, {"\r\n", 2}};
static const char *const macros[] = {"j",      "mx.example", "i", "4711",	 "{auth_type}",
				     "PLAIN",  "{odd}",	     "x", "{rcpt_addr}", "last",
				     "{cert}", "y",	     NULL};

static inline struct child_message
make_message(void)
{
	return (struct child_message){
		.peer = &peer,
		.sender = {"<a@example.org>", "SIZE=9\0RET=HDRS", 16, "a@example.org"},
		.rcpts = rcpts,
		.n_rcpts = 2,
		.fields = fields,
		.n_fields = 3,
		.body = {body_parts, 3, 7},
		.macros = macros,
		.actions = ACTION_ALL,
	};
}

/* A play, and what the child was sent since the last look. */
struct play {
	struct child_message message;
	struct child c;
	struct buf out, said;
	char letters[4096];
};

/* The letters of the frames that were written, macros as "D" and the letter of their stage. */
static inline const char *
written(struct play *p)
{
	struct milter_frame f;
	size_t n = 0;

	buf_reset(&p->out);
	p->c.base.ops->write(&p->c.base, &p->out);
	for (size_t pos = 0; pos < p->out.len; pos += f.size) {
		struct milter_event ev;

		assert_int_equal(milter_frame_next(p->out.data + pos, p->out.len - pos,
						   MILTER_MAX_FRAME, &f),
				 1);
		assert_int_equal(milter_event_decode(&f, &ev), 0);
		assert_true(n + 2 < sizeof(p->letters));
		p->letters[n++] = (char)f.command;
		if (f.command == CMD_MACRO)
			p->letters[n++] = (char)ev.macro.command;
	}
	p->letters[n] = '\0';
	return p->letters;
}

/* The payload of the first written frame with this letter, behind `skip` others. */
static inline struct milter_frame
find_written(struct play *p, unsigned char letter, unsigned skip)
{
	struct milter_frame f = {0};

	for (size_t pos = 0; pos < p->out.len; pos += f.size) {
		milter_frame_next(p->out.data + pos, p->out.len - pos, MILTER_MAX_FRAME, &f);
		if (f.command == letter && skip-- == 0)
			return f;
	}
	fail_msg("no frame '%c'", letter);
	return f;
}

#define assert_payload(p, letter, skip, text)                                                  \
	do {                                                                                   \
		struct milter_frame f_ = find_written((p), (letter), (skip));                  \
                                                                                               \
		assert_int_equal(f_.len, sizeof(text) - 1);                                    \
		assert_memory_equal(f_.payload, (text), sizeof(text) - 1);                     \
	} while (0)

/* Passes what was put to p->said on. */
static inline enum exchange_state
say(struct play *p)
{
	enum exchange_state s =
		p->c.base.ops->read(&p->c.base, (const char *)p->said.data, p->said.len);

	buf_reset(&p->said);
	return s;
}

/* A reply without a payload for each letter. */
static inline enum exchange_state
say_letters(struct play *p, const char *letters)
{
	for (; *letters != '\0'; letters++)
		milter_put_simple(&p->said, (unsigned char)*letters);
	return say(p);
}

static inline enum exchange_state
say_terms(struct play *p, struct milter_terms terms, const char *const *lists)
{
	milter_put_optneg(&p->said, &terms, lists);
	return say(p);
}

static inline void
begin(struct play *p)
{
	*p = (struct play){.message = make_message()};
	child_filter(&p->c, &p->message);
	p->c.base.max_answer = MAX_ANSWER;
	p->c.base.ops->begin(&p->c.base);
	assert_string_equal(written(p), "O");
}

static inline void
finish(struct play *p)
{
	p->c.base.ops->release(&p->c.base);
	p->c.base.ops->release(&p->c.base);
	buf_free(&p->out);
	buf_free(&p->said);
}

/* Until the end of the message is awaited, with a child that answers nothing before. */
static inline void
begin_at_eom(struct play *p, uint32_t protocol)
{
	begin(p);
	assert_int_equal(say_terms(p,
				   (struct milter_terms){6, ACTION_ALL & ~ACTION_SETSYMLIST,
							 NO_REPLIES | protocol},
				   NULL),
			 EXCHANGE_GOES_ON);
	assert_true(strlen(written(p)) > 0);
	assert_string_equal(written(p), "");
}

/* Until the first recipient was sent. */
static inline void
begin_at_rcpt(struct play *p)
{
	begin(p);
	say_terms(p, (struct milter_terms){6, ACTION_ALL, 0x7000}, NULL);
	assert_string_equal(written(p), "DCCHDMMDRR");
}

#endif
