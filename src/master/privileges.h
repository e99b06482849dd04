/* From root to the configured user; resource limits. The process never regains privileges: a
 * listener that needs root is an error at a reload. */
#ifndef MASTER_PRIVILEGES_H
#define MASTER_PRIVILEGES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "config/config.h"

/* The user that the daemon will be. */
struct identity {
	bool drop;	  /* started as root, and the configuration has a user */
	const char *user; /* the configuration's string; NULL when drop is false */
	uid_t uid;
	gid_t gid;
};

/* What is wrong with user and group, and how to create what is missing; "": nothing. */
struct identity_faults {
	char user[512], group[512];
};

/* Looks up user and group of the configuration. 0, or -ENOENT and *faults. When the user is
 * missing *ret is the user of this process; when its group is, the user with his own group. */
int identity_look_up(const struct config *cfg, struct identity *ret,
		     struct identity_faults *faults);
/* The same for the start. 0, or -ENOENT after a line in the log with the
 * one that is missing and how to create it. */
int identity_find(const struct config *cfg, struct identity *ret);

/* Becomes that user, with its supplementary groups, and checks that root cannot be regained. 0,
 * or a negative errno after a line in the log. Nothing is done when drop is false. */
int identity_become(const struct identity *id);

bool identity_user_exists(const char *name);
bool identity_group_exists(const char *name);

/* The ids of a listener's owner and group; -1 where it names none. 0, or -EINVAL after a line
 * in the log. */
int identity_of_listener(const struct listener_conf *conf, uid_t *ret_uid, gid_t *ret_gid);

/* No core files, which would hold keys and tables, and in workers mail; no new privileges by
 * execve(2). For this process and its children; the hard limit of core files stays, for workers
 * with core_dumps. */
void privileges_harden(void);

/* Raises the limit of open descriptors as far as the system allows, at most to 1,048,576.
 * Returns the limit. */
size_t privileges_raise_nofile(void);

#endif
