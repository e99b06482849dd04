/* Asks servers, all at once, in a loop of this process. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl/direct_asker.h"
#include "ctl/services.h"
#include "util/memory.h"

#define CHECK_LIMIT_MS 5000u

struct check_at_work {
	struct question question;
	struct server_check *result;
	size_t *n_pending; /* of all */
	struct timespec began;
	size_t memory_size;
	void *memory; /* of the exchange */
};

static void
take_server_result(struct check_at_work *w)
{
	const struct question *q = &w->question;
	const struct service_kind *kind = q->service->kind;
	const char *said = q->exchange->text;
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	w->result->us = (uint64_t)((now.tv_sec - w->began.tv_sec) * 1000000 +
				   (now.tv_nsec - w->began.tv_nsec) / 1000);
	if (q->outcome != ASK_ANSWERED)
		w->result->reason = ask_outcome_reason(q->outcome);
	else if (kind->version_text != NULL)
		said = kind->version_text(q->exchange);
	if (q->outcome != ASK_ANSWERED && *said == '\0' && q->error < 0)
		said = strerror(-q->error);
	(void)snprintf(w->result->text, sizeof(w->result->text), "%s",
		       said != NULL ? said : "");
	q->exchange->ops->release(q->exchange);
	memory_free(w->memory, w->memory_size);
}

static void
on_server_checked(void *ctx)
{
	struct check_at_work *w = ctx;

	take_server_result(w);
	--*w->n_pending;
}

static void
begin_check(struct asker *a, const struct service *s, unsigned server, struct check_at_work *w)
{
	const struct service_kind *kind = s->kind;

	w->memory_size = kind->ping_size;
	w->memory = memory_zalloc(w->memory_size);
	w->question = (struct question){
		.service = s,
		.exchange = (kind->version != NULL ? kind->version : kind->ping)(w->memory),
		.max_wait_ms = CHECK_LIMIT_MS,
		.done = on_server_checked,
		.ctx = w,
	};
	(void)clock_gettime(CLOCK_MONOTONIC, &w->began);
	if (ask_server(a, &w->question, server))
		take_server_result(w);
	else
		++*w->n_pending;
}

/* Those of a service that no policy uses are not asked: what they understand is not known. */
static void
begin_checks(const struct config *cfg, struct asker *a, struct check_at_work *work,
	     struct server_check *results, size_t *n_pending)
{
	for (size_t i = 0; i < cfg->n_services; i++) {
		const struct service *s = cfg->services[i];

		for (unsigned k = 0; k < s->n; k++) {
			uint32_t number = s->servers[k].number;

			results[number].server = &s->servers[k];
			work[number].result = &results[number];
			work[number].n_pending = n_pending;
			if (s->kind != NULL)
				begin_check(a, s, k + 1, &work[number]);
		}
	}
}

struct server_check *
services_check(const struct config *cfg)
{
	struct server_check *results = calloc(cfg->n_servers + 1, sizeof(*results));
	struct check_at_work *work = calloc(cfg->n_servers + 1, sizeof(*work));
	struct direct_asker host;
	size_t n_pending = 0;
	int r = 0;

	if (results == NULL || work == NULL)
		abort();
	direct_asker_open(&host, cfg);
	begin_checks(cfg, host.asker, work, results, &n_pending);
	while (n_pending > 0 && r >= 0)
		r = loop_run_once(host.loop, -1);
	direct_asker_close(&host);
	free(work);
	return results;
}
