/* The life of a question: its tries, the queue, its end. Input: calls of the owner, and what
 * ask_talk.c reports of a connection; output: the outcome. */
#include "service/ask.h"

#include <stdlib.h>

#include "service/ask_private.h"
#include "util/memory.h"

#define LOOK_MS	    20u /* while something is queued: another worker may leave a place */
#define WAIT_MAX_MS (24u * 60 * 60 * 1000)

const char *
ask_outcome_reason(enum ask_outcome outcome)
{
	return outcome <= ASK_TOO_BIG ? "" : server_outcome_name(outcome - ASK_ANSWERED);
}

static struct service_queue *
queue_of(const struct question *q)
{
	return &q->asker->queues[q->service->number];
}

/* The queue. */

static void
publish_queue(const struct asker *a, const struct service *s)
{
	struct server_use *use =
		service_use(a->setup.state, a->setup.row, s->servers[0].number);

	atomic_store_explicit(&use->queued, a->queues[s->number].n, memory_order_relaxed);
}

static void
enqueue(struct question *q)
{
	struct service_queue *line = queue_of(q);

	q->state = QUESTION_QUEUED;
	q->next = NULL;
	*line->end = q;
	line->end = &q->next;
	line->n++;
	publish_queue(q->asker, q->service);
	arm_question_timer(q);
	if (!timer_is_armed(&q->asker->look_timer))
		timer_arm(q->asker->setup.timers, &q->asker->look_timer, LOOK_MS);
}

static void
dequeue(struct question *q)
{
	struct service_queue *line = queue_of(q);
	struct question **at = &line->first;

	while (*at != q)
		at = &(*at)->next;
	*at = q->next;
	if (*at == NULL)
		line->end = at;
	line->n--;
	q->state = QUESTION_IDLE;
	publish_queue(q->asker, q->service);
}

/* What a question that finds no server comes to: ASK_PENDING, it waits in the queue. */
static enum ask_outcome
judge_without_server(const struct question *q, int found)
{
	if (found == NO_SERVER_FREE || found == NO_SERVER_YET)
		return ASK_PENDING;
	return q->last_failure != ASK_PENDING ? q->last_failure : ASK_DOWN;
}

/* The first one that can be asked, or has come to an end. Those that were tried somewhere look
 * for a place at other servers: questions behind them pass by. */
static struct question *
find_next_queued(const struct service_queue *line, int *ret_found)
{
	for (struct question *q = line->first; q != NULL; q = q->next) {
		*ret_found = choose_server(q);
		if (*ret_found >= 0 || judge_without_server(q, *ret_found) != ASK_PENDING)
			return q;
		if (q->tried == 0)
			break;
	}
	return NULL;
}

/* The owner of a question that ends here may ask again. */
void
run_queue(struct asker *a, const struct service *s)
{
	const struct service_queue *line = &a->queues[s->number];
	struct question *q;
	int found;

	while ((q = find_next_queued(line, &found)) != NULL) {
		dequeue(q);
		if (found >= 0)
			begin_try(q, (unsigned)found + 1);
		else
			end_question(q, judge_without_server(q, found));
	}
}

static void
run_queue_soon(struct asker *a, const struct service *s)
{
	if (a->queues[s->number].first != NULL)
		loop_call_soon(a->setup.loop, &a->queue_task);
}

static void
run_queues(void *ctx)
{
	struct asker *a = ctx;

	for (size_t i = 0; i < a->setup.n_services; i++)
		run_queue(a, a->setup.services[i]);
}

static void
on_look_timer(void *ctx)
{
	struct asker *a = ctx;
	bool has_queued = false;

	run_queues(a);
	for (size_t i = 0; i < a->setup.n_services; i++)
		has_queued |= a->queues[i].first != NULL;
	if (has_queued)
		timer_arm(a->setup.timers, &a->look_timer, LOOK_MS);
}

/* Tries. */

static uint64_t
left_until(uint64_t now_ms, uint64_t due_ms)
{
	return due_ms > now_ms ? due_ms - now_ms : 1;
}

