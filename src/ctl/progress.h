/* A line on the terminal that tells how far a long work is. */
#ifndef CTL_PROGRESS_H
#define CTL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress { /* {0}: nothing is written */
	bool is_on, is_shown;
	uint64_t total; /* messages; fewer than there are when it is not known */
	uint64_t begin_ms, next_ms;
};

/* Writes to standard error, only if it is a terminal. */
void progress_begin(struct progress *p, uint64_t total);
/* Writes the line anew, at most five times a second:
 *
 *	[=========>          ]  45 %  4512 of 10000 messages, 12 differ, 3 s left */
void progress_show(struct progress *p, uint64_t done, uint64_t differ);
/* Removes the line, before something else is written. */
void progress_clear(struct progress *p);

#endif
