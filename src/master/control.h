/* The control socket, at which polymilterctl gives orders and asks. Its mode is 0600, and only
 * root and the user of the daemon are answered.
 *
 * A client sends one line: a word of control_words, and what the word takes, after one blank.
 * The answer is the exit status of polymilterctl in a line of its own, then the text to print;
 * a descriptor may come with its first byte (SCM_RIGHTS). Then the daemon closes the
 * connection, after "stop" by its end. Example of a reload that fails:
 *     78
 *     /etc/polymilter/polymilter.conf:7: unknown option 'chian'; did you mean 'chain'?
 * Nothing here blocks: a client has 30 s for its line, and as long to take the answer. */
#ifndef MASTER_CONTROL_H
#define MASTER_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

#include "io/timers.h"
#include "util/buf.h"

struct listener;
struct master;
struct sd_event_source;

struct control_client {
	struct master *m;
	int fd;
	struct sd_event_source *source;
	struct timer limit;
	enum {
		CONTROL_SPEAKS,	 /* its line is not complete */
		CONTROL_WAITS,	 /* for the next reload to begin */
		CONTROL_RELOADS, /* for the end of this one */
		CONTROL_STOPS,	 /* for the end of the daemon */
		CONTROL_DRAINS,	 /* until no session is left at a listener */
		CONTROL_ANSWERS, /* the answer is on its way */
	} state;
	char line[512];
	size_t len;
	const char *waits_for; /* of CONTROL_DRAINS, in line: a listener; "": all */
	struct buf answer;     /* what is to be sent */
	int pass;	       /* the descriptor that goes with it, owned; -1: none */
	struct control_client *next;
};

struct control { /* {0}: no socket */
	struct listener *listener;
	struct sd_event_source *source;
	struct control_client *clients;
	size_t n_clients;
};

/* A word that a client may send. run() sets another state, or answers; rest is what is behind
 * the word, "" without takes_rest. */
struct control_word {
	const char *name;
	bool takes_rest;
	void (*run)(struct control_client *c, const char *rest);
};

/* The words, in control_words.c; a row without a name ends them. */
extern const struct control_word control_words[];

/* Sends an exit status (sysexits.h) and lines to print, "" for none, and closes the connection
 * when they are sent; c may be gone after the call. */
void control_answer(struct control_client *c, int status, const char *text);
/* The same with EX_OK and a descriptor, which stays the caller's. */
void control_answer_descriptor(struct control_client *c, const char *text, int fd);

#endif
