/* The life of a chain's run, and the events of the session. Input: an event for each stage of a
 * message that the MTA sends; output: the verdict that the session is to send, or
 * VERDICT_SUSPEND while a policy waits.
 *
 * Envelope stages call all policies whose condition is known (envelope.c); message() runs
 * strictly in order, as far as the stage allows (turns.c): run->next is the first policy that
 * has not had its turn. */
#include <string.h>
#include <time.h>

#include "chain/run.h"

static size_t
chain_run_bytes(const struct chain *chain)
{
	size_t each = sizeof(struct policy_call) + sizeof(struct policy_title);

	return sizeof(struct chain_run) + chain->n * each;
}

struct chain_run *
chain_run_new(const struct chain *chain, const struct chain_host *ops, void *host,
	      const char *session_id)
{
	struct chain_run *run = memory_zalloc(chain_run_bytes(chain));

	run->chain = chain;
	run->host = ops;
	run->titles = (struct policy_title *)&run->calls[chain->n];
	chain_run_move(run, host, session_id);
	share_at_work(run);
	for (size_t i = 0; i < chain->n; i++) {
		run->calls[i].run = run;
		run->calls[i].inst = chain->inst[i];
		run->calls[i].position = (unsigned)i + 1;
	}
	return run;
}

void
chain_run_move(struct chain_run *run, void *host, const char *session_id)
{
	run->host_ctx = host;
	run->session = NULL;
	run->message = NULL;
	run->refuses = run->is_cut = false;
	run->message_no = 0; /* sessions count from 1 */
	(void)memccpy(run->session_id, session_id, '\0', sizeof(run->session_id) - 1);
}

struct chain_run *
chain_run_free(struct chain_run *run)
{
	if (run == NULL)
		return NULL;
	buf_free(&run->notes);
	buf_free(&run->refusals);
	buf_free(&run->results);
	buf_free(&run->log_line);
	memory_free(run, chain_run_bytes(run->chain));
	return NULL;
}

/* The queue id goes into log lines, header fields and replies: other bytes than visible ASCII,
 * which no queue id has, become '?'. */
static void
copy_queue_id(struct chain_run *run)
{
	const char *id;
	size_t n = 0;

	if (run->queue_id[0] != '\0')
		return;
	id = session_queue_id(run->session);
	for (; id != NULL && id[n] != '\0' && n < sizeof(run->queue_id) - 1; n++)
		run->queue_id[n] = (char)(id[n] <= ' ' || id[n] > '~' ? '?' : id[n]);
	run->queue_id[n] = '\0';
}

static void
reset_policy_call(struct policy_call *c)
{
	*c = (struct policy_call){
		.run = c->run,
		.inst = c->inst,
		.position = c->position,
		.monitors = c->run->chain->monitor || c->inst->mode == MODE_MONITOR,
		.state = c->inst->mode == MODE_OFF ? CALL_DONE : CALL_UNDECIDED,
	};
}

static int64_t
ask_time(const struct chain_run *run)
{
	struct timespec now;

	if (run->host->now != NULL)
		return run->host->now(run->host_ctx);
	(void)clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return now.tv_sec;
}

static void
begin_message_run(struct chain_run *run)
{
	run->message_no = session_message_count(run->session);
	run->next = 0;
	run->had_data_turns = false;
	run->time = ask_time(run);
	run->is_local_submission = peer_is_local_submission(session_peer(run->session));
	run->final = (struct pending_verdict){0};
	run->final_policy = NULL;
	run->is_logged = false;
	run->queue_id[0] = '\0';
	run->regex_budget = (struct regex_budget){0};
	run->waited_ms = 0;
	run->size_limit = UINT64_MAX;
	run->identity = (struct message_identity){0};
	run->findings = (struct findings){0};
	run->n_cached = 0;
	buf_reset(&run->notes);
	buf_reset(&run->refusals);
	run->n_refusals = run->n_more_refusals = 0;
	for (size_t i = 0; i < run->chain->n; i++)
		reset_policy_call(&run->calls[i]);
}

static int
on_chain_offer(void *ctx, const struct milter_terms *offer, struct session_request *ret)
{
	struct chain_run *run = ctx;
	uint32_t missing = 0;
	int r = chain_negotiate(run->chain, offer, ret, &missing);

	if (r < 0)
		warn_missing_action(run, missing);
	return r;
}

static enum verdict
run_chain_stage(struct chain_run *run, struct message *m, enum stage stage)
{
	enum verdict v = VERDICT_CONTINUE;

	if (!run->final.set && run->refuses)
		v = apply_refusal(run);
	else if (!run->final.set && m->over_limit != NULL)
		v = apply_limits(run, m);
	if (v != VERDICT_CONTINUE)
		return v;
	if (stage == STAGE_HEADER || stage == STAGE_BODY)
		return VERDICT_CONTINUE;
	if (stage <= STAGE_DATA)
		return run_envelope_stage(run);
	if (stage == STAGE_EOM)
		warn_missing_macro(run);
	run_policy_turns(run);
	return run_is_suspended(run) ? VERDICT_SUSPEND : finish_stage(run);
}

static enum verdict
on_chain_event(void *ctx, struct session *s, enum stage stage)
{
	struct chain_run *run = ctx;
	struct message *m = session_message(s);
	enum verdict v;

	run->session = s;
	run->message = m;
	if (m == NULL)
		return VERDICT_CONTINUE; /* connect, helo */
	if (session_message_count(s) != run->message_no)
		begin_message_run(run);
	run->stage = stage;
	run->clock_ns = 0;
	run->was_decided = run->final.set;
	copy_queue_id(run);
	note_message(run);
	if (m->over_memory)
		return refuse_for_memory(run);
	v = run_chain_stage(run, m, stage);
	if (!run_lacks_memory(run))
		return v;
	m->settled = false; /* the session calls again */
	return VERDICT_CONTINUE;
}

static void
on_chain_abort(void *ctx, struct session *s)
{
	struct chain_run *run = ctx;

	run->session = s;
	run->message = session_message(s);
	if (run_is_suspended(run))
		cancel_suspension(&run->calls[run->next]);
	if (!run->is_logged && session_message_count(s) == run->message_no)
		write_message_log(run, NULL);
	run->is_logged = true;
}

const struct session_handler chain_handler = {
	.offer = on_chain_offer,
	.event = on_chain_event,
	.skipped_stages = STAGE_BIT(STAGE_HEADER) | STAGE_BIT(STAGE_BODY),
	.abort = on_chain_abort,
};
