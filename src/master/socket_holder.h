/* Which process listens at an address of this host, for the check of a start. It is looked up
 * below /proc and no connection is made, so that nobody notices.
 *
 * Example: in the configuration is inet:9000@127.0.0.1, and the daemon that serves it runs.
 * /proc/self/net/tcp has the listening socket 0100007F:2328 with inode 4711; process 812 has a
 * descriptor of the socket 4711; its title is "polymilter: master -c FILE", and FILE is the
 * configuration that is checked: HOLDER_OURS. A process without a title has its command line.
 */
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
	HOLDER_OURS,	/* a polymilter with this configuration file, or one whose descriptors
			 * this process may not look at, or a hidden process of this user */
	HOLDER_OTHER,	/* another program, or a polymilter with another file */
	HOLDER_UNKNOWN, /* there is one that cannot be seen */
};

struct socket_holder {
	enum holder_kind kind;
	bool overlaps; /* it listens at an address that is not the same, such as 0.0.0.0 */
	pid_t pid;     /* of HOLDER_OTHER, with its name */
	char name[32];
};

/* addr: a unix or inet address; config_path: the file whose daemon is ours. */
void socket_holder_find(const struct addr *addr, const char *config_path,
			struct socket_holder *ret);

#endif
