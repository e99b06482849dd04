/* From root to the configured user, for good. Layer 8. operations.md 3.1. */
#ifndef MASTER_PRIVILEGES_H
#define MASTER_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

#include "config/config.h"

/* Who the daemon will be. */
struct identity {
	bool drop;	  /* started as root, and a user or group is configured */
	const char *user; /* the configuration's; NULL: stay */
	uid_t uid;
	gid_t gid;
};

/* Looks up user and group. 0, or -ENOENT after it was logged what is missing and what to do. */
int identity_find(const struct config *cfg, struct identity *ret);

/* Drops for good and proves that there is no way back. 0 or a negative errno, logged. */
int identity_become(const struct identity *id);

/* The ids of a listener's owner and group; -1 where it names none. 0 or -EINVAL, logged. */
int identity_of_listener(const struct listener_conf *conf, uid_t *ret_uid, gid_t *ret_gid);

/* Whom to answer for: no core files, no new privileges by execve(). */
void privileges_harden(void);

/* As many descriptors as the system allows us. Returns the limit. */
size_t privileges_raise_nofile(void);

#endif
