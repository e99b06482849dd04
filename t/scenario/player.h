/* Plays the statements of a .rpl file. */
#ifndef SCENARIO_PLAYER_H
#define SCENARIO_PLAYER_H

#include <stdbool.h>

#include "dialogue.h"
#include "script.h"

struct player {
	struct arena *arena;
	struct script script;
	const struct statement *st, *previous; /* being played, and before it */

	struct buf conf; /* its text, so far */
	bool loaded;
	struct config *config; /* NULL: it had mistakes */
	struct log_lines errors, warnings;
	const struct listener_conf *listener;
	struct script prelude;
	bool in_prelude;

	const char *name; /* of the case; NULL: none is open */
	bool failed;	  /* the case has: the rest of it is passed over */
	struct dialogue d;
	bool greeted; /* the negotiation is under way */
	bool close_seen;
	unsigned n_messages; /* that were played to their end */

	unsigned n_cases, n_failed;
};

void player_play(struct player *p, const struct statement *st);
void player_end(struct player *p); /* the last case and the last configuration too */
void player_free(struct player *p);

/* Tells what went wrong at the statement, once for a case. */
void player_fail(struct player *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* mta.c: a line that starts with '>'. */
void mta_send(struct player *p);
/* Nothing is left that was answered and not asked for. */
void mta_check_quiet(struct player *p);
/* What was answered and nobody has asked for yet, as text; false: nothing. */
bool player_surplus(struct player *p, struct buf *text);

#endif
