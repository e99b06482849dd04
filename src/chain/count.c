/* Counts a message at its end, in the shared memory of the worker. Input: what its run has come
 * to, as it stands in its log line; output: counters of stats/counters.h. A message whose
 * worker crashes is not counted, as it has no log line. */
#include "chain/run.h"

static void
add_rule_hit(const struct chain_shared *shared, const struct policy_numbers *numbers,
	     const struct policy_rule *rule, bool monitors)
{
	size_t place = counter_place(numbers->first_rule + rule->number, COUNTED_RULES_MAX);

	counter_add(&shared->rules[place].n[monitors ? RULE_WOULD_HITS : RULE_HITS], 1);
}

void
count_rule_hit(const struct policy_call *c, const struct policy_rule *rule)
{
	const struct chain_run *run = c->run;

	if (run->shared.rules != NULL && run->chain->numbers != NULL)
		add_rule_hit(&run->shared, &run->chain->numbers[c->position - 1], rule,
			     c->monitors || c->rule_work != NULL);
}

static void
count_rules(const struct chain_run *run)
{
	const struct finding *f = run->findings.first;

	for (; f != NULL; f = f->next) {
		unsigned i = f->position - 1;

		if (f->kind == FINDING_RULE)
			add_rule_hit(&run->shared, &run->chain->numbers[i], f->rule,
				     run->calls[i].monitors || f->monitored != NULL);
	}
}

/* The verdict that it returned, or would have; CONTINUE: none. */
static enum verdict
find_own_verdict(const struct policy_call *c)
{
	return c->enforced_verdict != VERDICT_CONTINUE ? c->enforced_verdict
						       : c->monitored_verdict;
}

static void
count_run(const struct policy_call *c, enum verdict own, struct policy_counters *to)
{
	bool acted =
		own != VERDICT_CONTINUE || c->refused_rcpts > 0 || (c->changed && !c->undone);

	counter_add(&to->n[POLICY_RUNS], 1);
	counter_add(&to->n[POLICY_NS], c->ns);
	counter_add(&to->n[POLICY_TIME + time_bucket(c->ns)], 1);
	if (own == VERDICT_ERROR)
		counter_add(&to->n[POLICY_ERRORS], 1);
	else if (acted && !c->monitors)
		counter_add(&to->n[POLICY_HITS], 1);
	if (own != VERDICT_ERROR && ((acted && c->monitors) || c->would_act))
		counter_add(&to->n[POLICY_WOULD_HITS], 1);
	if (c->refused_rcpts > 0 && !c->monitors)
		counter_add(&to->n[POLICY_REFUSED_RCPTS], c->refused_rcpts);
}

/* Of a policy whose turn came. */
static void
count_result(const struct policy_call *c, struct policy_counters *to)
{
	const struct policy_results *kind = c->inst->ops->results;
	size_t number;

	if (!policy_has_result(c) && !c->was_called && c->skip_reason == NULL)
		return;
	number = policy_results_find(kind, find_policy_found(c).result);
	if (number < COUNTED_RESULTS_MAX)
		counter_add(&to->n[POLICY_RESULTS + number], 1);
}

/* As find_policy_result() tells it in words. */
static void
count_policy(const struct policy_call *c, size_t number)
{
	size_t place = counter_place(number, COUNTED_POLICIES_MAX);
	struct policy_counters *to = &c->run->shared.policies[place];
	enum verdict own = find_own_verdict(c);

	if (c->inst->ops->results != NULL)
		count_result(c, to);
	if (own != VERDICT_CONTINUE || c->refused_rcpts > 0 || c->would_act)
		count_run(c, own, to);
	else if (c->skip_reason != NULL)
		counter_add(&to->n[POLICY_SKIPPED], 1);
	else if (c->was_called)
		count_run(c, own, to);
}

static void
count_edits(struct message_counters *to, const struct diff_counts *edits)
{
	const size_t n[EDIT_N] = {
		[EDIT_ADDHEADER] = edits->addheader,   [EDIT_INSHEADER] = edits->insheader,
		[EDIT_CHGHEADER] = edits->chgheader,   [EDIT_DELHEADER] = edits->delheader,
		[EDIT_CHGFROM] = edits->chgfrom,       [EDIT_DELRCPT] = edits->delrcpt,
		[EDIT_ADDRCPT] = edits->addrcpt,       [EDIT_REPLBODY] = edits->replbody,
		[EDIT_QUARANTINE] = edits->quarantine,
	};

	for (size_t i = 0; i < EDIT_N; i++)
		if (n[i] > 0)
			counter_add(&to->n[MESSAGE_EDITS + i], n[i]);
}

static void
count_time(const struct chain_run *run, struct message_counters *to)
{
	uint64_t ns = 0;

	for (size_t i = 0; i < run->chain->n; i++)
		ns += run->calls[i].ns;
	counter_add(&to->n[MESSAGE_NS], ns);
	counter_add(&to->n[MESSAGE_DURATION + duration_bucket(ns)], 1);
	counter_add(&to->n[MESSAGE_TIME + time_bucket(ns)], 1);
}

void
count_message(const struct chain_run *run, bool is_aborted, const struct diff_counts *edits)
{
	struct message_counters *to = run->shared.message;

	if (to == NULL)
		return;
	if (!is_aborted)
		count_time(run, to);
	if (run_knows_size(run))
		counter_add(&to->n[MESSAGE_BYTES], message_size(run->message));
	if (edits != NULL)
		count_edits(to, edits);
	if (run->chain->numbers == NULL)
		return;
	for (size_t i = 0; i < run->chain->n; i++)
		count_policy(&run->calls[i], run->chain->numbers[i].policy);
	count_rules(run);
}

void
count_question(const struct chain_run *run, const struct question *q)
{
	const struct service *s = q->service;
	struct server_counters *counters = run->shared.servers;
	size_t number;

	if (counters == NULL || q->outcome == ASK_PENDING)
		return;
	number = q->server > 0 ? s->servers[q->server - 1].number
			       : run->shared.n_servers + s->number;
	counters += counter_place(number, COUNTED_SERVERS_MAX);
	counter_add(&counters->n[q->outcome - ASK_ANSWERED], 1);
	counter_add(&counters->n[SERVER_MS], q->took_ms);
	counter_add(&counters->n[SERVER_DURATION + duration_bucket(q->took_ms * 1000000)], 1);
}
