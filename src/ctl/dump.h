/* The effective configuration of the running daemon. */
#ifndef CTL_DUMP_H
#define CTL_DUMP_H

#include "config/dump_file.h"
#include "ctl/command.h"

struct control_place;

/* Asks the daemon for it. EX_OK and *ret, which is the arena's; or another exit status after a
 * message. */
int dump_ask(const struct command *c, const struct control_place *place, struct arena *arena,
	     struct dump_file *ret);

#endif
