/* Which process listens at an address of this host, for the check of a start. It is looked up
 * below /proc and no connection is made, so that nobody notices.
 *
 * Example: in the configuration is inet:9000@127.0.0.1, and the daemon that serves it runs.
 * /proc/self/net/tcp has the listening socket 0100007F:2328 with inode 4711; process 812 has a
 * descriptor of the socket 4711; its title is "polymilter: master -c FILE", and FILE is the
 * configuration that is checked: HOLDER_OURS. A process without a title has its command line.
 *
 * It is ours, too, if it has the control socket that this configuration names: two daemons
 * cannot share that one, so the file is another version of what the daemon serves, such as a
 * copy that is edited. */
#ifndef MASTER_SOCKET_HOLDER_H
#define MASTER_SOCKET_HOLDER_H

#include <stdbool.h>
#include <sys/types.h>

#include "util/addr.h"

/* The title of a master, before its configuration file: by it a check of a start finds the
 * file. It is left out when the path has no room, and then the command line of the start
 * remains. */
#define MASTER_TITLE "polymilter: master -c "

enum holder_kind {
	HOLDER_NONE,	/* no process listens there, as far as can be seen */
	HOLDER_OURS,	/* a polymilter with this configuration file or control socket, or one
			 * whose descriptors this process may not look at, or a hidden process of
			 * this user */
	HOLDER_OTHER,	/* another program, or another polymilter */
	HOLDER_UNKNOWN, /* there is one that cannot be seen */
};

struct socket_holder {
	enum holder_kind kind;
	bool overlaps; /* it listens at an address that is not the same, such as 0.0.0.0 */
	pid_t pid;     /* of HOLDER_OTHER, with its name */
	char name[32];
};

/* The daemon that is ours. */
struct own_daemon {
	const char *config_path;
	const struct addr *control; /* the control socket of that configuration; len 0: none */
};

/* addr: a unix or inet address. */
void socket_holder_find(const struct addr *addr, const struct own_daemon *own,
			struct socket_holder *ret);

#endif
