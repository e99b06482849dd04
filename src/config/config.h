/* polymilter.conf read, checked and frozen. Layer 6.
 *
 * What the language is stands in polymilter.conf(5). Everything here is made in the master
 * before the workers are forked, and is read-only from then on. */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "chain/chain.h"
#include "option/option.h"
#include "session/session.h"
#include "util/addr.h"
#include "util/log.h"

struct listener_conf {
	const char *name;	   /* also the name looked for among systemd's sockets */
	const char *socket;	   /* as written */
	struct addr addr;	   /* len 0: "systemd" */
	mode_t mode;		   /* of a unix socket */
	const char *owner, *group; /* of a unix socket; NULL: leave */
	int backlog;
	size_t max_sessions;	  /* 0: as the workers allow */
	const struct cidr *allow; /* n_allow 0: everybody */
	size_t n_allow;
	const struct chain
		*chain; /* its own: mode_override and negotiation are the listener's */
};

struct config {
	struct arena *arena; /* owns all below */
	const char *path;
	const char *user, *group; /* "" stays as it is */
	bool user_written;	  /* by the administrator: an unknown default user is told so */

	unsigned workers; /* 0 was made the number of CPUs */
	size_t max_sessions;
	uint64_t hang_timeout_ms, drain_timeout_ms, stop_timeout_ms;
	uint64_t max_messages; /* 0: never */

	struct session_limits limits;
	uint64_t idle_timeout_ms, frame_timeout_ms;
	uint64_t body_memory; /* bytes of a kept body; UINT64_MAX: all */
	const char *spool_dir;
	size_t spool_files; /* of each worker; 0 when no body of any chain could need one */

	enum log_target log_target;
	int log_level;
	enum log_messages {
		LOG_MESSAGES_ALL,
		LOG_MESSAGES_ACTED,
		LOG_MESSAGES_NONE
	} log_messages;

	const struct listener_conf *listeners;
	size_t n_listeners;
};

enum config_kind { CONFIG_ERROR, CONFIG_WARNING };

/* One mistake. file and text end with the callback; line is 0 when it concerns the file. */
typedef void config_report_fn(void *ctx, enum config_kind kind, const char *file, unsigned line,
			      const char *text);

/* 0 and *ret, or -EINVAL after every mistake was told to report (which is not NULL). Also
 * -ENOENT and such when the file itself cannot be read, told too. */
int config_load(const char *path, config_report_fn *report, void *ctx, struct config **ret);
struct config *config_free(struct config *cfg);

/* Reads only what is needed before privileges are dropped: user, group, listeners' sockets
 * (their chains are NULL). Same results as config_load(); complains only of what it reads. */
int config_load_early(const char *path, config_report_fn *report, void *ctx,
		      struct config **ret);

/* A report that writes "FILE:LINE: text" or "FILE:LINE: warning: text" lines to ctx, a
 * FILE *. */
void config_report_to_file(void *ctx, enum config_kind kind, const char *file, unsigned line,
			   const char *text);

/* The same language from memory: for tests, dialogues and the demo. name is the file's name in
 * messages. */
int config_load_text(const char *name, const char *text, config_report_fn *report, void *ctx,
		     struct config **ret);

/* Every section that may stand at the top level, policies included: for listings. */
extern const struct option config_options[];		 /* all but the policies */
extern const struct policy_ops *const policy_registry[]; /* NULL at the end */

#endif
