/* The output of polymilterctl test. Input: one message and what came of it; output: text, a
 * line, a JSON object, or the difference of the message before and after. */
#ifndef CTL_TEST_H
#define CTL_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ctl/mail_envelope.h"
#include "ctl/offline.h"

struct arena;
struct buf;

struct test_message {
	const char *name;		/* of the file, or "FILE:N" */
	const struct chain *chain;	/* that it went through */
	struct mail_envelope envelope;	/* where its parts are from: "--from", or a field */
	const struct mta_message *sent; /* the same envelope, header and body */
	uint64_t size;			/* bytes */
	const struct offline_result *result;
	struct arena *arena; /* of the message */
};

/* For people: what each policy did, and why. */
void test_write_text(const struct test_message *t, struct buf *out);
/* One line, the same for each run: `hello.eml: accept; words: Subject, +X-Tag; legal: body`. */
void test_write_line(const struct test_message *t, struct buf *out);
/* A JSON object in one line; polymilterctl(8) has its schema. */
void test_write_json(const struct test_message *t, struct buf *out);
/* The difference of the message before and after. */
void test_write_diff(const struct test_message *t, bool colour, struct buf *out);

/* Why one policy ran, was skipped, or waited: lines of test_write_text(). */
void test_write_trace(const struct test_message *t, const struct policy_report *p,
		      struct buf *out);
/* Where in the dialogue a policy was called last: "MAIL"; NULL: it was not. */
const char *test_find_place(const struct test_message *t, const struct policy_report *p);

/* Appends ": 550 5.7.1 Text", the reply that decided, or nothing. */
void test_append_reply(const struct test_message *t, struct buf *out);
/* Whether the message goes on, though perhaps with changes. */
bool test_is_accepted(const struct test_message *t);
/* The policy that decided about the message; NULL: none did. */
const struct policy_report *test_find_decider(const struct test_message *t);
/* The position of a policy in the chain, from 1, as findings have it. */
unsigned test_position(const struct test_message *t, const struct policy_report *p);

#endif
