/* The control socket, at which polymilterctl asks for a reload or the stop, and waits for the
 * outcome. Its mode is 0600, and only root and the user of the daemon are answered.
 *
 * A client sends one line, "reload" or "stop". The answer is the exit status of polymilterctl
 * in a line of its own, then lines to print; then the daemon closes the connection, after
 * "stop" by its end. Example of a reload that fails:
 *     78
 *     /etc/polymilter/polymilter.conf:7: unknown option 'chian'; did you mean 'chain'? */
#ifndef MASTER_CONTROL_H
#define MASTER_CONTROL_H

#include <stddef.h>

struct listener;
struct master;
struct sd_event_source;

struct control_client {
	struct master *m;
	int fd;
	struct sd_event_source *source;
	enum {
		CONTROL_SPEAKS,	 /* its line is not complete */
		CONTROL_WAITS,	 /* for the next reload to begin */
		CONTROL_RELOADS, /* for the end of this one */
		CONTROL_STOPS,	 /* for the end of the daemon */
	} state;
	char line[32];
	size_t len;
	struct control_client *next;
};

struct control { /* {0}: no socket */
	struct listener *listener;
	struct sd_event_source *source;
	struct control_client *clients;
	size_t n_clients;
};

#endif
