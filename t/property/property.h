/* A property: what must hold for every chain and every mail. Each round has a random
 * configuration, plays random mails, and compares. */
#ifndef PROPERTY_PROPERTY_H
#define PROPERTY_PROPERTY_H

#include <stdbool.h>

#include "delivery.h"
#include "mail.h"
#include "plan.h"
#include "random.h"

/* One round. */
struct trial {
	struct random r;
	struct arena *arena;
	struct plan plan;
	struct config *cfg; /* of the plan */
	struct mail mail;
	struct buf why; /* what was not as it must be; empty: all is well */
};

struct property {
	const char *name, *text;
	void (*check)(struct trial *t);
	unsigned rounds; /* in the normal build */
};

extern const struct property properties[]; /* up to a NULL name */

/* Of content_property.c. */
void check_content(struct trial *t);

/* Makes t->cfg of the plan, in the place of the one before. */
void trial_load(struct trial *t);
/* The same of a text, without errors and warnings. */
void trial_load_text(struct trial *t, const char *text);
const struct listener_conf *trial_listener(const struct trial *t, size_t number);
/* Notes a fault, with two deliveries. */
void trial_fail(struct trial *t, const char *what, const struct delivery *a,
		const struct delivery *b);
/* Both must look alike to senders and readers. */
void trial_expect_same(struct trial *t, const char *what, const struct delivery *a,
		       const struct delivery *b);

#endif
