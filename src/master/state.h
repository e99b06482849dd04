/* What the files of the master share. Layer 8. */
#ifndef MASTER_STATE_H
#define MASTER_STATE_H

#include "master/accept.h"
#include "master/generation.h"
#include "master/listen.h"
#include "master/master.h"
#include "master/privileges.h"
#include "master/trial_load.h"

#define GENERATIONS_MAX 8u /* at once */

struct master {
	const struct master_options *options;
	bool was_root;
	struct identity id;
	struct inherited inherited;
	size_t max_descriptors;
	int pidfile;

	struct sd_event *loop;
	struct timers *timers;
	struct acceptor acceptor;
	struct generation_host host;
	struct generation *newest; /* that serves; behind it those that drain */
	unsigned last_id;
	struct timer tick;  /* heartbeats, and whatever is looked at now and then */
	uint64_t looked_ms; /* at the sockets' files */

	/* A configuration on its way to serve: at the start, and at each reload. One at a time;
	 * another SIGHUP meanwhile is remembered. */
	enum {
		RELOAD_NONE,
		RELOAD_CHECKING, /* a child reads it */
		RELOAD_WAITING,	 /* for one of too many generations to end */
		RELOAD_STARTING	 /* its workers are not ready yet */
	} reload;
	bool again;
	struct trial_load trial_load;
	struct config *next_cfg; /* until next has it */
	struct generation *next;
	struct listener *fresh;	   /* opened for it */
	struct timer reload_timer; /* gives up, or holds back the next one */
	uint64_t reloaded_ms;

	bool stopping;
	struct timer stop_timer;
};

/* start.c: as whoever we are, to a configuration and open sockets. EX_OK, or an exit status
 * after the reasons were written. */
int start_load(struct master *m, struct config **ret);
/* Opens in m->fresh what cfg wants and is not open. 0 or a negative errno, logged. */
int start_listeners(struct master *m, const struct config *cfg);
int start_exit_status(int error);
int start_pidfile(struct master *m);
void start_write_pidfile(struct master *m);
void start_remove_pidfile(struct master *m);

/* reload.c */
void reload_init(struct master *m);
void reload_ask(struct master *m); /* SIGHUP */
/* Forks the workers of m->next_cfg. 0 or a negative errno, logged. */
int reload_fork(struct master *m);
void reload_ready(struct master *m);  /* the workers are */
void reload_failed(struct master *m); /* one of them ended */
void reload_generation_gone(struct master *m);
void reload_cancel(struct master *m);
/* At the stop: who connects now is refused, and asks another host; or waits, where systemd
 * keeps the socket. */
void reload_close_sockets(struct master *m);
/* A socket whose file somebody removed is made again. */
void reload_missing_sockets(struct master *m);

/* status.c */
unsigned status_generations(const struct master *m);
void status_text(const struct master *m, char *buf, size_t size);
void status_log(const struct master *m);

#endif
