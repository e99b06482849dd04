/* A mail server's message, and what modification frames make of it: as Postfix does it
 * (protocol.md 5.7, 5.8), or as Sendmail where they differ. For tests. */
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
		bool own, deleted; /* its own Received, which the filter never saw */
	} header[MODEL_MAX];
	size_t n_headers;
	char rcpt[MODEL_MAX][128]; /* with brackets, arguments behind a blank */
	size_t n_rcpts;
	char sender[128];
	char body[1024];
	size_t body_len;
	char quarantine[64];
	bool broken; /* a frame that no MTA takes */
};

/* What the MTA has when it has sent m and nothing was changed. */
void mta_model_init(struct mta_model *mta, const struct message *m, bool sendmail);

/* Applies the frames of an answer to eom. */
void mta_model_apply(struct mta_model *mta, const void *frames, size_t len);

/* Is it what m says will be delivered? Writes the first difference to why. */
bool mta_model_equals(const struct mta_model *mta, const struct message *m, char *why,
		      size_t size);

/* A random message, and random changes to it, by writers 1 to 3. The same seed gives the
 * same. */
void random_message(struct message *m, unsigned *seed);
void random_edits(struct message *m, unsigned *seed);

#endif
