/* polymilter.conf as a struct: read, checked, and constant from then on.
 *
 * Input: the file, whose language polymilter.conf(5) describes. Output: struct config, or every
 * error in the file with its line. The master loads it before it forks the workers, which share
 * it: nothing here may change after config_load(). */
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

struct read_files;
struct service;

#define CONFIG_HISTORY_MAX 65536u /* messages that are remembered */
#define CONFIG_WORKERS_MAX 1024u

struct listener_conf {
	const char *name;	   /* its title; also the name of its socket at systemd */
	const char *socket;	   /* the option as written */
	struct addr addr;	   /* len 0: "systemd" */
	mode_t mode;		   /* permission bits of a unix socket */
	const char *owner, *group; /* of a unix socket; NULL: not changed */
	int backlog;		   /* for listen() */
	size_t max_sessions;	   /* 0: no limit of its own */
	const struct cidr *allow;  /* networks that may connect */
	size_t n_allow;		   /* 0: all may */
	/* Not shared: mode_override and what is negotiated belong to the listener. NULL after
	 * config_load_early(). */
	const struct chain *chain;
	const struct section *section; /* for config_error() */
};

struct config {
	struct arena *arena; /* owns all memory here */
	const char *path;
	const char *user, *group; /* to run as when started as root; "": not changed */
	bool user_written;	  /* user is set in the file; false: it is the default */

	unsigned workers;	  /* processes; at least 1 */
	size_t max_sessions;	  /* of one worker */
	uint64_t load_timeout_ms; /* for this configuration to be loaded */
	uint64_t hang_timeout_ms, drain_timeout_ms, stop_timeout_ms;
	uint64_t max_memory;   /* bytes of one worker; UINT64_MAX: no limit */
	uint64_t max_messages; /* of one worker before it is replaced; 0: no limit */
	bool core_dumps;       /* of workers */

	struct session_limits limits;
	uint64_t negotiate_timeout_ms, idle_timeout_ms, frame_timeout_ms;
	uint64_t body_memory; /* bytes of a body kept in memory; UINT64_MAX: all of it */
	const char *spool_dir;
	size_t spool_files; /* of each worker; 0 when no chain can need one */

	enum log_target log_target;
	const struct section *log_section; /* for config_error() */
	int log_level;			   /* LOG_ERR to LOG_DEBUG of syslog.h */
	enum log_messages {
		LOG_MESSAGES_ALL,
		LOG_MESSAGES_ACTED, /* only messages that a policy acted on */
		LOG_MESSAGES_NONE
	} log_messages;

	const struct service *const *services; /* in the files' order */
	size_t n_services, n_servers;
	uint64_t wait_time_ms; /* of one message, for all services */

	const struct listener_conf *listeners; /* in the files' order */
	size_t n_listeners;
	const char *control;		       /* the control socket */
	struct addr control_addr;	       /* of a unix socket; len 0: none */
	bool control_written;		       /* not the default */
	const struct section *control_section; /* for config_error() */
	size_t history;			       /* messages that are remembered; 0: none */
	const char *metrics;		       /* the socket for HTTP */
	struct addr metrics_addr;	       /* len 0: none */
	size_t n_policies;
	/* What is counted: the policies that are in a chain, in the order of the listeners and
	 * their chains, and the rules of each. Named here are those that are counted by name,
	 * see stats/counters.h; n_chain_* is the number of all. */
	const struct counted_policy {
		const char *title, *kind; /* of the section */
		const char *results; /* of the kind, by number: "skipped too-big error clean";
					"": it has none */
		enum policy_mode mode;
	} * counted_policies;
	const struct counted_rule {
		const char *title;
		uint32_t policy; /* its counter_place() */
	} * counted_rules;
	size_t n_chain_policies, n_chain_rules;
	/* For checks while it is loaded: */
	const struct section *section; /* the top level; for config_error(), too */
	const struct table *const *tables;
	size_t n_tables;
	uint32_t regex_steps;		/* of limits { } */
	const struct read_files *files; /* that were read */
};

enum config_severity { CONFIG_ERROR, CONFIG_WARNING };

/* Called for each error and warning. line is 0 when it is about the file as a whole. file and
 * text are valid during the call only. */
typedef void config_report_fn(void *ctx, enum config_severity severity, const char *file,
			      unsigned line, const char *text);

/* Loads the configuration from the file at path and those that it includes. 0 and *ret, which
 * the caller frees with config_free(); -EINVAL when there are errors; another negative errno,
 * such as -ENOENT, when the file at path cannot be read. Errors and warnings are reported in
 * every case, sorted by file and line; report must not be NULL. */
int config_load(const char *path, config_report_fn *report, void *ctx, struct config **ret);
struct config *config_free(struct config *cfg); /* accepts NULL; returns NULL */

/* Loads only what is needed before privileges are dropped: user, group, control { }
 * and the listeners without their chains. All other sections are skipped, so that as
 * little as possible is done as root; errors in them are not reported. A file that others can
 * write is refused
 * (-EPERM; for config_load() it is a warning). All other fields of *ret are 0. Else as
 * config_load(). */
int config_load_early(const char *path, config_report_fn *report, void *ctx,
		      struct config **ret);

/* What is called while a configuration is loaded; each may be NULL. cfg is what was built of
 * the file so far, and lacks what has errors. */
struct config_check {
	/* The files were read and user, sockets and workers { } are known; what may take long,
	 * such as tables and patterns, comes after it. */
	void (*on_read)(void *ctx, const struct config *cfg);
	/* A further check, against the host that is to run it, before the errors are reported:
	 * those that it finds with config_error() are sorted among the others. */
	void (*run)(void *ctx, const struct config *cfg);
	/* The same before it, when the file has no errors: cfg is complete. For warnings. */
	void (*run_good)(void *ctx, const struct config *cfg);
	void *ctx;
	bool early; /* the file is read as by config_load_early() */
	/* A file that others can write is refused, as then, since it is root who starts the
	 * daemon: what a start refuses, a reload does not take. */
	bool refuse_writable;
};
/* Loads as config_load() with these calls. */
int config_load_checked(const char *path, const struct config_check *check,
			config_report_fn *report, void *ctx, struct config **ret);
/* Adds an error at an option of a section of cfg; about the file as a whole when that option is
 * not written. Only while a config_check runs. */
void config_error(const struct config *cfg, const struct section *s, const char *option,
		  const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Writes "FILE:LINE: text" or "FILE:LINE: warning: text" and a line end to ctx, a FILE *;
 * without LINE when it is 0. To the journal with the level before it: "<3>". */
void config_report_to_file(void *ctx, enum config_severity severity, const char *file,
			   unsigned line, const char *text);
/* Drops the mistakes, where they have been reported or will be later. */
void config_report_to_nobody(void *ctx, enum config_severity severity, const char *file,
			     unsigned line, const char *text);

/* As config_load() from a text. name is used as the name of the file. For tests. */
int config_load_text(const char *name, const char *text, config_report_fn *report, void *ctx,
		     struct config **ret);

/* The options of the top level except the policies' sections. */
extern const struct option config_options[];
/* The policies that are built in, with NULL at the end. */
extern const struct policy_ops *const policy_registry[];

/* "debug" of log { level } as a level of syslog(3); -1: there is no such word. */
int config_find_log_level(const char *word);
const char *config_log_level_name(int level); /* "debug"; NULL: none of these levels */

#endif