/* For what is due first: the end of max_wait, or that of the state. */
void
arm_question_timer(struct question *q)
{
	const struct service *s = q->service;
	uint64_t now = asker_now(q->asker), due = q->began_ms + q->max_wait_ms, own = due;

	if (q->state == QUESTION_PAUSES)
		own = now + s->retry_delay_ms;
	else if (q->state == QUESTION_DIALS || q->state == QUESTION_DIALS_LATER ||
		 (q->state == QUESTION_TALKS && !q->is_connected))
		own = q->try_began_ms + s->connect_timeout_ms;
	else if (q->state == QUESTION_TALKS)
		own = q->try_began_ms + s->timeout_ms;
	timer_arm(q->asker->setup.timers, &q->timer, left_until(now, own < due ? own : due));
}

void
begin_try(struct question *q, unsigned server)
{
	q->server = server;
	q->tries++;
	q->tried |= UINT64_C(1) << (server - 1);
	q->try_began_ms = asker_now(q->asker);
	q->is_connected = q->is_write_over = false;
	q->error = 0;
	q->exchange->max_answer = q->service->max_answer;
	q->exchange->text[0] = '\0';
	q->exchange->ops->release(q->exchange);
	q->exchange->ops->begin(q->exchange);
	begin_dial(q);
}

static void
begin_next_try(struct question *q)
{
	int found = choose_server(q);
	enum ask_outcome outcome = judge_without_server(q, found);

	if (found >= 0)
		begin_try(q, (unsigned)found + 1);
	else if (outcome != ASK_PENDING)
		end_question(q, outcome);
	else
		enqueue(q);
}

/* At another server now, or at any after a pause. */
static void
try_again(struct question *q)
{
	if (has_untried_server(q)) {
		begin_next_try(q);
		return;
	}
	q->tried = q->erred;
	q->state = QUESTION_PAUSES;
	arm_question_timer(q);
}

/* A server that is not there is waited for: that is no try. */
static bool
is_waited_for(const struct question *q, enum ask_outcome why)
{
	return why == ASK_REFUSED && q->service->down_grace_ms > 0;
}

void
fail_try(struct question *q, enum ask_outcome why)
{
	q->last_failure = why;
	close_connection(q);
	run_queue_soon(q->asker, q->service);
	if (q->is_probe) {
		end_question(q, why);
		return;
	}
	count_server_failure(q, why);
	if (!is_waited_for(q, why))
		q->failed_tries++;
	if (q->failed_tries >= q->service->tries)
		end_question(q, why);
	else
		try_again(q);
}

void
take_server_error(struct question *q)
{
	q->last_failure = ASK_SERVER_ERROR;
	q->erred |= UINT64_C(1) << (q->server - 1);
	close_connection(q);
	run_queue_soon(q->asker, q->service);
	if (!q->is_probe && has_untried_server(q))
		begin_next_try(q);
	else
		end_question(q, ASK_SERVER_ERROR);
}

/* What the end of max_wait is in the line. */
static enum ask_outcome
judge_queued(struct question *q)
{
	int found = choose_server(q);

	if (q->last_failure != ASK_PENDING)
		return q->last_failure;
	return found == NO_SERVER || found == NO_SERVER_YET ? ASK_DOWN : ASK_BUSY;
}

/* The end of max_wait. It is the server's failure only if the server had all that time:
 * otherwise a long line would bring a server down that answers as fast as it can. */
static void
end_waiting(struct question *q)
{
	enum ask_outcome outcome = q->last_failure;

	if (q->state == QUESTION_QUEUED) {
		outcome = judge_queued(q);
	} else if (q->state != QUESTION_PAUSES) {
		outcome = q->is_connected ? ASK_TIMEOUT : ASK_CONNECT;
		if (!q->is_probe && q->try_began_ms == q->began_ms)
			count_server_failure(q, outcome);
	}
	end_question(q, outcome);
}

