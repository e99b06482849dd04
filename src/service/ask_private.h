/* What the files of the asking share: ask.c (the life of a question), ask_talk.c (its
 * connection), ask_server.c (which server, and how servers do). */
#ifndef SERVICE_ASK_PRIVATE_H
#define SERVICE_ASK_PRIVATE_H

#include "service/ask.h"
#include "service/state.h"

struct service_queue { /* of this worker */
	struct question *first, **end;
	uint32_t n;
	unsigned turn; /* leastconn: where equal servers begin */
};

struct asker {
	struct asker_setup setup;
	struct service_queue *queues; /* by number of the service */
	struct probe **probes;	      /* by number of the server; NULL: none is under way */
	struct timer look_timer;      /* while something is queued */
	struct loop_task queue_task;  /* the queues are looked at */
	struct buf out;		      /* empty between two turns */
};

struct probe {
	struct question question;
	size_t memory_size;
	uint64_t memory[]; /* of the exchange */
};

static inline uint64_t
asker_now(const struct asker *a)
{
	return timers_now(a->setup.timers);
}

/* ask.c */
/* The try has failed: another one, or the end of the question. */
void fail_try(struct question *q, enum ask_outcome why);
/* The server has answered with an error of its own. */
void take_server_error(struct question *q);
void end_question(struct question *q, enum ask_outcome outcome);
void arm_question_timer(struct question *q);
/* Not from a call of an owner, since other questions may end by it. */
void run_queue(struct asker *a, const struct service *s);
void begin_try(struct question *q, unsigned server);

/* ask_talk.c */
void begin_dial(struct question *q);
void close_connection(struct question *q); /* and leaves its place */

/* ask_server.c */
#define NO_SERVER_FREE -1 /* all that could be asked have no place */
#define NO_SERVER_YET  -2 /* all are down, for less than down_grace */
#define NO_SERVER      -3 /* all are down */
#define NO_SERVER_LEFT -4 /* those that are up have answered with an error */
/* The index of a server that is up, was not tried, and has a place; or one of these. When only
 * servers are up that were tried they may be tried again. */
int choose_server(struct question *q);
/* Is there one that is up and was not tried? */
bool has_untried_server(const struct question *q);
void count_server_failure(struct question *q, enum ask_outcome why);
void count_server_success(struct question *q);
void free_probe(struct asker *a, size_t server);
void look_at_servers(struct asker *a, const struct service *s);

static inline struct server_state *
server_state_of(const struct question *q)
{
	uint32_t number = q->service->servers[q->server - 1].number;

	return &q->asker->setup.state->servers[number];
}

#endif
