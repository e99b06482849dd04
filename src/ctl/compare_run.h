/* Runs the messages of polymilterctl compare through both configurations, in several processes.
 * Input: two listeners, a source of messages, a client; output: the groups of what differs, and
 * counts. */
#ifndef CTL_COMPARE_RUN_H
#define CTL_COMPARE_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "ctl/client_options.h"
#include "ctl/compare_groups.h"
#include "ctl/mail_source.h"
#include "ctl/progress.h"

struct arena;
struct changed_file;
struct compare_shared;
struct config;
struct listener_conf;
struct offline;

#define COMPARE_AS_LOADED ", as the daemon loaded it" /* behind the path, for people */

struct compare_side {
	const char *path; /* of the configuration */
	bool is_running;  /* it is what the daemon loaded from there */
	struct config *cfg;
	const struct listener_conf *listener;
};

struct compare_counts {
	uint64_t messages; /* that were compared, or ended a process */
	uint64_t differ, ended;
	uint64_t unread; /* that could not be read */
	uint64_t ns;
};

struct compare {
	struct compare_side old, new;
	struct client_options client;
	const struct changed_file *changed; /* since the daemon loaded them; NULL: none */
	struct arena *run_arena;	    /* of what is the same for all messages */
	struct mail_source *source;
	unsigned processes;
	bool has_views; /* make the HTML of messages */
	/* A message that cannot be read: "FILE: why". */
	void (*unread)(struct compare *c, const char *text);
	struct progress progress;

	struct compare_groups *groups;
	struct compare_counts counts;

	/* Private. */
	struct compare_shared *shared;
	struct offline *old_offline, *new_offline;
	unsigned number; /* of the process */
	struct arena *arena;
};

/* all: all messages are kept in the groups. 0, or a negative errno and c->groups is NULL. */
int compare_open(struct compare *c, bool all);
int compare_run(struct compare *c); /* 0, or a negative errno */
void compare_close(struct compare *c);

#endif
