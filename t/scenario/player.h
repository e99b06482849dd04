/* Plays the statements of a .rpl file: it loads configurations, opens a dialogue for each case,
 * sends what the case sends (mta.c) and compares the filter's replies and log lines with those
 * that the case expects (player.c). Input: a parsed script. Output: the count of failed cases,
 * and a line on standard error for each failure.
 *
 *	struct player p = {.arena = arena_new()};
 *	script_read(p.arena, path, &p.script);
 *	for each statement: player_play(&p, statement);
 *	player_end(&p);
 *	player_free(&p); */
#ifndef SCENARIO_PLAYER_H
#define SCENARIO_PLAYER_H

#include <stdbool.h>

#include "dialogue.h"
#include "script.h"

struct player {
	struct arena *arena;
	struct script script;
	const struct statement *st; /* the statement that is being played */
	const struct statement *previous;

	struct buf conf;		   /* text of the configuration so far */
	bool loaded;			   /* conf has been loaded, with or without mistakes */
	struct config *config;		   /* NULL: conf has mistakes, or is not loaded */
	struct log_lines errors, warnings; /* mistakes of conf: "LINE: message" */
	const struct listener_conf *listener; /* of the cases; NULL: there is none */
	struct script prelude;		      /* statements at the start of each case */
	bool in_prelude;

	const char *name;    /* of the open case; NULL: no case is open */
	bool failed;	     /* the open case has failed: its other statements are not played */
	struct dialogue d;   /* the connection of the open case */
	bool offered;	     /* the MTA has sent its OPTNEG, or sends raw bytes instead */
	bool close_returned; /* player_next_reply() has returned the close of the connection */
	unsigned n_messages; /* messages for which the case has sent the end (eom) */

	unsigned n_cases, n_failed;
};

/* Plays one statement. Statements of the script come in their order. */
void player_play(struct player *p, const struct statement *st);
/* Ends the last case and the last configuration, whose checks may fail. */
void player_end(struct player *p);
/* Frees the arena, too. */
void player_free(struct player *p);

/* Prints "FILE:LINE: CASE: text" on standard error and counts a failure. Of a case only the
 * first failure is printed. */
void player_fail(struct player *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Appends the next reply of the filter to text, as it is written behind '<', or "close
 * (reason)" when the filter has closed. false: there is no further reply. */
bool player_next_reply(struct player *p, struct buf *text);

/* mta.c: plays a line that starts with '>': sends the command to the filter and lets it reply.
 * It is a failure when a reply comes that the MTA does not wait for, or when one that it waits
 * for does not come. */
void mta_send(struct player *p);
/* Fails when a reply is left that no '<' line has taken. */
void mta_check_no_reply(struct player *p);

#endif