static void
on_question_timer(void *ctx)
{
	struct question *q = ctx;
	const struct service *s = q->service;
	uint64_t now = asker_now(q->asker);

	if (now >= q->began_ms + q->max_wait_ms)
		end_waiting(q);
	else if (q->state == QUESTION_PAUSES)
		begin_next_try(q);
	else if (!q->is_connected && now >= q->try_began_ms + s->connect_timeout_ms)
		fail_try(q, ASK_CONNECT);
	else if (q->state == QUESTION_DIALS_LATER)
		begin_dial(q);
	else if (q->is_connected && now >= q->try_began_ms + s->timeout_ms)
		fail_try(q, ASK_TIMEOUT);
	else
		arm_question_timer(q);
}

/* Begin and end. */

/* Without its owner's call: the question may be gone after that. */
static void
clear_question(struct question *q)
{
	if (q->state == QUESTION_QUEUED)
		dequeue(q);
	close_connection(q);
	timer_disarm(q->asker->setup.timers, &q->timer);
	q->state = QUESTION_IDLE;
}

void
end_question(struct question *q, enum ask_outcome outcome)
{
	struct asker *a = q->asker;
	const struct service *s = q->service;

	clear_question(q);
	q->outcome = outcome;
	q->took_ms = asker_now(a) - q->began_ms;
	if (!q->is_starting)
		q->done(q->ctx);
	run_queue_soon(a, s);
}

static void
prepare_question(struct asker *a, struct question *q)
{
	q->asker = a;
	q->timer = (struct timer){.fn = on_question_timer, .ctx = q};
	q->began_ms = asker_now(a);
	if (q->max_wait_ms > WAIT_MAX_MS)
		q->max_wait_ms = WAIT_MAX_MS; /* times are added up */
	q->tries = q->server = q->failed_tries = 0;
	q->tried = q->erred = q->took_ms = 0;
	q->last_failure = ASK_PENDING;
	q->outcome = q->max_wait_ms > 0 ? ASK_PENDING : ASK_WAIT_LIMIT;
	q->is_starting = true;
}

bool
ask(struct asker *a, struct question *q)
{
	prepare_question(a, q);
	if (q->outcome == ASK_PENDING && queue_of(q)->first == NULL) {
		begin_next_try(q);
	} else if (q->outcome == ASK_PENDING) {
		enqueue(q);
		run_queue_soon(a, q->service);
	}
	q->is_starting = false;
	return q->outcome != ASK_PENDING;
}

bool
ask_server(struct asker *a, struct question *q, unsigned server)
{
	prepare_question(a, q);
	q->is_probe = true;
	begin_try(q, server);
	q->is_starting = false;
	return q->outcome != ASK_PENDING;
}

void
ask_cancel(struct question *q)
{
	if (q->state == QUESTION_IDLE)
		return;
	clear_question(q);
	run_queue_soon(q->asker, q->service);
}

void
asker_look(struct asker *a)
{
	for (size_t i = 0; i < a->setup.n_services; i++)
		look_at_servers(a, a->setup.services[i]);
	run_queues(a);
}

struct asker *
asker_new(const struct asker_setup *setup)
{
	struct asker *a = calloc(1, sizeof(*a));

	if (a == NULL)
		abort();
	a->setup = *setup;
	a->queues = calloc(setup->n_services + 1, sizeof(*a->queues));
	a->probes = calloc(setup->state->n_servers + 1, sizeof(struct probe *));
	if (a->queues == NULL || a->probes == NULL)
		abort();
	for (size_t i = 0; i < setup->n_services; i++)
		a->queues[i].end = &a->queues[i].first;
	a->look_timer = (struct timer){.fn = on_look_timer, .ctx = a};
	a->queue_task = (struct loop_task){.fn = run_queues, .ctx = a};
	return a;
}

struct asker *
asker_free(struct asker *a)
{
	if (a == NULL)
		return NULL;
	for (size_t i = 0; i < a->setup.state->n_servers; i++)
		if (a->probes[i] != NULL)
			ask_cancel(&a->probes[i]->question);
	for (size_t i = 0; i < a->setup.state->n_servers; i++)
		free_probe(a, i);
	timer_disarm(a->setup.timers, &a->look_timer);
	loop_cancel_call(&a->queue_task);
	buf_free(&a->out);
	free(a->queues);
	free(a->probes);
	free(a);
	return NULL;
}
