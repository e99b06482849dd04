/* A message of the history as text for a reader, and as JSON. */
#ifndef CTL_WHY_H
#define CTL_WHY_H

#include <stdio.h>

struct buf;
struct history_message;

/* Appends some lines of at most 80 columns, unless a value is longer. Example, shortened:
 *
 *	2026-11-30 18:22:39  4XyZab12Cd  reject by "words"
 *	    reply      550 5.7.1 No pills, please
 *	    from       <ann@example.org>
 *	    to         <bob@example.com>
 *	    policies   caps                      pass                      0.01 ms
 *	               words                     reject                    0.21 ms
 *	                 rule pills
 *
 * Under a policy stands what it changed: "- X-Tag: no" and "+ X-Tag: yes". */
void why_show(struct buf *b, const struct history_message *m);

/* Writes it as one JSON object in one line; polymilterctl(8) has its members. */
void why_write_json(FILE *f, const struct history_message *m);

#endif
