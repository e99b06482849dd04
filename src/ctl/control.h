/* The running daemon, asked at its control socket by a subcommand.
 *
 * A subcommand with options of its own puts CONTROL_OPTIONS first in its table:
 *     enum { OPT_JSON = CONTROL_OPT_COUNT };
 *     static const struct command_option options[] = {
 *             CONTROL_OPTIONS, [OPT_JSON] = {"json", NULL, "print it as JSON", 0}, {0}}; */
#ifndef CTL_CONTROL_H
#define CTL_CONTROL_H

#include "config/paths.h"
#include "ctl/command.h"
#include "util/buf.h"

enum { CONTROL_OPT_CONFIG, CONTROL_OPT_CONTROL, CONTROL_OPT_COUNT };

#define CONTROL_OPTIONS                                                                        \
	[CONTROL_OPT_CONFIG] = {"config", "FILE",                                              \
				"file that names the control socket (default: " CONFIG_FILE    \
				")",                                                           \
				'c'},                                                          \
	[CONTROL_OPT_CONTROL] = {"control", "PATH", "the control socket", 0}

/* Where the daemon is asked. Both may be NULL. */
struct control_place {
	const char *config; /* a file that names the socket; NULL: CONFIG_FILE */
	const char *socket; /* NULL: the one of that file */
};

/* Of a subcommand with CONTROL_OPTIONS. */
struct control_place control_place_of(const struct command_args *args);

struct control_answer {
	struct buf text;
	int fd; /* the descriptor that came with it; -1: none */
};

/* Sends a line of words, without its end, to the daemon that --config or --control names, and
 * waits for the answer, however long that takes. EX_OK and *ret, to be freed; or another exit
 * status after a message. */
int control_ask(const struct command *c, const struct command_args *args, const char *line,
		struct control_answer *ret);
/* The same for a subcommand with other options. */
int control_ask_at(const struct command *c, const struct control_place *place, const char *line,
		   struct control_answer *ret);
void control_answer_free(struct control_answer *a);

/* Prints the text of the answer. Returns the exit status. */
int control_ask_and_print(const struct command *c, const struct command_args *args,
			  const char *line);

#endif
