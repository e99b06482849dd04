/* An exchange of src/service with a real server, over a blocking connection, for the programs
 * that tests run. What goes wrong ends the program with a message and status 1. */
#ifndef SERVICES_ASKING_H
#define SERVICES_ASKING_H

#include "service/exchange.h"

struct buf;

void asking_die(const char *what, const char *why) __attribute__((noreturn));
void asking_read_input(struct buf *ret); /* standard input, as a whole */

/* Connects to a server ("unix:/run/clamd.ctl"), and writes and reads until there is an answer.
 * After a write error it only reads. */
enum exchange_state asking_ask(const char *address, struct exchange *x);

const char *asking_state_name(enum exchange_state state); /* "answered", "bad-answer" */

#endif
