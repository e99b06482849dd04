/* What comes out differently for one message under two configurations. Input: the results of
 * both; output: a list of differences, each of one kind, with both values for people and the
 * policies that made them. Example, of a configuration that is new:
 *
 *	kind	name			old		new
 *	VERDICT	accept -> quarantine	accept		quarantine: lottery	by words/hold
 *	HEADER	Subject			You win		[?] You win		by words/tag
 *
 * What follows from another difference is none: of a message that only one of the two delivers,
 * the header is not compared. Findings that change nothing, such as a rule that hits where
 * another one has hit, are none; what a policy or a rule in monitor mode would have done is
 * one, unless it acts in the other configuration: then what it does is compared. */
#ifndef CTL_DIFFERENCES_H
#define CTL_DIFFERENCES_H

#include <stdbool.h>

#include "ctl/offline.h"

struct arena;

enum difference_kind {			   /* in the order of output */
		       DIFFERENCE_ENDED,   /* name: where; made by the caller when a process has
					      ended */
		       DIFFERENCE_FAILED,  /* name: of the policy */
		       DIFFERENCE_VERDICT, /* name: "accept -> reject" */
		       DIFFERENCE_REPLY,   /* or the stage of the reply */
		       DIFFERENCE_REFUSED, /* recipients, at RCPT */
		       DIFFERENCE_RCPTS,
		       DIFFERENCE_SENDER,
		       DIFFERENCE_HEADER,  /* name: of the field */
		       DIFFERENCE_HEADERS, /* so many fields that they are not told one by one
					    */
		       DIFFERENCE_ORDER,   /* of header fields */
		       DIFFERENCE_BODY,
		       DIFFERENCE_QUARANTINE, /* its reason */
		       DIFFERENCE_RESULT,     /* name: of the policy that found it */
		       DIFFERENCE_MONITOR,    /* name: of the policy */
		       DIFFERENCE_RULE,	      /* with mode monitor; name: "words/tag" */
		       DIFFERENCE_KINDS
};

struct difference_side {
	const char *value; /* "": nothing; several lines end with LF, but for the last one */
	const char *by;	   /* "words/tag, legal": policies and their rules; "": none */
};

struct difference {
	struct difference *next;
	enum difference_kind kind;
	const char *name; /* "" where the kind has none */
	bool has_sides;	  /* else nobody wanted them */
	struct difference_side old, new;
};

/* Whether both values of a difference are wanted, which takes time. */
typedef bool difference_wanted_fn(void *ctx, enum difference_kind kind, const char *name);

struct difference_input {
	const struct mta_message *message;
	const struct offline_result *old, *new;
	difference_wanted_fn *wanted;
	void *ctx; /* of wanted */
};

/* All memory is the arena's, or the input's. NULL: there are none. */
struct difference *differences_find(struct arena *arena, const struct difference_input *in);

/* "verdict", "header", ...: for programs. */
const char *difference_kind_word(enum difference_kind kind);
/* Appends what the kind is for people: "header Subject", "verdict: accept -> reject". */
void difference_append_title(struct buf *out, enum difference_kind kind, const char *name);
/* The verdict, with where and why: "reject at the end of the message: 550 5.7.1 No". */
const char *difference_describe_verdict(struct arena *arena, const struct offline_result *r);

#endif
