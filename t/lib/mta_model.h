/* A model of the message inside an MTA, for tests. Input: the frames with which a filter
 * changes the message at its end. Output: the message that the MTA would deliver, which is
 * compared with polymilter's own struct message.
 *
 * The model changes a message as Postfix 3.7 does. With sendmail it differs as Sendmail 8.17
 * does: a deleted header keeps its number until the end, and an added header comes in front of
 * the first one of its name. */
#ifndef T_MTA_MODEL_H
#define T_MTA_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "session/message.h"

#define MODEL_MAX 64u

struct mta_model {
	bool sendmail;
	struct model_header {
		char name[64], value[256];
		bool own;     /* the MTA's own Received, which the filter does not get */
		bool deleted; /* with sendmail: still counted */
	} header[MODEL_MAX];
	size_t n_headers;
	char rcpt[MODEL_MAX][128]; /* "<address>", or "<address> arguments" */
	size_t n_rcpts;
	char sender[128];
	char body[1024];
	size_t body_len;
	char quarantine[64];
	bool broken; /* a frame came that an MTA refuses, or one too many for this model */
};

/* Fills the model with the message m as the MTA sent it, without changes. */
void mta_model_init(struct mta_model *mta, const struct message *m, bool sendmail);

/* Applies the frames of a filter's answer to eom, without the final reply. */
void mta_model_apply(struct mta_model *mta, const void *frames, size_t len);

/* Whether the model has the sender, recipients, headers and body that m has after its changes.
 * Writes the first difference to why. */
bool mta_model_equals(const struct mta_model *mta, const struct message *m, char *why,
		      size_t size);

/* Fills m with a random message. Equal seeds give equal messages; *seed is changed. */
void random_message(struct message *m, unsigned *seed);
/* Makes random changes to m, by writers (policies of the chain) 1 to 3. */
void random_edits(struct message *m, unsigned *seed);

#endif
