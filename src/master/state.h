/* What the files of the master share: struct master, and the functions on it by file. */
#ifndef MASTER_STATE_H
#define MASTER_STATE_H

#include "master/acceptor.h"
#include "master/control.h"
#include "master/generation.h"
#include "master/health.h"
#include "master/http_process.h"
#include "master/listen.h"
#include "master/loader_process.h"
#include "master/master.h"
#include "master/orphans.h"
#include "master/privileges.h"
#include "master/totals.h"

#define GENERATIONS_MAX 8u   /* with more of them a reload waits: see reload.c */
#define STATUS_BYTES	512u /* room for status_text() */

struct master {
	const struct master_options *options;
	bool was_root; /* at the start */
	struct identity id;
	struct inherited inherited;
	size_t max_descriptors; /* of one process */
	int pidfile;		/* -1: none */

	struct sd_event *loop;
	struct timers *timers;
	struct acceptor acceptor;
	struct fatal_messages *fatal; /* made before the first fork */
	struct loader_host loaders;
	struct generation_host host;
	struct generation *newest; /* the one that serves; ->older: those that drain */
	unsigned last_id;	   /* of a generation */
	struct timer tick;	   /* what is checked periodically: heartbeats, backlogs, ... */
	uint64_t sockets_checked_ms;
	struct orphans orphans;
	struct health health;
	struct totals *totals;
	bool keeps_snapshot_fresh; /* somebody may read it at any time */
	uint64_t published_ms;
	uint64_t started_ms, loaded_ms; /* times of day: the daemon, and what serves, began */
	char told_status[STATUS_BYTES]; /* what the service manager has */
	struct control control;
	struct http_process http;
	const char *log_level; /* the word that control_set_log_level() has set; or NULL */

	/* The configuration that is to serve next: the first one too. There is one at a time; a
	 * SIGHUP meanwhile sets reload_again. See reload.c. */
	enum {
		RELOAD_NONE,
		RELOAD_LOADING,	 /* a loader reads it; also before the first generation */
		RELOAD_WAITING,	 /* for the end of a generation: there are GENERATIONS_MAX */
		RELOAD_STARTING, /* its workers are forked, and not all ready */
	} reload;
	bool reload_again;		    /* a reload is to begin after this one */
	struct loader_process *next_loader; /* until next has it */
	struct config *next_cfg;	    /* its settings, likewise */
	struct generation *next;	    /* in RELOAD_STARTING */
	struct listener *new_listeners;	    /* opened for it, a list */
	struct timer
		reload_timer; /* the limit of WAITING and STARTING, or when the next begins */
	uint64_t reload_ended_ms;
	uint64_t reload_failed_ms; /* time of day; 0: the last one did not */
	char reload_failure[256];  /* why the last reload failed; "": it did not */

	bool stopping;
	struct timer stop_timer;
};

/* start.c: the way from the command line to a loaded configuration, m->next_cfg and
 * m->next_loader, and open sockets, without root's privileges. It runs the event loop. EX_OK,
 * also when a signal has ended it (m->stopping); or an exit status after the reasons were
 * written. */
int start_load(struct master *m);
int start_exit_status(int error); /* of a negative errno of listener_list_open_new() */
/* Makes the pidfile while that is allowed: empty, the user's. 0 or a negative errno, logged. */
int start_open_pidfile(struct master *m);
void start_write_pidfile(struct master *m); /* when the daemon is ready */
void start_remove_pidfile(struct master *m);

/* listener_list.c */
/* Opens the listeners of cfg that are not open, in m->new_listeners, and its socket for HTTP.
 * 0, or a negative errno after a line in the log; some may be open then. */
int listener_list_open_new(struct master *m, const struct config *cfg);
/* When cfg becomes the serving configuration: adds new_listeners to the acceptor's, gives each
 * its number in cfg, and closes those that cfg does not name, but for systemd's. */
void listener_list_adopt_new(struct master *m, const struct config *cfg);
void listener_list_close_new(struct master *m);
/* At the stop: connections are refused from now on, so an MTA can try another host; where
 * systemd keeps the socket they wait. */
void listener_list_close_all(struct master *m);
/* Makes the unix sockets again whose files were removed. */
void listener_list_remake_missing(struct master *m);

/* polymilterctl drain: until a reload, nothing is accepted at the listener of this name, or,
 * with "", at any. Its socket is closed, so that an MTA or a proxy takes another host; but one
 * of systemd, or that this user could not make again, stays open, and connections wait there.
 * Returns how many listeners have that name. */
size_t listener_list_drain(struct master *m, const char *name);
/* The sessions that those have which drain, of that name, or all. */
size_t listener_list_draining_sessions(const struct master *m, const char *name);

/* reload.c: load, fork, ready; a failure at any step changes nothing. */
void reload_init(struct master *m);
void reload_request(struct master *m); /* SIGHUP */
/* Forks the workers of m->next_cfg. 0 or a negative errno, logged. */
int reload_fork(struct master *m);
void reload_ready(struct master *m);  /* all workers of m->next are ready: it serves */
void reload_failed(struct master *m); /* one of them has ended */
/* m->next_loader has ended while it had nothing to do. Before the first generation start_load()
 * fails. */
void reload_lost_loader(struct master *m);
void reload_generation_ended(struct master *m);
void reload_cancel(struct master *m);

/* control.c */
/* Opens the control socket of cfg if it is not open, and closes another one. A failure is
 * logged: then there is none. */
void control_apply(struct master *m, const struct config *cfg);
/* The reload that clients wait for begins; it ends, with an exit status and lines for them. */
void control_reload_began(struct master *m);
void control_reload_ended(struct master *m, int status, const char *text);
/* control_drain.c: the word, see struct control_word. */
void control_run_drain(struct control_client *c, const char *rest);
/* Clients that wait for the end of a drain get its end, if no session is left: call it at every
 * tick. */
void control_check_drains(struct master *m);
/* Or why it has no end. */
void control_end_drains(struct master *m, const char *why);
/* From now on, and until a reload, master and workers log from this level on: a word of
 * log { level }. NULL: what the configuration of each says. False: there is no such word. */
bool control_set_log_level(struct master *m, const char *word);
void control_close(struct master *m);

/* status.c */
unsigned status_count_generations(const struct master *m);
/* "generation 7 serves with 4 workers, 1 older finishes its sessions", what health_text() has,
 * and what drain and log-level have set; before it "reloading; ", or "reload failed: " and the
 * reason until a reload succeeds. */
void status_text(const struct master *m, char *buf, size_t size);
/* Tell the service manager, with status_text(), that the start or a reload has ended, or that a
 * reload has begun. */
void status_tell_ready(struct master *m);
void status_tell_reloading(struct master *m);
uint64_t status_count_lost_lines(const struct master *m); /* of the log */
void status_log(const struct master *m);		  /* SIGUSR2 */
/* Warns of what is not well with the generation that serves (health.h), and tells the service
 * manager status_text() if it has changed. False: the daemon should end, so that it is started
 * anew. */
bool status_check(struct master *m);
/* The loop feeds systemd's watchdog, but not while workers are there that do not answer. */
void status_feed_watchdog(struct master *m);

#endif
