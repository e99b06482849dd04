/* What a filter decided about a message, collected from its replies. Input: the replies, one
 * after the other; output: verdict, changes, refused recipients. */
#ifndef CTL_MTA_OUTCOME_H
#define CTL_MTA_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ctl/mta_script.h"

struct arena;

/* One modification that the filter sent. Fields as in struct milter_reply, in the arena. */
struct mta_change {
	unsigned char letter; /* of the reply: 'h', 'm', '+', ...; see milter/proto.h */
	uint32_t index;
	const char *name, *value;
	const char *data;
	size_t len;
	struct mta_change *next;
};

/* A recipient that was refused at RCPT. */
struct mta_refusal {
	size_t rcpt; /* index in mta_message.rcpts */
	unsigned char reply;
	const char *text; /* of REPLY_CODE, in the arena; else "" */
	struct mta_refusal *next;
};

/* What the filter decided about a message. */
struct mta_outcome {
	unsigned char reply; /* REPLY_CONTINUE: delivered, with the changes */
	enum stage stage;    /* at which it was decided */
	const char *text;    /* of REPLY_CODE, in the arena; else "" */
	struct mta_change *changes;
	struct mta_refusal *refusals; /* of single recipients */
};

/* While a message is sent. */
struct mta_outcome_reader {
	struct arena *arena; /* of all that the outcome has */
	struct mta_outcome *outcome;
	struct mta_change **next_change;
	struct mta_refusal **next_refusal;
};

void mta_outcome_begin(struct mta_outcome_reader *r, struct mta_outcome *outcome,
		       struct arena *arena);
/* Takes a reply. 1: it is final, and the dialogue took it; 0: more follow; -EPROTO: it has no
 * place here. */
int mta_outcome_take(struct mta_outcome_reader *r, struct mta_dialogue *d,
		     const struct milter_reply *reply);
/* The dialogue is at its end. */
void mta_outcome_end(struct mta_outcome_reader *r, const struct mta_dialogue *d);

#endif
